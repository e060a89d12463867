//! The facts of the neighboring families: what was treated, where, on which side, under which imaging, how.
//!
//! One builder serves all of them: what a family counts stands in its `family.toml`, its structures and methods in
//! its `terms.csv`. Titles come before the narrative, since they list what was done; the narrative fills what they
//! leave open.

use std::collections::BTreeMap;

use super::Page;
use super::level_lists::{Item, Listed, Vertebra, listed, name, pair_name};
use super::mentions::Mention;
use super::numbered::{names_numbered, numbers};
use super::procedures::{Frame, Issue};
use super::scope::{Scope, TECHNIQUE};
use super::slots::in_sentence;
use super::{levels, substances};
use crate::lexicon::families::By;
use crate::lexicon::terms::Kind;
use crate::model::{Attribute, Evidence, Id, Outcome, Slot, Status, Why};

/// How many sentences behind an act tell of it.
const AROUND: usize = 6;
/// A first sentence of at most this many bytes is the note's title.
const FIRST_LINE: usize = 160;
/// How far, in bytes, a side may stand from the structure it is the side of.
const REACH: usize = 45;
/// How far, in bytes, the two sides of `right and left` stand apart.
const PAIR_REACH: usize = 5;
/// How far, in bytes, the deed may stand behind the device that it was done to.
const DEED_REACH: usize = 30;
/// The first thoracic and the first sacral vertebra.
const T1: Vertebra = 8;
const S1: Vertebra = 25;

/// Whether the note tells that an act of the family was done here and is reported for itself.
pub(crate) fn is_told(page: &Page<'_>, whole: &Scope, family: usize, acts: &[&Mention]) -> bool {
    let titled = acts.iter().any(|it| in_title(page, it.sentence));
    let of_operation =
        page.lexicon.families[family].count.anesthesia && is_part_of_operation(page, whole, family, acts);
    if titled && !(of_operation && names_operation(page)) {
        return true;
    }
    if of_operation {
        return false;
    }
    acts.iter().any(|it| is_described(page, whole, family, it.sentence))
}

/// Whether a mention of an act says enough: a general word (`facet joints`) is an act only beside a word for what
/// was done to it (`injected`, `lesioning`), in its sentence or in the title before it.
pub(crate) fn is_act(page: &Page<'_>, it: &Mention) -> bool {
    let entry = it.entry(page);
    let tells = |other: &Mention| {
        other.kind == Kind::Method
            && other.entry(page).family == entry.family
            && other.said.happened()
            && (other.end <= it.start || other.start >= it.end)
    };
    let heard = |at: usize| in_sentence(page, at).iter().any(tells);
    let before = it.sentence.saturating_sub(1);
    !entry.generic
        || super::mentions::is_beside_structure(page, it)
        || heard(it.sentence)
        || in_title(page, before) && heard(before)
        || it.sentence <= AROUND && heard(0)
}

/// Whether an act that is only spoken of is told by its doing: a structure of the family, and something injected there.
pub(crate) fn is_done_unnamed(page: &Page<'_>, whole: &Scope, family: usize) -> bool {
    let count = &page.lexicon.families[family].count;
    if count.by != By::Site || count.anesthesia && is_part_of_operation(page, whole, family, &[]) {
        return false;
    }
    let given = |sentence: usize| {
        let all = in_sentence(page, sentence);
        let drug = all.iter().any(|it| it.kind == Kind::Substance && it.said.happened());
        let word = &page.search.text[page.sentences[sentence].start..page.sentences[sentence].end];
        drug && word.contains("inject")
    };
    page.of_kind(Kind::Site).any(|it| {
        it.entry(page).family == Some(family)
            && it.said.happened()
            && whole.weights[it.sentence] >= TECHNIQUE
            && given(it.sentence)
    })
}

/// Whether a sentence stands under a heading that names what was done, or opens the note.
pub(crate) fn in_title(page: &Page<'_>, sentence: usize) -> bool {
    sentence == 0 && page.sentences[0].end < FIRST_LINE
        || page.sections[page.sentences[sentence].section].kind == Some(page.lexicon.sections.title)
}

/// Whether the sentence of an act, or one behind it, tells of a needle, a drug or another sign of doing it, before an
/// act of another family is named.
fn is_described(page: &Page<'_>, whole: &Scope, family: usize, sentence: usize) -> bool {
    if whole.weights[sentence] == 0 {
        return false;
    }
    let last = (sentence + AROUND).min(page.sentences.len() - 1);
    for at in (sentence..=last).filter(|it| whole.weights[*it] > 0) {
        let all = in_sentence(page, at);
        if at > sentence && names_only_others(page, all, family) {
            return false;
        }
        let near = at <= sentence + 1;
        let does = all.iter().filter(|it| it.said.happened()).any(|it| match it.kind {
            Kind::Device | Kind::Technique => true,
            Kind::Imaging => near && matches!(it.entry(page).concept.as_str(), "fluoroscopy" | "ultrasound"),
            Kind::Count | Kind::Sign => it.entry(page).family == Some(family),
            Kind::Substance => near && is_given(page, it),
            _ => false,
        });
        if does {
            return true;
        }
    }
    false
}

fn is_given(page: &Page<'_>, it: &Mention) -> bool {
    const CLASSES: [&str; 7] = ["steroid", "anesthetic", "opioid", "neurolytic", "toxin", "contrast", "blood"];
    it.entry(page).class.as_ref().is_some_and(|it| CLASSES.contains(&it.as_str()))
}

/// Whether mentions name an act, and none of the family.
fn names_only_others(page: &Page<'_>, mentions: &[Mention], family: usize) -> bool {
    let mut acts = mentions.iter().filter(|it| it.kind == Kind::Act && is_act(page, it)).peekable();
    acts.peek().is_some() && acts.all(|it| it.entry(page).family != Some(family))
}

/// Whether an operation took place that the block was the anesthesia of: nothing near the acts says that it was for
/// pain afterwards.
fn is_part_of_operation(page: &Page<'_>, whole: &Scope, family: usize, acts: &[&Mention]) -> bool {
    let operation = page
        .of_kind(Kind::Operation)
        .any(|it| it.said.happened() && whole.weights[it.sentence] > 0 && !covered_by_act(page, it, family));
    let beside = |it: &Mention| acts.iter().any(|act| act.sentence.abs_diff(it.sentence) <= AROUND);
    let for_pain = page
        .of_kind(Kind::Purpose)
        .any(|it| it.entry(page).concept.as_str() == "postoperative_analgesia" && beside(it));
    operation && !for_pain
}

/// Whether a title names an operation.
fn names_operation(page: &Page<'_>) -> bool {
    page.of_kind(Kind::Operation).any(|it| it.said.happened() && in_title(page, it.sentence))
}

fn covered_by_act(page: &Page<'_>, it: &Mention, family: usize) -> bool {
    in_sentence(page, it.sentence).iter().any(|other| {
        other.kind == Kind::Act
            && other.entry(page).family == Some(family)
            && other.start <= it.start
            && other.end >= it.end
    })
}

/// Whether the nerves of a facet family are sacral ones: those belong to the sacroiliac joint.
pub(crate) fn names_sacral_nerves(page: &Page<'_>, acts: &[&Mention]) -> bool {
    acts.iter().filter(|it| in_title(page, it.sentence) || acts.len() == 1).any(|it| {
        let range = page.sentences[it.sentence];
        let mut pieces = listed(&page.search.text, range.lead.min(range.start)..range.end).into_iter();
        pieces.any(|it| matches!(it.item, Item::One(at) if at > S1) || matches!(it.item, Item::Range(_, to) if to > S1))
    })
}

/// The frame of one neighboring family.
pub(crate) fn frame(page: &Page<'_>, scope: &Scope, family: usize, acts: &[&Mention]) -> Frame {
    let frame = Frame {
        family: page.lexicon.family_id(family).clone(),
        status: Status::Performed,
        evidence: acts.iter().take(4).map(|it| it.evidence(page)).collect(),
        attributes: Vec::new(),
        reported: true,
        issues: Vec::new(),
        features: Vec::new(),
    };
    let titles = acts.iter().filter(|it| in_title(page, it.sentence)).map(|it| it.sentence).collect();
    let mut builder = Builder { page, scope, family, titles, acts: acts.iter().map(|it| it.sentence).collect(), frame };
    builder.levels();
    builder.region();
    builder.space();
    builder.imaging();
    builder.delivery();
    builder.sites();
    builder.methods();
    builder.counts();
    builder.sides();
    let substances = substances::substances(page, scope);
    builder.destroys(&substances);
    builder.frame.attributes.extend(substances);
    builder.frame.attributes.sort_by_key(|it| it.slot);
    builder.frame
}

struct Builder<'a> {
    page: &'a Page<'a>,
    scope: &'a Scope,
    family: usize,
    /// Sentences of titles that name the act.
    titles: Vec<usize>,
    /// Sentences that name the act.
    acts: Vec<usize>,
    frame: Frame,
}

/// A level or list piece with its side and where it stands.
#[derive(Clone)]
struct Piece {
    listed: Listed,
    side: Option<&'static str>,
    parenthesized: bool,
    /// Two nerves with a slash between them, and no joint: `L3/L4 medial branches`, `L3/L4/L5`.
    nerves: bool,
}

impl<'a> Builder<'a> {
    fn by(&self) -> By {
        self.page.lexicon.families[self.family].count.by
    }

    fn asks(&self, question: &str) -> bool {
        self.page.lexicon.families[self.family].questions.iter().any(|it| it.id.as_str() == question)
    }

    fn issue(&mut self, question: &'static str, outcome: Outcome, evidence: Vec<Evidence>) {
        if self.asks(question) {
            self.frame.issues.push(Issue { question, outcome, evidence });
        }
    }

    fn set(&mut self, slot: Slot, value: &str, side: Option<&str>, why: Why) {
        let side = side.map(Id::from);
        self.frame.attributes.push(Attribute { slot, value: Id::from(value), substance: None, side, why });
    }

    /// The sentences to read, the telling ones first: titles, sentences that name the act, the narrative.
    fn tiers(&self) -> [Vec<usize>; 5] {
        let all = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..self.page.sentences.len()).filter(|it| self.scope.weights[*it] > 0 && keep(*it)).collect()
        };
        let mut titles = self.titles.clone();
        titles.dedup();
        let title_sections = all(&|it| {
            in_title(self.page, it) && !names_only_others(self.page, in_sentence(self.page, it), self.family)
        });
        // What was done to which device or limb stands in items of its own.
        if matches!(self.by(), By::Method | By::Limb) && !titles.is_empty() {
            titles.clone_from(&title_sections);
        }
        let acts = all(&|it| self.acts.contains(&it));
        let does = |it: &Mention| {
            matches!(
                it.kind,
                Kind::Motion
                    | Kind::Device
                    | Kind::Technique
                    | Kind::Imaging
                    | Kind::Substance
                    | Kind::Act
                    | Kind::Sign
            )
        };
        let narrative = all(&|it| self.scope.weights[it] >= TECHNIQUE && in_sentence(self.page, it).iter().any(does));
        let (acts, narrative) = if self.has_deeds() {
            (Vec::new(), all(&|it| acts.contains(&it) || narrative.contains(&it)))
        } else {
            (acts, narrative)
        };
        // Lists of structures without a verb: `Right arm: biceps, brachialis`.
        let lists = if matches!(self.by(), By::Site | By::Sites | By::Limb) { all(&|_| true) } else { Vec::new() };
        [titles, title_sections, acts, narrative, lists]
    }

    fn levels(&mut self) {
        let by = self.by();
        if matches!(by, By::Once | By::Site | By::Sites | By::Method | By::Limb) {
            return;
        }
        let tiers = self.tiers();
        let counted = tiers.iter().map(|it| self.count(by, it)).find(|it| !it.is_empty());
        let Some(counted) = counted else {
            self.issue("levels-documented", Outcome::Missing, Vec::new());
            return;
        };
        for (value, side, evidence) in counted {
            self.set(Slot::Level, &value, side, Why::Stated { evidence });
        }
    }

    /// What the sentences list, as the pieces that the family counts.
    fn count(&self, by: By, sentences: &[usize]) -> Vec<(String, Option<&'static str>, Vec<Evidence>)> {
        if by == By::Numbered {
            return self.numbered(sentences);
        }
        let pieces: Vec<Piece> = sentences.iter().flat_map(|it| self.pieces(*it)).collect();
        let units = match by {
            By::Root => roots(&pieces),
            By::Joint => joints(&pieces),
            By::Disc => discs(&pieces),
            _ => vertebrae(&pieces),
        };
        let mut found: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
        for (value, piece) in units {
            let evidence = self.page.evidence(piece.listed.start, piece.listed.end, &Id::from("level-list"));
            match found.iter_mut().find(|it| it.0 == value) {
                Some(it) => {
                    it.1 = both(it.1, piece.side);
                    it.2.truncate(2);
                    it.2.push(evidence);
                }
                None => found.push((value, piece.side, vec![evidence])),
            }
        }
        found
    }

    /// The list pieces of a sentence with the side each stands on.
    fn pieces(&self, sentence: usize) -> Vec<Piece> {
        let page = self.page;
        // How far a block reaches is no level of the needle.
        if in_sentence(page, sentence).iter().any(|it| it.is(page, Kind::Purpose, "block_level")) {
            return Vec::new();
        }
        let range = page.sentences[sentence];
        let text = &page.search.text;
        let sides: Vec<&Mention> = in_sentence(page, sentence).iter().filter(|it| it.kind == Kind::Side).collect();
        let concept = |it: &Mention| side_name(it.entry(page).concept.as_str());
        let found = listed(text, range.lead.min(range.start)..range.end);
        let denied = |at: usize| {
            page.levels
                .iter()
                .any(|it| it.sentence == sentence && it.level.start <= at && at < it.level.end && !it.said.happened())
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for (index, it) in
            found.iter().copied().enumerate().filter(|(_, it)| !denied(it.start) && self.is_own(sentence, it))
        {
            let chained = found.iter().enumerate().any(|(other, that)| other != index && that.start == it.start);
            let behind: String = text[it.end..range.end].chars().take(24).collect::<String>().to_ascii_lowercase();
            if is_landmark(behind.trim_start()) {
                continue;
            }
            let nerve = ["medial", "mb", "nerve", "dorsal", "ram", "branch"]
                .iter()
                .any(|word| behind.trim_start().starts_with(word));
            let nerves = text[it.start..it.end].contains('/') && (chained || nerve);
            let before = sides.iter().rev().find(|side| side.end <= it.start).and_then(|it| concept(it));
            let parenthesized = text[range.lead.min(range.start)..it.start].trim_end().ends_with('(');
            pieces.push(Piece { listed: it, side: before, parenthesized, nerves });
        }
        // `L4-5 and L5-S1 bilaterally`, `L3-4 on the left, L4-5 on the right`: a side behind the pieces.
        for index in 0..pieces.len() {
            let end = pieces[index].listed.end;
            let next = pieces.get(index + 1).map_or(range.end, |it| it.listed.start);
            let behind = sides.iter().find(|side| side.start >= end && side.start <= end + REACH && side.start < next);
            let Some(behind) = behind else { continue };
            let between = text[end..behind.start].trim();
            let own = between.is_empty() || between.ends_with("on the") || between.ends_with("on");
            if (own || next == range.end)
                && (pieces[index].side.is_none() || own)
                && !starts_new_act(&text[behind.start..next])
            {
                let side = concept(behind);
                let open: Vec<usize> =
                    (0..=index).rev().take_while(|it| pieces[*it].side.is_none() || *it == index).collect();
                for it in open {
                    pieces[it].side = side.or(pieces[it].side);
                }
            }
        }
        pieces
    }

    /// Whether a piece belongs to this family where its sentence names acts of several: the nearest act has it.
    fn is_own(&self, sentence: usize, piece: &Listed) -> bool {
        let page = self.page;
        let gap = |it: &Mention| {
            if it.start >= piece.end { it.start - piece.end } else { piece.start.saturating_sub(it.end) }
        };
        let acts = in_sentence(page, sentence).iter().filter(|it| it.kind == Kind::Act && it.said.happened());
        let nearest =
            acts.filter(|it| is_act(page, it)).min_by_key(|it| (gap(it), it.entry(page).family != Some(self.family)));
        nearest.is_none_or(|it| it.entry(page).family == Some(self.family) || gap(it) > 2 * REACH)
    }

    /// Ribs and numbered spaces: `fourth to tenth`, `T4 through T8`, `ribs 4, 5 and 6`.
    fn numbered(&self, sentences: &[usize]) -> Vec<(String, Option<&'static str>, Vec<Evidence>)> {
        let page = self.page;
        let mut found: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
        for sentence in sentences {
            let range = page.sentences[*sentence];
            let range = range.lead.min(range.start)..range.end;
            if !names_numbered(&page.search.text[range.clone()]) {
                continue;
            }
            for (number, start, end) in numbers(&page.search.text, range) {
                let value = format!("T{number}");
                if !found.iter().any(|it| it.0 == value) {
                    found.push((value, None, vec![page.evidence(start, end, &Id::from("level-list"))]));
                }
            }
        }
        found
    }

    fn region(&mut self) {
        let page = self.page;
        let of_levels: Option<(String, Why)> =
            self.frame.attributes.iter().find(|it| it.slot == Slot::Level).map(|it| {
                let rule = Id::from("level-to-region");
                (
                    levels::region(it.value.as_str()).to_owned(),
                    Why::Inferred { rule, evidence: it.why.evidence().to_vec() },
                )
            });
        if let Some((region, why)) = of_levels {
            self.set(Slot::Region, &region, None, why);
            return;
        }
        for tier in self.tiers() {
            let word = page.of_kind(Kind::Region).find(|it| {
                tier.contains(&it.sentence)
                    && it.said.happened()
                    && matches!(it.entry(page).concept.as_str(), "cervical_thoracic" | "lumbar_sacral")
            });
            if let Some(word) = word {
                let region = word.entry(page).concept.as_str().to_owned();
                let why = Why::Inferred { rule: Id::from("title-to-region"), evidence: vec![word.evidence(page)] };
                self.set(Slot::Region, &region, None, why);
                return;
            }
            let level = page.levels.iter().find(|it| tier.contains(&it.sentence) && it.said.happened());
            if let Some(level) = level {
                let region = levels::region(&level.level.name);
                let why = Why::Inferred { rule: Id::from("level-to-region"), evidence: vec![level.evidence(page)] };
                self.set(Slot::Region, region, None, why);
                return;
            }
        }
    }

    /// The space that the drug went into, by the words of the title, else of the narrative.
    fn space(&mut self) {
        let page = self.page;
        for tier in self.tiers() {
            let named = |concept: &str| {
                let mut of_tier =
                    page.of_kind(Kind::Space).filter(|it| tier.contains(&it.sentence) && it.said.happened());
                of_tier.find(|it| it.entry(page).concept.as_str() == concept).map(|it| it.evidence(page))
            };
            let csf = || self.scope.concept(page, Kind::Technique, "csf_return").next().map(|it| it.evidence(page));
            let (epidural, subarachnoid) = (named("epidural"), named("subarachnoid"));
            let found = match (epidural, subarachnoid) {
                (Some(it), None) => Some(("epidural", it)),
                (None, Some(it)) => Some(("subarachnoid", it)),
                (Some(it), Some(other)) => Some(csf().map_or(("epidural", it), |_| ("subarachnoid", other))),
                (None, None) => None,
            };
            if let Some((space, evidence)) = found {
                self.set(Slot::Space, space, None, Why::Stated { evidence: vec![evidence] });
                return;
            }
        }
    }

    /// Whether a row of the family's code table asks for this method.
    fn codes_method(&self, method: &str) -> bool {
        let rows = &self.page.lexicon.families[self.family].codes;
        rows.iter()
            .flat_map(|it| &it.cells)
            .any(|(slot, values)| *slot == Slot::Method && values.iter().any(|it| it.as_str() == method))
    }

    /// A drug that destroys nerves makes a block a destruction.
    fn destroys(&mut self, substances: &[Attribute]) {
        let neurolytic = |it: &&Attribute| {
            substances::is_injectate(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == "neurolytic")
        };
        let evidence: Vec<Evidence> =
            substances.iter().filter(neurolytic).flat_map(|it| it.why.evidence()).take(2).cloned().collect();
        let gave = substances.iter().any(substances::is_injectate);
        if gave {
            self.frame.attributes.retain(|it| it.slot != Slot::Method || it.value.as_str() != "contrast_only");
        }
        if !evidence.is_empty() && self.codes_method("neurolytic") {
            self.frame.attributes.retain(|it| it.slot != Slot::Method);
            let why = Why::Inferred { rule: Id::from("neurolytic-injectate"), evidence };
            self.set(Slot::Method, "neurolytic", None, why);
        }
    }

    fn imaging(&mut self) {
        let page = self.page;
        let mut found: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
        let mut denied = Vec::new();
        for it in self.scope.all(page, Kind::Imaging) {
            let concept = it.entry(page).concept.as_str();
            let marks = in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Marking);
            match it.said.status {
                _ if marks => {}
                _ if concept == "none" => denied.push(it.evidence(page)),
                Status::Negated => denied.push(it.evidence(page)),
                Status::Performed | Status::Attempted | Status::Existing if !it.said.other => {
                    found.entry(concept).or_default().push(it.evidence(page));
                }
                _ => {}
            }
        }
        let stated = ["ct", "fluoroscopy", "ultrasound", "mri"].into_iter().find(|it| found.contains_key(it));
        if let Some(modality) = stated {
            let evidence = found[modality].iter().take(3).cloned().collect();
            self.set(Slot::Imaging, modality, None, Why::Stated { evidence });
            return;
        }
        let views: Vec<Evidence> = self.scope.happened(page, Kind::View).take(2).map(|it| it.evidence(page)).collect();
        if !views.is_empty() && denied.is_empty() {
            let why = Why::Inferred { rule: Id::from("views-to-fluoroscopy"), evidence: views };
            self.set(Slot::Imaging, "fluoroscopy", None, why);
        } else if let Some(session) = self.imaging_of_session().filter(|_| denied.is_empty()) {
            let modality = session.entry(page).concept.as_str().to_owned();
            let why = Why::Inferred { rule: Id::from("imaging-of-session"), evidence: vec![session.evidence(page)] };
            self.set(Slot::Imaging, &modality, None, why);
            self.issue("imaging-documented", Outcome::Missing, vec![session.evidence(page)]);
        } else if denied.is_empty() {
            self.set(Slot::Imaging, "none", None, Why::Assumed { rule: Id::from("imaging-not-mentioned") });
            self.issue("imaging-documented", Outcome::Missing, Vec::new());
        } else {
            self.set(Slot::Imaging, "none", None, Why::Stated { evidence: denied });
        }
    }

    /// Imaging that the note tells with another act of the same session.
    fn imaging_of_session(&self) -> Option<&'a Mention> {
        let page = self.page;
        let mut found = page
            .of_kind(Kind::Imaging)
            .filter(|it| it.said.happened() && matches!(it.entry(page).concept.as_str(), "fluoroscopy" | "ct"));
        found.find(|it| !in_sentence(page, it.sentence).iter().any(|other| other.kind == Kind::Finding))
    }

    /// A catheter that stays, or a needle.
    fn delivery(&mut self) {
        let page = self.page;
        let stays: Vec<Evidence> = self
            .scope
            .happened(page, Kind::Device)
            .filter(|it| self.is_own_catheter(it))
            .chain(self.scope.concept(page, Kind::Fate, "infusion"))
            .take(2)
            .map(|it| it.evidence(page))
            .collect();
        if stays.is_empty() || self.catheter_is_removed() {
            let rule = Id::from("no-catheter-mentioned");
            let evidence = self.frame.evidence.iter().take(1).cloned().collect();
            self.set(Slot::Delivery, "single", None, Why::Inferred { rule, evidence });
        } else {
            self.set(Slot::Delivery, "catheter", None, Why::Stated { evidence: stays });
        }
    }

    /// Whether a device is a catheter of this act: one that is not for a vein or the bladder.
    fn is_own_catheter(&self, it: &Mention) -> bool {
        let page = self.page;
        match it.entry(page).concept.as_str() {
            "catheter" => !it.entry(page).generic,
            "other_catheter" => in_sentence(page, it.sentence).iter().any(|other| {
                matches!(other.kind, Kind::Act | Kind::Site)
                    && other.entry(page).family == Some(self.family)
                    && other.start <= it.start
                    && it.start <= other.end
            }),
            _ => false,
        }
    }

    /// Whether the catheter itself came out, and not the needle over it.
    fn catheter_is_removed(&self) -> bool {
        let page = self.page;
        self.scope.concept(page, Kind::Removal, "removal").any(|it| {
            let mut devices = in_sentence(page, it.sentence).iter().filter(|it| it.kind == Kind::Device);
            let nearest = devices.rfind(|other| other.end <= it.start);
            nearest.is_some_and(|it| it.is(page, Kind::Device, "catheter"))
        })
    }

    /// The structures treated: those of the titles; where they name none, those of the narrative.
    fn sites(&mut self) {
        self.named(Kind::Site, Slot::Site);
        if !self.frame.attributes.iter().any(|it| it.slot == Slot::Site) {
            self.issue("site-documented", Outcome::Missing, Vec::new());
        }
    }

    fn methods(&mut self) {
        self.named(Kind::Method, Slot::Method);
    }

    fn named(&mut self, kind: Kind, slot: Slot) {
        let page = self.page;
        let many = match slot {
            Slot::Site => matches!(self.by(), By::Site | By::Sites | By::Limb),
            _ => self.by() == By::Method,
        };
        let own = |it: &&Mention| it.entry(page).family == Some(self.family) && it.said.happened();
        let specific =
            page.of_kind(kind).any(|it| own(&it) && !it.entry(page).generic && self.scope.weights[it.sentence] > 0);
        for tier in self.tiers() {
            let found: Vec<&Mention> = page
                .of_kind(kind)
                .filter(own)
                .filter(|it| tier.contains(&it.sentence) && !(specific && it.entry(page).generic))
                .collect();
            if found.is_empty() {
                continue;
            }
            let mut values: Vec<(String, Option<&'static str>, Vec<Evidence>)> = Vec::new();
            for it in &found {
                let Some(concept) = self.value(it, &found) else { continue };
                let side = self.side_of(it);
                match values.iter_mut().find(|other| other.0 == concept) {
                    Some(other) => {
                        other.1 = both(other.1, side);
                        if other.2.len() < 3 {
                            other.2.push(it.evidence(page));
                        }
                    }
                    None => values.push((concept, side, vec![it.evidence(page)])),
                }
            }
            if values.is_empty() {
                continue;
            }
            leave_out_replaced(&mut values);
            values.truncate(if many { usize::MAX } else { 1 });
            for (value, side, evidence) in values {
                self.set(slot, &value, side, Why::Stated { evidence });
            }
            return;
        }
    }

    /// The value that a mention stands for: its concept, or what was done to what where the family names deeds
    /// (`remove_`) and devices (`_lead`) apart. A deed alone is none.
    fn value(&self, it: &Mention, found: &[&Mention]) -> Option<String> {
        let concept = it.entry(self.page).concept.as_str();
        if concept.ends_with('_') {
            return None;
        }
        if !concept.starts_with('_') {
            return Some(concept.to_owned());
        }
        let text = &self.page.search.text;
        let deeds = || {
            let in_sentence = found.iter().filter(|other| other.sentence == it.sentence);
            in_sentence.filter(|other| other.entry(self.page).concept.as_str().ends_with('_'))
        };
        let apart = |from: usize, to: usize| {
            let between = text.get(from..to).unwrap_or_default();
            between.contains([',', ';', ':', '.']) || between.contains(" and ")
        };
        // `lead placement`, `leads were removed`; else `removal of leads and generator`.
        let behind = deeds().find(|other| other.start >= it.end && other.start <= it.end + DEED_REACH);
        let behind = behind.filter(|other| !apart(it.end, other.start));
        let deed = behind.or_else(|| deeds().rfind(|other| other.end <= it.start)).copied();
        let deed = deed.or_else(|| self.deed_of_title());
        let deed = deed.map_or("place_", |it| it.entry(self.page).concept.as_str());
        Some(format!("{}{}", deed.trim_end_matches('_'), concept))
    }

    /// Whether the note tells deeds (`removed`) apart from the devices that they were done to.
    fn has_deeds(&self) -> bool {
        let page = self.page;
        let own = |it: &Mention| it.entry(page).family == Some(self.family);
        page.of_kind(Kind::Method).any(|it| own(it) && it.entry(page).concept.as_str().starts_with('_'))
    }

    /// The first deed that a title tells of.
    fn deed_of_title(&self) -> Option<&'a Mention> {
        let page = self.page;
        page.of_kind(Kind::Method).find(|it| {
            let entry = it.entry(page);
            entry.family == Some(self.family) && entry.concept.as_str().ends_with('_') && in_title(page, it.sentence)
        })
    }

    /// The side that stands with a structure: right before it, or right behind; `right and left` are both.
    fn side_of(&self, it: &Mention) -> Option<&'static str> {
        let page = self.page;
        let reach = if self.by() == By::Limb { usize::MAX / 2 } else { REACH };
        let concept = |it: &Mention| side_name(it.entry(page).concept.as_str());
        let sides: Vec<&Mention> =
            in_sentence(page, it.sentence).iter().filter(|other| other.kind == Kind::Side).collect();
        let inside = sides.iter().position(|other| other.start >= it.start && other.end <= it.end);
        let before = sides.iter().rposition(|other| other.end <= it.start && other.end + reach >= it.start);
        let behind = sides.iter().position(|other| other.start >= it.end && other.start <= it.end + 20);
        let at = inside.or(before).or(behind)?;
        let near = |one: &Mention, other: &Mention| one.end <= other.start && other.start <= one.end + PAIR_REACH;
        let pair = if before == Some(at) {
            at.checked_sub(1).map(|it| sides[it]).filter(|it| near(it, sides[at]))
        } else {
            sides.get(at + 1).copied().filter(|it| near(sides[at], it))
        };
        both(concept(sides[at]), pair.and_then(concept))
    }

    fn counts(&mut self) {
        let page = self.page;
        let names_own = |at: usize| {
            let mut all = in_sentence(page, at).iter();
            all.any(|it| it.kind == Kind::Site && it.entry(page).family == Some(self.family))
        };
        for tier in self.tiers() {
            let found = page.of_kind(Kind::Count).find(|it| {
                it.entry(page).family == Some(self.family) && tier.contains(&it.sentence) && it.said.happened()
            });
            if let Some(it) = found {
                let value = it.entry(page).concept.as_str().to_owned();
                self.set(Slot::Count, &value, None, Why::Stated { evidence: vec![it.evidence(page)] });
                return;
            }
        }
        // `the same was done at the second costochondral junction`
        let again = page.of_kind(Kind::Repeat).find(|it| {
            self.scope.weights[it.sentence] > 0
                && it.said.happened()
                && names_own(it.sentence)
                && !in_sentence(page, it.sentence).iter().any(|it| it.kind == Kind::Side)
        });
        if let Some(it) = again.filter(|_| !page.lexicon.families[self.family].count.many.is_empty()) {
            self.set(Slot::Count, "2", None, Why::Stated { evidence: vec![it.evidence(page)] });
        }
    }

    /// The side of the whole act: the titles', widened by "the same on the other side".
    fn sides(&mut self) {
        let page = self.page;
        let repeated = page.of_kind(Kind::Repeat).find(|it| self.scope.weights[it.sentence] > 0 && it.said.happened());
        let other_side = repeated.filter(|it| {
            it.entry(page).concept.as_str() == "other_side"
                || in_sentence(page, it.sentence).iter().any(|other| other.kind == Kind::Side && other.start > it.start)
        });
        let mut found: Option<(&'static str, Vec<Evidence>)> = None;
        for tier in self.tiers() {
            for it in page.of_kind(Kind::Side).filter(|it| tier.contains(&it.sentence) && it.said.happened()) {
                let Some(side) = side_name(it.entry(page).concept.as_str()) else { continue };
                let evidence = it.evidence(page);
                found = Some(match found {
                    None => (side, vec![evidence]),
                    Some((one, mut list)) => {
                        if list.len() < 3 {
                            list.push(evidence);
                        }
                        (both(Some(one), Some(side)).unwrap_or(side), list)
                    }
                });
            }
            if found.is_some() {
                break;
            }
        }
        if let Some(it) = other_side {
            let mut evidence = found.map(|it| it.1).unwrap_or_default();
            evidence.push(it.evidence(page));
            found = Some(("bilateral", evidence));
        }
        match found {
            Some((side, evidence)) => {
                self.set(Slot::Side, side, None, Why::Stated { evidence });
                // What is told again for the other side holds for each piece.
                if other_side.is_some() {
                    for it in &mut self.frame.attributes {
                        it.side = None;
                    }
                }
            }
            None => self.issue("side-documented", Outcome::Missing, Vec::new()),
        }
    }
}

fn side_name(concept: &str) -> Option<&'static str> {
    ["left", "right", "bilateral"].into_iter().find(|it| *it == concept)
}

/// What was taken out and put in again was replaced: the taking out counts for nothing.
fn leave_out_replaced(values: &mut Vec<(String, Option<&'static str>, Vec<Evidence>)>) {
    let new: Vec<String> = ["place", "replace"]
        .iter()
        .flat_map(|deed| values.iter().filter_map(move |it| it.0.strip_prefix(deed)))
        .map(|device| format!("remove{device}"))
        .collect();
    values.retain(|it| !new.contains(&it.0));
}

/// Two sides told of one thing.
fn both(one: Option<&'static str>, other: Option<&'static str>) -> Option<&'static str> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Some("bilateral"),
        (one, other) => one.or(other),
    }
}

/// Whether the words behind a level make it a part of a bone that a needle was aimed at.
fn is_landmark(behind: &str) -> bool {
    const PARTS: [&str; 12] = [
        "transverse",
        "pedicle",
        "lamina",
        "superior articular",
        "sap",
        "endplate",
        "end plate",
        "spinous",
        "vertebral body",
        "tp ",
        "body",
        "process",
    ];
    PARTS.iter().any(|it| behind.starts_with(it))
}

/// Whether words behind a side name something new that the side belongs to: `… L4-5, left SI joint`.
fn starts_new_act(words: &str) -> bool {
    let rest = words.split_once(' ').map_or("", |it| it.1);
    let lower: String = rest.chars().take(20).flat_map(char::to_lowercase).collect();
    ["si ", "sacroiliac", "knee", "hip", "shoulder", "trochanteric", "trigger"].iter().any(|it| lower.starts_with(it))
}

/// Roots or foramina: an interspace is one; a nerve is one unless it only names that of an interspace.
fn roots(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let in_pair =
        |at: Vertebra| pieces.iter().any(|it| matches!(it.listed.item, Item::Pair(from, to) if at == from || at == to));
    let any_pair = pieces.iter().any(|it| matches!(it.listed.item, Item::Pair(..)));
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            Item::Pair(from, _) => found.push((pair_name(from), piece)),
            Item::Range(from, to) => found.extend((from..to).map(|it| (pair_name(it), piece))),
            Item::One(_) if any_pair && piece.parenthesized => {}
            Item::One(at) if !in_pair(at) || at >= S1 => found.push((name(at), piece)),
            Item::One(_) => {}
        }
    }
    found
}

/// Joints: the interspaces named; else those of a range; else, of a list of nerves, one less than nerves.
fn joints(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let pairs: Vec<(String, &Piece)> = pieces
        .iter()
        .filter_map(|it| match it.listed.item {
            Item::Pair(from, _) if !it.nerves => Some((pair_name(from), it)),
            _ => None,
        })
        .collect();
    if !pairs.is_empty() {
        return pairs;
    }
    let mut found = Vec::new();
    for piece in pieces {
        if let Item::Range(from, to) = piece.listed.item {
            found.extend((from..to).map(|it| (pair_name(it), piece)));
        }
    }
    if found.is_empty() { joints_of_nerves(pieces) } else { found }
}

/// The joints between the nerves of a list: a thoracic or lumbar joint has the nerves of the two vertebrae above its
/// lower one, a cervical joint those of its own two.
fn joints_of_nerves(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut nerves: Vec<(Vertebra, &Piece)> = pieces
        .iter()
        .flat_map(|it| match it.listed.item {
            Item::One(at) => vec![(at, it)],
            Item::Pair(from, to) => vec![(from, it), (to, it)],
            Item::Range(..) => Vec::new(),
        })
        .collect();
    nerves.sort_by_key(|it| it.0);
    nerves.dedup_by_key(|it| it.0);
    let joint = |upper: Vertebra| pair_name(if upper < T1 { upper } else { upper + 1 });
    match nerves.as_slice() {
        [] => Vec::new(),
        [(at, piece)] => vec![(joint(at.saturating_sub(1).max(1)), *piece)],
        several => several.windows(2).map(|it| (joint(it[0].0), it[1].1)).collect(),
    }
}

/// Discs: interspaces, and all those of a range.
fn discs(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            Item::Pair(from, _) => found.push((pair_name(from), piece)),
            Item::Range(from, to) => found.extend((from..to).map(|it| (pair_name(it), piece))),
            Item::One(_) => {}
        }
    }
    found
}

/// Vertebrae: each one named, and all those of a range.
fn vertebrae(pieces: &[Piece]) -> Vec<(String, &Piece)> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece.listed.item {
            Item::One(at) => found.push((name(at), piece)),
            Item::Pair(from, to) | Item::Range(from, to) => found.extend((from..=to).map(|it| (name(it), piece))),
        }
    }
    found
}
