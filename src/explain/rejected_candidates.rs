//! Candidates: the acts and details that a note names, and what became of each.

use crate::Lexicon;
use crate::document::{LevelMention, Mention, MentionAssertion};
use crate::driver::read;
use crate::extract::scope;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::{Evidence, Note, Status};

/// Words of the note that name an act, a level or a detail of the technique.
pub(crate) struct CandidateMention {
    /// `act`, `level`, `space`, `approach`, `technique` or `device`.
    pub kind: &'static str,
    /// The family that an act belongs to.
    pub family: Option<String>,
    /// Did it happen, as cues and section say?
    pub status: Status,
    /// Said of someone other than the patient.
    pub other: bool,
    /// The words.
    pub words: Evidence,
    /// The words that decided the status; none where the section did, or nothing.
    pub cue: Option<Evidence>,
    /// Heading of the section where its kind decides that its sentences do not count.
    pub section: Option<Evidence>,
    /// Whether its sentence counts for what was done here.
    pub counts: bool,
}

/// Semantic types, other than triggers, that describe an injection into the spinal canal.
const DETAILS: [(SemanticType, &str); 4] = [
    (SemanticType::Space, "space"),
    (SemanticType::Approach, "approach"),
    (SemanticType::Technique, "technique"),
    (SemanticType::Device, "device"),
];

/// Everything that bears on an act, in the order of the text.
pub(crate) fn sightings(note: &Note, lexicon: &Lexicon) -> Vec<CandidateMention> {
    let Some(doc) = read(note, lexicon) else { return Vec::new() };
    let whole = scope::whole(&doc);
    let sighting = |kind, family, sentence: usize, assertion: MentionAssertion, words| {
        let counts = whole.weights[sentence] > 0;
        let section = &doc.sections[doc.sentences[sentence].section];
        let by_section = !section.heading.is_empty()
            && assertion.cue.is_none()
            && (!counts || !matches!(assertion.status, Status::Performed | Status::Attempted));
        let heading = section
            .kind
            .filter(|_| by_section)
            .map(|kind| doc.evidence(section.heading.start, section.heading.end, &doc.lexicon.sections.kinds[kind].id));
        let rules = doc.lexicon.cues.rules();
        let cue = assertion.cue.and_then(|(start, end, rule)| Some(doc.evidence(start, end, &rules.get(rule)?.id)));
        CandidateMention {
            kind,
            family,
            status: assertion.status,
            other: assertion.other,
            words,
            cue,
            section: heading,
            counts,
        }
    };
    let neuraxial = lexicon.family(NEURAXIAL);
    let mut found: Vec<CandidateMention> = Vec::new();
    for it in doc.of_kind(SemanticType::Trigger) {
        let family = it.entry(&doc).family.map(|it| doc.lexicon.family_id(it).to_string());
        found.push(sighting("act", family, it.sentence, it.assertion, it.evidence(&doc)));
    }
    for (kind, name) in DETAILS {
        let own = |it: &&Mention| it.entry(&doc).family.is_none_or(|it| Some(it) == neuraxial);
        let details = doc.of_kind(kind).filter(own);
        found.extend(details.map(|it| sighting(name, None, it.sentence, it.assertion, it.evidence(&doc))));
    }
    let interspace = |it: &&LevelMention| it.level.pair;
    let levels = doc.levels.iter().filter(interspace);
    found.extend(levels.map(|it| sighting("level", None, it.sentence, it.assertion, it.evidence(&doc))));
    found.sort_by_key(|it| (it.words.span, it.kind));
    found
}
