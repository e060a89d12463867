//! From anchors and slots to procedure frames; the same act documented twice is one, several acts stay apart.

use super::Page;
use super::mentions::Mention;
use super::scope::{self, Scope, TECHNIQUE, TITLE};
use super::{neighbors, performed, slots, substances};
use crate::extract::resolver::Resolution;
use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};

/// The family that this program reads in full.
pub(crate) const NEURAXIAL: &str = "neuraxial_injection";

/// An act with its facts, before it becomes a procedure of the encounter.
pub(crate) struct Frame {
    pub family: Id,
    pub status: Status,
    /// The words that name the act.
    pub evidence: Vec<Evidence>,
    pub attributes: Vec<Attribute>,
    /// Whether it is reported for itself.
    pub reported: bool,
    pub issues: Vec<Issue>,
    /// Kinds of detail of the placement, from 0 to 1, five or more being 1; none where they are not counted.
    pub technique_details: Option<f64>,
    /// The attributes that were settled by weighing statements.
    pub facts: Vec<Resolution>,
}

impl Frame {
    /// The first value of a slot.
    fn value(&self, slot: Slot) -> Option<&str> {
        self.attributes.iter().find(|it| it.slot == slot).map(|it| it.value.as_str())
    }
}

/// A question of the checklist that came out other than met.
pub(crate) struct Issue {
    /// Id of the question in the family's data.
    pub question: &'static str,
    pub outcome: Outcome,
    pub evidence: Vec<Evidence>,
}

/// Acts that the note names, kept apart by family.
struct Acts<'a> {
    page: &'a Page<'a>,
    /// Acts done at this encounter.
    done: Vec<&'a Mention>,
    /// Acts of other times, plans, negations.
    other: Vec<&'a Mention>,
}

/// Every act that the note names, performed ones first.
pub(crate) fn frames(page: &Page<'_>) -> Vec<Frame> {
    let whole = scope::whole(page);
    let acts = Acts::new(page, &whole);
    let neuraxial = page.lexicon.family(NEURAXIAL);
    let (mut families, explained) = candidates(page, &whole, &acts);
    let owners = owners(page, &families);
    let mut settled: Vec<(usize, Resolution)> = Vec::new();
    for family in &families {
        let own = own(&whole, &owners, *family);
        let explained = Some(*family) == neuraxial && explained;
        let implied = Some(*family) == neuraxial && acts.is_implied(&whole);
        let act = performed::Act {
            family: *family,
            mentions: &acts.named(*family),
            explained,
            implied,
            sole: acts.is_sole(*family),
        };
        settled.push((*family, performed::performed(page, &whole, &own, &act)));
    }
    families = settled.iter().filter(|it| performed::is_performed(&it.1)).map(|it| it.0).collect();
    leave_out_parts(page, &whole, &acts, &mut families);
    let owners = self::owners(page, &families);
    let mut frames = Vec::new();
    for family in &families {
        let own = own(&whole, &owners, *family);
        let first = frames.len();
        let named = acts.telling(*family);
        if Some(*family) == neuraxial {
            let built = slots::neuraxial(page, &own, &named);
            frames.extend(built.into_iter().map(|it| settle(page, &own, it, &named)));
        } else {
            frames.push(neighbor(page, &own, *family, &named));
        }
        let found = settled.iter().find(|it| it.0 == *family).map(|it| &it.1);
        frames[first..].iter_mut().for_each(|it| it.facts.extend(found.cloned()));
    }
    // A neuraxial act that its drug makes one of another family is that act named twice.
    let named: Vec<Id> = families.iter().map(|it| page.lexicon.family_id(*it).clone()).collect();
    let mut seen_families: Vec<Id> = Vec::new();
    frames.retain(|it| {
        let twice = seen_families.contains(&it.family) && it.family.as_str() != NEURAXIAL && named.contains(&it.family);
        seen_families.push(it.family.clone());
        !twice
    });
    for (family, found) in settled.into_iter().filter(|it| !families.contains(&it.0)) {
        let named = acts.named(family);
        let mut frame = plain(page, family, other_status(page, &named), &named);
        frame.facts.push(found);
        frames.push(frame);
    }
    let mut seen: Vec<usize> = frames.iter().filter_map(|it| page.lexicon.family(it.family.as_str())).collect();
    for it in &acts.other {
        let Some(family) = it.entry(page).family.filter(|it| !seen.contains(it)) else { continue };
        seen.push(family);
        frames.push(plain(page, family, other_status(page, &[it]), &[it]));
    }
    frames
}

/// The families of which the note names an act that was not denied, or whose act its details imply; and whether another
/// act explains what a neuraxial one would.
fn candidates(page: &Page<'_>, whole: &Scope, acts: &Acts<'_>) -> (Vec<usize>, bool) {
    let neuraxial = page.lexicon.family(NEURAXIAL);
    let mut families: Vec<usize> = Vec::new();
    let named = acts.done.iter().chain(acts.other.iter().filter(|it| it.said.status != Status::Negated));
    for family in named.filter_map(|it| it.entry(page).family) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let mut claimed: Vec<usize> =
        families.iter().copied().filter(|it| Some(*it) != neuraxial && page.lexicon.families[*it].claims).collect();
    claimed.retain(|it| !acts.of(*it).is_empty() && neighbors::is_told(page, whole, *it, &acts.of(*it)));
    let Some(neuraxial) = neuraxial else { return (families, false) };
    // A puncture in order to inject is part of the injection.
    let puncture = page.lexicon.family("lumbar_puncture");
    let to_inject = claimed.len() == 1 && claimed.first().copied() == puncture && injects_intrathecally(page, whole);
    if to_inject {
        families.retain(|it| Some(*it) != puncture);
        claimed.clear();
    }
    // The catheter of an implanted pump is no act of its own.
    let implanted = page.lexicon.family("implanted_catheter_or_pump");
    let named = acts.of(neuraxial);
    if implanted.is_some_and(|it| claimed.contains(&it)) && named.iter().all(|it| names_catheter(page, it)) {
        families.retain(|it| *it != neuraxial);
        return (families, true);
    }
    let others = families.iter().any(|it| *it != neuraxial && !acts.of(*it).is_empty());
    let mentioned_only = others && !acts.neuraxial_is_told(neuraxial, whole);
    let proven = to_inject || !mentioned_only && acts.neuraxial_is_proven(neuraxial, &claimed, whole);
    if proven && !families.contains(&neuraxial) {
        families.push(neuraxial);
    }
    let explained = !proven && (others || !claimed.is_empty() || acts.is_open(&claimed, whole));
    (families, explained || runs_by_pump(page, &acts.of(neuraxial), whole))
}

/// Whether the name of an act holds the word for a catheter.
fn names_catheter(page: &Page<'_>, act: &Mention) -> bool {
    page.of_kind(Kind::Device)
        .any(|it| it.start >= act.start && it.end <= act.end && it.entry(page).concept.as_str() == "catheter")
}

/// Whether a neuraxial act is only a drug named with its route, and a pump that runs it is there: `intrathecal baclofen
/// by the implanted pump`.
fn runs_by_pump(page: &Page<'_>, named: &[&Mention], whole: &Scope) -> bool {
    let pumps = ["pump_service", "implanted_catheter_or_pump"].map(|it| page.lexicon.family(it));
    let pump = page.of_kind(Kind::Act).any(|it| {
        pumps.contains(&it.entry(page).family)
            && !matches!(it.said.status, Status::Planned | Status::Hypothetical | Status::Negated)
    });
    let is_drug = |act: &&&Mention| page.of_kind(Kind::Substance).any(|it| it.start >= act.start && it.end <= act.end);
    let needle =
        ["spinal_needle", "epidural_needle"].iter().any(|it| whole.concept(page, Kind::Device, it).next().is_some());
    pump && !needle && !named.is_empty() && named.iter().all(|it| is_drug(&it))
}

/// For each sentence the families that it belongs to; empty where one family owns all of them.
fn owners(page: &Page<'_>, families: &[usize]) -> Vec<Vec<usize>> {
    if families.len() > 1 { scope::owners(page, families) } else { Vec::new() }
}

/// The sentences that may be about an act of a family.
fn own(whole: &Scope, owners: &[Vec<usize>], family: usize) -> Scope {
    whole.only(|index| owners.get(index).is_none_or(|it| it.is_empty() || it.contains(&family)))
}

/// The status of an act that was not performed here: the first that a mention gives, else hypothetical.
fn other_status(page: &Page<'_>, acts: &[&Mention]) -> Status {
    let mut said = acts.iter().map(|it| it.said.status);
    let other = said.find(|it| !matches!(it, Status::Performed | Status::Attempted));
    let past = || scope::tells_of_other_days(page) || acts.iter().any(|it| scope::is_told_as_past(page, it.sentence));
    other.unwrap_or_else(|| if past() { Status::Historical } else { Status::Hypothetical })
}

/// Whether a drug that is given into the subarachnoid space was injected, and not only for the skin.
fn injects_intrathecally(page: &Page<'_>, whole: &Scope) -> bool {
    const CLASSES: [&str; 4] = ["opioid", "antispasmodic", "steroid", "neurolytic"];
    let of_class = |it: &Attribute| {
        it.substance.as_ref().is_some_and(|it| CLASSES.contains(&it.class.as_str()))
            || it.value.as_str() == "ziconotide"
    };
    substances::substances(page, whole).iter().any(|it| substances::is_injectate(it) && of_class(it))
}

/// The neuraxial acts that are reported as those of another family by what was injected.
const BY_DRUG: [&str; 3] = ["neuraxial_neurolysis", "intrathecal_chemotherapy", "blood_patch"];

/// Says whether a frame read as a neuraxial injection is reported, and under which family: one that gave nothing
/// and took cerebrospinal fluid is a puncture.
fn settle(page: &Page<'_>, own: &Scope, mut frame: Frame, acts: &[&Mention]) -> Frame {
    let family = frame.family.as_str().to_owned();
    if family == "transforaminal_injection"
        && let Some(transforaminal) = page.lexicon.family(&family)
    {
        return neighbors::frame(page, own, transforaminal, acts);
    }
    if family == "labor_analgesia"
        && let Some(labor) = page.lexicon.family(&family)
        && is_placed(&frame)
        && !is_cesarean_alone(page, labor)
    {
        return labor_placed(page, own, labor, acts, &frame);
    }
    if family == "catheter_management"
        && let Some((labor, acts)) = labor_to_operation(page)
    {
        return neighbors::frame(page, own, labor, &acts);
    }
    let gave = frame.attributes.iter().any(substances::is_injectate);
    let puncture = page.lexicon.family("lumbar_puncture");
    let took = || {
        page.mentions.iter().any(|it| {
            matches!(it.kind, Kind::Sign | Kind::Method)
                && it.entry(page).family == puncture
                && puncture.is_some()
                && it.said.happened()
                && own.weights[it.sentence] > 0
        })
    };
    if family == NEURAXIAL && !gave && frame.value(Slot::Space) == Some("subarachnoid") && took() {
        frame.family = Id::from("lumbar_puncture");
        frame.issues.clear();
        frame.reported = true;
    } else {
        frame.reported = family == NEURAXIAL || BY_DRUG.contains(&family.as_str());
    }
    frame
}

/// Whether a frame documents how the needle was placed, and not only that it was.
fn is_placed(frame: &Frame) -> bool {
    const ENOUGH: f64 = 0.6;
    frame.technique_details.is_some_and(|it| it >= ENOUGH)
}

/// Whether the note documents a cesarean and no labor before it.
fn is_cesarean_alone(page: &Page<'_>, labor: usize) -> bool {
    let told = |concept: &str| {
        page.of_kind(Kind::Method).any(|it| {
            let entry = it.entry(page);
            entry.family == Some(labor) && entry.concept.as_str() == concept && it.said.happened()
        })
    };
    told("cesarean") && !told("labor")
}

/// The frame of a labor epidural whose placement was documented as that of any epidural.
fn labor_placed(page: &Page<'_>, own: &Scope, labor: usize, acts: &[&Mention], told: &Frame) -> Frame {
    let mut frame = neighbors::frame(page, own, labor, acts);
    if frame.value(Slot::Method).is_none() {
        let why = Why::Inferred { rule: Id::from("labor-analgesia"), evidence: told.evidence.clone() };
        let method = Attribute { slot: Slot::Method, value: Id::from("labor"), substance: None, side: None, why };
        frame.attributes.push(method);
    }
    frame
}

/// A labor epidural in place that serves a cesarean or an operation after it: one anesthetic from labor on.
fn labor_to_operation<'a>(page: &'a Page<'_>) -> Option<(usize, Vec<&'a Mention>)> {
    let labor = page.lexicon.family("labor_analgesia")?;
    let own = |it: &&Mention| it.entry(page).family == Some(labor);
    let acts: Vec<&Mention> =
        page.of_kind(Kind::Act).filter(own).filter(|it| it.said.status == Status::Existing).collect();
    let operation = page
        .of_kind(Kind::Method)
        .filter(own)
        .any(|it| it.said.happened() && matches!(it.entry(page).concept.as_str(), "cesarean" | "hysterectomy"));
    (operation && !acts.is_empty()).then_some((labor, acts))
}

/// Drops families whose act is part of another one that was done: a puncture before a blood patch.
fn leave_out_parts(page: &Page<'_>, whole: &Scope, acts: &Acts<'_>, families: &mut Vec<usize>) {
    let told: Vec<Id> = families
        .iter()
        .filter(|it| neighbors::is_told(page, whole, **it, &acts.of(**it)))
        .map(|it| page.lexicon.family_id(*it).clone())
        .collect();
    // The ablation of sacral nerves is that of the sacroiliac joint: the injection of it is part of that too.
    let facets = page.lexicon.family("facet_ablation").filter(|it| told.contains(page.lexicon.family_id(*it)));
    if facets.is_some_and(|it| neighbors::names_sacral_nerves(page, &acts.of(it))) {
        families.retain(|it| page.lexicon.family_id(*it).as_str() != "sacroiliac_injection");
    }
    families.retain(|it| !page.lexicon.families[*it].within.iter().any(|other| told.contains(other)));
}

/// The frame of a neighboring family: with its facts where it has codes and the note states that it was done for
/// itself, else by name alone.
fn neighbor(page: &Page<'_>, own: &Scope, family: usize, acts: &[&Mention]) -> Frame {
    if page.lexicon.families[family].codes.is_empty() {
        return plain(page, family, Status::Performed, acts);
    }
    let sacroiliac = match page.lexicon.family_id(family).as_str() {
        "facet_ablation" => page.lexicon.family("sacroiliac_ablation"),
        "facet_injection" => page.lexicon.family("sacroiliac_injection"),
        _ => None,
    };
    match sacroiliac.filter(|_| neighbors::names_sacral_nerves(page, acts)) {
        Some(sacroiliac) => neighbors::frame(page, own, sacroiliac, acts),
        None => neighbors::frame(page, own, family, acts),
    }
}

/// A frame that only names its act.
fn plain(page: &Page<'_>, family: usize, status: Status, acts: &[&Mention]) -> Frame {
    Frame {
        family: page.lexicon.family_id(family).clone(),
        status,
        evidence: acts.iter().take(4).map(|it| it.evidence(page)).collect(),
        attributes: Vec::new(),
        reported: false,
        issues: Vec::new(),
        technique_details: None,
        facts: Vec::new(),
    }
}

impl<'a> Acts<'a> {
    fn new(page: &'a Page<'a>, whole: &Scope) -> Acts<'a> {
        let mut acts = Acts { page, done: Vec::new(), other: Vec::new() };
        let neuraxial = page.lexicon.family(NEURAXIAL);
        let titled = page
            .of_kind(Kind::Act)
            .any(|it| !it.entry(page).generic && it.said.happened() && neighbors::in_title(page, it.sentence));
        for it in page.of_kind(Kind::Act) {
            if neighbors::names_a_place(page, it) {
                continue;
            }
            let general = it.entry(page).generic && it.entry(page).family != neuraxial;
            // A landmark (`to the left L5-S1 facet`) where a title says what was done.
            if general && (!neighbors::is_act(page, it) || titled && !neighbors::in_title(page, it.sentence)) {
                continue;
            }
            if is_short_tunnel(page, it) {
                continue;
            }
            if it.said.happened() && whole.weights[it.sentence] > 0 && tells_an_act(page, whole, it) {
                acts.done.push(it);
            } else {
                acts.other.push(it);
            }
        }
        acts.done.extend(neighbors::told_by_deeds(page, whole));
        acts.done.sort_by_key(|it| it.start);
        acts
    }

    fn of(&self, family: usize) -> Vec<&'a Mention> {
        self.done.iter().copied().filter(|it| it.entry(self.page).family == Some(family)).collect()
    }

    /// Whether no act of another family is of this encounter.
    fn is_sole(&self, family: usize) -> bool {
        self.done.iter().all(|it| it.entry(self.page).family == Some(family))
    }

    /// The mentions that an act of a family is read from: those at this encounter, else all.
    fn telling(&self, family: usize) -> Vec<&'a Mention> {
        let done = self.of(family);
        if done.is_empty() { self.named(family) } else { done }
    }

    /// Every mention of an act of a family, whatever is said of it.
    fn named(&self, family: usize) -> Vec<&'a Mention> {
        let mut all: Vec<&Mention> = self.done.iter().chain(&self.other).copied().collect();
        all.retain(|it| it.entry(self.page).family == Some(family));
        all.sort_by_key(|it| it.start);
        all
    }

    /// Whether a neuraxial injection is separate next to acts that use the same words.
    fn neuraxial_is_proven(&self, neuraxial: usize, claimed: &[usize], whole: &Scope) -> bool {
        let own = self.of(neuraxial);
        // What a surgeon lays on the open dura is part of the operation: only a needle that felt the space is an act.
        if self.is_open(claimed, whole) && !self.by_needle(whole) {
            return false;
        }
        if claimed.is_empty() {
            return !own.is_empty() || self.is_implied(whole);
        }
        let mut claimed_sentence = vec![false; self.page.sentences.len()];
        for it in self.done.iter().filter(|it| it.entry(self.page).family.is_some_and(|it| claimed.contains(&it))) {
            claimed_sentence[it.sentence] = true;
        }
        // `L3-4 ILESI, L5 TFESI` in one title: an act that names its own way in is documented next to another.
        let names_way = |it: &Mention| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            self.page.lexicon.phrases.approach.own.iter().any(|way| words.contains(way.as_str()))
                || self.names_own_way(it.sentence)
        };
        let specific =
            |it: &&&Mention| !it.entry(self.page).generic && (!claimed_sentence[it.sentence] || names_way(it));
        let transforaminal =
            self.page.lexicon.family("transforaminal_injection").is_some_and(|it| claimed.contains(&it));
        let between_laminae = || {
            let approach = whole
                .happened(self.page, Kind::Approach)
                .any(|it| it.entry(self.page).concept.as_str() != "transforaminal");
            approach || whole.concept(self.page, Kind::Technique, "loss_of_resistance").next().is_some()
        };
        // The catheter of an implanted pump is no act besides the implantation.
        let implanted = self.page.lexicon.family("implanted_catheter_or_pump").is_some_and(|it| claimed.contains(&it));
        let is_catheter = |it: &Mention| {
            let words = self.page.search.text[it.start..it.end].to_ascii_lowercase();
            implanted && words.contains("cath") && !neighbors::in_title(self.page, it.sentence)
        };
        own.iter().filter(specific).any(|it| whole.weights[it.sentence] >= TITLE && !is_catheter(it))
            && (!transforaminal || between_laminae())
    }

    /// Whether the spine was opened: an operation on it, or words of its exposure.
    fn is_open(&self, claimed: &[usize], whole: &Scope) -> bool {
        let family = self.page.lexicon.family("spinal_decompression");
        let exposed = |it: &&Mention| it.entry(self.page).family == family && family.is_some();
        family.is_some_and(|it| claimed.contains(&it)) || whole.happened(self.page, Kind::Sign).any(|it| exposed(&it))
    }

    /// Whether a needle of the canal, or what it felt, is documented.
    fn by_needle(&self, whole: &Scope) -> bool {
        let told = |kind: Kind, concepts: &[&str]| {
            concepts.iter().any(|it| whole.concept(self.page, kind, it).next().is_some())
        };
        told(Kind::Device, &["epidural_needle", "spinal_needle"])
            || told(Kind::Technique, &["loss_of_resistance", "csf_return"])
    }

    /// Beside other acts a neuraxial one counts where a title names it or words of its technique are there.
    fn neuraxial_is_told(&self, neuraxial: usize, whole: &Scope) -> bool {
        let page = self.page;
        let in_title = |it: &&Mention| {
            whole.weights[it.sentence] == TITLE && page.sections[page.sentences[it.sentence].section].kind.is_some()
        };
        let told = |kind: Kind| {
            whole.happened(page, kind).any(|it| {
                !matches!(
                    it.entry(page).concept.as_str(),
                    "transforaminal"
                        | "needle"
                        | "other_catheter"
                        | "palpation"
                        | "aspiration"
                        | "test_dose"
                        | "spinal_needle"
                )
            })
        };
        self.of(neuraxial).iter().any(in_title)
            || told(Kind::Technique)
            || told(Kind::Approach)
            || told(Kind::Device)
            || !self.of(neuraxial).is_empty()
                && page.levels.iter().any(|it| {
                    it.level.pair
                        && it.said.happened()
                        && self.of(neuraxial).iter().any(|act| act.sentence == it.sentence)
                })
    }

    /// Whether a sentence names the laminae or the sacral hiatus as a way in.
    fn names_own_way(&self, sentence: usize) -> bool {
        let ways = slots::in_sentence(self.page, sentence).iter().filter(|it| it.kind == Kind::Approach);
        let mut own = ways.filter(|it| it.entry(self.page).concept.as_str() != "transforaminal");
        own.any(|it| it.said.happened() && !it.entry(self.page).generic)
    }

    /// Whether an injection is documented without its name: two kinds of its details, and something given or stopped.
    fn is_implied(&self, whole: &Scope) -> bool {
        let page = self.page;
        let felt = ["loss_of_resistance", "csf_return"]
            .iter()
            .any(|it| whole.concept(page, Kind::Technique, it).next().is_some());
        let hiatus = whole.concept(page, Kind::Approach, "caudal").any(|it| !it.entry(page).generic);
        let laminae = whole
            .concept(page, Kind::Approach, "interlaminar")
            .any(|it| !page.search.text[it.start..it.end].eq_ignore_ascii_case("midline"));
        let threaded = || {
            whole
                .concept(page, Kind::Device, "catheter")
                .any(|it| slots::in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Thread))
        };
        let needle = ["epidural_needle", "spinal_needle", "catheter"]
            .iter()
            .any(|it| whole.concept(page, Kind::Device, it).next().is_some());
        let needle = needle || hiatus && whole.concept(page, Kind::Device, "needle").next().is_some();
        let space = whole.happened(page, Kind::Space).next().is_some();
        // `The epidural space was neither sought nor entered.`
        let kept_out = !space && whole.all(page, Kind::Space).any(|it| it.said.status == Status::Negated);
        if kept_out && !felt {
            return false;
        }
        let level = whole.levels(page).any(|it| it.level.pair && slots::is_entry(page, it));
        let told = [felt, hiatus, laminae, needle, space, level].into_iter().filter(|it| *it).count();
        let at_hiatus =
            |it: &Mention| slots::in_sentence(page, it.sentence).iter().any(|it| it.is(page, Kind::Approach, "caudal"));
        let mut rivals = page.of_kind(Kind::Sign).filter(|it| self.is_rival_sign(it, whole));
        let other = !felt && rivals.any(|it| !hiatus || at_hiatus(it));
        let given = || substances::substances(page, whole).iter().any(substances::is_injectate);
        let stopped = || whole.all(page, Kind::Abort).next().is_some();
        // Beside the name of another act (`two sympathetic blocks in the spring`) only a full story counts.
        let by_hiatus = || {
            let mut through = whole.concept(page, Kind::Approach, "caudal").filter(|it| !it.entry(page).generic);
            through.any(|it| slots::in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Device))
        };
        let alone = self.done.iter().all(|it| it.kind != Kind::Act)
            || felt && (told >= 4 || needle && level)
            || hiatus && told >= 3 && by_hiatus();
        alone && told >= 2 && !other && (given() || stopped() || felt && threaded())
    }

    /// A sign of another family in a sentence that documents a needle.
    fn is_rival_sign(&self, it: &Mention, whole: &Scope) -> bool {
        let entry = it.entry(self.page);
        let family = entry.family.map(|it| self.page.lexicon.family_id(it));
        // A word that documents an act only with others next to it is no rival for itself.
        let rival = entry.kind == Kind::Sign
            && family == Some(&entry.concept)
            && entry.family != self.page.lexicon.family(NEURAXIAL)
            && it.said.happened()
            && whole.weights[it.sentence] > 0
            && slots::in_sentence(self.page, it.sentence)
                .iter()
                .any(|other| matches!(other.kind, Kind::Device | Kind::Motion | Kind::Technique | Kind::Substance));
        rival
            && !matches!(
                self.page.lexicon.families[entry.family.unwrap_or(0)].id.as_str(),
                "lumbar_puncture"
                    | "implanted_catheter_or_pump"
                    | "stimulator"
                    | "transforaminal_injection"
                    | "facet_ablation"
            )
    }
}

/// `Catheter tunneled 3 cm to keep it clean`: a few centimeters below the skin hold a catheter of some days in place;
/// they implant nothing.
fn is_short_tunnel(page: &Page<'_>, it: &Mention) -> bool {
    let phrases = &page.lexicon.phrases.tunnel;
    if !page.search.text[it.start..it.end].to_ascii_lowercase().contains("tunnel") {
        return false;
    }
    let sentence = page.sentences[it.sentence];
    let told = page.search.text[sentence.start..sentence.end].to_ascii_lowercase();
    let mut lengths =
        told.match_indices(" cm").filter_map(|(at, _)| told[..at].rsplit(' ').next()?.parse::<f32>().ok());
    let is_short = lengths.next().is_some_and(|it| it <= SHORT_TUNNEL)
        || phrases.to_hold.iter().any(|it| told.contains(it.as_str()));
    is_short && !phrases.far.iter().any(|it| told.contains(it.as_str()))
}

/// The longest tunnel, in centimeters, that only holds a catheter in place.
const SHORT_TUNNEL: f32 = 8.0;

/// Whether a mention outside history and plans states that the act was done here: a title or a narrative does;
/// running text only where the sentence documents doing (a verb, an amount, a level) or is as short as a heading.
fn tells_an_act(page: &Page<'_>, whole: &Scope, mention: &Mention) -> bool {
    let section = &page.sections[page.sentences[mention.sentence].section];
    if section.kind.is_some() && whole.weights[mention.sentence] >= TITLE {
        return true;
    }
    let sentence = page.sentences[mention.sentence];
    let words = page.search.text[sentence.start..sentence.end].split(' ').count();
    // A long sentence about a neighboring act counts where it documents a needle or a drug.
    let described = || {
        if !neighbors::tells_what_was_done(page, whole, mention.sentence) {
            return false;
        }
        let family = mention.entry(page).family.filter(|it| Some(*it) != page.lexicon.family(NEURAXIAL));
        family.is_some_and(|it| neighbors::is_described_within(page, whole, it, mention.sentence, 0))
    };
    words <= 14
        || slots::sentence_tells_doing(page, mention.sentence)
        || whole.weights[mention.sentence] > TECHNIQUE
        || described()
}
