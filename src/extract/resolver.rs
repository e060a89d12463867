//! One resolver for every attribute: statements and weights → the chance of each value.

use std::ops::Range;

use crate::document::{Document, Statement};
use crate::lexicon::constructions::Stance;
use crate::lexicon::weights::{NOT_DOCUMENTED, Weights, values};
use crate::model::evidence_features::{EvidenceFeature, Owner, Shape, Time};
use crate::model::{Id, Slot};

/// Maximum number of statements kept to be shown.
const SHOWN: usize = 16;
/// Chance from which on a value outweighs a full statement of another.
const SETTLED: f64 = 0.9;
/// Maximum number of values of an attribute.
const MOST_VALUES: usize = 8;
/// How often one feature counts for a value at most.
const COUNTED: f64 = 2.0;

/// One value of an attribute, with what its score is made of.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub value: &'static str,
    /// Features with their counts, sorted.
    pub features: Vec<(EvidenceFeature, f64)>,
    /// Its chance among the candidates, 0 to 1.
    pub chance: f64,
}

/// A settled attribute.
#[derive(Clone, Debug)]
pub(crate) struct Resolution {
    pub slot: Slot,
    pub candidates: Vec<Candidate>,
    /// Index of the candidate with the highest chance.
    pub best: usize,
    /// Whether two values have a full statement each that holds now.
    pub conflicting: bool,
    /// Statements that hold now: the value that each speaks for, its range and its rule.
    pub shown: Vec<(Id, Range<usize>, Id)>,
}

impl Resolution {
    /// The value with the highest chance.
    pub(crate) fn value(&self) -> &'static str {
        self.candidates[self.best].value
    }

    /// Whether a contradiction is left open: where one value is all but certain, the words for another are a matter for a
    /// second reader and not for the provider.
    pub(crate) fn is_contradicted(&self) -> bool {
        self.conflicting && (self.value() == NOT_DOCUMENTED || self.candidates[self.best].chance < SETTLED)
    }

    /// Whether no statement of any value was full.
    pub(crate) fn is_weak(&self) -> bool {
        let last = self.candidates.last().map_or(&[][..], |it| &it.features);
        last.iter().any(|it| matches!(it.0, EvidenceFeature::Shape(_, Shape::WeakOnly, _)))
    }
}

/// The group of a value within which values do not contradict each other; none for a value that contradicts nothing.
fn group(slot: Slot, value: &str) -> Option<u8> {
    match (slot, value) {
        (Slot::Imaging, "fluoroscopy" | "ct") => Some(1),
        (Slot::Imaging, "none") => Some(0),
        (Slot::Imaging, _) => None,
        (_, value) => {
            values(slot).iter().position(|it| *it == value).filter(|_| value != NOT_DOCUMENTED).map(|it| it as u8)
        }
    }
}

/// The group that a denied value speaks for: without a device or imaging there is the plain way.
fn opposite(slot: Slot, value: &str) -> Option<u8> {
    matches!(slot, Slot::Imaging | Slot::Delivery).then(|| group(slot, value)).flatten().filter(|it| *it > 0).map(|_| 0)
}

/// Weighs the statements of one attribute for one act, whose owner relation is given for each, and what the note shows
/// of its first value besides.
pub(crate) fn resolve<'s>(
    doc: &Document<'_>,
    slot: Slot,
    statements: impl Iterator<Item = (&'s Statement, Owner)>,
    shapes: &[Shape],
) -> Resolution {
    let own: Vec<(&Statement, Owner)> = statements.filter(|it| it.0.slot == slot).collect();
    let mut candidates: Vec<Candidate> = values(slot)
        .iter()
        .enumerate()
        .map(|(index, value)| Candidate {
            value,
            features: vec![(EvidenceFeature::Value(slot, index as u8), 1.0)],
            chance: 0.0,
        })
        .collect();
    let index_of = |value: &str| values(slot).iter().position(|it| *it == value);
    let mut groups: Vec<u8> = Vec::new();
    let mut supported = [false; MOST_VALUES];
    let mut shown = Vec::new();
    let (mut any_now, mut any_full, mut denied, mut open, mut corrected) = (false, false, false, false, false);
    let (mut named, mut unnamed) = (false, false);
    let against = |candidates: &mut [Candidate], side: u8, row: u16| {
        for it in candidates.iter_mut() {
            if group(slot, it.value).is_some_and(|it| it != side) {
                add(it, EvidenceFeature::Row(row), -1.0);
            }
        }
    };
    for (it, owner) in &own {
        let row = it.construction(doc);
        let Some(index) = index_of(it.value.as_str()) else { continue };
        if *owner == Owner::OtherAct {
            add(&mut candidates[index], EvidenceFeature::Owner(slot, Owner::OtherAct), 1.0);
            continue;
        }
        if !it.is_now() {
            if it.stance == Stance::Supports {
                let time = if it.other { Time::Never } else { it.time };
                add(&mut candidates[index], EvidenceFeature::Time(slot, time, it.decided_by), 1.0);
            }
            continue;
        }
        let zone = it.zone.map_or(0, |it| it as u8 + 1);
        let corrects = it.zone.is_some_and(|it| Some(it) == doc.lexicon.sections.correction);
        corrected |= corrects && row.full;
        // Where the patient before the act is described, nothing contradicts it.
        let documenting = slot == Slot::Purpose || it.zone.is_none_or(|it| doc.lexicon.sections.kinds[it].weight > 0);
        if shown.len() < SHOWN && it.stance != Stance::Silent {
            let opposite = opposite(slot, it.value.as_str()).map(|_| Id::from(values(slot)[0]));
            let value = if it.stance == Stance::Denies { opposite } else { Some(it.value.clone()) };
            shown.extend(value.map(|value| (value, it.range.clone(), it.rule.clone())));
        }
        match it.stance {
            Stance::Supports => {
                any_now = true;
                any_full |= row.full;
                supported[index] = true;
                add(&mut candidates[index], EvidenceFeature::Row(it.row), 1.0);
                // The section of a technique detail says little about whether an act was performed; a loss of resistance
                // is felt with imaging and without, and a needle comes before a catheter, too, wherever they are told.
                let detail = slot == Slot::Performed && it.family.is_none() && index == 0;
                let plain = matches!(slot, Slot::Imaging | Slot::Delivery) && index == 0 && !row.full;
                if !detail && !plain {
                    add(&mut candidates[index], EvidenceFeature::Zone(slot, zone), 1.0);
                }
                if slot != Slot::Performed && !plain {
                    add(&mut candidates[index], EvidenceFeature::Owner(slot, *owner), 1.0);
                }
                let side = group(slot, it.value.as_str());
                unnamed |= it.value.as_str() == NOT_DOCUMENTED;
                named |= it.value.as_str() != NOT_DOCUMENTED && (row.full || side != Some(0) || slot == Slot::Region);
                if let Some(side) = side.filter(|_| row.full && documenting) {
                    against(&mut candidates, side, it.row);
                    if !groups.contains(&side) {
                        groups.push(side);
                    }
                }
            }
            Stance::Denies => {
                any_now = true;
                let opposite = opposite(slot, it.value.as_str());
                denied |= opposite.is_some();
                named |= row.full;
                add(&mut candidates[index], EvidenceFeature::Row(it.row), -1.0);
                if let Some(side) = opposite.filter(|it| row.full && documenting && !groups.contains(it)) {
                    groups.push(side);
                }
            }
            Stance::Open => {
                open = true;
                let last = candidates.len() - 1;
                add(&mut candidates[last], EvidenceFeature::Row(it.row), 1.0);
            }
            Stance::Silent => {}
        }
    }
    let conflicting = groups.len() > 1 && !corrected;
    let last = candidates.len() - 1;
    for (index, it) in candidates.iter_mut().enumerate() {
        let shape = |shape| EvidenceFeature::Shape(slot, shape, index as u8);
        if !any_now {
            add(it, shape(Shape::Silent), 1.0);
        }
        // A needle led by feel, in a note that names no machine at all.
        if index == 0
            && slot == Slot::Imaging
            && any_now
            && !own.iter().any(|it| index_of(it.0.value.as_str()) != Some(0))
        {
            add(it, shape(Shape::Sole), 1.0);
        }
        if denied && index == 0 {
            add(it, shape(Shape::Denied), 1.0);
        }
        let side = group(slot, it.value);
        let has_full = side.is_some_and(|it| groups.contains(&it));
        if supported[index] && !has_full && groups.iter().any(|full| Some(*full) != side) {
            add(it, shape(Shape::Outweighed), 1.0);
        }
        if index == last {
            if conflicting {
                add(it, shape(Shape::Conflict), 1.0);
            }
            if any_now && !any_full {
                add(it, shape(Shape::WeakOnly), 1.0);
            }
            if unnamed && !named {
                add(it, shape(Shape::Unnamed), 1.0);
            }
            if open && !any_full {
                add(it, shape(Shape::Open), 1.0);
            }
        }
    }
    for shape in shapes {
        add(&mut candidates[0], EvidenceFeature::Shape(slot, *shape, 0), 1.0);
    }
    weigh(&mut candidates, &doc.lexicon.weights);
    let best = (0..candidates.len()).rev().max_by(|a, b| candidates[*a].chance.total_cmp(&candidates[*b].chance));
    Resolution { slot, best: best.unwrap_or(0), candidates, conflicting, shown }
}

/// Counts a feature for a candidate, up to [`COUNTED`]; for a value that is not documented, once however often it recurs.
fn add(candidate: &mut Candidate, feature: EvidenceFeature, count: f64) {
    let most = if candidate.value == NOT_DOCUMENTED { 1.0 } else { COUNTED };
    match candidate.features.iter_mut().find(|it| it.0 == feature) {
        Some(it) => it.1 = (it.1 + count).clamp(-most, most),
        None => candidate.features.push((feature, count)),
    }
}

/// Gives each candidate its chance: the softmax of the sums of weights, in a fixed order.
pub(crate) fn weigh(candidates: &mut [Candidate], weights: &Weights) {
    let mut scores = Vec::with_capacity(candidates.len());
    for it in candidates.iter_mut() {
        it.features.sort_by_key(|it| it.0);
        scores.push(it.features.iter().map(|(feature, count)| weights.of(*feature) * count).sum::<f64>());
    }
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = scores.iter().map(|it| (it - highest).exp()).sum();
    for (it, score) in candidates.iter_mut().zip(scores) {
        it.chance = (score - highest).exp() / total;
    }
}
