//! Results for people: the code, why, what would change it, what to ask, what else was seen.

use std::fmt::{Arguments, Write};
use std::io;

use clap::builder::styling::{AnsiColor, Style as Ansi};
use opnote::Lexicon;
use opnote::report::{
    AlternativeReport, AttributeReport, EvidenceReport, FactReport, FindingReport, ProcedureReport, ProposalReport,
    Report,
};

use crate::render::excerpt::{self, Mark, shown, width};
use crate::render::{page_width, session};

/// Facts below this chance are shown as in doubt.
const IN_DOUBT: f64 = 0.9;

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

    /// The color of a disposition.
    pub(crate) fn of(&self, disposition: &str) -> Ansi {
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
        page.rejected();
        return page.out;
    }
    for (index, it) in report.proposals.iter().enumerate() {
        page.out.push_str(if index > 0 { "\n" } else { "" });
        page.proposal(it);
    }
    page.session();
    page.out.push_str(&crate::render::supplies_and_diagnoses::render(report, style));
    page.also_seen();
    page.rejected();
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
        let seen: Vec<String> = self.others().iter().map(|it| it.plain("")).collect();
        let id = shown(&self.report.note.id);
        let line = seen.join("  ");
        put(&mut self.out, format_args!("{strong}{id}{strong:#}  {dim}no code{dim:#}"));
        if width(&id) + width(&line) + 10 <= page_width::running() {
            let gap = if line.is_empty() { "" } else { "  " };
            put(&mut self.out, format_args!("{gap}{line}\n"));
        } else {
            let lines: String = seen.iter().map(|it| wrapped(it, "    ")).collect();
            put(&mut self.out, format_args!("\n{lines}"));
        }
        let asks = |it: &&FindingReport| it.outcome != "met" && it.severity == "code";
        let open: Vec<&FindingReport> = self.report.findings.iter().filter(asks).collect();
        self.questions(&open);
    }

    fn proposal(&mut self, it: &ProposalReport) {
        self.headline(it);
        let Some(procedure) = self.report.encounter.procedures.get(it.procedure) else { return };
        self.facts(procedure);
        self.doubts(it);
        let excerpt = excerpt::render(self.note, &marks(procedure, it), self.style);
        if !excerpt.is_empty() {
            put(&mut self.out, format_args!("\n{excerpt}"));
        }
        self.alternatives(it);
        self.edits(it);
        let open = |f: &&FindingReport| {
            let asked = f.outcome != "met" && f.severity != "advice" && f.procedure == Some(it.procedure);
            asked && !self.lexicon.is_edit(&f.id)
        };
        let mut open: Vec<&FindingReport> = self.report.findings.iter().filter(open).collect();
        open.sort_by_key(|it| it.severity != "code");
        self.questions(&open);
    }

    /// The line with id, code, what to do with it, how sure, and the date of service.
    fn headline(&mut self, it: &ProposalReport) {
        let Style { strong, dim, .. } = self.style;
        let color = self.style.of(&it.disposition);
        let code = it.code.clone().unwrap_or_else(|| one_of(&it.candidates));
        let units = if it.units > 1 { format!(" x{}", it.units) } else { String::new() };
        let modifiers: String = it.modifiers.iter().flat_map(|it| ["-", it]).collect();
        let edited = !session::edits_of(self.report, it, self.lexicon).is_empty();
        let meaning = match (it.disposition.as_str(), &it.code) {
            ("ready", _) if edited => "ready, mind the edit below",
            ("ready", _) => "ready, a coder can accept it as it stands",
            ("review", _) => "review, a person must look first",
            (_, Some(_)) => "query, ask the provider; until then the note supports this code",
            (_, None) => "query, ask the provider; until then the note supports no single code",
        };
        // A chance beside a question would say that it need not be asked.
        let sure = it.confidence.filter(|_| it.disposition != "query");
        let confidence = sure.map(|it| format!("  {:.0}% sure", it * 100.0)).unwrap_or_default();
        let date = self.report.note.service_date.as_ref().map(|it| format!("  {dim}{it}{dim:#}")).unwrap_or_default();
        let id = shown(&self.report.note.id);
        let day = self.report.note.service_date.as_ref().map_or(0, |it| it.len() + 2);
        let columns =
            [width(&id), width(&code), width(&modifiers), width(&units), width(meaning), width(&confidence), day];
        let gap = if columns.iter().sum::<usize>() + 4 > page_width::running() { "\n    " } else { "  " };
        put(
            &mut self.out,
            format_args!(
                "{strong}{id}{strong:#}  {strong}{color}{code}{modifiers}{units}{color:#}{strong:#}{gap}{color}{meaning}{color:#}{confidence}{date}\n",
            ),
        );
    }

    /// The facts, one a line: slot, value, why.
    fn facts(&mut self, procedure: &ProcedureReport) {
        self.out.push('\n');
        let mut rows: Vec<(String, String, String, bool)> = Vec::new();
        for (slot, values) in ordered(procedure) {
            for it in values {
                rows.push((label(slot, it), value(slot, it), why(it), it.why == "assumed"));
            }
        }
        let first = rows.iter().map(|it| width(&it.0)).max().unwrap_or(0);
        let second = rows.iter().map(|it| width(&it.1)).max().unwrap_or(0).min(44);
        let Style { strong, fair, dim, .. } = self.style;
        for (label, value, why, assumed) in rows {
            let color = if assumed { fair } else { dim };
            let label = padded(&label, first);
            // Where the page is narrow the reason has a line of its own.
            let narrow = 4 + first + 2 + second.max(width(&value)) + 2 + width(&why) > page_width::running();
            let gap = if narrow { format!("\n{}", " ".repeat(8 + first)) } else { "  ".to_owned() };
            let value = if narrow { value } else { padded(&value, second) };
            put(
                &mut self.out,
                format_args!("    {dim}{label}{dim:#}  {strong}{value}{strong:#}{gap}{color}{why}{color:#}\n"),
            );
        }
    }

    /// Where a person must look: the facts in doubt, the least sure first, with the words that speak for another value.
    fn doubts(&mut self, it: &ProposalReport) {
        if it.disposition == "ready" {
            return;
        }
        let own = |fact: &&FactReport| fact.procedure == it.procedure && fact.chance < IN_DOUBT;
        let mut facts: Vec<&FactReport> = self.report.facts.iter().filter(own).collect();
        facts.sort_by(|a, b| a.chance.total_cmp(&b.chance));
        let Style { fair, dim, .. } = self.style;
        for (index, fact) in facts.into_iter().enumerate() {
            let line = |it: &EvidenceReport| self.note.get(..it.start).unwrap_or_default().matches('\n').count() + 1;
            let words: Vec<String> =
                fact.against.iter().map(|it| format!("\"{}\" (line {})", shown(&it.quote), line(it))).collect();
            let because = match (fact.conflicting, words.is_empty()) {
                (true, _) => format!("contradicted by {}", words.join(", ")),
                (false, false) => format!("because of {}", words.join(", ")),
                (false, true) => "no statement settles it".to_owned(),
            };
            let text = format!(
                "{}: {} {:.0}%, {} {:.0}%; {because}",
                fact.attribute,
                in_words(&fact.value),
                fact.chance * 100.0,
                in_words(&fact.runner_up),
                fact.runner_up_chance * 100.0,
            );
            let head = if index == 0 { "\n    in doubt  " } else { "              " };
            put(
                &mut self.out,
                format_args!("{fair}{head}{fair:#}{dim}{dim:#}{}", wrapped(&text, "              ").trim_start()),
            );
        }
    }

    fn alternatives(&mut self, it: &ProposalReport) {
        let Style { strong, dim, .. } = self.style;
        let mut head = "\n    otherwise";
        for it in &it.alternatives {
            let would = would_apply(it);
            let text = wrapped(&format!("would apply {would}"), &" ".repeat(17 + it.code.len()));
            put(
                &mut self.out,
                format_args!("{dim}{head}{dim:#}  {strong}{}{strong:#}  {}", it.code, text.trim_start()),
            );
            head = "             ";
        }
    }

    /// The edits that the code is subject to, alone or with another one of the session.
    fn edits(&mut self, it: &ProposalReport) {
        let Style { fair, dim, .. } = self.style;
        for (index, edit) in session::edits_of(self.report, it, self.lexicon).into_iter().enumerate() {
            let head = if index == 0 { "\n    edit       " } else { "    edit       " };
            let text = format!("{} ({})", edit.message, edit.id);
            let text = wrapped(&text, "               ");
            put(&mut self.out, format_args!("{fair}{head}{fair:#}{dim}{dim:#}{}", text.trim_start()));
        }
    }

    /// All codes of a session of several procedures, in claim order.
    fn session(&mut self) {
        let Some(summary) = session::summary(self.report, self.lexicon) else { return };
        let Style { dim, .. } = self.style;
        let text = wrapped(&summary, "               ");
        put(&mut self.out, format_args!("\n    {dim}session{dim:#}    {}", text.trim_start()));
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
                put(
                    &mut self.out,
                    format_args!("      {strong}Ask:{strong:#} {}", wrapped(ask, "           ").trim_start()),
                );
            }
        }
    }

    /// What was rejected, where it was asked for: what, why, and the words in their line.
    fn rejected(&mut self) {
        let Some(rejected) = self.report.why_not.as_ref() else { return };
        let Style { strong, dim, .. } = self.style;
        let head = if rejected.is_empty() { "why not: no procedure is named" } else { "why not" };
        put(&mut self.out, format_args!("\n    {dim}{head}{dim:#}\n"));
        for it in rejected {
            let what = match it.kind.as_str() {
                "act" => self.lexicon.family_label(&it.what).unwrap_or(&it.what).to_owned(),
                "code" => it.what.clone(),
                kind => format!("{} ({kind})", shown(&it.what)),
            };
            let words = it.cue.iter().chain(&it.evidence).map(|it| {
                let line = || format!("line {}", self.note[..it.start].matches('\n').count() + 1);
                let quote: Vec<String> = it.quote.split_whitespace().map(shown).collect();
                format!("{} \"{}\"", it.place.clone().unwrap_or_else(line), quote.join(" "))
            });
            let words: Vec<String> = words.collect();
            let stated = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
            let text = wrapped(&format!("{}{stated}", it.because), "        ");
            put(&mut self.out, format_args!("      {strong}{what}{strong:#}\n{text}"));
        }
    }

    /// Acts that no proposal is about.
    fn also_seen(&mut self) {
        let others = self.others();
        if !others.is_empty() {
            self.out.push('\n');
        }
        let Style { fair, dim, .. } = self.style;
        for it in others {
            let color = if it.done { fair } else { dim };
            put(&mut self.out, format_args!("{color}{}{color:#}", wrapped(&it.plain("also "), "    ")));
        }
    }

    /// Acts without a proposal, those that were done apart from those only spoken of.
    fn others(&self) -> Vec<Others> {
        let mut done = Others { done: true, names: Vec::new() };
        let mut stated = Others { done: false, names: Vec::new() };
        for (index, it) in self.report.encounter.procedures.iter().enumerate() {
            if self.report.proposals.iter().any(|proposal| proposal.procedure == index) {
                continue;
            }
            let name = self.lexicon.family_label(&it.family).unwrap_or(&it.family);
            let line = line_of(self.note, it);
            match it.status.as_str() {
                "performed" => done.names.push(format!("{name} ({line})")),
                status => stated.names.push(format!("{name} ({status}, {line})")),
            }
        }
        [done, stated].into_iter().filter(|it| !it.names.is_empty()).collect()
    }
}

/// Names of acts without a proposal.
struct Others {
    done: bool,
    names: Vec<String>,
}

impl Others {
    fn plain(&self, also: &str) -> String {
        let label = if self.done { "performed, not coded here" } else { "mentioned" };
        format!("{also}{label}: {}", self.names.join(", "))
    }
}

/// `line 12`, or the place in the document: where the act is named first.
fn line_of(note: &str, it: &ProcedureReport) -> String {
    let Some(first) = it.evidence.iter().min_by_key(|it| it.start) else { return "line 1".to_owned() };
    first.place.clone().unwrap_or_else(|| format!("line {}", note[..first.start].matches('\n').count() + 1))
}

/// The slots of a procedure in the order of reading.
fn ordered(procedure: &ProcedureReport) -> Vec<(&str, Vec<&AttributeReport>)> {
    const ROLES: [&str; 5] = ["injectate", "contrast", "test_dose", "skin", "sedation"];
    let role = |it: &&AttributeReport| ROLES.iter().position(|role| it.role.as_deref() == Some(role));
    let slots = opnote::Slot::ALL.iter().filter_map(|it| procedure.attributes.get_key_value(it.name()));
    let sorted = slots.map(|(slot, values)| {
        let mut values: Vec<&AttributeReport> = values.iter().collect();
        values.sort_by_key(role);
        (slot.as_str(), values)
    });
    sorted.collect()
}

/// The words of the note to underline for a proposal.
fn marks(procedure: &ProcedureReport, proposal: &ProposalReport) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (slot, values) in ordered(procedure) {
        for it in values {
            // The first words say it; the others repeat it.
            let label = label(slot, it);
            marks.extend(it.evidence.iter().take(1).map(|e| Mark {
                range: e.start..e.end,
                label: label.clone(),
                against: false,
                place: e.place.clone(),
            }));
        }
    }
    let against = proposal.against.iter();
    marks.extend(against.map(|e| Mark {
        range: e.start..e.end,
        label: "against".to_owned(),
        against: true,
        place: e.place.clone(),
    }));
    marks
}

/// `stated`, or the rule that concluded it.
fn why(it: &AttributeReport) -> String {
    match &it.rule {
        Some(rule) => format!("{} ({rule})", it.why),
        None => it.why.clone(),
    }
}

/// The name of a fact: the slot, or what a substance was for.
fn label(slot: &str, it: &AttributeReport) -> String {
    match it.role.as_deref() {
        Some("injectate") => "injected".to_owned(),
        Some("contrast") => "agent".to_owned(),
        Some(role) => role.replace('_', " "),
        None => slot.to_owned(),
    }
}

/// The value as it is spoken, with amounts.
fn value(slot: &str, it: &AttributeReport) -> String {
    let name = match (slot, it.value.as_str()) {
        ("contrast", "true") => "yes".to_owned(),
        ("contrast", "false") => "no".to_owned(),
        (_, value) => in_words(value),
    };
    let amounts = [&it.concentration, &it.dose, &it.volume].into_iter().flatten();
    // An amount may go over the end of a line.
    let amounts = amounts.flat_map(|it| it.split_whitespace()).map(shown);
    let parts: Vec<String> = std::iter::once(name).chain(amounts).collect();
    parts.join(" ")
}

/// The difference that another code needs: `to a catheter`, `with fluoroscopy or CT`.
fn would_apply(it: &AlternativeReport) -> String {
    let values: Vec<String> = it.values.iter().map(|it| in_words(it)).collect();
    match it.attribute.as_str() {
        "region" => format!("to a {} entry", values.join(" or ")),
        "delivery" if values == ["catheter"] => "to a catheter".to_owned(),
        "delivery" if values == ["single"] => "to a single injection".to_owned(),
        "imaging" => {
            let used = it.values.iter().filter(|it| *it != "none").map(|it| match it.as_str() {
                "ct" => "CT".to_owned(),
                "mri" => "MRI".to_owned(),
                other => in_words(other),
            });
            let used = used.collect::<Vec<_>>().join(" or ");
            match (it.values.iter().any(|it| it == "none"), used.is_empty()) {
                (true, true) => "without imaging".to_owned(),
                (true, false) => format!("without imaging or with {used}"),
                (false, _) => format!("with {used}"),
            }
        }
        attribute => format!("if {} were {}", in_words(attribute), values.join(" or ")),
    }
}

/// An id as words.
fn in_words(id: &str) -> String {
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

/// Running text in lines as wide as the page, each after `indent`.
pub(crate) fn wrapped(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(indent) + width(&line) + 1 + width(word) > page_width::running() {
            put(&mut out, format_args!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{out}{indent}{line}\n")
}

/// Appends to a text.
pub(crate) fn put(out: &mut String, text: Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = out.write_fmt(text);
}
