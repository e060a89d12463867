//! What is wrong with a line that has its proposal, or that is left over; the finding with its words and values.

use std::collections::BTreeSet;

use jiff::civil::Date;
use opnote::Slot;
use opnote::explain::code_entries::CodeEntry;
use opnote::report::{EvidenceReport, FindingReport, ProcedureReport, ProposalReport, Report};

use super::billed::Line;
use super::finding::{AuditFinding, Direction, Kind, RvuDifference};
use super::matching::{Comparison, Open, is_asked};
use super::supplies;
use super::taxonomy::{ErrorType, RootCause};

/// Quotes of a finding at the most.
const QUOTES: usize = 6;

impl Comparison<'_> {
    /// A claim whose note was not read: missing documentation counts as an error.
    pub(super) fn without_note(&mut self) {
        self.audit.without_note.push(self.claim.note.clone());
        let error = self.taxonomy.get("E28").map(|it| it.id.clone());
        for line in self.claim.lines.clone() {
            if !self.is_known(&line.code) {
                self.not_compared(None, line);
                continue;
            }
            let message = "the note of this claim is not among those read; nothing supports the code".to_owned();
            let mut finding = self.finding(None, Kind::MissingDocumentation, Some(line), None, message);
            (finding.error, finding.code_changing) = (error.clone(), true);
            (finding.direction, finding.root_cause) = (Direction::Over, Some(RootCause::Documentation));
            self.push(finding);
        }
    }

    pub(super) fn not_compared(&mut self, report: Option<&Report>, line: Line) {
        self.audit.unknown_codes.insert(line.code.clone());
        let message = "the tables do not know this code; it was not compared".to_owned();
        let finding = self.finding(report, Kind::NotCompared, Some(line), None, message);
        self.push(finding);
    }

    /// A code that is part of one that the note documents, such as guidance billed on top.
    pub(super) fn included(&mut self, report: &Report, line: &Line) -> bool {
        let Some(error) = self.taxonomy.first(|it| it.codes.contains(&line.code)) else { return false };
        let day = day(report);
        let guided = |it: &&ProposalReport| {
            let Some(code) = &it.code else { return false };
            let selects = |it: &CodeEntry<'_>| it.values.iter().any(|it| it.0 == Slot::Imaging);
            // A code that is chosen by its imaging has it inside; others only as an edit says.
            self.lexicon.code_entries(code).iter().any(selects) || self.lexicon.bundled(code, &line.code, day).is_some()
        };
        let Some(proposal) = report.proposals.iter().find(guided) else { return false };
        let (error, root) = (error.id.clone(), error.root_cause);
        let code = proposal.code.clone().unwrap_or_default();
        let message = format!("{} is part of {code} and not reported beside it", line.code);
        let mut finding = self.finding(Some(report), Kind::OverCoding, Some(line.clone()), None, message);
        finding.evidence = fact_evidence(report, proposal.procedure, "imaging");
        (finding.error, finding.code_changing) = (Some(error), true);
        (finding.direction, finding.root_cause) = (Direction::Over, Some(root));
        self.push(finding);
        true
    }

    pub(super) fn same_code(&mut self, report: &Report, line: Line, it: &Open<'_>) {
        let documented = it.line.clone().unwrap_or_default();
        if !self.in_force(report, &line) {
            return self.not_in_force(report, line, it);
        }
        let wrong = self.modifiers(&line, &documented, it.proposal, report);
        let units = line.units != documented.units;
        let kind = match (units, wrong.is_some()) {
            (true, _) => Kind::WrongUnits,
            (false, true) => Kind::WrongModifier,
            (false, false) => Kind::Agreement,
        };
        let message = match (&wrong, units) {
            (_, true) => format!("{} units billed, {} documented", line.units, documented.units),
            (Some((_, message)), false) => message.clone(),
            (None, false) => "billed as documented".to_owned(),
        };
        let mut finding = self.finding(Some(report), kind, Some(line), Some(it), message);
        let tag = match (&wrong, units) {
            (_, true) => self.taxonomy.get("E10"),
            (Some((id, _)), false) => self.taxonomy.get(id),
            (None, false) => None,
        };
        tagged(&mut finding, tag);
        if kind == Kind::WrongUnits {
            finding.code_changing = true;
        }
        self.push(finding);
    }

    /// What is wrong with the modifiers of a line, with the type of error; only modifiers that a type names are compared.
    fn modifiers(
        &self,
        line: &Line,
        documented: &Line,
        proposal: &ProposalReport,
        report: &Report,
    ) -> Option<(String, String)> {
        if !self.modifiers {
            return None;
        }
        for kind in self.taxonomy.iter().filter(|it| !it.modifiers.is_empty()) {
            let of =
                |it: &Line| it.modifiers.iter().filter(|it| kind.modifiers.contains(it)).cloned().collect::<Vec<_>>();
            let (billed, expected) = (of(line), of(documented));
            // The modifiers of a distinct service stand for one another.
            let distinct = kind.id == "E13";
            let same = if distinct { billed.is_empty() == expected.is_empty() } else { billed == expected };
            // A side that the note documents and the code takes no modifier for is told by an edit; one that is billed
            // where the note names no side is not shown by it.
            if same || distinct && expected.is_empty() && self.is_beside_others(report, proposal) {
                continue;
            }
            let message = match (billed.as_slice(), expected.as_slice()) {
                ([], expected) => format!("modifier {} is documented and not billed", expected.join(" or ")),
                (billed, []) => {
                    format!("modifier {} is billed and nothing in the note calls for it", billed.join(", "))
                }
                (billed, expected) => {
                    format!("modifier {} is billed, {} is documented", billed.join(", "), expected.join(", "))
                }
            };
            return Some((kind.id.clone(), message));
        }
        None
    }

    /// Whether other codes of the claim or the note can call for a modifier of a distinct service.
    fn is_beside_others(&self, report: &Report, proposal: &ProposalReport) -> bool {
        self.claim.lines.len() > 1 || report.proposals.iter().any(|it| it.procedure != proposal.procedure)
    }

    fn in_force(&self, report: &Report, line: &Line) -> bool {
        let day = day(report).or_else(|| self.claim.date.as_deref()?.parse().ok());
        self.lexicon.code_entries(&line.code).iter().any(|it| it.covers(day))
    }

    pub(super) fn not_in_force(&mut self, report: &Report, line: Line, it: &Open<'_>) {
        let message = format!("{} is not in force on the date of service", line.code);
        let mut finding = self.finding(Some(report), Kind::WrongCode, Some(line), Some(it), message);
        tagged(&mut finding, self.taxonomy.get("E15"));
        self.push(finding);
    }

    /// Missing documentation: what is asked, with the codes that are still possible.
    pub(super) fn ask(&mut self, report: &Report, line: Option<Line>, it: &Open<'_>) {
        let own = |of: &&FindingReport| {
            of.outcome != "met" && of.severity == "code" && of.procedure.is_none_or(|of| of == it.proposal.procedure)
        };
        let finding = report.findings.iter().find(own);
        let reason = finding.map_or("the note does not settle the code", |it| it.message.as_str());
        let message = match &line {
            Some(line) if it.proposal.candidates.contains(&line.code) => {
                format!("{} is one of the possible codes, but {reason}", line.code)
            }
            Some(line) => format!("{} is not supported: {reason}", line.code),
            None => format!("not billed, and {reason}"),
        };
        let mut made = self.finding(Some(report), Kind::MissingDocumentation, line, Some(it), message);
        made.documented = None;
        made.rvu = None;
        made.ask = Some(finding.and_then(|it| it.ask.clone()).unwrap_or_else(|| reason.to_owned()));
        if let Some(finding) = finding
            && !finding.evidence.is_empty()
        {
            made.evidence = distinct(finding.evidence.iter());
        }
        tagged(&mut made, self.taxonomy.get("E26"));
        made.direction = Direction::Unknown;
        self.push(made);
    }

    pub(super) fn other_code(&mut self, report: &Report, line: Line, it: &Open<'_>, differ: &[Slot]) {
        if !self.in_force(report, &line) {
            return self.not_in_force(report, line, it);
        }
        let documented = it.line.clone().unwrap_or_default();
        let named = |kind: &&ErrorType| differ.iter().any(|it| kind.attributes.iter().any(|of| of == it.name()));
        let tag = self.taxonomy.iter().find(named);
        let kind = match tag.and_then(|it| it.attributes.first()).map(String::as_str) {
            Some("region") => Kind::WrongRegion,
            Some("delivery") => Kind::WrongDelivery,
            Some("imaging") => Kind::WrongImaging,
            _ => Kind::WrongCode,
        };
        let said: Vec<String> = differ.iter().map(|slot| self.said(report, &line, it.proposal, *slot)).collect();
        let said = if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) };
        let message = format!("{} billed, {} documented{said}", line.code, documented.code);
        let tag = tag.cloned();
        let mut finding = self.finding(Some(report), kind, Some(line), Some(it), message);
        let mut evidence: Vec<EvidenceReport> = Vec::new();
        for slot in differ {
            evidence.extend(fact_evidence(report, it.proposal.procedure, slot.name()));
        }
        if !evidence.is_empty() {
            finding.evidence = distinct(evidence.iter());
        }
        finding.code_changing = true;
        finding.root_cause = Some(RootCause::Coder);
        tagged(&mut finding, tag.as_ref());
        self.push(finding);
        if tag.is_none() {
            self.tag_by_direction();
        }
    }

    /// A finding of no type of its own is tagged by its direction.
    fn tag_by_direction(&mut self) {
        let Some(last) = self.audit.findings.last_mut() else { return };
        last.error = match last.direction {
            Direction::Over => self.taxonomy.get("E28").map(|it| it.id.clone()),
            Direction::Under => self.taxonomy.get("E29").map(|it| it.id.clone()),
            _ => None,
        };
    }

    /// `region is lumbar/sacral, the billed code wants cervical/thoracic`.
    fn said(&self, report: &Report, line: &Line, proposal: &ProposalReport, slot: Slot) -> String {
        let procedure = report.encounter.procedures.get(proposal.procedure);
        let have = procedure.map(|it| values(it, slot.name())).unwrap_or_default();
        let entries = self.lexicon.code_entries(&line.code);
        let wanted = entries.iter().flat_map(|it| &it.values).find(|it| it.0 == slot).map(|it| it.1.clone());
        let have: Vec<String> = have.iter().map(|it| shown(it)).collect();
        let have = if have.is_empty() { "not documented".to_owned() } else { have.join(", ") };
        let wanted: Vec<String> = wanted.unwrap_or_default().into_iter().map(shown).collect();
        format!("{} is {have}, the billed code is for {}", slot.name(), wanted.join(" or "))
    }

    /// A line beside a proposal of another family.
    pub(super) fn other_procedure(&mut self, report: &Report, line: Line, it: &Open<'_>) {
        let documented = it.line.clone().unwrap_or_default();
        let tag = self.gate(&self.family(&line.code), &self.family(&documented.code)).cloned();
        let label = |code: &str| self.lexicon.code_entries(code).first().map_or("", |it| it.label).to_owned();
        let message = format!(
            "{} ({}) billed, {} ({}) documented",
            line.code,
            label(&line.code),
            documented.code,
            label(&documented.code)
        );
        let mut finding = self.finding(Some(report), Kind::WrongProcedure, Some(line), Some(it), message);
        finding.code_changing = true;
        tagged(&mut finding, tag.as_ref());
        self.push(finding);
    }

    /// A billed line that nothing documents: perhaps planned, denied or done before, perhaps a part of something else.
    pub(super) fn unsupported(&mut self, report: &Report, line: Line) {
        let family = self.family(&line.code);
        let procedures = &report.encounter.procedures;
        let mentioned: Vec<&ProcedureReport> = procedures.iter().filter(|it| it.family == family).collect();
        let not_done = mentioned.iter().find(|it| !is_performed(it));
        let performed = procedures.iter().find(|it| is_performed(it) && self.gate(&family, &it.family).is_some());
        let bundled = report
            .proposals
            .iter()
            .filter_map(|it| it.code.as_ref())
            .find(|it| self.lexicon.bundled(it, &line.code, day(report)).is_some());
        let again = report.proposals.iter().any(|it| it.code.as_ref() == Some(&line.code));
        let (message, tag, evidence) = if again {
            let message = format!("{} is billed more often than it is documented", line.code);
            (message, self.taxonomy.get("E10"), Vec::new())
        } else if let Some(it) = performed.filter(|_| not_done.is_none()) {
            let label = self.lexicon.family_label(&it.family).unwrap_or(&it.family);
            (
                format!("{} billed; the note documents: {label}", line.code),
                self.gate(&family, &it.family),
                it.evidence.clone(),
            )
        } else if let Some(code) = bundled {
            (
                format!("{} is bundled into {code}", line.code),
                self.taxonomy.first(|it| !it.codes.is_empty()),
                Vec::new(),
            )
        } else if let Some(it) = not_done {
            let message = format!("{} billed; the note mentions it as {}, not as performed", line.code, it.status);
            (message, self.taxonomy.get("E09"), it.evidence.clone())
        } else {
            (format!("{} billed; the note documents no such service", line.code), self.taxonomy.get("E28"), Vec::new())
        };
        let tag = tag.cloned();
        let kind = if tag.as_ref().is_some_and(|it| !it.families.is_empty()) {
            Kind::WrongProcedure
        } else {
            Kind::OverCoding
        };
        let mut finding = self.finding(Some(report), kind, Some(line), None, message);
        finding.evidence = distinct(evidence.iter());
        tagged(&mut finding, tag.as_ref());
        (finding.code_changing, finding.direction) = (true, Direction::Over);
        self.push(finding);
    }

    /// A proposal that nothing on the claim stands for.
    pub(super) fn not_billed(&mut self, report: &Report, it: &Open<'_>) {
        if is_asked(it.proposal) || it.line.is_none() {
            return self.ask(report, None, it);
        }
        let code = it.proposal.code.clone().unwrap_or_default();
        let message = format!("{code} is documented and not billed");
        let mut finding = self.finding(Some(report), Kind::UnderCoding, None, Some(it), message);
        tagged(&mut finding, self.taxonomy.get("E29"));
        (finding.code_changing, finding.direction) = (true, Direction::Under);
        self.push(finding);
    }

    pub(super) fn supplies(&mut self, report: &Report, drugs: Vec<Line>) {
        let tag = self.taxonomy.get("E17").cloned();
        for it in supplies::compare(report, drugs) {
            let mut finding = self.finding(Some(report), it.kind, it.billed, None, it.message);
            (finding.documented, finding.evidence) = (it.documented, it.evidence);
            if finding.is_error() {
                tagged(&mut finding, tag.as_ref());
                (finding.code_changing, finding.direction) = (true, it.direction);
            }
            self.push(finding);
        }
    }

    /// What a claim must show beside its codes: open findings that a type of error names.
    pub(super) fn remarks(&mut self, report: &Report) {
        if let (Some(billed), Some(documented)) = (&self.claim.date, &report.note.service_date)
            && billed != documented
        {
            let tag = self.taxonomy.first(|of| of.findings.iter().any(|it| it == "service-dates-agree")).cloned();
            let message = format!("the claim is of {billed}, the note of {documented}");
            let mut finding = self.finding(Some(report), Kind::MissingDocumentation, None, None, message);
            tagged(&mut finding, tag.as_ref());
            (finding.is_remark, finding.direction) = (true, Direction::Neutral);
            self.push(finding);
        }
        for it in report.findings.iter().filter(|it| it.outcome != "met") {
            let Some(tag) = self.taxonomy.first(|of| of.findings.contains(&it.id)).cloned() else { continue };
            let message = it.message.clone();
            let mut finding = self.finding(Some(report), Kind::MissingDocumentation, None, None, message);
            tagged(&mut finding, Some(&tag));
            (finding.is_remark, finding.direction) = (true, Direction::Neutral);
            finding.evidence = distinct(it.evidence.iter());
            finding.ask.clone_from(&it.ask);
            self.push(finding);
        }
    }

    pub(super) fn finding(
        &self,
        report: Option<&Report>,
        kind: Kind,
        billed: Option<Line>,
        it: Option<&Open<'_>>,
        message: String,
    ) -> AuditFinding {
        let proposal = it.map(|it| it.proposal);
        let date = report.and_then(|it| it.note.service_date.clone()).or_else(|| self.claim.date.clone());
        AuditFinding {
            id: String::new(),
            note: self.claim.note.clone(),
            claim: self.claim.claim.clone(),
            service_date: date,
            kind,
            error: None,
            code_changing: false,
            direction: if kind == Kind::Agreement { Direction::Neutral } else { Direction::Unknown },
            root_cause: None,
            billed,
            documented: it.and_then(|it| it.line.clone()),
            candidates: proposal
                .filter(|it| it.candidates.len() > 1)
                .map(|it| it.candidates.clone())
                .unwrap_or_default(),
            message,
            is_remark: false,
            ask: None,
            evidence: proposal.map(|it| distinct(it.evidence.iter())).unwrap_or_default(),
            against: proposal.map(|it| distinct(it.against.iter())).unwrap_or_default(),
            confidence: proposal.and_then(|it| it.confidence),
            disposition: proposal.map(|it| it.disposition.clone()),
            rvu: None,
            groups: self.claim.groups.clone(),
        }
    }

    /// Adds a finding, with its relative value units and the direction that they give.
    pub(super) fn push(&mut self, mut it: AuditFinding) {
        if it.is_counted() && !it.is_open() {
            it.rvu = self.rvu(&it);
        }
        if let Some(rvu) = it.rvu.filter(|_| it.is_error()) {
            it.direction = match rvu.difference.0 {
                ..0 => Direction::Over,
                0 => Direction::Neutral,
                1.. => Direction::Under,
            };
        } else if it.kind == Kind::WrongUnits {
            let units = |it: &Option<Line>| it.as_ref().map_or(0, |it| it.units);
            it.direction = if units(&it.billed) > units(&it.documented) { Direction::Over } else { Direction::Under };
        } else if it.kind == Kind::WrongModifier {
            it.direction = Direction::Neutral;
        }
        // A proposal that a person must look at may be the program's mistake as well as the coder's.
        if it.is_error() && it.root_cause == Some(RootCause::Coder) && it.disposition.as_deref() == Some("review") {
            it.root_cause = Some(RootCause::Program);
        }
        self.audit.findings.push(it);
    }

    fn rvu(&mut self, it: &AuditFinding) -> Option<RvuDifference> {
        let table = self.rvus?;
        let mut value = |line: Option<&Line>| {
            let Some(line) = line else { return Some(super::Rvu(0)) };
            let value = table.value(&line.code, it.service_date.as_deref());
            if value.is_none() {
                self.audit.codes_without_rvu.insert(line.code.clone());
            }
            Some(value? * line.units)
        };
        let (billed, documented) = (value(it.billed.as_ref()), value(it.documented.as_ref()));
        let (billed, documented) = (billed?, documented?);
        Some(RvuDifference { billed, documented, difference: documented - billed })
    }
}

fn is_performed(procedure: &ProcedureReport) -> bool {
    matches!(procedure.status.as_str(), "performed" | "attempted")
}

fn tagged(finding: &mut AuditFinding, tag: Option<&ErrorType>) {
    let Some(tag) = tag else { return };
    finding.error = Some(tag.id.clone());
    finding.root_cause = Some(tag.root_cause);
    finding.code_changing = tag.code_changing;
}

/// The date of service of a result.
pub(super) fn day(report: &Report) -> Option<Date> {
    report.note.service_date.as_deref()?.parse().ok()
}

/// The values of an attribute of a procedure.
pub(super) fn values(procedure: &ProcedureReport, attribute: &str) -> Vec<String> {
    procedure.attributes.get(attribute).into_iter().flatten().map(|it| it.value.clone()).collect()
}

/// The words behind an attribute of a procedure.
fn fact_evidence(report: &Report, procedure: usize, attribute: &str) -> Vec<EvidenceReport> {
    let values = report.encounter.procedures.get(procedure).and_then(|it| it.attributes.get(attribute));
    let own: Vec<EvidenceReport> = values.into_iter().flatten().flat_map(|it| it.evidence.clone()).collect();
    if !own.is_empty() {
        return distinct(own.iter());
    }
    let weighed = report.facts.iter().find(|it| it.procedure == procedure && it.attribute == attribute);
    weighed.map(|it| distinct(it.evidence.iter())).unwrap_or_default()
}

/// Words without repetition, in the order of the note.
fn distinct<'a>(words: impl Iterator<Item = &'a EvidenceReport>) -> Vec<EvidenceReport> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<EvidenceReport> = words.filter(|it| seen.insert((it.start, it.end))).cloned().collect();
    found.truncate(QUOTES);
    found.sort_by_key(|it| (it.start, it.end));
    found
}

/// A value of an attribute for people.
fn shown(value: &str) -> String {
    match value {
        "cervical_thoracic" => "cervical/thoracic".to_owned(),
        "lumbar_sacral" => "lumbar/sacral".to_owned(),
        "ct" | "mri" => value.to_uppercase(),
        _ => value.replace('_', " "),
    }
}
