//! What a note names of acts and their details, and what was made of each: the ground of "why not".

use super::mentions::{LevelMention, Mention, Said};
use super::procedures::NEURAXIAL;
use super::{page, scope};
use crate::Lexicon;
use crate::lexicon::terms::Kind;
use crate::model::{Evidence, Note, Status};

/// Words of the note that name an act, a level or a detail of the technique.
pub(crate) struct Sighting {
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

/// The kinds of words beside acts that an injection into the spinal canal is told with.
const DETAILS: [(Kind, &str); 4] =
    [(Kind::Space, "space"), (Kind::Approach, "approach"), (Kind::Technique, "technique"), (Kind::Device, "device")];

/// Everything that bears on an act, in the order of the text.
pub(crate) fn sightings(note: &Note, lexicon: &Lexicon) -> Vec<Sighting> {
    let Some(page) = page(note, lexicon) else { return Vec::new() };
    let whole = scope::whole(&page);
    let sighting = |kind, family, sentence: usize, said: Said, words| {
        let counts = whole.weights[sentence] > 0;
        let section = &page.sections[page.sentences[sentence].section];
        let by_section = !section.heading.is_empty()
            && said.cue.is_none()
            && (!counts || !matches!(said.status, Status::Performed | Status::Attempted));
        let heading = section.kind.filter(|_| by_section).map(|kind| {
            page.evidence(section.heading.start, section.heading.end, &page.lexicon.sections.kinds[kind].id)
        });
        let rules = page.lexicon.cues.rules();
        let cue = said.cue.and_then(|(start, end, rule)| Some(page.evidence(start, end, &rules.get(rule)?.id)));
        Sighting { kind, family, status: said.status, other: said.other, words, cue, section: heading, counts }
    };
    let neuraxial = lexicon.family(NEURAXIAL);
    let mut found: Vec<Sighting> = Vec::new();
    for it in page.of_kind(Kind::Act) {
        let family = it.entry(&page).family.map(|it| page.lexicon.family_id(it).to_string());
        found.push(sighting("act", family, it.sentence, it.said, it.evidence(&page)));
    }
    for (kind, name) in DETAILS {
        let own = |it: &&Mention| it.entry(&page).family.is_none_or(|it| Some(it) == neuraxial);
        let details = page.of_kind(kind).filter(own);
        found.extend(details.map(|it| sighting(name, None, it.sentence, it.said, it.evidence(&page))));
    }
    let interspace = |it: &&LevelMention| it.level.pair;
    let levels = page.levels.iter().filter(interspace);
    found.extend(levels.map(|it| sighting("level", None, it.sentence, it.said, it.evidence(&page))));
    found.sort_by_key(|it| (it.words.span, it.kind));
    found
}
