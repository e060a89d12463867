//! The facts of one note: names with values, set before any word is written; and conditions on them.

use std::collections::BTreeMap;

/// Facts by name, such as `imaging` = `fluoroscopy`. An absent fact is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(BTreeMap<String, String>);

impl Facts {
    /// The value of a fact.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether the fact is set, to whatever value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Sets a fact.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Whether the facts meet a condition such as `imaging=fluoroscopy|ct contrast!=no`; an empty one is met.
    pub(crate) fn meet(&self, condition: &str) -> bool {
        condition.split_whitespace().all(|term| {
            let Some((name, values)) = term.split_once('=') else { return false };
            let (name, wanted) = name.strip_suffix('!').map_or((name, true), |it| (it, false));
            values.split('|').any(|it| it == self.get(name)) == wanted
        })
    }
}

/// The region that an entry level belongs to: the upper vertebra decides, the sacral hiatus is lumbar or sacral.
pub(crate) fn region_of(level: &str) -> &'static str {
    match level.chars().next() {
        Some('C' | 'T') => "cervical_thoracic",
        Some('L' | 'S' | 'c') => "lumbar_sacral",
        _ => "",
    }
}

/// An interspace `steps` further up (towards the head) than this one; none where that leaves C1 or the name is none.
pub(crate) fn higher(level: &str, steps: usize) -> Option<String> {
    let upper = level.split('-').next()?;
    let index = VERTEBRAE.iter().position(|it| *it == upper)?.checked_sub(steps)?;
    Some(format!("{}-{}", VERTEBRAE[index], VERTEBRAE.get(index + 1)?))
}

const VERTEBRAE: [&str; 25] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11",
    "T12", "L1", "L2", "L3", "L4", "L5", "S1",
];

#[cfg(test)]
mod tests {
    use super::{Facts, higher, region_of};

    #[test]
    fn conditions() {
        let mut facts = Facts::default();
        facts.set("imaging", "ct");
        assert!(facts.meet("") && facts.meet("imaging=fluoroscopy|ct") && facts.meet("imaging!=none contrast="));
        assert!(!facts.meet("imaging=none") && !facts.meet("imaging!=ct") && !facts.meet("imaging"));
    }

    #[test]
    fn levels() {
        assert_eq!(region_of("T12-L1"), "cervical_thoracic");
        assert_eq!(region_of("caudal"), "lumbar_sacral");
        assert_eq!(higher("L1-L2", 3).as_deref(), Some("T10-T11"));
        assert_eq!(higher("C1-C2", 1), None);
    }
}
