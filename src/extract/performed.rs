//! Whether an act was performed at this encounter, by this author, as a service of its own: a fact like any other.

use jiff::civil::Date;

use crate::document::{Document, Mention, Statement};
use crate::extract::dates::names_another_day;
use crate::extract::mentions::in_sentence;
use crate::extract::narratives;
use crate::extract::procedures::performed_status::{self, names_only_others};
use crate::extract::resolver::{Resolution, resolve};
use crate::extract::scope::{EvidenceWeights, TECHNIQUE};
use crate::lexicon::constructions::Stance;
use crate::lexicon::families::NEURAXIAL;
use crate::lexicon::terms::SemanticType;
use crate::model::Slot;
use crate::model::evidence_features::{Owner, Shape};

/// Maximum number of words of a sentence that are asked whether they name an act of the family.
const WORDS: usize = 64;

/// Acts of at least this chance are reported: below one half for review, since a lost act is not looked at again.
const LEAST: f64 = 0.4;
/// The same of every other act: fewer of their notes served the fit.
const LEAST_OF_OTHERS: f64 = 0.37;

/// Whether the chance that an act was performed is high enough to report it.
pub(crate) fn is_performed(found: &Resolution, neuraxial: bool) -> bool {
    found.candidates[0].chance >= if neuraxial { LEAST } else { LEAST_OF_OTHERS }
}

/// An act of one family as the note names it.
pub(crate) struct Act<'a> {
    pub family: usize,
    /// The mentions that name it.
    pub mentions: &'a [&'a Mention],
    /// Whether another act explains the same words.
    pub explained: bool,
    /// Whether its details imply it without its name.
    pub implied: bool,
    /// Whether no act of another family is of this encounter.
    pub sole: bool,
    /// The date of service, where it is known.
    pub day: Option<Date>,
}

/// Weighs what the note states about an act; `own` says which sentences may be about it.
pub(crate) fn performed(
    doc: &Document<'_>,
    whole: &EvidenceWeights,
    own: &EvidenceWeights,
    act: &Act<'_>,
) -> Resolution {
    let family = act.family;
    let section = |sentence: usize| doc.sentences[sentence].section;
    let is_now = |it: &&Mention| it.assertion.happened() && !is_told_otherwise(doc, it);
    let now: Vec<&Mention> = act.mentions.iter().copied().filter(is_now).collect();
    let sentences = performed_status::sentences_of(&now);
    // What is documented in other parts of the note belongs to an act only where the act is of this encounter.
    let reaches = |sentence: usize| {
        act.implied || !now.is_empty() || act.mentions.iter().any(|it| section(it.sentence) == section(sentence))
    };
    let owner = |it: &Statement| match it.family {
        Some(other) if other == family => Owner::Sentence,
        Some(_) => Owner::OtherAct,
        None if !own.own[it.sentence] || !reaches(it.sentence) => Owner::OtherAct,
        // `Booked for an ESI in March` says nothing of the joint that was injected before it.
        None if it.value.as_str() == "no" && names_only_others(doc, in_sentence(doc, it.sentence), family) => {
            Owner::OtherAct
        }
        None => {
            let mut words = in_sentence(doc, it.sentence).iter().take(WORDS);
            let named = words.any(|it| it.kind == SemanticType::Trigger && it.entry(doc).family == Some(family));
            if named { Owner::Sentence } else { Owner::Part }
        }
    };
    // Acts of other families say nothing of this one.
    let relevant = doc.statements.iter().filter(|it| it.slot == Slot::Performed);
    // What is said of an act of another time (`LESI is no option`) says nothing of one that its technique implies.
    let of_another = act.implied && now.is_empty();
    let owned: Vec<(&Statement, Owner)> = relevant
        .filter(|it| it.family.is_none_or(|other| other == family && !of_another))
        .map(|it| (it, owner(it)))
        .collect();
    let details = details(doc, own, &owned);
    // Beside a gauge and a dose of this act, a leaflet or a form is a part of the note that says nothing of it.
    let leaflet = |it: &Statement| details.measured && LEAFLETS.contains(&it.construction(doc).id.as_str());
    let owned: Vec<(&Statement, Owner)> = owned.into_iter().filter(|it| !leaflet(it.0)).collect();
    let reaches_details = act.implied || !now.is_empty();
    let injects = doc.lexicon.family(NEURAXIAL) == Some(family);
    let shapes = [
        (Shape::Undetailed, !details.any && !details.dosed),
        (Shape::Undosed, injects && !details.dosed),
        (Shape::Withheld, details.withheld),
        (Shape::TitledOtherwise, is_titled_otherwise(doc)),
        (Shape::Narrated, reaches_details && narratives::narrates(doc, own)),
        (Shape::OtherDay, act.day.is_some_and(|day| sentences.iter().any(|it| names_another_day(doc, *it, day)))),
        (Shape::NotNow, now.is_empty()),
        (Shape::Titled, sentences.iter().any(|it| performed_status::in_title(doc, *it))),
        (Shape::Described, sentences.iter().any(|it| performed_status::is_described(doc, whole, family, *it))),
        (Shape::Told, sentences.iter().any(|it| performed_status::is_told(doc, whole, family, *it))),
        (Shape::Documented, performed_status::is_documented(doc, whole, family, &now)),
        (Shape::PartOfOperation, performed_status::is_part_of_operation(doc, whole, family, act.mentions)),
        (Shape::ExplainedByOther, act.explained),
        (Shape::Implied, act.implied),
        (Shape::Sole, act.sole),
    ];
    let shapes: Vec<Shape> = shapes.into_iter().filter(|it| it.1).map(|it| it.0).collect();
    resolve(doc, Slot::Performed, owned.into_iter(), &shapes)
}

/// The technique that the statements of an act document.
#[allow(clippy::struct_excessive_bools)] // each is a shape of its own
struct Details {
    /// Whether any detail of this encounter belongs to the act.
    any: bool,
    /// Whether a drug, or what stands for one, does.
    dosed: bool,
    /// Whether a needle or a drug is denied.
    withheld: bool,
    /// Whether the gauge of a needle and the dose of a drug are among the details.
    measured: bool,
}

/// Constructions of a drug or a needle that was not used.
pub(crate) const WITHHELD: [&str; 2] = ["drug-withheld", "needle-withheld"];
/// Constructions of a text for the patient or the payer.
const LEAFLETS: [&str; 4] = ["instruction", "consent-form", "request", "schedule"];
/// Constructions of figures that only a record of an act has.
const GAUGE: &str = "gauge";
const DOSES: [&str; 2] = ["dose-given", "dose-after"];

fn details(doc: &Document<'_>, scope: &EvidenceWeights, owned: &[(&Statement, Owner)]) -> Details {
    let mut drugs = doc.of_kind(SemanticType::Substance).chain(doc.of_kind(SemanticType::Unspecified));
    let dosed = drugs.any(|it| it.assertion.happened() && scope.own[it.sentence]);
    let mut found = Details { any: false, dosed, withheld: false, measured: false };
    let (mut gauge, mut dose) = (false, false);
    let own = owned.iter().filter(|(it, owner)| it.family.is_none() && it.is_now() && *owner != Owner::OtherAct);
    for (it, _) in own {
        let row = it.construction(doc);
        let supports = it.stance == Stance::Supports && it.value.as_str() == "yes";
        found.any |= supports;
        gauge |= supports && row.id.as_str() == GAUGE;
        dose |= supports && DOSES.contains(&row.id.as_str());
        found.withheld |= WITHHELD.contains(&row.id.as_str());
    }
    found.measured = gauge && dose;
    found
}

/// Whether the words around a mention in running text say that its act is of another time, or was not done.
pub(crate) fn is_told_otherwise(doc: &Document<'_>, it: &Mention) -> bool {
    let from = doc.statements.partition_point(|other| other.sentence < it.sentence);
    let own = doc.statements[from..].iter().take_while(|other| other.sentence == it.sentence);
    let mut own = own.filter(|other| other.slot == Slot::Performed && other.range == (it.start..it.end));
    own.any(|other| other.value.as_str() == "no" && !other.is_now()) && !performed_status::in_title(doc, it.sentence)
}

/// Whether a word of the body is about an act: its name or one of its structures; for a neuraxial act also its space, its
/// way in or what its needle felt.
pub(crate) fn is_in_body(doc: &Document<'_>, family: usize) -> bool {
    let neuraxial = doc.lexicon.family(NEURAXIAL) == Some(family);
    let about = |it: &Mention| match it.kind {
        SemanticType::Trigger | SemanticType::SupportingTerm | SemanticType::Method | SemanticType::Count => {
            it.entry(doc).family == Some(family)
        }
        SemanticType::Space => neuraxial,
        SemanticType::Approach => neuraxial && !it.is(doc, SemanticType::Approach, "transforaminal"),
        SemanticType::Device => neuraxial && it.is(doc, SemanticType::Device, "epidural_needle"),
        SemanticType::Technique => {
            neuraxial && !matches!(it.entry(doc).concept.as_str(), "aspiration" | "test_dose" | "palpation")
        }
        _ => false,
    };
    let in_body = |it: &Mention| {
        let section = doc.sections[doc.sentences[it.sentence].section].kind;
        let technique = section.is_none_or(|kind| doc.lexicon.sections.kinds[kind].weight >= TECHNIQUE);
        technique && !performed_status::in_title(doc, it.sentence)
    };
    doc.mentions.iter().any(|it| it.assertion.happened() && about(it) && in_body(it))
}

/// Whether the first lines or a title say what kind of text this is: a request, a schedule, a form, an instruction.
fn is_titled_otherwise(doc: &Document<'_>) -> bool {
    const FIRST: usize = 2;
    doc.of_kind(SemanticType::Genre).any(|it| it.sentence < FIRST || performed_status::in_title(doc, it.sentence))
}
