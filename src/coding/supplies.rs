//! Supplies: what was injected, with its amount, as dated supply codes and their units. Nothing is guessed: an
//! amount that the note does not document gives a finding and no units.

use jiff::civil::Date;

use crate::Lexicon;
use crate::amount::{Amount, Measure, Unit, decimal};
use crate::lexicon::code_set::Validity;
use crate::lexicon::supplies::{Supplies, SupplyRow};
use crate::model::{
    Analysis, Attribute, Evidence, Finding, Id, Outcome, Procedure, Provenance, Role, Severity, Slot, Span, Status,
    Substance, Supply, SupplyOption,
};

/// Maximum distance, in bytes, of the words that belong to a drug.
const REACH: usize = 120;

/// An amount as the note documents it.
enum DocumentedAmount {
    /// The amount, and the rule that made it of other words.
    Amount(Amount, Option<&'static str>),
    /// Nothing that gives one amount.
    Nothing,
    /// Two amounts that differ.
    Conflict,
}

/// Adds the supplies of every performed procedure, and findings where an amount or a code stays open.
pub(crate) fn add(text: &str, analysis: &mut Analysis, lexicon: &Lexicon) {
    let date = analysis.encounter.service_date;
    let mut supplies = Vec::new();
    let mut findings = Vec::new();
    for (index, procedure) in analysis.encounter.procedures.iter().enumerate() {
        if !matches!(procedure.assertion.status, Status::Performed | Status::Attempted) {
            continue;
        }
        for it in procedure.values(Slot::Substance).filter(|it| is_supplied(procedure, it)) {
            let Some((supply, open)) = supply(text, index, procedure, it, date, lexicon) else { continue };
            findings.extend(open);
            supplies.push(supply);
        }
    }
    waste(text, date, &mut supplies, lexicon);
    analysis.supplies = supplies;
    analysis.findings.extend(findings);
}

/// Decides whether a substance is a supply: it went into the target space; contrast where imaging needs it. Skin
/// anesthetic, sedation and test dose are part of the service.
fn is_supplied(procedure: &Procedure, it: &Attribute) -> bool {
    match it.substance.as_ref().map(|it| it.role) {
        Some(Role::Injectate) => true,
        Some(Role::Contrast) => matches!(procedure.value(Slot::Imaging), Some("fluoroscopy" | "ct" | "mri")),
        _ => false,
    }
}

/// The supply of one substance; none where no row of whatever date is about it.
fn supply(
    text: &str,
    index: usize,
    procedure: &Procedure,
    it: &Attribute,
    date: Option<Date>,
    lexicon: &Lexicon,
) -> Option<(Supply, Option<Finding>)> {
    let substance = it.substance.as_ref()?;
    let rows: Vec<&SupplyRow> = lexicon.supplies.rows.iter().filter(|row| row.substances.contains(&it.value)).collect();
    if rows.is_empty() {
        return None;
    }
    let near = Near::new(text, procedure, it);
    let rows: Vec<&SupplyRow> = rows.into_iter().filter(|row| near.allows(row)).collect();
    let in_force: Vec<&SupplyRow> =
        rows.iter().copied().filter(|row| row.covers(date) && valid(row, date, lexicon)).collect();
    let places = near.places(procedure, &lexicon.supplies);
    let documented = if in_force.iter().any(|row| row.per.measure == Measure::Milliliter) {
        volume(substance)
    } else {
        amount(text, it, substance, &near, lexicon)
    };
    let documented = in_places(documented, places);
    let strength = strength(text, it, substance).and_then(Amount::whole_strength);
    let by_strength = |row: &&&SupplyRow| match (row.strength, strength) {
        (Some((low, high)), Some(it)) => (low..=high).contains(&it),
        (Some(_), None) | (None, _) => true,
    };
    let fits: Vec<&SupplyRow> = in_force.iter().filter(by_strength).copied().collect();
    let (given, rule) = match documented {
        DocumentedAmount::Amount(amount, rule) => (Some(amount), rule),
        _ => (None, None),
    };
    let mut options: Vec<SupplyOption> = fits.iter().filter_map(|row| option(row, given)).collect();
    let code = choose(&fits, &options, given);
    options.sort_by_key(|it| (code.as_ref() != Some(&it.code), it.units));
    let evidence = it.provenance.evidence().to_vec();
    let provenance = match rule {
        Some(rule) => Provenance::Inferred { rule: Id::from(rule), evidence },
        None => Provenance::Explicit { evidence },
    };
    let chosen = fits.iter().find(|row| code.as_ref() == Some(&row.code));
    let supply = Supply {
        procedure: index,
        substance: it.value.clone(),
        amount: given.map(Amount::shown),
        units: code.as_ref().and_then(|_| options.first()).and_then(|it| it.units),
        remark: chosen.or(fits.first()).map(|it| it.remark.clone()).unwrap_or_default(),
        code,
        options,
        modifiers: Vec::new(),
        wasted: None,
        provenance,
    };
    let open = open(&supply, &documented, !in_force.is_empty());
    Some((supply, open))
}

/// Whether the table of supply codes, which a site may have imported, has nothing against a row on the day.
fn valid(row: &SupplyRow, day: Option<Date>, lexicon: &Lexicon) -> bool {
    matches!(lexicon.hcpcs.validity(&row.code, day), Validity::Valid | Validity::NotListed)
}

/// A row with the units that the amount gives; none where the row takes whole multiples only and it is none.
fn option(row: &SupplyRow, given: Option<Amount>) -> Option<SupplyOption> {
    let units = match given {
        Some(given) => Some(given.units(row.per, row.rounds_up)?),
        None => None,
    };
    Some(SupplyOption { code: row.code.clone(), units, rule: row.id.clone(), verified: row.verified })
}

/// The one code that fits: the only one, or the one that represents exactly this amount.
fn choose(rows: &[&SupplyRow], options: &[SupplyOption], given: Option<Amount>) -> Option<String> {
    let given = given?;
    if let ([one], [row]) = (options, rows)
        && row.rounds_up
    {
        return Some(one.code.clone());
    }
    let exact = rows.iter().find(|row| !row.rounds_up && row.per == given)?;
    Some(exact.code.clone())
}

/// The finding about a supply that stays open.
fn open(supply: &Supply, documented: &DocumentedAmount, in_force: bool) -> Option<Finding> {
    let (rule, outcome, message) = match documented {
        _ if !in_force => {
            ("supply-not-in-table", Outcome::Missing, "the table holds no supply code for this drug on the day")
        }
        DocumentedAmount::Conflict => {
            ("supply-amount", Outcome::Conflicting, "the amounts that the note gives of a drug do not agree")
        }
        DocumentedAmount::Nothing => {
            ("supply-amount", Outcome::Missing, "the total amount of an injected drug is not documented")
        }
        DocumentedAmount::Amount(..) if supply.code.is_none() => (
            "supply-choice",
            Outcome::Missing,
            "more than one supply code, or none, fits the documented amount and strength",
        ),
        DocumentedAmount::Amount(..) => return None,
    };
    Some(Finding {
        rule: Id::from(rule),
        procedure: Some(supply.procedure),
        outcome,
        severity: Severity::Advice,
        message: format!("{}: {message}", supply.substance.as_str().replace('_', " ")),
        ask: None,
        evidence: supply.provenance.evidence().to_vec(),
        searched: Vec::new(),
    })
}

/// The amount of a drug: documented, or volume times strength; both must agree.
fn amount(text: &str, it: &Attribute, substance: &Substance, near: &Near, lexicon: &Lexicon) -> DocumentedAmount {
    let (supplies, rates) = (&lexicon.supplies, &lexicon.phrases.drug.rate);
    if near.is_part_of_mixture(supplies) {
        return DocumentedAmount::Nothing;
    }
    let read = |words: &Option<String>| words.as_ref().map(|it| Amount::parse(it));
    // An amount that is written and cannot be read (a range, a fraction) is not replaced by another.
    let dose = match read(&substance.dose) {
        Some(None) => return DocumentedAmount::Nothing,
        Some(_) if substance.dose.as_ref().is_some_and(|it| near.is_rate(it, rates)) => {
            return DocumentedAmount::Nothing;
        }
        Some(it) => it,
        None => dose_in_name(text, it),
    };
    let product = match (read(&substance.volume), strength(text, it, substance)) {
        (Some(Some(volume)), Some(strength))
            if near.gives(substance, &supplies.running)
                && !substance.volume.as_ref().is_some_and(|it| near.is_rate(it, rates) || near.goes_on(it)) =>
        {
            volume.times(strength)
        }
        _ => None,
    };
    match (dose, product) {
        (Some(dose), Some(product)) if dose != product && dose.measure == product.measure => DocumentedAmount::Conflict,
        (Some(dose), _) => DocumentedAmount::Amount(dose, None),
        (None, Some(product)) => DocumentedAmount::Amount(product, Some("volume-times-strength")),
        (None, None) => bare(text, it, substance, lexicon),
    }
}

/// The total of an amount that is given for each of several places.
fn in_places(documented: DocumentedAmount, places: Places) -> DocumentedAmount {
    match (documented, places) {
        (DocumentedAmount::Amount(..), Places::Unknown) => DocumentedAmount::Nothing,
        (DocumentedAmount::Amount(amount, _), Places::Several(count)) => match amount.in_places(count) {
            Some(total) => DocumentedAmount::Amount(total, Some("amount-in-each-place")),
            None => DocumentedAmount::Nothing,
        },
        (documented, _) => documented,
    }
}

/// How many places an amount was given in.
enum Places {
    /// It is the total.
    One,
    /// As many as the note documents sides or levels.
    Several(u64),
    /// Several, and the note does not say how many.
    Unknown,
}

/// Contrast is counted by volume.
fn volume(substance: &Substance) -> DocumentedAmount {
    match substance.volume.as_ref().map(|it| Amount::parse(it)) {
        Some(Some(it)) => DocumentedAmount::Amount(it, None),
        _ => DocumentedAmount::Nothing,
    }
}

/// `80 of Depo`: a number without a unit.
fn bare(text: &str, it: &Attribute, substance: &Substance, lexicon: &Lexicon) -> DocumentedAmount {
    let supplies = &lexicon.supplies;
    if substance.volume.is_some() || !supplies.bare_classes.iter().any(|class| *class == substance.class.as_str()) {
        return DocumentedAmount::Nothing;
    }
    let numbers = it.provenance.evidence().iter().filter_map(|it| {
        let before = text.get(..it.span.start())?.trim_end().strip_suffix(" of")?;
        let digits = before.bytes().rev().take_while(u8::is_ascii_digit).take(4).count();
        let (head, number) = before.split_at(before.len() - digits);
        let alone = head.chars().next_back().is_none_or(char::is_whitespace);
        decimal(number).filter(|_| alone && digits > 0)
    });
    let mut numbers = numbers.map(|it| Unit::named("mg").map(|mg| mg.amount(it)));
    let least = supplies.bare_from * 1_000_000;
    match numbers.next().flatten() {
        Some(it) if it.millionths >= least => DocumentedAmount::Amount(it, Some("bare-steroid-amount")),
        _ => DocumentedAmount::Nothing,
    }
}

/// The strength as written, or as the name documents it: `Kenalog-40`, `Omnipaque 240`.
fn strength(text: &str, it: &Attribute, substance: &Substance) -> Option<Amount> {
    if let Some(written) = &substance.concentration {
        return Amount::parse(written);
    }
    let per_ml = Unit::named("mg/ml")?;
    let number = |it: &Evidence| {
        let (number, after) = number_in_name(text, it.span)?;
        (!after.starts_with("mg") || after.starts_with("mg/") || after.starts_with("mgi")).then_some(number)
    };
    it.provenance.evidence().iter().find_map(number).map(|it| per_ml.amount(it))
}

/// `Kenalog 40 mg`: the number that looks like part of the name is the dose.
fn dose_in_name(text: &str, it: &Attribute) -> Option<Amount> {
    let number = |it: &Evidence| {
        let (number, after) = number_in_name(text, it.span)?;
        let dose = after.strip_prefix("mg")?;
        (!dose.starts_with('/') && !dose.starts_with(|it: char| it.is_alphanumeric())).then_some(number)
    };
    let number = it.provenance.evidence().iter().find_map(number)?;
    Some(Unit::named("mg")?.amount(number))
}

/// The number at the end of a drug's name or just behind it, and what follows it in lower case.
fn number_in_name(text: &str, span: Span) -> Option<(u64, String)> {
    let name = text.get(span.range())?;
    let rest = text.get(span.end()..)?;
    let inside = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (digits, after) = if inside > 0 {
        (&name[name.len() - inside..], rest)
    } else {
        let tail = rest.trim_start_matches([' ', '-', '(', 'M', '®']);
        if rest.len() - tail.len() > 4 {
            return None;
        }
        let count = tail.bytes().take_while(u8::is_ascii_digit).count();
        // Three digits: the iodine of a contrast agent. Shorter numbers begin an amount of something else.
        if count != 3 {
            return None;
        }
        tail.split_at(count)
    };
    let number = decimal(digits)?;
    let after: String = after.trim_start().chars().take(6).collect();
    let goes_on = after.starts_with(['.', '%']) && after[1..].starts_with(|it: char| it.is_ascii_digit());
    (!goes_on && !after.starts_with('%')).then(|| (number, after.to_ascii_lowercase()))
}

/// The words around a drug, in lower case.
struct Near {
    /// The sentences that name the drug.
    sentences: Vec<String>,
    /// The sentences that name the act.
    titles: Vec<String>,
}

impl Near {
    fn new(text: &str, procedure: &Procedure, it: &Attribute) -> Near {
        let around = |it: &Evidence| plain(&text[sentence_range(text, it.span)]);
        Near {
            sentences: it.provenance.evidence().iter().map(around).collect(),
            titles: procedure.assertion.provenance.evidence().iter().map(around).collect(),
        }
    }

    /// The places that the words beside an amount speak of: `1 mL on each side` of both sides is twice 1 mL.
    fn places(&self, procedure: &Procedure, supplies: &Supplies) -> Places {
        let any =
            |list: &[String]| self.sentences.iter().any(|it| list.iter().any(|words| it.contains(words.as_str())));
        if !any(&supplies.per_site) {
            return Places::One;
        }
        let levels: Vec<&Attribute> = procedure.values(Slot::Level).collect();
        let both_sides = procedure.value(Slot::Side) == Some("bilateral");
        let is_both = |it: &&&Attribute| it.side.as_ref().map_or(both_sides, |it| it.as_str() == "bilateral");
        let both = levels.iter().filter(is_both).count();
        match (any(&supplies.per_side), any(&supplies.per_level)) {
            (true, false) if levels.len() <= 1 && (both == 1 || both_sides) => Places::Several(2),
            (false, true) if levels.len() > 1 && both == 0 && !both_sides => Places::Several(levels.len() as u64),
            _ => Places::Unknown,
        }
    }

    /// Whether only a part of a mixture was given: `5 mL in total, of which 3 mL was injected`.
    fn is_part_of_mixture(&self, supplies: &Supplies) -> bool {
        let Some((part, whole)) = &supplies.mixture else { return false };
        let volume = |pattern: &regex::Regex, text: &str| decimal(pattern.captures(text)?.get(1)?.as_str());
        self.sentences.iter().any(|it| match (volume(part, it), volume(whole, it)) {
            (Some(part), Some(whole)) => part < whole,
            _ => false,
        })
    }

    /// Whether what looks like an amount is one of each milliliter or hour.
    fn is_rate(&self, written: &str, rates: &[String]) -> bool {
        let written = plain(written);
        let rate = |after: &str| {
            let after = after.trim_start();
            rates.iter().any(|it| after.starts_with(it.as_str()))
        };
        self.sentences.iter().any(|it| it.match_indices(&written).any(|(at, _)| rate(&it[at + written.len()..])))
    }

    /// Whether another volume is added behind one: `5 cc + 5 cc`.
    fn goes_on(&self, written: &str) -> bool {
        let written = plain(written);
        let added = |after: &str| {
            let after = after.trim_start().strip_prefix('+').map(str::trim_start);
            after.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()))
        };
        self.sentences.iter().any(|it| it.match_indices(&written).any(|(at, _)| added(&it[at + written.len()..])))
    }

    /// Whether volume and strength are in one sentence that documents no running infusion.
    fn gives(&self, substance: &Substance, running: &[String]) -> bool {
        let has =
            |sentence: &str, words: &Option<String>| words.as_ref().is_none_or(|it| sentence.contains(&plain(it)));
        self.sentences.iter().any(|it| {
            has(it, &substance.volume)
                && has(it, &substance.concentration)
                && !running.iter().any(|words| it.contains(words.as_str()))
        })
    }

    /// Whether the words that a row needs are there, and none that it must not have.
    fn allows(&self, row: &SupplyRow) -> bool {
        let has = |words: &String| {
            let word = |it: &str| {
                it.match_indices(words.as_str()).any(|(at, _)| {
                    let before = it[..at].chars().next_back().is_none_or(|it| !it.is_alphanumeric());
                    let after = it[at + words.len()..].chars().next().is_none_or(|it| !it.is_alphanumeric());
                    before && after
                })
            };
            self.sentences.iter().chain(&self.titles).any(|it| word(it))
        };
        (row.only.is_empty() || row.only.iter().any(has)) && !row.unless.iter().any(has)
    }
}

/// In lower case, every gap one blank.
fn plain(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// The sentence around a span, as far as it reaches.
fn sentence_range(text: &str, span: Span) -> std::ops::Range<usize> {
    let mut from = span.start().saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (span.end() + REACH).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let ends = |part: &str| [". ", ".\n", ".\r", "\n\n", "; "].iter().filter_map(|it| part.find(it)).min();
    let starts = |part: &str| [". ", ".\n", ".\r", "\n\n", "; "].iter().filter_map(|it| part.rfind(it)).max();
    let start = starts(&text[from..span.start()]).map_or(from, |it| from + it + 1);
    let end = ends(&text[span.end()..to]).map_or(to, |it| span.end() + it);
    start..end
}

/// Discarded drug, where the note dictates it: the amount goes to the drug named last before it, "none" to all.
fn waste(text: &str, day: Option<Date>, supplies: &mut [Supply], lexicon: &Lexicon) {
    let rules = &lexicon.supplies;
    if supplies.iter().all(|it| it.code.is_none()) || !may_document_waste(text) {
        return;
    }
    let mut documented = false;
    for found in rules.discarded.captures_iter(text).take(20) {
        let (Some(whole), Some(number), Some(unit)) = (found.get(0), found.get(1), found.get(2)) else { continue };
        documented = true;
        let amount = Amount::parse(&format!("{} {}", number.as_str(), unit.as_str()));
        let last = |it: &Supply| {
            it.provenance.evidence().iter().map(|it| it.span.start()).filter(|it| *it < whole.end()).max()
        };
        let from = sentence_range(text, Span::new(whole.start(), whole.end())).start;
        let coded = supplies.iter_mut().filter(|it| it.code.is_some());
        let near: Vec<(usize, &mut Supply)> = coded.filter_map(|it| Some((last(it)?, it))).collect();
        let only = near.len() == 1;
        let Some((at, supply)) = near.into_iter().max_by_key(|it| it.0) else { continue };
        if !only && at < from {
            continue;
        }
        let row = rules.rows.iter().find(|row| supply.options.first().is_some_and(|it| it.rule == row.id));
        let units = row.and_then(|row| amount?.units(row.per, true));
        if units.is_some() {
            supply.wasted = units;
            supply.modifiers = vec![rules.discarded_modifier.clone()];
        }
    }
    let begun = day.is_none_or(|day| rules.none_from.is_none_or(|from| from <= day));
    if !documented && begun && rules.none.is_match(text) && !rules.several_doses.is_match(text) {
        for it in supplies.iter_mut().filter(|it| it.code.is_some()) {
            it.modifiers = vec![rules.none_modifier.clone()];
        }
    }
}

/// A quick look for words of waste.
fn may_document_waste(text: &str) -> bool {
    let finder = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    ["wast", "iscard", "WAST", "ISCARD", "Wast"].into_iter().any(finder)
}
