//! The features of the confidence model: what each name means. Computed in `coding/confidence.rs`, weighed in `calibration.toml`.

/// The direction in which a feature can point. A fit on few errors may find the other way
/// round by chance; it is not given a weight then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More of it makes the answer surer.
    Surer,
    /// More of it makes the answer less sure.
    LessSure,
    /// Either way.
    Either,
}

/// Name, direction and meaning of every feature, each a number from 0 to 1. The doubt of a fact is the binary logarithm
/// of its chance with its sign turned, at most 1: 0 where it is certain, 1 where it is as likely as not.
pub const FEATURES: [(&str, Direction, &str); 19] = [
    ("doubt_performed", Direction::LessSure, "doubt that the act was performed here, as a service of its own"),
    ("doubt_region", Direction::LessSure, "doubt of the region of entry"),
    ("doubt_delivery", Direction::LessSure, "doubt of needle or catheter"),
    ("doubt_imaging", Direction::LessSure, "doubt of the imaging"),
    ("doubt_any", Direction::LessSure, "doubt of all these facts together"),
    (
        "sure_any",
        Direction::Surer,
        "how far the chance of all these facts together is from 1, in powers of ten: 0.9 is 0.25, 0.99 is 0.5, 0.9999 is 1",
    ),
    ("sure_neuraxial", Direction::Surer, "the same for a neuraxial injection, else 0"),
    ("against_performed", Direction::LessSure, "statements that the act was not performed here; three or more being 1"),
    ("neighbor", Direction::Either, "1 if the code is of another family than the neuraxial injection"),
    ("pieces", Direction::LessSure, "levels, structures or methods counted, from the second on; four or more being 1"),
    ("imaging_assumed", Direction::LessSure, "1 if the imaging selects the code and is assumed"),
    ("side_missing", Direction::LessSure, "1 if sides are reported and none is documented"),
    ("open_questions", Direction::LessSure, "open questions that decide the code: none 0, one 0.5, two or more 1"),
    ("conflicting", Direction::LessSure, "1 if a fact has two values with a full statement each"),
    ("operation", Direction::LessSure, "1 if an operation took place whose anesthetic the act may be"),
    ("other_acts", Direction::LessSure, "1 if more than one act was performed"),
    ("acts_of_other_times", Direction::LessSure, "1 if the note also names acts that were not performed here"),
    (
        "technique_details",
        Direction::Surer,
        "kinds of detail of the placement (needle, loss of resistance or fluid, hiatus, level, drug, imaging, \
         approach), five or more being 1",
    ),
    ("approach_inferred", Direction::LessSure, "1 if the approach is not stated in words"),
];
