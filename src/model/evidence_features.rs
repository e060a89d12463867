//! The evidence features: what the score of a value is a sum of, and what decides each feature.

use super::Slot;

/// When a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Time {
    /// At this encounter.
    Now,
    /// Before this encounter.
    Earlier,
    /// After this encounter: a plan, an order.
    Later,
    /// Not at all so far: a risk, an instruction, a condition, an opinion.
    Never,
}

pub(crate) const TIMES: [(&str, Time); 4] =
    [("now", Time::Now), ("earlier", Time::Earlier), ("later", Time::Later), ("never", Time::Never)];

impl Time {
    /// The name in data files and tables.
    pub(crate) fn name(self) -> &'static str {
        TIMES.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }

    /// The time of this name.
    pub(crate) fn named(name: &str) -> Option<Time> {
        TIMES.iter().find(|it| it.0 == name).map(|it| it.1)
    }
}

/// The source of the time of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DecidedBy {
    /// Nothing said otherwise.
    Nothing,
    /// A cue around the mention.
    Cue,
    /// The heading above it: a hint and no verdict.
    Heading,
    /// The acts of its sentence, all of another time.
    Act,
    /// The construction.
    Row,
}

/// To which act a statement belongs, seen from one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// A word of the act, its needle or its space stands in the same sentence.
    Sentence,
    /// The same part of the note.
    Part,
    /// Another act.
    OtherAct,
}

/// The shape of the statements of an attribute, taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// No value has a statement that holds now.
    Silent,
    /// Two values have a full statement each that holds now.
    Conflict,
    /// A value is denied.
    Denied,
    /// The only statements that hold now are weak.
    WeakOnly,
    /// A choice is open, and no full statement settles it.
    Open,
    /// Something is given whose kind is not named: contrast without a modality, a catheter without its end.
    Unnamed,
    /// A title names the act.
    Titled,
    /// A needle, a drug or another sign of doing it follows the act before another act is named.
    Described,
    /// The structural reading of titles and narrative finds the act documented.
    Documented,
    /// An operation took place whose anesthetic the act may be.
    PartOfOperation,
    /// Another act explains the same words.
    ExplainedByOther,
    /// No mention of the act is at this encounter.
    NotNow,
    /// Its details imply the act without its name.
    Implied,
    /// No other act of this encounter is named; for imaging: no machine is.
    Sole,
    /// Only weak statements support a value, and a full one supports another.
    Outweighed,
    /// No needle, technique, drug or preparation of this encounter belongs to the act.
    Undetailed,
    /// No drug with an amount belongs to the act, which injects one.
    Undosed,
    /// A needle or a drug of the act is denied.
    Withheld,
    /// The title says that the text is a request, a schedule, a form or an instruction.
    TitledOtherwise,
    /// One section tells needle, drug and steps of the act side by side.
    Narrated,
    /// The act is named next to the date of another day than that of the note.
    OtherDay,
    /// The sentence that names the act tells its needle and a drug that was given.
    Told,
}

/// One thing that the score of a value is a sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EvidenceFeature {
    /// The value itself, by its place among the values of the attribute.
    Value(Slot, u8),
    /// A statement that holds now, by its construction; negative where it denies the value.
    Row(u16),
    /// The zone of a statement that holds now: index of the section kind plus one, 0 for none.
    Zone(Slot, u8),
    /// A statement of another time.
    Time(Slot, Time, DecidedBy),
    /// The owner of a statement that holds now.
    Owner(Slot, Owner),
    /// The shape of the statements, for one value.
    Shape(Slot, Shape, u8),
}

pub(crate) const DECIDED: [(&str, DecidedBy); 5] = [
    ("nothing", DecidedBy::Nothing),
    ("cue", DecidedBy::Cue),
    ("heading", DecidedBy::Heading),
    ("act", DecidedBy::Act),
    ("row", DecidedBy::Row),
];
pub(crate) const OWNERS: [(&str, Owner); 3] =
    [("sentence", Owner::Sentence), ("part", Owner::Part), ("other-act", Owner::OtherAct)];
pub(crate) const SHAPES: [(&str, Shape); 22] = [
    ("silent", Shape::Silent),
    ("conflict", Shape::Conflict),
    ("denied", Shape::Denied),
    ("weak-only", Shape::WeakOnly),
    ("open", Shape::Open),
    ("unnamed", Shape::Unnamed),
    ("titled", Shape::Titled),
    ("described", Shape::Described),
    ("documented", Shape::Documented),
    ("part-of-operation", Shape::PartOfOperation),
    ("explained-by-other", Shape::ExplainedByOther),
    ("not-now", Shape::NotNow),
    ("implied", Shape::Implied),
    ("sole", Shape::Sole),
    ("outweighed", Shape::Outweighed),
    ("undetailed", Shape::Undetailed),
    ("undosed", Shape::Undosed),
    ("withheld", Shape::Withheld),
    ("titled-otherwise", Shape::TitledOtherwise),
    ("narrated", Shape::Narrated),
    ("other-day", Shape::OtherDay),
    ("told", Shape::Told),
];

pub(crate) fn name_of<T: Copy + PartialEq>(table: &[(&'static str, T)], wanted: T) -> &'static str {
    table.iter().find(|it| it.1 == wanted).map_or("", |it| it.0)
}

impl DecidedBy {
    /// The name in tables and weights.
    pub(crate) fn name(self) -> &'static str {
        name_of(&DECIDED, self)
    }
}

impl Owner {
    /// The name in tables and weights.
    pub(crate) fn name(self) -> &'static str {
        name_of(&OWNERS, self)
    }
}
