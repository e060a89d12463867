//! A reviewer's view, on request: the documentation checklist, and coverage policies. Neither changes a code: a
//! code can be right and not payable.

use opnote::amount::Amount;
use opnote::explain::outline::{Outline, outline};
use opnote::lexicon::Error;
use opnote::lexicon::reviews::{ChecklistItem, Policy, PolicyRule};
use opnote::report::{ChecklistAnswer, Coverage, QuotedWords, Requirement};
use opnote::{Analysis, Attribute, Lexicon, Note, Outcome, Procedure, Proposal, Provenance, Role, Slot, Span, Status};

use crate::reading::CompiledReading;

/// Words per answer at the most.
const EVIDENCE: usize = 3;

/// The compiled checklist and the chosen policies.
pub struct Reviewer<'a> {
    lexicon: &'a Lexicon,
    items: Vec<Compiled<'a>>,
    policies: Vec<&'a Policy>,
}

/// An item with its readings made ready.
struct Compiled<'a> {
    item: &'a ChecklistItem,
    readings: Vec<CompiledReading<'a>>,
    absent: Vec<CompiledReading<'a>>,
}

/// What the answers of one note are made of.
struct Reviewed<'a> {
    note: &'a Note,
    analysis: &'a Analysis,
    outline: Outline,
}

/// An answer before it is a row: outcome, why it is not applicable, words.
type Decision = (&'static str, String, Vec<Span>);

impl<'a> Reviewer<'a> {
    /// Makes the checklist ready; an unknown policy or a pattern that is none is an error.
    pub fn new(lexicon: &'a Lexicon, policies: &[String]) -> Result<Reviewer<'a>, Error> {
        let items = lexicon.reviews().items.iter().map(compiled).collect::<Result<_, _>>()?;
        let find = |id: &String| {
            lexicon.reviews().policies.iter().find(|it| it.id == *id).ok_or_else(|| {
                let known: Vec<&str> = lexicon.policies().map(|it| it.0).collect();
                Error::new("policies", format!("no policy \"{id}\" (there are {})", known.join(", ")))
            })
        };
        Ok(Reviewer { lexicon, items, policies: policies.iter().map(find).collect::<Result<_, _>>()? })
    }

    /// The checklist for every performed procedure that has facts.
    pub fn checklist(&self, note: &Note, analysis: &Analysis) -> Vec<ChecklistAnswer> {
        let done = |it: &Procedure| {
            matches!(it.assertion.status, Status::Performed | Status::Attempted) && !it.attributes.is_empty()
        };
        let mut answers = Vec::new();
        if !analysis.encounter.procedures.iter().any(done) {
            return answers;
        }
        let reviewed = Reviewed { note, analysis, outline: outline(note, self.lexicon) };
        for (index, procedure) in analysis.encounter.procedures.iter().enumerate().filter(|it| done(it.1)) {
            answers.extend(self.items.iter().map(|it| self.answer(it, &reviewed, index, procedure)));
        }
        answers
    }

    /// What the chosen policies say of every proposal with a code.
    pub fn coverage(&self, note: &Note, analysis: &Analysis) -> Vec<Coverage> {
        if self.policies.is_empty() {
            return Vec::new();
        }
        let answers = self.checklist(note, analysis);
        let mut found = Vec::new();
        for policy in &self.policies {
            for proposal in &analysis.proposals {
                if let Some(code) = &proposal.code {
                    found.push(covers(policy, code, proposal, analysis, &answers));
                }
            }
        }
        found
    }

    fn answer(&self, it: &Compiled<'_>, of: &Reviewed<'_>, index: usize, procedure: &Procedure) -> ChecklistAnswer {
        let item = it.item;
        let (outcome, because, spans) = self.decide(it, of, index, procedure);
        ChecklistAnswer {
            id: item.id.clone(),
            what: item.what.clone(),
            procedure: index,
            severity: item.severity.clone(),
            outcome: outcome.to_owned(),
            because,
            failed: if matches!(outcome, "missing" | "conflicting") { item.failed.clone() } else { String::new() },
            evidence: spans.into_iter().take(EVIDENCE).filter_map(|it| words(of.note, it)).collect(),
            looked_in: if it.readings.is_empty() { "facts" } else { "note" }.to_owned(),
        }
    }

    fn decide(&self, it: &Compiled<'_>, of: &Reviewed<'_>, index: usize, procedure: &Procedure) -> Decision {
        let item = it.item;
        let not = |because: &str| ("not-applicable", because.to_owned(), Vec::new());
        if !item.elsewhere.is_empty() {
            return not(&item.elsewhere);
        }
        if !item.families.is_empty() && !item.families.iter().any(|it| it == procedure.family.as_str()) {
            return not("another kind of procedure");
        }
        if !item.when.is_empty() && !holds(&item.when, procedure) {
            return not(&format!("asked only when {}", item.when.replace('|', " or ")));
        }
        if let Some(open) = open_finding(&item.finding, of.analysis, index) {
            return open;
        }
        let mut found = Vec::new();
        if let Some((met, spans)) = by_slot(item, procedure, of.analysis, self.lexicon) {
            if !met {
                return ("missing", String::new(), spans);
            }
            found = spans;
        }
        let rests: Vec<Span> = it.absent.iter().flat_map(|it| it.find(of.note, &of.outline, self.lexicon)).collect();
        if !rests.is_empty() {
            return ("conflicting", String::new(), rests);
        }
        match self.read(it, of) {
            // Words of the statements before those of the fact, which other items show.
            Some(words) => ("met", String::new(), words.into_iter().chain(found).collect()),
            None => ("missing", String::new(), Vec::new()),
        }
    }

    /// The words of the readings: some of every part; none where a part is not there.
    fn read(&self, it: &Compiled<'_>, of: &Reviewed<'_>) -> Option<Vec<Span>> {
        let mut parts: Vec<u8> = it.readings.iter().map(|it| it.reading.part).collect();
        parts.sort_unstable();
        parts.dedup();
        let of_part = |part: u8| {
            let readings = it.readings.iter().filter(|it| it.reading.part == part);
            let found: Vec<Span> = readings.flat_map(|it| it.find(of.note, &of.outline, self.lexicon)).collect();
            (!found.is_empty()).then_some(found)
        };
        let found: Vec<Vec<Span>> = parts.into_iter().map(of_part).collect::<Option<_>>()?;
        // One of each part first, so that the few words that are shown speak for all of them.
        let firsts = found.iter().filter_map(|it| it.first().copied());
        let others = found.iter().flat_map(|it| it.iter().skip(1).copied());
        Some(firsts.chain(others).collect())
    }
}

fn compiled(item: &ChecklistItem) -> Result<Compiled<'_>, Error> {
    let fault = |what: String| Error::new("checklist.toml", format!("item {}: {what}", item.id));
    let readings = item.reading.iter().map(CompiledReading::new).collect::<Result<_, _>>().map_err(fault)?;
    let absent = item.absent.iter().map(CompiledReading::new).collect::<Result<_, _>>().map_err(fault)?;
    Ok(Compiled { item, readings, absent })
}

fn words(note: &Note, span: Span) -> Option<QuotedWords> {
    let quote = note.text.get(span.range())?.to_owned();
    Some(QuotedWords { start: span.start(), end: span.end(), quote })
}

/// Whether `slot=value|value` holds of a procedure.
fn holds(when: &str, procedure: &Procedure) -> bool {
    let Some((slot, values)) = when.split_once('=') else { return false };
    let value = Slot::named(slot).and_then(|it| procedure.value(it)).unwrap_or_default();
    values.split('|').any(|it| it == value)
}

/// A question of the family that is open makes the answer.
fn open_finding(rule: &str, analysis: &Analysis, index: usize) -> Option<Decision> {
    let of = |it: &&opnote::Finding| it.rule.as_str() == rule && it.procedure == Some(index);
    let it = analysis.findings.iter().find(of).filter(|it| it.outcome != Outcome::Met)?;
    let outcome = if it.outcome == Outcome::Missing { "missing" } else { "conflicting" };
    Some((outcome, String::new(), it.evidence.iter().map(|it| it.span).collect()))
}

/// The answer of the facts; none where the item names no fact.
fn by_slot(
    item: &ChecklistItem,
    procedure: &Procedure,
    analysis: &Analysis,
    lexicon: &Lexicon,
) -> Option<(bool, Vec<Span>)> {
    let spans =
        |list: &[&Attribute]| list.iter().flat_map(|it| it.provenance.evidence()).map(|it| it.span).collect::<Vec<_>>();
    let with_role = |role: Role| {
        let of = |it: &&Attribute| it.substance.as_ref().is_some_and(|it| it.role == role);
        procedure.values(Slot::Substance).filter(of).collect::<Vec<_>>()
    };
    let with_class = |class: &str| {
        let of = |it: &&Attribute| {
            it.substance.as_ref().is_some_and(|it| it.role == Role::Injectate && it.class.as_str() == class)
        };
        procedure.values(Slot::Substance).filter(of).collect::<Vec<_>>()
    };
    let done = |it: &&Procedure| matches!(it.assertion.status, Status::Performed | Status::Attempted);
    let performed: Vec<&Procedure> = analysis.encounter.procedures.iter().filter(done).collect();
    Some(match item.slot.as_str() {
        "" => return None,
        "service_date" => (analysis.encounter.service_date.is_some(), Vec::new()),
        "substance" => {
            let given = with_role(Role::Injectate);
            (!given.is_empty(), spans(&given))
        }
        "substance_amount" => {
            let given = with_role(Role::Injectate);
            let documented =
                |it: &&Attribute| it.substance.as_ref().is_some_and(|it| it.dose.is_some() || it.volume.is_some());
            (!given.is_empty() && given.iter().all(documented), spans(&given))
        }
        "contrast_volume" => {
            let given = with_role(Role::Contrast);
            let documented = |it: &&Attribute| it.substance.as_ref().is_some_and(|it| it.volume.is_some());
            (given.iter().any(documented), spans(&given))
        }
        "skin" => {
            let given = with_role(Role::Skin);
            (!given.is_empty(), spans(&given))
        }
        "no_neurolytic" => {
            let given = with_class("neurolytic");
            (given.is_empty(), spans(&given))
        }
        "no_biologic" => {
            let given = with_class("biologic");
            (given.is_empty(), spans(&given))
        }
        "no_conflict" => {
            let open: Vec<Span> = analysis
                .findings
                .iter()
                .filter(|it| it.outcome == Outcome::Conflicting)
                .flat_map(|it| it.evidence.iter().map(|it| it.span))
                .collect();
            (open.is_empty(), open)
        }
        "diagnosis" => {
            let documented =
                analysis.diagnoses.iter().flat_map(|it| it.provenance.evidence()).map(|it| it.span).collect::<Vec<_>>();
            (!documented.is_empty(), documented)
        }
        "one_act" => (performed.len() == 1 && primary_codes(analysis, lexicon) <= 1, Vec::new()),
        "one_region" => {
            let same = |it: &&&Procedure| it.family == procedure.family;
            let levels = procedure.values(Slot::Level).count();
            (performed.iter().filter(same).count() == 1 && levels <= 1, Vec::new())
        }
        name => {
            let slot = Slot::named(name)?;
            let documented = |it: &&Attribute| {
                let weak = |rule: &opnote::Id| item.not_by.iter().any(|it| it == rule.as_str());
                let words = it.provenance.evidence();
                let by_words = !words.is_empty() && words.iter().all(|it| weak(&it.rule));
                let concluded = it.provenance.rule().is_some_and(weak) || by_words;
                !matches!(it.provenance, Provenance::Assumed { .. }) && it.value.as_str() != "unknown" && !concluded
            };
            let documented: Vec<&Attribute> = procedure.values(slot).filter(documented).collect();
            (!documented.is_empty(), spans(&documented))
        }
    })
}

/// Number of proposed codes that are no add-on codes.
fn primary_codes(analysis: &Analysis, lexicon: &Lexicon) -> usize {
    let mut codes: Vec<&str> = analysis.proposals.iter().filter_map(|it| it.code.as_deref()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().filter(|it| lexicon.primary_codes(it).is_empty()).count()
}

/// What a policy says of a proposal.
fn covers(
    policy: &Policy,
    code: &str,
    proposal: &Proposal,
    analysis: &Analysis,
    answers: &[ChecklistAnswer],
) -> Coverage {
    let answer = |outcome: &str, because: String, rules: Vec<Requirement>| Coverage {
        policy: policy.id.clone(),
        procedure: proposal.procedure,
        code: code.to_owned(),
        outcome: outcome.to_owned(),
        because,
        verified: policy.verified && policy.body.rule.iter().all(|it| it.source != "general-knowledge"),
        rules,
    };
    let Some(procedure) = analysis.encounter.procedures.get(proposal.procedure) else {
        return answer("not-applicable", String::new(), Vec::new());
    };
    if let Some(because) = outside(policy, procedure, analysis) {
        return answer("not-applicable", because, Vec::new());
    }
    if !policy.body.authorization.is_empty() {
        return if policy.body.authorization.iter().any(|it| it == code) {
            answer("authorization", scope_of(policy), Vec::new())
        } else {
            answer("not-applicable", "the program does not list this code".to_owned(), Vec::new())
        };
    }
    let rules: Vec<Requirement> = policy
        .body
        .rule
        .iter()
        .map(|it| Requirement {
            id: it.id.clone(),
            what: it.what.clone(),
            outcome: requirement(it, proposal.procedure, analysis, answers).to_owned(),
            source: it.source.clone(),
        })
        .collect();
    if !policy.body.covered.iter().any(|it| it == code) {
        return answer(
            "not-supported",
            "the policy does not list this code; the code may be right all the same".to_owned(),
            rules,
        );
    }
    let count = |outcome: &[&str]| rules.iter().filter(|it| outcome.contains(&it.outcome.as_str())).count();
    let (missing, open) = (count(&["missing", "conflicting"]), count(&["open"]));
    match (missing, open) {
        (0, 0) => answer("supported", "every requirement is met".to_owned(), rules),
        (0, open) => answer("open", format!("{open} of {} cannot be shown by one note", rules.len()), rules),
        _ => answer("not-supported", format!("{missing} of {} not documented", rules.len()), rules),
    }
}

/// The states and settings of a program, which a note rarely documents.
fn scope_of(policy: &Policy) -> String {
    let list = |name: &str, values: &[String]| match values {
        [] => String::new(),
        values => format!("; {name}: {}", values.join(", ")),
    };
    let (states, settings) = (list("states", &policy.body.states), list("settings", &policy.body.settings));
    format!("to be authorized before it is done, or reviewed before it is paid{states}{settings}")
}

/// Why a policy does not apply to a procedure; none where it does.
fn outside(policy: &Policy, procedure: &Procedure, analysis: &Analysis) -> Option<String> {
    let body = &policy.body;
    if !body.families.is_empty() && !body.families.iter().any(|it| it == procedure.family.as_str()) {
        return Some("another kind of procedure".to_owned());
    }
    let day = analysis.encounter.service_date;
    if day.is_some_and(|day| day < policy.from || policy.until.is_some_and(|it| it <= day)) {
        return Some("not in force on the date of service".to_owned());
    }
    let value = |slot: Slot| procedure.value(slot).unwrap_or_default();
    if body.exempt_purposes.iter().any(|it| it == value(Slot::Purpose)) {
        return Some("not about procedures for this purpose".to_owned());
    }
    if body.exempt_deliveries.iter().any(|it| it == value(Slot::Delivery)) {
        return Some("not about catheters that stay".to_owned());
    }
    let of_class = |it: &Attribute| {
        it.substance.as_ref().is_some_and(|it| {
            it.role == Role::Injectate && body.classes.iter().any(|class| *class == it.class.as_str())
        })
    };
    if !body.classes.is_empty() && !procedure.values(Slot::Substance).any(of_class) {
        return Some("no drug of the kind that the policy is about".to_owned());
    }
    None
}

/// How a requirement came out.
fn requirement(rule: &PolicyRule, index: usize, analysis: &Analysis, answers: &[ChecklistAnswer]) -> &'static str {
    let outcome = |id: &String| {
        let answer = answers.iter().find(|it| it.id == *id && it.procedure == index);
        answer.map_or(("missing", ""), |it| (it.outcome.as_str(), it.because.as_str()))
    };
    let has =
        |list: &[String]| analysis.diagnoses.iter().any(|it| list.iter().any(|name| name == it.condition.as_str()));
    if !rule.only_if.is_empty() && outcome(&rule.only_if).0 != "met" || has(&rule.except_conditions) {
        return "not-applicable";
    }
    if !rule.conditions.is_empty() {
        let radicular = analysis.diagnoses.iter().any(|it| {
            let documented = |axis: &str| it.details.iter().any(|it| it.0.as_str() == axis && it.1.as_str() == "yes");
            documented("radiculopathy") || documented("claudication")
        });
        let met = has(&rule.conditions) || radicular && has(&rule.conditions_if_radicular);
        return if met { "met" } else { "missing" };
    }
    if !rule.ceilings.is_empty() {
        return within(rule, index, analysis);
    }
    let outcomes: Vec<&str> = rule.all_of.iter().chain(&rule.any_of).map(|it| outcome(it).0).collect();
    let needed = if rule.any_of.is_empty() { outcomes.len() } else { 1 };
    let met = outcomes.iter().filter(|it| **it == "met").count();
    let asked = outcomes.iter().filter(|it| **it != "not-applicable").count();
    match () {
        () if met >= needed.min(asked) && met > 0 => "met",
        () if outcomes.contains(&"conflicting") => "conflicting",
        () if asked == 0 => "open",
        () => "missing",
    }
}

/// Whether every steroid is within its ceiling.
fn within(rule: &PolicyRule, index: usize, analysis: &Analysis) -> &'static str {
    let mut outcome = "not-applicable";
    for it in analysis.supplies.iter().filter(|it| it.procedure == index) {
        let Some(ceiling) = rule.ceilings.get(it.substance.as_str()).and_then(|it| Amount::parse(it)) else { continue };
        match it.amount.as_deref().and_then(Amount::parse) {
            Some(given) if given.measure == ceiling.measure && given.millionths > ceiling.millionths => {
                return "missing";
            }
            Some(_) if outcome != "open" => outcome = "met",
            Some(_) => {}
            None => outcome = "open",
        }
    }
    outcome
}
