//! The features of the confidence model: what each name means. Computed in `pipeline/`, weighed in `calibration.toml`.

/// What a feature can say of the answer. A fit on few errors may find the other way round by chance; it is not given
/// a weight then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More of it makes the answer surer.
    Surer,
    /// More of it makes the answer less sure.
    LessSure,
    /// Either way.
    Either,
}

/// Name, direction and meaning of every feature, each a number from 0 to 1. "The five slots" are region, space, approach,
/// delivery and imaging.
pub const FEATURES: [(&str, Direction, &str); 13] = [
    (
        "stated_share",
        Direction::Surer,
        "share of the five slots region, space, approach, delivery, imaging that the note states",
    ),
    ("known_share", Direction::Surer, "share of the five slots that are stated or inferred"),
    ("assumed_share", Direction::LessSure, "share of the five slots that are assumed"),
    ("open_questions", Direction::LessSure, "open questions that decide the code: none 0, one 0.5, two or more 1"),
    ("imaging_inferred", Direction::LessSure, "1 if the imaging is not stated in words"),
    ("support", Direction::Surer, "pieces of evidence behind the five slots, twelve or more being 1"),
    ("catheter", Direction::Either, "1 if the delivery is by catheter"),
    ("other_acts", Direction::LessSure, "1 if more than one act was performed"),
    ("acts_of_other_times", Direction::LessSure, "1 if the note also tells of acts that were not performed here"),
    ("entry_level_stated", Direction::Surer, "1 if a level of entry was found"),
    (
        "title_and_technique",
        Direction::Surer,
        "1 if a title names level or region and the technique tells of the entry",
    ),
    (
        "technique_details",
        Direction::Surer,
        "kinds of detail of the placement (needle, loss of resistance or fluid, hiatus, level, drug, imaging, \
         approach), five or more being 1",
    ),
    ("bare_mention", Direction::LessSure, "1 if the act is named and not described; such an act has no code"),
];
