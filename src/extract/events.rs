//! From triggers and facts to procedure events; the same act documented twice is one, several acts stay apart.

use std::ops::Range;

use crate::document::{Document, Mention};
use crate::extract::dates::stated_date;
use crate::extract::mentions::in_sentence;
use crate::extract::procedure_event::ProcedureEvent;
use crate::extract::procedures::{self, implicit_triggers, performed_status};
use crate::extract::resolver::Resolution;
use crate::extract::scope::{self, EvidenceWeights, TECHNIQUE, TITLE};
use crate::extract::technique_paragraphs::technique_paragraphs;
use crate::extract::{performed, slots, substances};
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Id, Provenance, Slot, Status};

/// Acts that the note names, kept apart by family.
struct Acts<'a> {
    doc: &'a Document<'a>,
    /// The sentences of paragraphs that tell an injection into the canal step by step, without naming another act.
    told: Vec<Range<usize>>,
    /// Acts done at this encounter.
    done: Vec<&'a Mention>,
    /// Acts of other times, plans, negations.
    other: Vec<&'a Mention>,
}

/// Every act that the note names, performed ones first.
pub(crate) fn events(doc: &Document<'_>) -> Vec<ProcedureEvent> {
    let whole = scope::whole(doc);
    let acts = Acts::new(doc, &whole);
    let neuraxial = doc.lexicon.family(NEURAXIAL);
    let Candidates { mut families, explained, by_puncture } = candidates(doc, &whole, &acts);
    let mut settled: Vec<(usize, Resolution)> = Vec::new();
    let day = if families.is_empty() { None } else { doc.note.service_date.or_else(|| stated_date(doc)) };
    let implied_neuraxial =
        neuraxial.is_some_and(|it| families.contains(&it)) && (by_puncture || acts.is_implied(&whole));
    let is_active = |it: &usize| !acts.of(*it).is_empty() || Some(*it) == neuraxial && implied_neuraxial;
    let active: Vec<usize> = families.iter().copied().filter(is_active).collect();
    let owners_of_active = self::owners(&acts, &active);
    for family in &families {
        // An act of another time owns nothing of those of this encounter.
        let own = if active.contains(family) {
            own(&whole, &owners_of_active, *family)
        } else {
            own(&whole, &self::owners(&acts, &[active.as_slice(), &[*family]].concat()), *family)
        };
        let explained = Some(*family) == neuraxial && explained;
        let implied = Some(*family) == neuraxial && implied_neuraxial;
        let act = performed::Act {
            family: *family,
            mentions: &acts.named(*family),
            explained,
            implied,
            sole: acts.is_sole(*family),
            day,
        };
        settled.push((*family, performed::performed(doc, &whole, &own, &act)));
    }
    families =
        settled.iter().filter(|it| performed::is_performed(&it.1, Some(it.0) == neuraxial)).map(|it| it.0).collect();
    leave_out_parts(doc, &whole, &acts, &mut families);
    let owners = self::owners(&acts, &families);
    let mut events = Vec::new();
    for family in &families {
        let own = own(&whole, &owners, *family);
        let first = events.len();
        let named = acts.documenting(*family);
        if Some(*family) == neuraxial {
            let built = slots::neuraxial(doc, &own, &named);
            events.extend(built.into_iter().map(|it| reclassify(doc, &own, it, &named)));
        } else {
            events.push(neighbor(doc, &own, *family, &named));
        }
        let found = settled.iter().find(|it| it.0 == *family).map(|it| &it.1);
        events[first..].iter_mut().for_each(|it| it.facts.extend(found.cloned()));
    }
    // An epidural that gave nothing is the one through which the blood of a patch was given.
    let patched = families.iter().any(|it| doc.lexicon.family_id(*it).as_str() == "blood_patch");
    if patched {
        let gave = |it: &ProcedureEvent| it.attributes.iter().any(substances::is_injectate);
        events.retain(|it| it.family.as_str() != NEURAXIAL || gave(it));
    }
    // A neuraxial act that its drug makes one of another family is that act named twice.
    let named: Vec<Id> = families.iter().map(|it| doc.lexicon.family_id(*it).clone()).collect();
    let mut seen_families: Vec<Id> = Vec::new();
    events.retain(|it| {
        let twice = seen_families.contains(&it.family) && it.family.as_str() != NEURAXIAL && named.contains(&it.family);
        seen_families.push(it.family.clone());
        !twice
    });
    for (family, found) in settled.into_iter().filter(|it| !families.contains(&it.0)) {
        let named = acts.named(family);
        let mut event = plain(doc, family, other_status(doc, &named), &named);
        event.facts.push(found);
        events.push(event);
    }
    let mut seen: Vec<usize> = events.iter().filter_map(|it| doc.lexicon.family(it.family.as_str())).collect();
    for it in &acts.other {
        let Some(family) = it.entry(doc).family.filter(|it| !seen.contains(it)) else { continue };
        seen.push(family);
        events.push(plain(doc, family, other_status(doc, &[it]), &[it]));
    }
    events
}

/// The families whose acts may have been performed.
struct Candidates {
    families: Vec<usize>,
    /// Whether another act explains what a neuraxial one would.
    explained: bool,
    /// Whether a puncture gave a drug: the injection is told by the name of its puncture.
    by_puncture: bool,
}

/// The families of which the note names an act that was not denied, or whose act its details imply; and whether another
/// act explains what a neuraxial one would.
fn candidates(doc: &Document<'_>, whole: &EvidenceWeights, acts: &Acts<'_>) -> Candidates {
    let neuraxial = doc.lexicon.family(NEURAXIAL);
    let mut families: Vec<usize> = Vec::new();
    let named = acts.done.iter().chain(acts.other.iter().filter(|it| it.assertion.status != Status::Negated));
    for family in named.filter_map(|it| it.entry(doc).family) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    let mut claimed: Vec<usize> = families
        .iter()
        .copied()
        .filter(|it| Some(*it) != neuraxial && doc.lexicon.families[*it].shares_neuraxial_terms)
        .collect();
    claimed.retain(|it| !acts.of(*it).is_empty() && performed_status::is_documented(doc, whole, *it, &acts.of(*it)));
    let Some(neuraxial) = neuraxial else {
        return Candidates { families, explained: false, by_puncture: false };
    };
    // A puncture in order to inject is part of the injection.
    let puncture = doc.lexicon.family("lumbar_puncture");
    let to_inject =
        claimed.len() == 1 && claimed.first().copied() == puncture && injects_intrathecally(doc, whole, acts);
    if to_inject {
        families.retain(|it| Some(*it) != puncture);
        claimed.clear();
    }
    // The catheter of an implanted pump is no act of its own.
    let implanted = doc.lexicon.family("implanted_catheter_or_pump");
    let named = acts.of(neuraxial);
    if implanted.is_some_and(|it| claimed.contains(&it)) && named.iter().all(|it| names_catheter(doc, it)) {
        families.retain(|it| *it != neuraxial);
        return Candidates { families, explained: true, by_puncture: false };
    }
    let others = families.iter().any(|it| *it != neuraxial && !acts.of(*it).is_empty());
    let mentioned_only = others && !acts.neuraxial_is_documented(neuraxial, whole);
    let proven = to_inject || !mentioned_only && acts.neuraxial_is_proven(neuraxial, &claimed, whole);
    if proven && !families.contains(&neuraxial) {
        families.push(neuraxial);
    }
    let explained = !proven && (others || !claimed.is_empty() || acts.is_open(&claimed, whole));
    let explained = explained || runs_by_pump(doc, &acts.of(neuraxial), whole);
    Candidates { families, explained, by_puncture: to_inject }
}

/// Whether the name of an act holds the word for a catheter.
fn names_catheter(doc: &Document<'_>, act: &Mention) -> bool {
    doc.of_kind(SemanticType::Device)
        .any(|it| it.start >= act.start && it.end <= act.end && it.entry(doc).concept.as_str() == "catheter")
}

/// Whether a neuraxial act is only a drug named with its route, and a pump that runs it is there: `intrathecal baclofen
/// by the implanted pump`.
fn runs_by_pump(doc: &Document<'_>, named: &[&Mention], whole: &EvidenceWeights) -> bool {
    let pumps = ["pump_service", "implanted_catheter_or_pump"].map(|it| doc.lexicon.family(it));
    let pump = doc.of_kind(SemanticType::Trigger).any(|it| {
        pumps.contains(&it.entry(doc).family)
            && !matches!(it.assertion.status, Status::Planned | Status::Hypothetical | Status::Negated)
    });
    let is_drug =
        |act: &&&Mention| doc.of_kind(SemanticType::Substance).any(|it| it.start >= act.start && it.end <= act.end);
    let needle = ["spinal_needle", "epidural_needle"]
        .iter()
        .any(|it| whole.concept(doc, SemanticType::Device, it).next().is_some());
    pump && !needle && !named.is_empty() && named.iter().all(|it| is_drug(&it))
}

/// For each sentence the families that it belongs to; empty where one family owns all of them.
fn owners(acts: &Acts<'_>, families: &[usize]) -> Vec<Vec<usize>> {
    if families.len() < 2 {
        return Vec::new();
    }
    let mut owners = scope::owners(acts.doc, families);
    if let Some(neuraxial) = acts.doc.lexicon.family(NEURAXIAL).filter(|it| families.contains(it)) {
        acts.told.iter().cloned().flatten().for_each(|at| owners[at] = vec![neuraxial]);
    }
    owners
}

/// The sentences that may be about an act of a family.
fn own(whole: &EvidenceWeights, owners: &[Vec<usize>], family: usize) -> EvidenceWeights {
    whole.only(|index| owners.get(index).is_none_or(|it| it.is_empty() || it.contains(&family)))
}

/// The status of an act that was not performed here: the first that a mention gives, else hypothetical.
fn other_status(doc: &Document<'_>, acts: &[&Mention]) -> Status {
    let mut said = acts.iter().map(|it| it.assertion.status);
    let other = said.find(|it| !matches!(it, Status::Performed | Status::Attempted));
    let past =
        || scope::describes_other_days(doc) || acts.iter().any(|it| scope::is_described_as_past(doc, it.sentence));
    other.unwrap_or_else(|| if past() { Status::Historical } else { Status::Hypothetical })
}

/// Whether a drug that is given into the subarachnoid space was injected where the puncture is told, and not only for the
/// skin.
fn injects_intrathecally(doc: &Document<'_>, whole: &EvidenceWeights, acts: &Acts<'_>) -> bool {
    const CLASSES: [&str; 4] = ["opioid", "antispasmodic", "steroid", "neurolytic"];
    let punctures = doc.lexicon.family("lumbar_puncture").map(|it| acts.of(it)).unwrap_or_default();
    let first = punctures.first().map_or(usize::MAX, |it| it.sentence);
    let kinds = &doc.lexicon.sections.kinds;
    let is_technique =
        |at: usize| doc.sections[doc.sentences[at].section].kind.is_some_and(|it| kinds[it].weight >= TECHNIQUE);
    let told = whole.only(|at| at >= first || is_technique(at));
    let of_class = |it: &Attribute| {
        it.substance.as_ref().is_some_and(|it| CLASSES.contains(&it.class.as_str()))
            || matches!(it.value.as_str(), "ziconotide" | "indium_dtpa")
    };
    substances::substances(doc, &told).iter().any(|it| substances::is_injectate(it) && of_class(it))
}

/// The neuraxial acts that are reported as those of another family by what was injected.
const BY_DRUG: [&str; 3] = ["neuraxial_neurolysis", "intrathecal_chemotherapy", "blood_patch"];

/// Decides whether an event read as a neuraxial injection is reported, and under which family: one that gave nothing
/// and took cerebrospinal fluid is a puncture.
fn reclassify(
    doc: &Document<'_>,
    own: &EvidenceWeights,
    mut event: ProcedureEvent,
    acts: &[&Mention],
) -> ProcedureEvent {
    let family = event.family.as_str().to_owned();
    if family == "transforaminal_injection"
        && let Some(transforaminal) = doc.lexicon.family(&family)
    {
        return procedures::event(doc, own, transforaminal, acts);
    }
    if family == "labor_analgesia"
        && let Some(labor) = doc.lexicon.family(&family)
        && is_placed(&event)
        && !is_cesarean_alone(doc, labor)
    {
        return labor_placed(doc, own, labor, acts, &event);
    }
    if family == "catheter_management"
        && let Some((labor, acts)) = labor_to_operation(doc)
    {
        return procedures::event(doc, own, labor, &acts);
    }
    let gave = event.attributes.iter().any(substances::is_injectate);
    let puncture = doc.lexicon.family("lumbar_puncture");
    let took = || {
        doc.mentions.iter().any(|it| {
            matches!(it.kind, SemanticType::SupportingTerm | SemanticType::Method)
                && it.entry(doc).family == puncture
                && puncture.is_some()
                && it.assertion.happened()
                && own.weights[it.sentence] > 0
        })
    };
    if family == NEURAXIAL && !gave && event.value(Slot::Space) == Some("subarachnoid") && took() {
        event.family = Id::from("lumbar_puncture");
        event.gaps.clear();
        event.reported = true;
    } else {
        event.reported = family == NEURAXIAL || BY_DRUG.contains(&family.as_str());
    }
    event
}

/// Whether an event documents how the needle was placed, and not only that it was.
fn is_placed(event: &ProcedureEvent) -> bool {
    const ENOUGH: f64 = 0.6;
    event.technique_details.is_some_and(|it| it >= ENOUGH)
}

/// Whether the note documents a cesarean and no labor before it.
fn is_cesarean_alone(doc: &Document<'_>, labor: usize) -> bool {
    let documented = |concept: &str| {
        doc.of_kind(SemanticType::Method).any(|it| {
            let entry = it.entry(doc);
            entry.family == Some(labor) && entry.concept.as_str() == concept && it.assertion.happened()
        })
    };
    documented("cesarean") && !documented("labor")
}

/// The event of a labor epidural whose placement was documented as that of any epidural.
fn labor_placed(
    doc: &Document<'_>,
    own: &EvidenceWeights,
    labor: usize,
    acts: &[&Mention],
    documented: &ProcedureEvent,
) -> ProcedureEvent {
    let mut event = procedures::event(doc, own, labor, acts);
    if event.value(Slot::Method).is_none() {
        let provenance =
            Provenance::Inferred { rule: Id::from("labor-analgesia"), evidence: documented.evidence.clone() };
        let method =
            Attribute { slot: Slot::Method, value: Id::from("labor"), substance: None, side: None, provenance };
        event.attributes.push(method);
    }
    event
}

/// A labor epidural in place that serves a cesarean or an operation after it: one anesthetic from labor on.
fn labor_to_operation<'a>(doc: &'a Document<'_>) -> Option<(usize, Vec<&'a Mention>)> {
    let labor = doc.lexicon.family("labor_analgesia")?;
    let own = |it: &&Mention| it.entry(doc).family == Some(labor);
    let acts: Vec<&Mention> =
        doc.of_kind(SemanticType::Trigger).filter(own).filter(|it| it.assertion.status == Status::Existing).collect();
    let operation = doc
        .of_kind(SemanticType::Method)
        .filter(own)
        .any(|it| it.assertion.happened() && matches!(it.entry(doc).concept.as_str(), "cesarean" | "hysterectomy"));
    (operation && !acts.is_empty()).then_some((labor, acts))
}

/// Drops families whose act is part of another one that was done: a puncture before a blood patch.
fn leave_out_parts(doc: &Document<'_>, whole: &EvidenceWeights, acts: &Acts<'_>, families: &mut Vec<usize>) {
    let documented: Vec<Id> = families
        .iter()
        .filter(|it| performed_status::is_documented(doc, whole, **it, &acts.of(**it)))
        .map(|it| doc.lexicon.family_id(*it).clone())
        .collect();
    // The ablation of sacral nerves is that of the sacroiliac joint: the injection of it is part of that too.
    let facets = doc.lexicon.family("facet_ablation").filter(|it| documented.contains(doc.lexicon.family_id(*it)));
    if facets.is_some_and(|it| performed_status::names_sacral_nerves(doc, &acts.of(it))) {
        families.retain(|it| doc.lexicon.family_id(*it).as_str() != "sacroiliac_injection");
    }
    families.retain(|it| !doc.lexicon.families[*it].bundled_into.iter().any(|other| documented.contains(other)));
}

/// The event of another family: with its facts where it has codes and the note states that it was done for
/// itself, else by name alone.
fn neighbor(doc: &Document<'_>, own: &EvidenceWeights, family: usize, acts: &[&Mention]) -> ProcedureEvent {
    if doc.lexicon.families[family].codes.is_empty() {
        return plain(doc, family, Status::Performed, acts);
    }
    let sacroiliac = match doc.lexicon.family_id(family).as_str() {
        "facet_ablation" => doc.lexicon.family("sacroiliac_ablation"),
        "facet_injection" => doc.lexicon.family("sacroiliac_injection"),
        _ => None,
    };
    match sacroiliac.filter(|_| performed_status::names_sacral_nerves(doc, acts)) {
        Some(sacroiliac) => procedures::event(doc, own, sacroiliac, acts),
        None => procedures::event(doc, own, family, acts),
    }
}

/// An event that only names its act.
fn plain(doc: &Document<'_>, family: usize, status: Status, acts: &[&Mention]) -> ProcedureEvent {
    ProcedureEvent {
        family: doc.lexicon.family_id(family).clone(),
        status,
        evidence: acts.iter().take(4).map(|it| it.evidence(doc)).collect(),
        attributes: Vec::new(),
        reported: false,
        gaps: Vec::new(),
        technique_details: None,
        facts: Vec::new(),
    }
}

impl<'a> Acts<'a> {
    fn new(doc: &'a Document<'a>, whole: &EvidenceWeights) -> Acts<'a> {
        let told = technique_paragraphs(doc, whole);
        let mut acts = Acts { doc, told, done: Vec::new(), other: Vec::new() };
        let neuraxial = doc.lexicon.family(NEURAXIAL);
        let titled = doc.of_kind(SemanticType::Trigger).any(|it| {
            !it.entry(doc).generic && it.assertion.happened() && performed_status::in_title(doc, it.sentence)
        });
        for it in doc.of_kind(SemanticType::Trigger) {
            if performed_status::names_anatomic_space(doc, it) {
                continue;
            }
            let general = it.entry(doc).generic && it.entry(doc).family != neuraxial;
            // A landmark (`to the left L5-S1 facet`) where a title says what was done.
            if general
                && (!performed_status::is_act(doc, it) || titled && !performed_status::in_title(doc, it.sentence))
            {
                continue;
            }
            if is_short_tunnel(doc, it) {
                continue;
            }
            let now =
                it.assertion.happened() && whole.weights[it.sentence] > 0 && !performed::is_told_otherwise(doc, it);
            if now && documents_act(doc, whole, it) {
                acts.done.push(it);
            } else {
                acts.other.push(it);
            }
        }
        acts.done.extend(implicit_triggers::implied_mentions(doc, whole));
        acts.done.sort_by_key(|it| it.start);
        acts
    }

    fn of(&self, family: usize) -> Vec<&'a Mention> {
        self.done.iter().copied().filter(|it| it.entry(self.doc).family == Some(family)).collect()
    }

    /// Whether no act of another family is of this encounter.
    fn is_sole(&self, family: usize) -> bool {
        self.done.iter().all(|it| it.entry(self.doc).family == Some(family))
    }

    /// The mentions that an act of a family is read from: those at this encounter, else all.
    fn documenting(&self, family: usize) -> Vec<&'a Mention> {
        let done = self.of(family);
        if done.is_empty() { self.named(family) } else { done }
    }

    /// Every mention of an act of a family, whatever is said of it.
    fn named(&self, family: usize) -> Vec<&'a Mention> {
        let mut all: Vec<&Mention> = self.done.iter().chain(&self.other).copied().collect();
        all.retain(|it| it.entry(self.doc).family == Some(family));
        all.sort_by_key(|it| it.start);
        all
    }

    /// Whether a neuraxial injection is separate next to acts that use the same words.
    fn neuraxial_is_proven(&self, neuraxial: usize, claimed: &[usize], whole: &EvidenceWeights) -> bool {
        let own = self.of(neuraxial);
        // What a surgeon lays on the open dura is part of the operation: only a needle that felt the space is an act.
        if self.is_open(claimed, whole) && !self.by_needle(whole) {
            return false;
        }
        if !self.told.is_empty() {
            return true;
        }
        if claimed.is_empty() {
            return !own.is_empty() || self.is_implied(whole);
        }
        let mut claimed_sentence = vec![false; self.doc.sentences.len()];
        for it in self.done.iter().filter(|it| it.entry(self.doc).family.is_some_and(|it| claimed.contains(&it))) {
            claimed_sentence[it.sentence] = true;
        }
        // `L3-4 ILESI, L5 TFESI` in one title: an act that names its own way in is documented next to another.
        let names_way = |it: &Mention| {
            let words = self.doc.normalized.text[it.start..it.end].to_ascii_lowercase();
            self.doc.lexicon.phrases.approach.own.iter().any(|way| words.contains(way.as_str()))
                || self.names_own_way(it.sentence)
        };
        let specific =
            |it: &&&Mention| !it.entry(self.doc).generic && (!claimed_sentence[it.sentence] || names_way(it));
        let transforaminal =
            self.doc.lexicon.family("transforaminal_injection").is_some_and(|it| claimed.contains(&it));
        let between_laminae = || {
            let approach = whole
                .happened(self.doc, SemanticType::Approach)
                .any(|it| it.entry(self.doc).concept.as_str() != "transforaminal");
            approach || whole.concept(self.doc, SemanticType::Technique, "loss_of_resistance").next().is_some()
        };
        // The catheter of an implanted pump is no act besides the implantation.
        let implanted = self.doc.lexicon.family("implanted_catheter_or_pump").is_some_and(|it| claimed.contains(&it));
        let is_catheter = |it: &Mention| {
            let words = self.doc.normalized.text[it.start..it.end].to_ascii_lowercase();
            implanted && words.contains("cath") && !performed_status::in_title(self.doc, it.sentence)
        };
        // A title left over from the last visit, above another way in told from needle to drug.
        let retold = transforaminal && claimed.len() == 1 && self.is_told_between_laminae(whole);
        retold
            || own.iter().filter(specific).any(|it| whole.weights[it.sentence] >= TITLE && !is_catheter(it))
                && (!transforaminal || between_laminae())
    }

    /// Whether a needle between the laminae, or through the hiatus, felt the space.
    fn is_told_between_laminae(&self, whole: &EvidenceWeights) -> bool {
        let doc = self.doc;
        let way = whole
            .happened(doc, SemanticType::Approach)
            .any(|it| matches!(it.entry(doc).concept.as_str(), "interlaminar" | "caudal") && !it.entry(doc).generic);
        way && whole.concept(doc, SemanticType::Technique, "loss_of_resistance").next().is_some()
            && whole.concept(doc, SemanticType::Device, "epidural_needle").next().is_some()
    }

    /// Whether the spine was opened: an operation on it, or words of its exposure.
    fn is_open(&self, claimed: &[usize], whole: &EvidenceWeights) -> bool {
        let family = self.doc.lexicon.family("spinal_decompression");
        let exposed = |it: &&Mention| it.entry(self.doc).family == family && family.is_some();
        family.is_some_and(|it| claimed.contains(&it))
            || whole.happened(self.doc, SemanticType::SupportingTerm).any(|it| exposed(&it))
    }

    /// Whether a needle of the canal, or what it felt, is documented.
    fn by_needle(&self, whole: &EvidenceWeights) -> bool {
        let documented = |kind: SemanticType, concepts: &[&str]| {
            concepts.iter().any(|it| whole.concept(self.doc, kind, it).next().is_some())
        };
        documented(SemanticType::Device, &["epidural_needle", "spinal_needle"])
            || documented(SemanticType::Technique, &["loss_of_resistance", "csf_return"])
    }

    /// Among other acts a neuraxial one counts where a title names it or words of its technique are there.
    fn neuraxial_is_documented(&self, neuraxial: usize, whole: &EvidenceWeights) -> bool {
        let doc = self.doc;
        let in_title = |it: &&Mention| {
            whole.weights[it.sentence] == TITLE && doc.sections[doc.sentences[it.sentence].section].kind.is_some()
        };
        let documented = |kind: SemanticType| {
            whole.happened(doc, kind).any(|it| {
                !matches!(
                    it.entry(doc).concept.as_str(),
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
            || documented(SemanticType::Technique)
            || documented(SemanticType::Approach)
            || documented(SemanticType::Device)
            || !self.of(neuraxial).is_empty()
                && doc.levels.iter().any(|it| {
                    it.level.pair
                        && it.assertion.happened()
                        && self.of(neuraxial).iter().any(|act| act.sentence == it.sentence)
                })
    }

    /// Whether a sentence names the laminae or the sacral hiatus as a way in.
    fn names_own_way(&self, sentence: usize) -> bool {
        let ways = in_sentence(self.doc, sentence).iter().filter(|it| it.kind == SemanticType::Approach);
        let mut own = ways.filter(|it| it.entry(self.doc).concept.as_str() != "transforaminal");
        own.any(|it| it.assertion.happened() && !it.entry(self.doc).generic)
    }

    /// Whether an injection is documented without its name: two kinds of its details, and something given or stopped.
    fn is_implied(&self, whole: &EvidenceWeights) -> bool {
        if !self.told.is_empty() {
            return true;
        }
        let doc = self.doc;
        let felt = ["loss_of_resistance", "csf_return"]
            .iter()
            .any(|it| whole.concept(doc, SemanticType::Technique, it).next().is_some());
        let hiatus = whole.concept(doc, SemanticType::Approach, "caudal").any(|it| !it.entry(doc).generic);
        let laminae = whole
            .concept(doc, SemanticType::Approach, "interlaminar")
            .any(|it| !doc.normalized.text[it.start..it.end].eq_ignore_ascii_case("midline"));
        let threaded = || {
            whole
                .concept(doc, SemanticType::Device, "catheter")
                .any(|it| in_sentence(doc, it.sentence).iter().any(|it| it.kind == SemanticType::Thread))
        };
        let needle = ["epidural_needle", "spinal_needle", "catheter"]
            .iter()
            .any(|it| whole.concept(doc, SemanticType::Device, it).next().is_some());
        // A gauge is that of a needle.
        let bare = |kind| whole.happened(doc, kind).next().is_some();
        let needle = needle
            || hiatus
                && (whole.concept(doc, SemanticType::Device, "needle").next().is_some() || bare(SemanticType::Gauge));
        let space = whole.happened(doc, SemanticType::Space).next().is_some();
        // `The epidural space was neither sought nor entered.`
        let kept_out = !space && whole.all(doc, SemanticType::Space).any(|it| it.assertion.status == Status::Negated);
        if kept_out && !felt {
            return false;
        }
        let level = whole.levels(doc).any(|it| it.level.pair && slots::is_entry(doc, it));
        let documented = [felt, hiatus, laminae, needle, space, level].into_iter().filter(|it| *it).count();
        let at_hiatus =
            |it: &Mention| in_sentence(doc, it.sentence).iter().any(|it| it.is(doc, SemanticType::Approach, "caudal"));
        let mut rivals = doc.of_kind(SemanticType::SupportingTerm).filter(|it| self.is_rival_sign(it, whole));
        let other = !felt && rivals.any(|it| !hiatus || at_hiatus(it));
        let given = || substances::substances(doc, whole).iter().any(substances::is_injectate);
        let stopped = || whole.all(doc, SemanticType::Abort).next().is_some();
        // Next to the name of another act (`two sympathetic blocks in the spring`) only a full story counts.
        let by_hiatus = || {
            let mut through = whole.concept(doc, SemanticType::Approach, "caudal").filter(|it| !it.entry(doc).generic);
            let is_needle = |it: &Mention| matches!(it.kind, SemanticType::Device | SemanticType::Gauge);
            through
                .any(|it| in_sentence(doc, it.sentence).iter().chain(in_sentence(doc, it.sentence + 1)).any(is_needle))
        };
        let of_another =
            |it: &Mention| it.kind == SemanticType::Trigger && it.entry(doc).family != doc.lexicon.family(NEURAXIAL);
        let alone = !self.done.iter().any(|it| of_another(it))
            || felt && (documented >= 4 || needle && level)
            || hiatus && documented >= 3 && by_hiatus();
        alone && documented >= 2 && !other && (given() || stopped() || felt && threaded())
    }

    /// A sign of another family in a sentence that documents a needle.
    fn is_rival_sign(&self, it: &Mention, whole: &EvidenceWeights) -> bool {
        let entry = it.entry(self.doc);
        let family = entry.family.map(|it| self.doc.lexicon.family_id(it));
        // A word that documents an act only with others next to it is no rival for itself.
        let rival = entry.kind == SemanticType::SupportingTerm
            && family == Some(&entry.concept)
            && entry.family != self.doc.lexicon.family(NEURAXIAL)
            && it.assertion.happened()
            && whole.weights[it.sentence] > 0
            && in_sentence(self.doc, it.sentence).iter().any(|other| {
                matches!(
                    other.kind,
                    SemanticType::Device | SemanticType::Motion | SemanticType::Technique | SemanticType::Substance
                )
            });
        rival
            && !matches!(
                self.doc.lexicon.families[entry.family.unwrap_or(0)].id.as_str(),
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
fn is_short_tunnel(doc: &Document<'_>, it: &Mention) -> bool {
    let phrases = &doc.lexicon.phrases.tunnel;
    if !doc.normalized.text[it.start..it.end].to_ascii_lowercase().contains("tunnel") {
        return false;
    }
    let sentence = doc.sentences[it.sentence];
    let words = doc.normalized.text[sentence.start..sentence.end].to_ascii_lowercase();
    let mut lengths =
        words.match_indices(" cm").filter_map(|(at, _)| words[..at].rsplit(' ').next()?.parse::<f32>().ok());
    let is_short = lengths.next().is_some_and(|it| it <= SHORT_TUNNEL)
        || phrases.to_hold.iter().any(|it| words.contains(it.as_str()));
    is_short && !phrases.far.iter().any(|it| words.contains(it.as_str()))
}

/// The longest tunnel, in centimeters, that only holds a catheter in place.
const SHORT_TUNNEL: f32 = 8.0;

/// Whether a mention outside history and plans states that the act was done here: a title or a narrative does;
/// running text only where the sentence documents doing (a verb, an amount, a level) or is as short as a heading.
fn documents_act(doc: &Document<'_>, whole: &EvidenceWeights, mention: &Mention) -> bool {
    let section = &doc.sections[doc.sentences[mention.sentence].section];
    if section.kind.is_some() && whole.weights[mention.sentence] >= TITLE {
        return true;
    }
    let sentence = doc.sentences[mention.sentence];
    let words = doc.normalized.text[sentence.start..sentence.end].split(' ').count();
    // A long sentence about another act counts where it documents a needle or a drug.
    let described = || {
        if !implicit_triggers::describes_what_was_done(doc, whole, mention.sentence) {
            return false;
        }
        let family = mention.entry(doc).family.filter(|it| Some(*it) != doc.lexicon.family(NEURAXIAL));
        family.is_some_and(|it| performed_status::is_described_within(doc, whole, it, mention.sentence, 0))
    };
    words <= 14
        || slots::sentence_describes_technique(doc, mention.sentence)
        || whole.weights[mention.sentence] > TECHNIQUE
        || described()
}
