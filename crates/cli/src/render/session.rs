//! The codes of one session together: the edits that join them, and the line that sums them up in claim order.

use opnote::Lexicon;
use opnote::report::{FindingReport, ProposalReport, Report};

/// The edits that bear on code or payment and are about a proposal: its own, and those of a pair with it.
pub(crate) fn edits_of<'a>(report: &'a Report, it: &ProposalReport, lexicon: &'a Lexicon) -> Vec<&'a FindingReport> {
    let procedure = report.encounter.procedures.get(it.procedure);
    let words = procedure.and_then(|it| it.evidence.first()).map(|it| (it.start, it.end));
    let about = |finding: &&FindingReport| {
        let named = it.code.as_deref().is_some_and(|code| finding.message.contains(code));
        let joined = || finding.evidence.iter().any(|it| Some((it.start, it.end)) == words);
        finding.procedure == Some(it.procedure) || named || joined()
    };
    edits(report, lexicon).filter(about).collect()
}

/// The edits of a result that bear on code or payment.
pub(crate) fn edits<'a>(report: &'a Report, lexicon: &'a Lexicon) -> impl Iterator<Item = &'a FindingReport> {
    report.findings.iter().filter(|it| it.severity != "advice" && lexicon.is_edit(&it.id))
}

/// The codes of a session of several procedures in claim order: each primary code in the order of the note, behind it
/// its add-on codes, then supplies, then diagnoses. None for one procedure.
pub(crate) fn summary(report: &Report, lexicon: &Lexicon) -> Option<String> {
    let coded: Vec<&ProposalReport> = report.proposals.iter().filter(|it| it.code.is_some()).collect();
    if coded.len() < 2 {
        return None;
    }
    let primaries =
        |it: &ProposalReport| it.code.as_deref().map(|code| lexicon.primary_codes(code)).unwrap_or_default();
    // Stable: a primary code, then the add-on codes of the same procedure that it carries.
    let place = |at: usize| {
        let it = coded[at];
        let own = primaries(it);
        let carries = |other: &&ProposalReport| {
            other.procedure == it.procedure && other.code.as_deref().is_some_and(|code| own.contains(&code))
        };
        let primary = coded.iter().position(carries);
        (primary.unwrap_or(if own.is_empty() { at } else { coded.len() }), !own.is_empty())
    };
    let mut order: Vec<usize> = (0..coded.len()).collect();
    order.sort_by_key(|at| place(*at));
    let order = order.into_iter().map(|at| coded[at]);
    let mut codes: Vec<String> = order.map(with_modifiers).collect();
    let supply = |it: &opnote::report::SupplyReport| {
        let modifiers: String = it.modifiers.iter().flat_map(|it| ["-", it]).collect();
        it.code.as_ref().map(|code| format!("{code}{modifiers}{}", times(it.units.unwrap_or(1))))
    };
    codes.extend(report.supplies.iter().filter_map(supply));
    let diagnoses: Vec<&str> = report.diagnoses.iter().filter_map(|it| it.code.as_deref()).collect();
    let reasons = if diagnoses.is_empty() { String::new() } else { format!(", for {}", diagnoses.join(", ")) };
    let count = edits(report, lexicon).count();
    let edits = match count {
        0 => "no edit in the tables joins them".to_owned(),
        1 => "1 edit, see above".to_owned(),
        count => format!("{count} edits, see above"),
    };
    Some(format!("{}{reasons}; {edits}", codes.join(", ")))
}

/// A code with its modifiers and units.
pub(crate) fn with_modifiers(it: &ProposalReport) -> String {
    let modifiers: String = it.modifiers.iter().flat_map(|it| ["-", it]).collect();
    format!("{}{modifiers}{}", it.code.as_deref().unwrap_or_default(), times(u64::from(it.units)))
}

fn times(units: u64) -> String {
    if units > 1 { format!(" x{units}") } else { String::new() }
}
