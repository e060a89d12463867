//! Paragraphs that tell an injection into the canal step by step, whatever acts the rest of the note names.

use std::ops::Range;

use crate::document::{Document, LevelMention, Mention};
use crate::extract::mentions::in_sentence;
use crate::extract::performed::is_told_otherwise;
use crate::extract::procedures::performed_status::{in_title, is_act, names_anatomic_space};
use crate::extract::scope::EvidenceWeights;
use crate::extract::{slots, substances};
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;

/// What a needle of the canal feels or returns.
const FELT: [&str; 2] = ["loss_of_resistance", "csf_return"];
/// Ways into the canal.
const WAYS: [&str; 2] = ["interlaminar", "caudal"];
/// Maximum number of paragraphs of a note that are read.
const MOST: usize = 8;

/// The sentences of each paragraph that names no other act and tells a needle, what it felt or which space it was led
/// to, where it entered and what was given; none where a title names another act, since the narrative below is that one's.
pub(crate) fn technique_paragraphs(doc: &Document<'_>, whole: &EvidenceWeights) -> Vec<Range<usize>> {
    let neuraxial = doc.lexicon.family(NEURAXIAL);
    let of_another = |it: &Mention| {
        it.entry(doc).family != neuraxial
            && it.assertion.happened()
            && is_act(doc, it)
            && !names_anatomic_space(doc, it)
            && !is_told_otherwise(doc, it)
    };
    let titled = |it: &Mention| of_another(it) && in_title(doc, it.sentence);
    if doc.of_kind(SemanticType::Trigger).any(titled) {
        return Vec::new();
    }
    let names_another =
        |at: usize| in_sentence(doc, at).iter().any(|it| it.kind == SemanticType::Trigger && of_another(it));
    let felt = |it: &Range<usize>| happened(doc, whole, it, SemanticType::Technique, &FELT);
    // Without a loss of resistance, the space or the way in is named, and no structure of another act.
    let named = |it: &Range<usize>| {
        (happened(doc, whole, it, SemanticType::Space, &[]) || happened(doc, whole, it, SemanticType::Approach, &WAYS))
            && !it.clone().any(|at| in_sentence(doc, at).iter().any(|it| is_rival(doc, it)))
    };
    let canal = |it: &Range<usize>| felt(it) || named(it);
    let paragraphs = paragraphs(doc).into_iter().filter(|it| canal(it) && !it.clone().any(names_another)).take(MOST);
    paragraphs.filter(|it| tells_injection(doc, whole, it)).collect()
}

/// Whether a word is a structure or a sign of an act of another family.
fn is_rival(doc: &Document<'_>, it: &Mention) -> bool {
    let foramen = it.is(doc, SemanticType::Approach, "transforaminal");
    let sign = it.kind == SemanticType::SupportingTerm && it.entry(doc).family != doc.lexicon.family(NEURAXIAL);
    (foramen || sign) && it.assertion.happened()
}

/// The sentences of each paragraph of each section.
fn paragraphs(doc: &Document<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, sentence) in doc.sentences.iter().enumerate() {
        match found.last_mut() {
            Some(last) if !sentence.paragraph && doc.sentences[last.start].section == sentence.section => {
                last.end = at + 1;
            }
            _ => found.push(at..at + 1),
        }
    }
    found
}

/// Whether a paragraph in which a needle felt the canal tells the needle, an entry (or a needle made for
/// the epidural space), and a drug that was given.
fn tells_injection(doc: &Document<'_>, whole: &EvidenceWeights, paragraph: &Range<usize>) -> bool {
    let named = |kind: SemanticType, concepts: &[&str]| happened(doc, whole, paragraph, kind, concepts);
    let epidural = named(SemanticType::Device, &["epidural_needle"]);
    let needle = epidural || named(SemanticType::Gauge, &[]) || named(SemanticType::Device, &["spinal_needle"]);
    let entered = || {
        let at_level =
            |it: &LevelMention| paragraph.contains(&it.sentence) && it.level.pair && slots::is_entry(doc, it);
        epidural || named(SemanticType::Approach, &["caudal"]) || whole.levels(doc).any(at_level)
    };
    let given = || {
        let own = whole.only(|at| paragraph.contains(&at));
        substances::substances(doc, &own).iter().any(substances::is_injectate)
    };
    needle && entered() && given()
}

/// Whether a concept of a kind (any, where none is given) happened in a paragraph that counts.
fn happened(
    doc: &Document<'_>,
    whole: &EvidenceWeights,
    paragraph: &Range<usize>,
    kind: SemanticType,
    concepts: &[&str],
) -> bool {
    let is_named = |it: &Mention| {
        it.kind == kind
            && it.assertion.happened()
            && (concepts.is_empty() || concepts.contains(&it.entry(doc).concept.as_str()))
    };
    let counting = paragraph.clone().filter(|at| whole.weights[*at] > 0);
    counting.flat_map(|at| in_sentence(doc, at)).any(is_named)
}
