//! Results for people: the code, why, what would change it, what to ask, what else was seen.

use std::io;

use clap::builder::styling::{AnsiColor, Style as Ansi};
use opnote::Lexicon;
use opnote::report::{AttributeReport, FindingReport, ProcedureReport, ProposalReport, Report};

use crate::excerpt::{self, Mark, shown, width};

/// Columns of running text.
const WIDTH: usize = 100;

/// How parts of the text are set off; all empty without color.
pub(crate) struct Style {
    pub strong: Ansi,
    pub good: Ansi,
    pub fair: Ansi,
    pub bad: Ansi,
    pub dim: Ansi,
}

impl Style {
    /// No color: everything must be readable so.
    pub(crate) fn plain() -> Style {
        let none = Ansi::new();
        Style { strong: none, good: none, fair: none, bad: none, dim: none }
    }

    /// What standard output can show, and the user wants.
    pub(crate) fn for_stdout() -> Style {
        if anstream::AutoStream::choice(&io::stdout()) == anstream::ColorChoice::Never {
            return Style::plain();
        }
        Style {
            strong: Ansi::new().bold(),
            good: AnsiColor::Green.on_default(),
            fair: AnsiColor::Yellow.on_default(),
            bad: AnsiColor::Red.on_default(),
            dim: Ansi::new().dimmed(),
        }
    }

    fn of(&self, disposition: &str) -> Ansi {
        match disposition {
            "ready" => self.good,
            "review" => self.fair,
            _ => self.bad,
        }
    }
}

/// The result of one note.
pub(crate) fn render(report: &Report, note: &str, lexicon: &Lexicon, style: &Style) -> String {
    let mut page = Page { report, note, lexicon, style, out: String::new() };
    if report.proposals.is_empty() {
        page.without_code();
    }
    for it in &report.proposals {
        page.proposal(it);
    }
    page.also_seen();
    page.out
}

struct Page<'a> {
    report: &'a Report,
    note: &'a str,
    lexicon: &'a Lexicon,
    style: &'a Style,
    out: String,
}

impl Page<'_> {
    /// A note without a proposal: one line, and what must be asked if something must.
    fn without_code(&mut self) {
        let Style { strong, dim, .. } = self.style;
        let head = format!("{strong}{}{strong:#}  {dim}no code{dim:#}\n", shown(&self.report.note.id));
        self.out.push_str(&head);
        let asks = |it: &&FindingReport| it.outcome != "met" && it.severity == "code";
        let open: Vec<&FindingReport> = self.report.findings.iter().filter(asks).collect();
        self.questions(&open);
    }

    fn proposal(&mut self, it: &ProposalReport) {
        self.headline(it);
        let Some(procedure) = self.report.encounter.procedures.get(it.procedure) else { return };
        self.facts(procedure);
        let excerpt = excerpt::render(self.note, &marks(procedure, it), self.style);
        if !excerpt.is_empty() {
            self.out.push_str(&format!("\n{excerpt}"));
        }
        self.alternatives(it);
        let open = |f: &&FindingReport| f.outcome != "met" && f.severity != "advice" && f.procedure == Some(it.procedure);
        let open: Vec<&FindingReport> = self.report.findings.iter().filter(open).collect();
        self.questions(&open);
    }

    /// `id  62323  ready: can be reported as it stands  97%`
    fn headline(&mut self, it: &ProposalReport) {
        let Style { strong, dim, .. } = self.style;
        let color = self.style.of(&it.disposition);
        let code = it.code.clone().unwrap_or_else(|| one_of(&it.candidates));
        let units = if it.units > 1 { format!(" x{}", it.units) } else { String::new() };
        let modifiers: String = it.modifiers.iter().map(|it| format!("-{it}")).collect();
        let meaning = match (it.disposition.as_str(), &it.code) {
            ("ready", _) => "ready, a coder can accept it as it stands",
            ("review", _) => "review, a person must look first",
            (_, Some(_)) => "query, ask the provider; until then the note supports this code",
            (_, None) => "query, ask the provider; until then the note supports no single code",
        };
        let confidence = it.confidence.map(|it| format!("  {:.0}% sure", it * 100.0)).unwrap_or_default();
        let date = self.report.note.service_date.as_ref().map(|it| format!("  {dim}{it}{dim:#}")).unwrap_or_default();
        self.out.push_str(&format!(
            "{strong}{}{strong:#}  {strong}{color}{code}{modifiers}{units}{color:#}{strong:#}  {color}{meaning}{color:#}{confidence}{date}\n",
            shown(&self.report.note.id),
        ));
    }

    /// The facts, one a line: slot, value, why.
    fn facts(&mut self, procedure: &ProcedureReport) {
        self.out.push('\n');
        let mut rows: Vec<(String, String, String, bool)> = Vec::new();
        for (slot, values) in ordered(procedure) {
            for it in values {
                rows.push((label(slot, it), value(slot, it), self.why(it), it.why == "assumed"));
            }
        }
        let first = rows.iter().map(|it| width(&it.0)).max().unwrap_or(0);
        let second = rows.iter().map(|it| width(&it.1)).max().unwrap_or(0).min(44);
        let Style { strong, fair, dim, .. } = self.style;
        for (label, value, why, assumed) in rows {
            let color = if assumed { fair } else { dim };
            let label = padded(&label, first);
            let value = padded(&value, second);
            self.out.push_str(&format!("    {dim}{label}{dim:#}  {strong}{value}{strong:#}  {color}{why}{color:#}\n"));
        }
    }

    fn why(&self, it: &AttributeReport) -> String {
        let rule = it.rule.as_deref().unwrap_or_default();
        match self.lexicon.rule_about(rule) {
            Some(about) => format!("{}: {about}", it.why),
            None if rule.is_empty() => it.why.clone(),
            None => format!("{} ({rule})", it.why),
        }
    }

    fn alternatives(&mut self, it: &ProposalReport) {
        if it.alternatives.is_empty() {
            return;
        }
        self.out.push('\n');
        let strong = self.style.strong;
        for it in &it.alternatives {
            self.out.push_str(&format!("    {strong}{}{strong:#}  if {}\n", it.code, spoken(&it.when)));
        }
    }

    /// What is missing or contradicts itself, and what to ask.
    fn questions(&mut self, open: &[&FindingReport]) {
        if open.is_empty() {
            return;
        }
        let Style { strong, fair, bad, dim, .. } = self.style;
        self.out.push('\n');
        for it in open {
            let color = if it.severity == "code" { bad } else { fair };
            let bears = if it.severity == "code" { "decides the code" } else { "bears on payment" };
            let head = format!("    {color}{}{color:#} {dim}({bears}; {}){dim:#}\n", it.outcome, it.id);
            self.out.push_str(&head);
            self.out.push_str(&wrapped(&it.message, "      "));
            if let Some(ask) = &it.ask {
                self.out.push_str(&format!("      {strong}Ask:{strong:#} {}", wrapped(ask, "           ").trim_start()));
            }
        }
    }

    /// Acts that no proposal is about.
    fn also_seen(&mut self) {
        let coded = |index: usize| self.report.proposals.iter().any(|it| it.procedure == index);
        let others = self.report.encounter.procedures.iter().enumerate().filter(|it| !coded(it.0));
        let mut done = Vec::new();
        let mut told = Vec::new();
        for (index, it) in others {
            let name = self.lexicon.family_label(&it.family).unwrap_or(&it.family);
            match it.status.as_str() {
                "performed" if self.report.encounter.leftovers.contains(&index) => done.push(format!("{name}{}", line_of(self.note, it))),
                status => told.push(format!("{name} ({status}{})", line_of(self.note, it))),
            }
        }
        let Style { fair, dim, .. } = self.style;
        if !self.report.proposals.is_empty() && !(done.is_empty() && told.is_empty()) {
            self.out.push('\n');
        }
        for (label, color, names) in [("also done, not coded here:", fair, done), ("also mentioned:", dim, told)] {
            if !names.is_empty() {
                let lines = wrapped(&format!("{label} {}", names.join(", ")), "    ");
                self.out.push_str(&format!("{color}{lines}{color:#}"));
            }
        }
    }
}

/// ` (line 12)`: where the act is named first.
fn line_of(note: &str, it: &ProcedureReport) -> String {
    let start = it.evidence.iter().map(|it| it.start).min();
    start.map(|it| format!(", line {}", note[..it].matches('\n').count() + 1)).unwrap_or_default()
}

/// The slots of a procedure in the order of reading.
fn ordered(procedure: &ProcedureReport) -> impl Iterator<Item = (&str, &Vec<AttributeReport>)> {
    let slots = opnote::Slot::ALL.iter().map(|it| it.name());
    slots.filter_map(|slot| procedure.attributes.get_key_value(slot)).map(|(slot, values)| (slot.as_str(), values))
}

/// The words of the note to underline for a proposal.
fn marks(procedure: &ProcedureReport, proposal: &ProposalReport) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (slot, values) in ordered(procedure) {
        for it in values {
            // The first words say it; the others repeat it.
            let label = label(slot, it);
            marks.extend(it.evidence.iter().take(1).map(|e| Mark { range: e.start..e.end, label: label.clone(), against: false }));
        }
    }
    let against = proposal.against.iter();
    marks.extend(against.map(|e| Mark { range: e.start..e.end, label: "against".to_owned(), against: true }));
    marks
}

/// The name of a fact: the slot, or what a substance was for.
fn label(slot: &str, it: &AttributeReport) -> String {
    match it.role.as_deref() {
        Some("injectate") => "injected".to_owned(),
        Some(role) => role.replace('_', " "),
        None => slot.to_owned(),
    }
}

/// The value as it is spoken, with amounts.
fn value(slot: &str, it: &AttributeReport) -> String {
    let name = match (slot, it.value.as_str()) {
        ("contrast", "true") => "yes".to_owned(),
        ("contrast", "false") => "no".to_owned(),
        (_, value) => spoken(value),
    };
    let amounts = [&it.concentration, &it.dose, &it.volume].into_iter().flatten();
    let parts: Vec<String> = std::iter::once(name).chain(amounts.map(|it| shown(it))).collect();
    parts.join(" ")
}

/// An id as words.
fn spoken(id: &str) -> String {
    id.replace("cervical_thoracic", "cervical/thoracic").replace("lumbar_sacral", "lumbar/sacral").replace('_', " ")
}

fn one_of(codes: &[String]) -> String {
    match codes {
        [] => "no code".to_owned(),
        [one] => format!("{one}?"),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Running text in lines of [`WIDTH`] columns, each after `indent`.
pub(crate) fn wrapped(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(indent) + width(&line) + 1 + width(word) > WIDTH {
            out.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{out}{indent}{line}\n")
}
