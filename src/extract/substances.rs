//! Drugs and other substances of an act: what each was given for, and how much.

use crate::document::{Document, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::scope::{EvidenceWeights, TITLE};
use crate::lexicon::terms::SemanticType;
use crate::model::{Attribute, Id, Provenance, Role, Slot, Status, Substance};

/// Maximum distance, in bytes, of the words that state the role of a substance.
const REACH: usize = 60;

/// Whether an attribute is a substance that went into the target space.
pub(crate) fn is_injectate(it: &Attribute) -> bool {
    it.substance.as_ref().is_some_and(|it| it.role == Role::Injectate)
}

/// Every substance of the act with its role, each name and role once, in the order of the text.
pub(crate) fn substances(doc: &Document<'_>, scope: &EvidenceWeights) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    let ordered = |it: &&Mention| scope.weights[it.sentence] > 0 || runs_as_ordered(doc, scope, it);
    let mentions: Vec<&Mention> = doc.of_kind(SemanticType::Substance).filter(ordered).filter(|it| given(it)).collect();
    let mut previous: Option<(&Mention, Option<Role>)> = None;
    for (index, it) in mentions.iter().enumerate() {
        let before = previous.filter(|(other, _)| other.sentence == it.sentence);
        let role = role(doc, scope, it, before);
        previous = Some((it, role));
        let Some(role) = role else { continue };
        let left = before.map_or(doc.sentences[it.sentence].lead, |(other, _)| other.end);
        let right = mentions
            .get(index + 1)
            .filter(|other| other.sentence == it.sentence)
            .map_or(doc.sentences[it.sentence].end, |other| other.start);
        let last = mentions.get(index + 1).is_none_or(|other| other.sentence != it.sentence);
        let amounts = amounts(doc, it, left, right, before.is_none(), last);
        add(&mut found, doc, it, role, amounts);
    }
    let named = |class: &str| {
        found.iter().any(|it| {
            is_injectate(it) && !is_class_word(it) && it.substance.as_ref().is_some_and(|it| it.class.as_str() == class)
        })
    };
    let (steroid, anesthetic) = (named("steroid"), named("anesthetic"));
    found.retain(|it| !(is_class_word(it) && (steroid || anesthetic || !is_injectate(it))));
    found
}

/// A word for a class (`steroid`), not the name of a drug.
fn is_class_word(it: &Attribute) -> bool {
    matches!(it.value.as_str(), "steroid_unspecified" | "local_anesthetic")
}

/// Whether a drug is named only as part of the name of something else: `a baclofen pump`, `a fentanyl patch`.
pub(crate) fn names_a_device(doc: &Document<'_>, it: &Attribute) -> bool {
    let text = doc.note.text.as_bytes();
    let names = |end: usize| {
        let behind = text.get(end..).unwrap_or_default();
        let words = [b" pump".as_slice(), b" patch"];
        words.iter().any(|word| behind.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word)))
    };
    let mut evidence = it.provenance.evidence().iter().peekable();
    evidence.peek().is_some() && evidence.all(|it| names(it.span.end()))
}

fn given(it: &Mention) -> bool {
    it.assertion.happened() || (!it.assertion.other && it.assertion.status == Status::Planned)
}

fn class<'a>(doc: &'a Document<'_>, it: &Mention) -> &'a str {
    it.entry(doc).class.as_ref().map_or("", Id::as_str)
}

/// `Orders: bupivacaine 0.0625% at 6 mL/h`: what is to run through the catheter of the act.
fn runs_as_ordered(doc: &Document<'_>, scope: &EvidenceWeights, it: &Mention) -> bool {
    let all = in_sentence(doc, it.sentence);
    let runs = |it: &Mention| {
        it.kind == SemanticType::CatheterDisposition && matches!(it.entry(doc).concept.as_str(), "infusion" | "rate")
    };
    it.assertion.status == Status::Planned
        && matches!(class(doc, it), "anesthetic" | "opioid")
        && it.entry(doc).concept.as_str() != "lidocaine"
        && all.iter().any(|it| it.kind == SemanticType::Substance && class(doc, it) == "anesthetic")
        && all.iter().any(runs)
        && !all.iter().any(|it| {
            it.is(doc, SemanticType::Role, "sedation") && doc.normalized.text[it.start..it.end].starts_with("IV")
        })
        && scope.concept(doc, SemanticType::Device, "catheter").next().is_some()
}

/// Role of a substance; none where it is no substance of this act (skin preparation, flush).
fn role(
    doc: &Document<'_>,
    scope: &EvidenceWeights,
    it: &Mention,
    before: Option<(&Mention, Option<Role>)>,
) -> Option<Role> {
    let name = it.entry(doc).concept.as_str();
    let planned = it.assertion.status == Status::Planned;
    match class(doc, it) {
        "contrast" => return (!planned).then_some(Role::Contrast),
        "sedative" => return (!planned).then_some(Role::Sedation),
        "antibiotic" | "antiseptic" | "toxin" | "oral" => return None,
        _ if name == "epinephrine" || name == "water" => return None,
        _ => {}
    }
    if within_act(doc, it) && is_class(name) {
        return None;
    }
    let cues = RoleCues::around(doc, it);
    // `Phenol was offered`: what destroys nerves or scars is named with its amount or with the giving where it was given.
    if matches!(class(doc, it), "neurolytic" | "ambiguous")
        && !has_amount(doc, it)
        && !is_administered(doc, it)
        && section(doc, it) != "title"
    {
        return None;
    }
    let spinal = is_preservative_free(doc, it) || is_dosed_for_the_canal(doc, it);
    let steroid = matches!(class(doc, it), "steroid" | "neurolytic" | "biologic" | "chemotherapy" | "blood");
    // A test dose finds a vein or the fluid; the trial of an intrathecal drug is the injection itself.
    let trial = matches!(class(doc, it), "antispasmodic" | "opioid");
    if cues.nearest("test_dose") <= 40 && !steroid && !trial {
        return Some(Role::TestDose);
    }
    if name == "saline" && (cues.nearest("resistance") <= 30 || cues.nearest("flush") <= 30 && !spinal) {
        return None;
    }
    if cues.nearest("resistance") <= 12 && !steroid {
        return None;
    }
    if name == "saline" && is_fluid_bolus(doc, it) {
        return None;
    }
    if !steroid && numbs(doc, it) {
        return Some(Role::Skin);
    }
    if given_into_vein(doc, it) || cues.nearest("sedation") <= 22 && class(doc, it) != "neurolytic" {
        return Some(Role::Sedation);
    }
    // A list shares its role: `80 mg of X with 3 mL of Y and 2 mL of Z`.
    let listed = before
        .filter(|(other, _)| it.start - other.end.min(it.start) <= 45 && !RoleCues::between(doc, other.end, it.start));
    if let Some((_, role)) = listed
        && role.is_some()
        && role != Some(Role::Contrast)
        && !(steroid && role != Some(Role::Injectate))
    {
        return role;
    }
    let section = section(doc, it);
    let (skin, injected, elsewhere) = (cues.nearest("skin"), cues.nearest("injectate"), cues.nearest("elsewhere"));
    if elsewhere < injected.min(25) && section != "injectate" {
        return None;
    }
    if !steroid && !trial && skin < injected {
        return Some(Role::Skin);
    }
    if planned && runs_as_ordered(doc, scope, it) {
        return Some(Role::Injectate);
    }
    if planned && injected == usize::MAX {
        return None;
    }
    // Drugs that also go elsewhere count where the sentence names the space, the catheter or the giving.
    let weight = scope.weights[it.sentence];
    let systemic = class(doc, it) == "opioid"
        || matches!(name, "ketamine" | "clonidine" | "dexmedetomidine" | "neostigmine" | "baclofen");
    let to_space = || section == "injectate" || spinal || follows_the_needle(doc, scope, it);
    if systemic && !to_space() && (!describes_administration(doc, it) || weight < TITLE && !names_space(doc, it)) {
        return Some(Role::Sedation);
    }
    if class(doc, it) == "anesthetic" && section != "injectate" && !steroid_near(doc, it) {
        if with_epinephrine(doc, it) && scope.concept(doc, SemanticType::Device, "catheter").next().is_some() {
            return Some(Role::TestDose);
        }
        let numbs_skin = !matches!(name, "bupivacaine" | "ropivacaine" | "levobupivacaine");
        if numbs_skin && injected > 30 && before_the_needle(doc, scope, it) {
            return Some(Role::Skin);
        }
    }
    match (section, class(doc, it)) {
        ("injectate", _) => Some(Role::Injectate),
        ("anesthesia", "anesthetic") if name != "bupivacaine" || skin < usize::MAX => Some(Role::Skin),
        ("anesthesia", "opioid") => Some(Role::Sedation),
        (_, "other") if name == "saline" || name == "sodium_bicarbonate" => {
            let listed = injected < usize::MAX || sentence_gives(doc, scope, it);
            // `25 mL of preservative-free saline over 8 minutes`, behind the needle that felt the space.
            let alone = || spinal && has_amount(doc, it) && follows_the_needle(doc, scope, it);
            (listed || alone()).then_some(Role::Injectate)
        }
        _ if is_class(name) => (injected <= 30).then_some(Role::Injectate),
        _ => Some(Role::Injectate),
    }
}

/// Whether a figure with a unit is right before or behind a drug.
fn has_amount(doc: &Document<'_>, it: &Mention) -> bool {
    let sentence = doc.sentences[it.sentence];
    let from = floor(&doc.normalized.text, it.start.saturating_sub(REACH).max(sentence.start.min(it.start)));
    let to = it.end + behind(doc, it).len();
    doc.lexicon.patterns.quantity.regex.is_match(&doc.normalized.text[from..to])
}

fn near<'a>(doc: &'a Document<'_>, it: &Mention, reach: usize) -> impl Iterator<Item = &'a Mention> {
    let (start, end, sentence) = (it.start, it.end, it.sentence);
    let from = doc.mentions.partition_point(|other| other.start + reach < start);
    doc.mentions[from..]
        .iter()
        .take_while(move |other| other.start <= end + reach)
        .filter(move |other| other.sentence == sentence)
}

fn names_space(doc: &Document<'_>, it: &Mention) -> bool {
    near(doc, it, 2 * REACH).any(|other| matches!(other.kind, SemanticType::Space | SemanticType::Trigger))
}

fn steroid_near(doc: &Document<'_>, it: &Mention) -> bool {
    near(doc, it, 2 * REACH)
        .any(|other| other.kind == SemanticType::Substance && matches!(class(doc, other), "steroid" | "opioid"))
}

/// Lidocaine with epinephrine through a catheter tests its place.
fn with_epinephrine(doc: &Document<'_>, it: &Mention) -> bool {
    it.is(doc, SemanticType::Substance, "lidocaine")
        && near(doc, it, 35)
            .any(|other| other.start > it.start && other.is(doc, SemanticType::Substance, "epinephrine"))
}

/// `Dexamethasone and ceftriaxone were given intravenously`: the verb behind a drug says that it went into a vein.
/// `A bolus of normal saline` in a sentence without a needle, a catheter or a space is a drip.
fn is_fluid_bolus(doc: &Document<'_>, it: &Mention) -> bool {
    let documents = |other: &Mention| {
        matches!(
            other.kind,
            SemanticType::Device | SemanticType::Space | SemanticType::Technique | SemanticType::Trigger
        )
    };
    let before = before(doc, it);
    (before.ends_with("bolus of ") || before.ends_with("boluses of "))
        && !in_sentence(doc, it.sentence).iter().any(documents)
}

/// `The interspace was anesthetized with 1% lidocaine`, whatever is called a solution behind it.
fn numbs(doc: &Document<'_>, it: &Mention) -> bool {
    let before = before(doc, it);
    let gaps =
        doc.lexicon.phrases.drug.numbed.iter().filter_map(|word| before.rsplit_once(word.as_str())).map(|it| it.1);
    gaps.into_iter().any(|between| !between.contains(['.', ',', ';']) || between.trim().ends_with('%'))
}

/// A few words before a substance in its sentence, in lower case.
fn before(doc: &Document<'_>, it: &Mention) -> String {
    const FEW: usize = 48;
    let from = doc.sentences[it.sentence].start.min(it.start).max(it.start.saturating_sub(FEW));
    doc.normalized.text[doc.normalized.text.ceil_char_boundary(from)..it.start].to_ascii_lowercase()
}

fn given_into_vein(doc: &Document<'_>, it: &Mention) -> bool {
    let ways = &doc.lexicon.phrases.drug.elsewhere;
    if names_way_behind(doc, it) {
        return true;
    }
    let verb = near(doc, it, REACH)
        .find(|other| other.start >= it.end && other.kind == SemanticType::Motion && gives(doc, other));
    verb.is_some_and(|verb| {
        let rest = &doc.normalized.text[verb.end..doc.sentences[it.sentence].end.max(verb.end)];
        let word = rest.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ';']);
        ways.iter().any(|way| way.eq_ignore_ascii_case(word.trim_end_matches('.')) || way.eq_ignore_ascii_case(word))
    })
}

/// `Dex 10 mg IV`: a way behind the drug and its amount, before anything else is named.
fn names_way_behind(doc: &Document<'_>, it: &Mention) -> bool {
    const FEW: usize = 4;
    let own = behind(doc, it).split([',', ';', '+', '&', '(', ')']).next().unwrap_or_default();
    let ways = &doc.lexicon.phrases.drug.elsewhere;
    own.split_whitespace()
        .take(FEW)
        .any(|word| ways.iter().any(|way| way.eq_ignore_ascii_case(word.trim_end_matches('.'))))
}

/// A local anesthetic named before the needle that finds the space numbs the skin.
fn before_the_needle(doc: &Document<'_>, scope: &EvidenceWeights, it: &Mention) -> bool {
    let is_needle = |other: &&Mention| {
        matches!(other.entry(doc).concept.as_str(), "epidural_needle" | "spinal_needle" | "needle" | "catheter")
    };
    let section = doc.sentences[it.sentence].section;
    // The space was found already.
    let found = |other: &Mention| {
        other.is(doc, SemanticType::Technique, "loss_of_resistance")
            || other.is(doc, SemanticType::Technique, "csf_return")
            || other.is(doc, SemanticType::Approach, "caudal") && !other.entry(doc).generic
    };
    let mut earlier = scope.happened(doc, SemanticType::Technique).chain(scope.happened(doc, SemanticType::Approach));
    if earlier.any(|other| other.start < it.start && found(other) && doc.sentences[other.sentence].section == section) {
        return false;
    }
    let mut needles = scope
        .happened(doc, SemanticType::Device)
        .filter(is_needle)
        .filter(|other| doc.sentences[other.sentence].section == section);
    needles.next().is_some_and(|first| first.start > it.start)
}

/// `1 mg preservative-free hydromorphone`: made for the spinal canal.
fn is_preservative_free(doc: &Document<'_>, it: &Mention) -> bool {
    let text = &doc.normalized.text;
    let sentence = doc.sentences[it.sentence];
    let from = floor(text, it.start.saturating_sub(FREE_REACH).max(sentence.start.min(it.start)));
    let to = floor(text, (it.end + FREE_REACH).min(sentence.end.max(it.end)));
    let words = text[from..to].to_ascii_lowercase();
    let mut short = words.split(|it: char| !it.is_ascii_alphanumeric());
    words.contains("preservative") || words.contains("p.f.") || short.any(|it| matches!(it, "pf" | "mpf"))
}

/// `Baclofen 50 mcg`: by mouth it is given in milligrams.
fn is_dosed_for_the_canal(doc: &Document<'_>, it: &Mention) -> bool {
    let units = &doc.lexicon.phrases.drug.canal_units;
    let amount = || behind(doc, it).to_ascii_lowercase();
    class(doc, it) == "antispasmodic" && units.iter().any(|unit| amount().contains(unit.as_str()))
}

/// A few words behind a substance in its sentence.
fn behind<'a>(doc: &'a Document<'_>, it: &Mention) -> &'a str {
    let to = (it.end + FREE_REACH).min(doc.sentences[it.sentence].end.max(it.end));
    &doc.normalized.text[it.end..floor(&doc.normalized.text, to)]
}

/// Maximum distance, in bytes, between a word and the drug that it modifies.
const FREE_REACH: usize = 24;

/// Whether a drug is named right after the space was found: the sentences before it, of the same section, name a
/// loss of resistance or of fluid.
fn follows_the_needle(doc: &Document<'_>, scope: &EvidenceWeights, it: &Mention) -> bool {
    let section = doc.sentences[it.sentence].section;
    let from = doc.mentions.partition_point(|other| other.sentence + SENTENCES_AFTER < it.sentence);
    doc.mentions[from..].iter().take_while(|other| other.start < it.start).any(|other| {
        other.kind == SemanticType::Technique
            && matches!(other.entry(doc).concept.as_str(), "loss_of_resistance" | "csf_return")
            && other.assertion.happened()
            && scope.weights[other.sentence] > 0
            && doc.sentences[other.sentence].section == section
    })
}

/// Number of sentences after entry into the space in which a drug is the injectate.
const SENTENCES_AFTER: usize = 3;

fn describes_administration(doc: &Document<'_>, it: &Mention) -> bool {
    let from = doc.mentions.partition_point(|other| other.sentence < it.sentence);
    doc.mentions[from..].iter().take_while(|other| other.sentence == it.sentence).take(64).any(|other| {
        match other.kind {
            SemanticType::Space | SemanticType::Trigger | SemanticType::Device => true,
            SemanticType::CatheterDisposition => matches!(other.entry(doc).concept.as_str(), "infusion" | "rate"),
            SemanticType::Role => other.entry(doc).concept.as_str() == "injectate",
            SemanticType::Motion => gives(doc, other),
            _ => false,
        }
    })
}

/// Whether a verb of giving is in the sentence of a drug.
fn is_administered(doc: &Document<'_>, it: &Mention) -> bool {
    in_sentence(doc, it.sentence).iter().any(|other| {
        other.kind == SemanticType::Motion && gives(doc, other) || other.is(doc, SemanticType::Role, "injectate")
    })
}

fn is_class(name: &str) -> bool {
    matches!(name, "steroid_unspecified" | "local_anesthetic")
}

fn section<'a>(doc: &'a Document<'_>, it: &Mention) -> &'a str {
    let kind = doc.sections[doc.sentences[it.sentence].section].kind;
    kind.map_or("", |it| doc.lexicon.sections.kinds[it].id.as_str())
}

fn within_act(doc: &Document<'_>, it: &Mention) -> bool {
    let from = doc.mentions.partition_point(|other| other.start + REACH < it.start);
    doc.mentions[from..]
        .iter()
        .take_while(|other| other.start <= it.start)
        .any(|other| other.kind == SemanticType::Trigger && other.end >= it.end)
}

/// Whether another drug of the sentence is one that is injected.
fn sentence_gives(doc: &Document<'_>, scope: &EvidenceWeights, it: &Mention) -> bool {
    let near = doc.mentions.partition_point(|other| other.start + 2 * REACH < it.start);
    let mut others = doc.mentions[near..].iter().take_while(|other| other.start < it.end + 2 * REACH);
    scope.weights[it.sentence] >= TITLE
        && others.any(|other| other.sentence == it.sentence && matches!(class(doc, other), "steroid" | "opioid"))
}

/// Role words of the sentence around a substance.
struct RoleCues<'a> {
    /// `(distance in bytes, concept)`.
    list: Vec<(usize, &'a str)>,
}

impl<'a> RoleCues<'a> {
    fn around(doc: &'a Document<'_>, it: &Mention) -> RoleCues<'a> {
        let reach = 2 * REACH;
        let from = doc.mentions.partition_point(|other| other.start + reach < it.start);
        let others = doc.mentions[from..]
            .iter()
            .take_while(|other| other.start <= it.end + reach)
            .filter(|other| other.sentence == it.sentence);
        let mut list = Vec::new();
        for other in others {
            let concept = match other.kind {
                SemanticType::Role => other.entry(doc).concept.as_str(),
                SemanticType::Motion if gives(doc, other) && !into_skin(doc, other) => "injectate",
                _ => continue,
            };
            // `no local anesthetic` names a drug, not the place it goes to.
            let names_drug = near(doc, other, 0).any(|drug| {
                drug.kind == SemanticType::Substance
                    && drug.start <= other.start
                    && drug.end >= other.end
                    && is_class(drug.entry(doc).concept.as_str())
            });
            // `13 cm at the skin` is how deep a catheter lies.
            let is_depth = || near(doc, other, 0).any(|it| it.is(doc, SemanticType::CatheterDisposition, "at_skin"));
            if concept == "skin" && (names_drug || is_depth()) {
                continue;
            }
            let (gap, text) = if other.end <= it.start {
                (it.start - other.end, &doc.normalized.text[other.end..it.start])
            } else if other.start >= it.end {
                (other.start - it.end, &doc.normalized.text[it.end..other.start])
            } else {
                continue;
            };
            // A clause between counts like twenty-five bytes.
            let clauses = text.matches([',', '(']).count() + text.matches(" and ").count();
            list.push((gap + 15 * clauses, concept));
        }
        RoleCues { list }
    }

    /// Distance of the nearest word of a role.
    fn nearest(&self, concept: &str) -> usize {
        self.list.iter().filter(|it| it.1 == concept).map(|it| it.0).min().unwrap_or(usize::MAX)
    }

    /// Whether a word of another role stands between two offsets.
    fn between(doc: &Document<'_>, start: usize, end: usize) -> bool {
        let from = doc.mentions.partition_point(|it| it.start < start);
        doc.mentions[from..].iter().take_while(|it| it.start < end).any(|it| {
            it.kind == SemanticType::Role && !matches!(it.entry(doc).concept.as_str(), "injectate")
                || it.kind == SemanticType::Device
        })
    }
}

/// `injected into the skin`: what the verb says of the drug is the skin.
fn into_skin(doc: &Document<'_>, verb: &Mention) -> bool {
    near(doc, verb, 18).any(|other| other.start >= verb.end && other.is(doc, SemanticType::Role, "skin"))
}

/// Whether a verb is one of giving a drug.
fn gives(doc: &Document<'_>, verb: &Mention) -> bool {
    let words = &doc.normalized.text[verb.start..verb.end];
    doc.lexicon.phrases.drug.gives.iter().any(|it| it.eq_ignore_ascii_case(words))
}

/// Amount, volume and strength as written.
#[derive(Default)]
struct Amounts {
    dose: Option<String>,
    volume: Option<String>,
    concentration: Option<String>,
}

/// Reads the quantities of a substance. Between two substances a quantity is the first one's unless a comma or
/// a word that joins (`with`, `and`, `in`) parts them: then it is the second one's.
fn amounts(doc: &Document<'_>, it: &Mention, left: usize, right: usize, is_first: bool, is_last: bool) -> Amounts {
    let text = &doc.normalized.text;
    let from = floor(text, it.start.saturating_sub(REACH).max(left));
    let to = floor(text, (it.end + REACH).min(right).max(it.end));
    let mut amounts = Amounts::default();
    let quantities = |start: usize, end: usize| {
        let found = doc.lexicon.patterns.quantity.regex.find_iter(&text[start..end]);
        found.map(move |it| (start + it.start(), start + it.end())).collect::<Vec<_>>()
    };
    // The nearest before the name first, then what follows it, then a strength inside the name.
    for (start, end) in quantities(from.min(it.start), it.start).into_iter().rev() {
        if is_first || parted(&text[left.min(start)..start]) {
            amounts.add(doc, start, end);
        }
    }
    for (start, end) in quantities(it.end.min(to), to) {
        if is_last || !parted(&text[it.end..start]) {
            amounts.add(doc, start, end);
        }
    }
    for (start, end) in quantities(it.start, it.end) {
        amounts.add(doc, start, end);
    }
    amounts
}

/// Whether the text between a substance and a quantity parts them.
fn parted(between: &str) -> bool {
    let joins = [" with ", " and ", " in ", " plus ", " to ", " into "];
    between.contains([',', ';', '+', '/']) || joins.iter().any(|it| between.contains(it))
}

impl Amounts {
    fn add(&mut self, doc: &Document<'_>, start: usize, end: usize) {
        let span = doc.span(start, end);
        let words = doc.note.text[span.range()].trim().to_owned();
        let lower = words.to_ascii_lowercase();
        let strength =
            lower.contains('%') || lower.contains("percent") || lower.contains("/ml") || lower.contains("/cc");
        let rate = lower.ends_with("/h") || lower.ends_with("/hr") || lower.ends_with("hour");
        let fluid = lower.contains("ml") || lower.contains("cc") || lower.contains("lit");
        let slot = match () {
            () if rate => return,
            () if strength || lower.contains("per m") => &mut self.concentration,
            () if fluid => &mut self.volume,
            () => &mut self.dose,
        };
        slot.get_or_insert(words);
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn add(found: &mut Vec<Attribute>, doc: &Document<'_>, it: &Mention, role: Role, amounts: Amounts) {
    let entry = it.entry(doc);
    let evidence = it.evidence(doc);
    let same = |other: &&mut Attribute| {
        other.value == entry.concept && other.substance.as_ref().is_some_and(|it| it.role == role)
    };
    if let Some(known) = found.iter_mut().find(same) {
        if let Some(substance) = &mut known.substance {
            substance.dose = substance.dose.take().or(amounts.dose);
            substance.volume = substance.volume.take().or(amounts.volume);
            substance.concentration = substance.concentration.take().or(amounts.concentration);
        }
        if let Provenance::Explicit { evidence: list } = &mut known.provenance
            && list.len() < 3
        {
            list.push(evidence);
        }
        return;
    }
    let class = entry.class.clone().unwrap_or_else(|| Id::from("other"));
    let Amounts { dose, volume, concentration } = amounts;
    let substance = Some(Substance { class, role, dose, volume, concentration });
    found.push(Attribute {
        slot: Slot::Substance,
        value: entry.concept.clone(),
        substance,
        side: None,
        provenance: Provenance::Explicit { evidence: vec![evidence] },
    });
}
