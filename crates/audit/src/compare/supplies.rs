//! Billed drugs and supplies against those that the note documents: codes and units.

use opnote::report::{EvidenceReport, Report, SupplyReport};

use super::billed::Line;
use super::finding::{Direction, Kind};

/// What is said of a drug or supply.
pub(super) struct SupplyFinding {
    pub(super) kind: Kind,
    pub(super) direction: Direction,
    pub(super) billed: Option<Line>,
    pub(super) documented: Option<Line>,
    pub(super) message: String,
    pub(super) evidence: Vec<EvidenceReport>,
}

/// Compares the lines with the supplies of a note; supplies without a single code or amount are left open.
pub(super) fn compare(report: &Report, drugs: Vec<Line>) -> Vec<SupplyFinding> {
    let mut rest: Vec<&SupplyReport> = report.supplies.iter().collect();
    let mut found = Vec::new();
    for line in drugs {
        let fits = |it: &&SupplyReport| {
            it.code.as_ref() == Some(&line.code) || it.options.iter().any(|of| of.code == line.code)
        };
        match rest.iter().position(fits) {
            Some(at) => found.push(one(line, rest.remove(at))),
            None => found.push(SupplyFinding {
                kind: Kind::OverCoding,
                direction: Direction::Over,
                message: format!("{} billed; the note documents no drug or supply of this code", line.code),
                billed: Some(line),
                documented: None,
                evidence: Vec::new(),
            }),
        }
    }
    for it in rest {
        let Some(documented) = documented(it) else { continue };
        found.push(SupplyFinding {
            kind: Kind::UnderCoding,
            direction: Direction::Under,
            message: format!("{} ({}) is documented and not billed", documented.code, it.substance.replace('_', " ")),
            billed: None,
            documented: Some(documented),
            evidence: it.evidence.clone(),
        });
    }
    found
}

fn one(line: Line, it: &SupplyReport) -> SupplyFinding {
    let option = it.options.iter().find(|of| of.code == line.code);
    let units = option.map_or(it.units, |it| it.units);
    let evidence = it.evidence.clone();
    let substance = it.substance.replace('_', " ");
    let Some(units) = units.and_then(|it| u16::try_from(it).ok()) else {
        let message =
            format!("{} billed; the amount of {substance} is not documented, so its units cannot be told", line.code);
        let direction = Direction::Unknown;
        return SupplyFinding {
            kind: Kind::MissingDocumentation,
            direction,
            billed: Some(line),
            documented: None,
            message,
            evidence,
        };
    };
    let documented = Line { code: line.code.clone(), modifiers: it.modifiers.clone(), units };
    let same = line.units == units;
    let (kind, direction) = match line.units.cmp(&units) {
        std::cmp::Ordering::Equal => (Kind::Agreement, Direction::Neutral),
        std::cmp::Ordering::Greater => (Kind::WrongUnits, Direction::Over),
        std::cmp::Ordering::Less => (Kind::WrongUnits, Direction::Under),
    };
    let message = if same {
        "billed as documented".to_owned()
    } else {
        format!("{} units of {substance} billed, {units} documented", line.units)
    };
    SupplyFinding { kind, direction, billed: Some(line), documented: Some(documented), message, evidence }
}

fn documented(it: &SupplyReport) -> Option<Line> {
    let units = u16::try_from(it.units?).ok()?;
    Some(Line { code: it.code.clone()?, modifiers: it.modifiers.clone(), units })
}
