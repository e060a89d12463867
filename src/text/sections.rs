//! Headings and bodies; the kind of each.

use std::ops::Range;

use crate::lexicon::sections::{DefaultAssertion, Sections, heading_key};
use crate::text::normalize::{NormalizedText, TextLine, typical_width};

/// A stretch of the normalized text under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// Index of the kind; none for text without a known heading.
    pub kind: Option<usize>,
    /// The heading with its colon; empty where there is none.
    pub heading: Range<usize>,
    /// Text under the heading.
    pub body: Range<usize>,
}

/// Words that open a line as a heading also where a full stop replaces the colon.
const HEADINGS: [&str; 10] = [
    "Technique",
    "Procedure",
    "Description",
    "Narrative",
    "Indication",
    "Indications",
    "History",
    "Consent",
    "Plan",
    "Findings",
];

/// Longest heading that is looked at, in bytes.
const MAX_HEADING: usize = 60;

/// A note of this many lines has no sections to speak of.
const FEW_LINES: usize = 3;

/// So has one paragraph of this many bytes, however its lines are broken.
const FEW_BYTES: usize = 300;

/// How much of a paragraph is looked at for the words that open a narrative.
const MAX_OPENING: usize = 140;

/// A title in one line is no longer than this.
const ONE_LINE: usize = 160;

/// How much of it is looked at for words of doing.
const MAX_PARAGRAPH: usize = 800;
const MAX_PARAGRAPH_LINES: usize = 30;

/// A procedure heading with a body longer than this is a narrative, not a title.
const MAX_TITLE: usize = 280;

/// Cuts the text into sections, in order and without gaps.
pub(crate) fn sections(normalized: &NormalizedText, kinds: &Sections) -> Vec<Section> {
    let mut found = Vec::new();
    let text = &normalized.text;
    let width = typical_width(normalized);
    open(&mut found, first_line_title(normalized, width, kinds), 0..0);
    if let Some(end) = capitals_before_text(text).filter(|_| found[0].kind.is_none()) {
        found[0].kind = Some(kinds.title);
        open(&mut found, None, end..end);
    }
    // The kind of section that a list is in: a label inside one item says nothing of the next.
    let mut list: Option<Option<usize>> = None;
    // Whether a label inside the paragraph interrupts the narrative.
    let mut interrupted = false;
    // What goes on behind the value of a label inside the paragraph, where the value is not yet at its end.
    let mut resumed: Option<Resumed> = None;
    for (index, line) in normalized.lines.iter().enumerate() {
        let end = normalized.lines.get(index + 1).map_or(text.len(), |it| it.start);
        let heading = line_heading(text, line.start, end, kinds).filter(|it| {
            // `blood and` / `CSF. The needle`: capitals and a full stop inside a wrapped sentence are its end.
            text[..it.1.end].ends_with([':', ' ']) || !text[..it.1.end].ends_with('.') || starts_line(text, *line)
        });
        let is_item = item_marker(&text[line.start..end]).is_some();
        let closes_short = line.after_blank && found.last().is_some_and(|it| is_short(it, kinds))
            || found.last().is_some_and(|it| ends_with_its_line(it, normalized, (index, width), kinds));
        let here = found.last().map(|it| if closes_short { None } else { it.kind });
        match (is_item, list) {
            (true, Some(kind)) if here != Some(kind) => open(&mut found, kind, line.start..line.start),
            (true, None) => list = here,
            (false, _) if line.after_blank || heading.is_some() => list = None,
            _ => {}
        }
        match heading {
            Some((kind, heading)) => open(&mut found, kind, heading),
            None if opens_narrative(&found, text, line.start, end, kinds)
                || line.after_blank && describes_doing(&found, normalized, index, kinds) =>
            {
                open(&mut found, None, line.start..line.start);
            }
            None if closes_short => open(&mut found, None, line.start..line.start),
            None if index == 1
                && found.len() == 1
                && found[0].kind.is_some()
                && !goes_on_with_title(text, &normalized.lines, kinds) =>
            {
                open(&mut found, None, line.start..line.start);
            }
            None => {}
        }
        interrupted &= !line.after_blank && found.last().is_some_and(|it| it.body.start < line.start);
        if interrupted && let Some(at) = narrative_from(text, line.start, end, kinds) {
            open(&mut found, Some(kinds.technique), at..at);
            interrupted = false;
        }
        if line.after_blank || found.last().is_some_and(|it| it.body.start >= line.start) {
            resumed = None;
        }
        if let Some(Resumed { kind }) = resumed
            && let Some(stop) = end_of_value(text, line.start, end)
        {
            open(&mut found, kind, stop..stop);
            resumed = None;
        }
        interrupted |= inline_headings(&mut found, text, line.start, end, kinds, &mut resumed);
    }
    close(&mut found, text.len());
    let one_paragraph = || text.len() <= FEW_BYTES && !normalized.lines.iter().any(|it| it.after_blank);
    if normalized.lines.len() <= FEW_LINES || one_paragraph() {
        found = asides(found, text, kinds);
    }
    found.retain(|it| !it.body.is_empty() || !it.heading.is_empty());
    found = found.into_iter().flat_map(|it| split_title(it, normalized, kinds)).collect();
    for section in &mut found {
        retitle(section, normalized, kinds);
        place_of_the_act(section, normalized, kinds);
        read_as_performed(section, normalized, kinds);
    }
    title_of_a_study(&mut found, normalized, kinds);
    drugs_of_the_act(&mut found, normalized, kinds);
    found
}

/// `MEDS` after the technique are what was injected, not what the patient takes at home.
fn drugs_of_the_act(found: &mut [Section], normalized: &NormalizedText, kinds: &Sections) {
    let mut documented = false;
    for it in found {
        let key = heading_key(&normalized.text[it.heading.clone()]);
        if documented
            && it.kind == Some(kinds.medications)
            && matches!(key.trim_end_matches(':'), "meds" | "medications" | "medication")
        {
            it.kind = Some(kinds.injectate);
        }
        documented |= it.kind == Some(kinds.technique);
    }
}

/// In a note of a line or two `ALLERGY: phenol.` is an aside: it ends with its sentence.
fn asides(found: Vec<Section>, text: &str, kinds: &Sections) -> Vec<Section> {
    let mut cut = Vec::with_capacity(found.len());
    for section in found {
        let is_aside = !is_all_plan(&section, kinds)
            && section.kind.is_some_and(|it| kinds.kinds[it].weight == 0 || kinds.kinds[it].short);
        match text[section.body.clone()].find(". ").filter(|_| is_aside && !section.heading.is_empty()) {
            Some(stop) => {
                let at = section.body.start + stop + 1;
                cut.push(Section { body: section.body.start..at, ..section.clone() });
                cut.push(Section { kind: None, heading: at..at, body: at..section.body.end });
            }
            None => cut.push(section),
        }
    }
    cut
}

/// A paragraph that a note opens with as `Plan: …` documents nothing but plans, whatever labels are in it.
fn is_all_plan(section: &Section, kinds: &Sections) -> bool {
    section.heading.start == 0
        && !section.heading.is_empty()
        && section.kind.is_some_and(|it| kinds.kinds[it].default == DefaultAssertion::Planned)
}

/// Whether a line below a history, an indication or the like starts to document what was done.
fn opens_narrative(found: &[Section], text: &str, start: usize, end: usize, kinds: &Sections) -> bool {
    let Some(section) = found.last().filter(|it| it.kind.is_some_and(|kind| kinds.kinds[kind].weight == 0)) else {
        return false;
    };
    let first = start + item_marker(&text[start..end]).unwrap_or(0);
    if start <= section.body.start + 2 || !starts_sentence(text, start, first) {
        return false;
    }
    // The sentence may go on in the next line: where it is wrapped says nothing.
    let head = &text[start..floor(text, start + MAX_OPENING)];
    let stop = head.find(". ").unwrap_or(head.len()).max(floor(head, end - start));
    kinds.opens(&head[..stop])
}

/// Whether a paragraph below a history, an indication or the like documents what was done: by so many words of doing.
fn describes_doing(found: &[Section], normalized: &NormalizedText, line: usize, kinds: &Sections) -> bool {
    const ENOUGH: usize = 4;
    let below = found.last().is_some_and(|it| it.kind.is_some_and(|kind| kinds.kinds[kind].weight == 0));
    if !below {
        return false;
    }
    let start = normalized.lines[line].start;
    let rest = normalized.lines[line + 1..].iter().take(MAX_PARAGRAPH_LINES);
    let end = rest.take_while(|it| !it.after_blank).last().map_or(start, |it| it.start);
    let end =
        normalized.lines.iter().skip(line + 1).find(|it| it.start > end).map_or(normalized.text.len(), |it| it.start);
    kinds.describes_doing(&normalized.text[start..floor(&normalized.text, end.min(start + MAX_PARAGRAPH))], ENOUGH)
}

/// A heading without what stands in brackets behind it: `Prior procedure (01/09/2024, copied)`.
fn before_bracket(heading: &str) -> &str {
    heading.split_once('(').map_or(heading, |it| it.0)
}

/// The length of the marker of a list item (`2. `, `b) `, `(a) `).
fn item_marker(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    if let Some(length) = clock_time(bytes) {
        return Some(length);
    }
    let open = usize::from(bytes.first() == Some(&b'('));
    let digits = bytes[open..].iter().take_while(|it| it.is_ascii_digit()).count();
    let name = if digits > 0 { digits } else { usize::from(bytes.get(open).is_some_and(u8::is_ascii_alphabetic)) };
    let end = open + name;
    let closes = match bytes.get(end) {
        Some(b')') => true,
        Some(b'.') => open == 0 && digits > 0,
        _ => false,
    };
    (name > 0 && name <= 2 && closes && bytes.get(end + 1) == Some(&b' ')).then_some(end + 2)
}

/// The length of a time of day at the start of a line (`1438 `, `08:10 `): each such line is an item of its own.
fn clock_time(line: &[u8]) -> Option<usize> {
    let hours = line.iter().take(2).take_while(|it| it.is_ascii_digit()).count();
    let colon = usize::from(matches!(line.get(hours), Some(b':' | b'.')));
    let minutes = line[hours + colon..].iter().take_while(|it| it.is_ascii_digit()).count();
    let end = hours + colon + minutes;
    let valid = minutes == 2 && (hours == 2 || hours == 1 && colon == 1) && line.get(end) == Some(&b' ');
    (valid && line.first().is_some_and(|it| *it <= b'2')).then_some(end + 1)
}

/// Whether a line begins something: after a blank line, or after the end of a sentence or of a heading.
fn starts_line(text: &str, line: TextLine) -> bool {
    line.start == 0 || line.after_blank || text[..line.start].trim_end().ends_with(['.', ':', ';', '!', '?', ')'])
}

/// Whether the second line is the rest of a title that a hard wrap broke: below a word that ends no title, or in lower
/// case below a capital and the last of its paragraph.
fn goes_on_with_title(text: &str, lines: &[TextLine], kinds: &Sections) -> bool {
    let [_, second, ..] = lines else { return false };
    let last = text[..second.start].trim_end().rsplit(' ').next().unwrap_or("").to_ascii_lowercase();
    if !second.after_blank && kinds.unfinished.contains(&last) {
        return true;
    }
    let is_rest = text.starts_with(|it: char| it.is_ascii_uppercase())
        && text[second.start..].starts_with(|it: char| it.is_ascii_lowercase());
    is_rest && !second.after_blank && lines.get(2).is_some_and(|it| it.after_blank)
}

/// Whether a line, or the item whose text starts at `first`, begins a sentence after the end of another.
fn starts_sentence(text: &str, start: usize, first: usize) -> bool {
    let before = text[..start].trim_end();
    text[first..].starts_with(|it: char| it.is_ascii_uppercase()) && before.ends_with(['.', ':', '!', '?', ')'])
}

/// A report of radiology names the act under `EXAM:`: its first section, where a technique follows.
fn title_of_a_study(found: &mut [Section], normalized: &NormalizedText, kinds: &Sections) {
    let has_technique = found.iter().any(|it| it.kind == Some(kinds.technique));
    let Some(first) =
        found.iter_mut().find(|it| it.kind.is_some_and(|kind| kind != kinds.title && !kinds.kinds[kind].short))
    else {
        return;
    };
    let heading = heading_key(&normalized.text[first.heading.clone()]);
    let names_study = matches!(heading.trim_end_matches(':'), "exam" | "examination" | "study");
    if has_technique && names_study && first.kind == Some(kinds.examination) && first.body.len() <= MAX_TITLE {
        first.kind = Some(kinds.title);
    }
}

/// Whether a label whose value is in its own line ends with that line: the next one begins anew.
fn ends_with_its_line(
    section: &Section,
    normalized: &NormalizedText,
    (line, width): (usize, usize),
    kinds: &Sections,
) -> bool {
    let ends = is_short(section, kinds) || section.kind == Some(kinds.medications);
    let Some(before) = line.checked_sub(1).map(|it| normalized.lines[it].start).filter(|_| ends) else { return false };
    let start = normalized.lines[line].start;
    let value = &normalized.text[section.heading.end.min(start)..start];
    let begins = normalized.text[start..].starts_with(|it: char| it.is_ascii_uppercase() || it.is_ascii_digit());
    section.heading.start == before
        && !section.heading.is_empty()
        && begins
        && item_marker(&normalized.text[start..]).is_none()
        && !value.trim().is_empty()
        && (start - before) * 10 < width * 7
        && !value.trim_end().ends_with([',', ':', ';', '-'])
}

fn is_short(section: &Section, kinds: &Sections) -> bool {
    section.kind.is_some_and(|it| kinds.kinds[it].short)
}

fn open(found: &mut Vec<Section>, kind: Option<usize>, heading: Range<usize>) {
    close(found, heading.start);
    let body = heading.end..heading.end;
    found.push(Section { kind, heading, body });
}

fn close(found: &mut [Section], end: usize) {
    if let Some(last) = found.last_mut() {
        last.body.end = end.max(last.body.start);
    }
}

/// A note may open with its title: a short line without a colon, followed by more lines.
fn first_line_title(normalized: &NormalizedText, width: usize, kinds: &Sections) -> Option<usize> {
    let second = normalized.lines.get(1)?;
    let end = second.start;
    // A line that a hard wrap broke off is the start of a paragraph.
    let goes_on = normalized.text[end..].starts_with(|it: char| it.is_ascii_lowercase() || it.is_ascii_digit());
    if !second.after_blank && goes_on && end * 10 >= width * 8 {
        return None;
    }
    let line = normalized.text[..end].trim_end();
    let is_caps = !line.bytes().any(|it| it.is_ascii_lowercase());
    let is_title = line.len() < 120 && !line.contains(':') && (is_caps || !line.ends_with('.') && !is_running(line));
    is_title.then_some(kinds.title)
}

/// The end of the capitals that a paragraph opens with in the stead of a title: `STELLATE BLOCK, RIGHT The patient …`.
fn capitals_before_text(text: &str) -> Option<usize> {
    const LONGEST: usize = 120;
    let is_caps = |it: &&str| !it.bytes().any(|it| it.is_ascii_lowercase() || matches!(it, b':' | b'.' | b';'));
    let head = &text[..floor(text, LONGEST)];
    let mut end = 0;
    let mut words = 0;
    for word in head.split_inclusive(' ').take_while(is_caps) {
        end += word.len();
        words += usize::from(word.trim_end().bytes().filter(u8::is_ascii_alphabetic).count() > 2);
    }
    let mut next = text[end..].bytes();
    let opens =
        next.next().is_some_and(|it| it.is_ascii_uppercase()) && next.next().is_some_and(|it| it.is_ascii_lowercase());
    (words >= 2 && end < head.len() && opens).then_some(end)
}

/// Whether a sentence ends inside a line, or is in the past tense: then it is running text, and no title.
fn is_running(line: &str) -> bool {
    line.contains(" was ")
        || line.contains(" were ")
        || line.match_indices(". ").any(|(at, _)| {
            let before = line[..at].rsplit(' ').next().unwrap_or("");
            before.len() > 2 && line[at + 2..].starts_with(|it: char| it.is_ascii_uppercase())
        })
}

/// A heading at the start of a line: known words (or capitals) before a colon, or known words alone.
fn line_heading(text: &str, start: usize, end: usize, kinds: &Sections) -> Option<(Option<usize>, Range<usize>)> {
    let line = &text[start..end];
    if let Some(length) = addendum_heading(line, kinds) {
        return Some((kinds.correction, start..start + length));
    }
    let head = &line[..floor(line, MAX_HEADING)];
    // `Procedure (x-ray room 2, 14:00): prone …`: a remark between the heading and its colon.
    if let Some(open) = head.find(" (")
        && let Some(close) = head[open..].find("):").map(|it| open + it)
        && let Some(kind) = kinds.exact(&heading_key(&head[..open]))
    {
        return Some((Some(kind), start..start + close + 2));
    }
    if let Some(colon) = head.find(':') {
        let heading = &head[..colon];
        let after = line[colon..].trim_start_matches(':');
        let is_clock =
            heading.ends_with(|it: char| it.is_ascii_digit()) && after.starts_with(|it: char| it.is_ascii_digit());
        if is_clock || heading.split_whitespace().count() > 7 || ends_a_sentence(heading) {
            return None;
        }
        let length = line.len() - after.len();
        let key = heading_key(heading);
        let known =
            kinds.exact(&key).or_else(|| kinds.containing(&key).filter(|_| !before_bracket(heading).contains(',')));
        return match known {
            Some(kind) => Some((Some(kind), start..start + length)),
            // An unknown label: it ends what is above it, and its own value is read as plain text.
            None if is_label(heading) => Some((None, start..start)),
            None => None,
        };
    }
    // `PROCEDURE. In his own bed …`: capitals and a full stop do for a colon.
    if let Some(stop) = head.find(". ").filter(|it| *it > 2 && !head[..*it].bytes().any(|it| it.is_ascii_lowercase())) {
        let rest_is_text = line[stop..].bytes().any(|it| it.is_ascii_lowercase());
        if let Some(kind) = kinds.exact(&heading_key(&head[..stop])).filter(|_| rest_is_text) {
            return Some((Some(kind), start..start + stop + 1));
        }
    }
    // `Technique. Prone, monitors.`: a word that is nothing but a heading.
    if let Some(stop) = head.find(". ").filter(|it| HEADINGS.contains(&&head[..*it]))
        && let Some(kind) = kinds.exact(&heading_key(&head[..stop]))
    {
        return Some((Some(kind), start..start + stop + 1));
    }
    // `PROCEDURE NOTE - thoracic epidural`: a dash does for a colon.
    if let Some(dash) = head.find(" - ").filter(|it| head[..*it].split(' ').count() <= 4)
        && let Some(kind) = kinds.exact(&heading_key(&head[..dash]))
    {
        return Some((Some(kind), start..start + dash + 3));
    }
    let whole = line.trim_end();
    let is_upper = !whole.bytes().any(|it| it.is_ascii_lowercase());
    if whole.len() > MAX_HEADING || whole.starts_with(['-', '*', '+']) || !(is_upper || whole.split(' ').count() <= 4) {
        return None;
    }
    // `PROCEDURE 02/20/2024`: a date behind a heading.
    if let Some((heading, last)) = whole.rsplit_once(' ')
        && is_date(last)
        && let Some(kind) = kinds.exact(&heading_key(heading.trim_end_matches(['-', ' '])))
    {
        return Some((Some(kind), start..start + whole.len()));
    }
    let key = heading_key(whole.trim_end_matches('.'));
    let few = whole.split(' ').count() <= 4;
    let known = kinds.exact(&key).or_else(|| kinds.containing(&key).filter(|_| is_upper && few));
    known.map(|kind| (Some(kind), start..start + whole.len()))
}

/// Whether a word is a date in figures.
fn is_date(word: &str) -> bool {
    let word = word.trim_matches(['(', ')']);
    let parts = word.split(['/', '-', '.']).filter(|it| (1..=4).contains(&it.len()));
    word.len() >= 6 && parts.count() == 3 && word.bytes().all(|it| it.is_ascii_digit() || b"/-.".contains(&it))
}

/// Length of the heading of an addendum, its time and author included: `ADDENDUM 03/15 17:25, W. Smith MD:`.
fn addendum_heading(line: &str, kinds: &Sections) -> Option<usize> {
    if !line.starts_with(|it: char| it.is_ascii_uppercase()) {
        return None;
    }
    let ends = line.match_indices(' ').map(|it| it.0).take(2);
    let word = ends.map(|it| &line[..it]).find(|it| {
        let kind = kinds.exact(&heading_key(it));
        kind.is_some() && kind == kinds.correction
    })?;
    if line[word.len()..].starts_with(" of ") {
        return None;
    }
    let bytes = line.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let head = &line[..floor(line, MAX_OPENING)];
    let in_clock = |at: usize| at > 0 && is_digit(at - 1) && is_digit(at + 1);
    let colon = head.match_indices(':').map(|it| it.0).find(|it| !in_clock(*it));
    let dash = head.find(" - ").map(|it| it + 2);
    Some(colon.or(dash).map_or(word.len(), |it| it + 1))
}

/// `fluoroscopy. Date of service:`: what is before a label inside a paragraph, not the number of a heading.
fn ends_a_sentence(heading: &str) -> bool {
    let before = heading.find(". ").map(|it| &heading[..it]);
    before.is_some_and(|it| it.bytes().rev().take_while(u8::is_ascii_lowercase).count() >= 4)
}

/// A label is a few words that start with a capital.
fn is_label(heading: &str) -> bool {
    heading.starts_with(|it: char| it.is_ascii_uppercase() || it.is_ascii_digit())
        && heading.split_whitespace().count() <= 5
}

/// Headings inside a line (`PROCEDURE: … DESCRIPTION: …`): known words with a capital, after a sentence end.
/// Whether one of them interrupts the narrative to the end of the line: `Purpose: …. The back was prepped`.
/// `resumed` is set where the value of a label goes on in the next line.
fn inline_headings(
    found: &mut Vec<Section>,
    text: &str,
    start: usize,
    end: usize,
    kinds: &Sections,
    resumed: &mut Option<Resumed>,
) -> bool {
    let mut interrupted = false;
    let mut from = start;
    while let Some(colon) = memchr::memchr(b':', &text.as_bytes()[from..end]).map(|it| from + it) {
        let limit = ceil(text, colon.saturating_sub(MAX_HEADING).max(start));
        let before = &text[limit..colon];
        let cut = before.rfind(['.', ';', '!', '?', ']', ')', '|', ',']).map_or(0, |it| it + 1);
        let heading = before[cut..].trim_start();
        let heading_start = colon - heading.len();
        let inside = found.last().is_some_and(|it| heading_start >= it.body.start && heading_start > start);
        if inside
            && heading.starts_with(|it: char| it.is_ascii_uppercase())
            && !found.last().is_some_and(|it| is_all_plan(it, kinds))
            && let Some((kind, offset)) = known_ending(heading, kinds)
        {
            let before = found.last().and_then(|it| it.kind);
            let documented = before.is_none_or(|it| kinds.kinds[it].weight > 1);
            open(found, Some(kind), heading_start + offset..colon + 1);
            // `… at L4-5. Date of service: 3/4/2020. The back was prepped …`: such a label ends with its value.
            *resumed = None;
            if documented && (kinds.kinds[kind].short || kind == kinds.medications) {
                match end_of_value(text, colon + 1, end) {
                    Some(stop) => open(found, before, stop..stop),
                    None => *resumed = Some(Resumed { kind: before }),
                }
            }
            interrupted = kinds.kinds[kind].weight == 0 && (documented || interrupted);
            if interrupted && let Some(at) = narrative_from(text, colon + 1, end, kinds) {
                open(found, Some(kinds.technique), at..at);
                interrupted = false;
            }
        }
        from = colon + 1;
    }
    interrupted
}

/// The section that goes on behind a label whose value runs into the next line.
#[derive(Clone, Copy)]
struct Resumed {
    kind: Option<usize>,
}

/// Where the value of a label inside a paragraph ends: behind its full stop.
fn end_of_value(text: &str, from: usize, end: usize) -> Option<usize> {
    let value = &text[from..end];
    let stop = value.find(". ").or_else(|| value.trim_end().ends_with('.').then(|| value.trim_end().len() - 1));
    stop.map(|it| (from + it + 2).min(end))
}

/// Where a sentence of a line begins that opens a narrative.
fn narrative_from(text: &str, from: usize, end: usize, kinds: &Sections) -> Option<usize> {
    let starts = text[from..end].match_indices(". ").map(|(at, _)| from + at + 2).filter(|it| *it < end);
    starts.take(MAX_ASIDE).find(|at| {
        let head = &text[*at..floor(text, at + MAX_OPENING)];
        kinds.opens(&head[..head.find(". ").unwrap_or(head.len())])
    })
}

/// As many sentences of an aside are looked at for the one with which the narrative goes on.
const MAX_ASIDE: usize = 12;

/// A shorter word at the end of others (`C-arm AP: levels counted`) is no heading.
const MIN_ENDING: usize = 4;

/// The longest ending of `heading` that is a known heading, if it starts with a capital.
fn known_ending(heading: &str, kinds: &Sections) -> Option<(usize, usize)> {
    let starts = std::iter::once(0).chain(heading.match_indices(' ').map(|(at, _)| at + 1));
    starts
        .filter(|at| heading[*at..].starts_with(|it: char| it.is_ascii_uppercase()))
        .filter(|at| *at == 0 || heading.len() - at >= MIN_ENDING)
        .find_map(|at| kinds.exact(&heading_key(&heading[at..])).map(|kind| (kind, at)))
}

/// A title ends with its list: what comes below a blank line documents how it was done.
fn split_title(section: Section, normalized: &NormalizedText, kinds: &Sections) -> Vec<Section> {
    if section.kind != Some(kinds.title) || section.body.len() <= MAX_TITLE {
        return vec![section];
    }
    let first = section.body.start + normalized.text[section.body.clone()].len()
        - normalized.text[section.body.clone()].trim_start().len();
    let from = normalized.lines.partition_point(|it| it.start <= first);
    let inside = normalized.lines[from..].iter().take_while(|it| it.start < section.body.end);
    let Some(cut) = inside.clone().find(|it| it.after_blank).map(|it| it.start) else { return vec![section] };
    let is_item =
        |at: usize| normalized.text[at..].starts_with(|it: char| it.is_ascii_digit() || it == '-' || it == '*');
    let list = is_item(first) && inside.take_while(|it| it.start < cut).all(|it| is_item(it.start));
    // Acts in one line, with no verb between them.
    let head = normalized.text[first..cut].trim_end();
    let single = normalized.lines[from..].first().is_none_or(|it| it.start >= cut);
    let one_line = single && head.len() <= ONE_LINE && !is_running(head);
    if !list && !one_line {
        return vec![section];
    }
    let rest = Section { kind: Some(kinds.technique), heading: cut..cut, body: cut..section.body.end };
    vec![Section { body: section.body.start..cut, ..section }, rest]
}

/// A title with a long body is the technique; an indication or consent sentence inside it is recognized by its cues.
fn retitle(section: &mut Section, normalized: &NormalizedText, kinds: &Sections) {
    if section.kind != Some(kinds.title) || section.body.len() <= MAX_TITLE {
        return;
    }
    let first = section.body.start;
    let inside = normalized.lines.iter().filter(|it| it.start > first && it.start < section.body.end);
    let is_list = inside.clone().count() >= 1
        && inside
            .clone()
            .all(|it| normalized.text[it.start..].starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '*'));
    if !is_list {
        section.kind = Some(kinds.technique);
    }
}

/// `IMPRESSION: Successful CT-guided injection` is no diagnosis: it documents what was done.
fn read_as_performed(section: &mut Section, normalized: &NormalizedText, kinds: &Sections) {
    const DONE: [&str; 5] = ["successful", "uncomplicated", "technically", "satisfactory", "uneventful"];
    let key = heading_key(&normalized.text[section.heading.clone()]);
    if !matches!(key.trim_end_matches(':'), "impression" | "impressions") {
        return;
    }
    let body = normalized.text[section.body.clone()].to_ascii_lowercase();
    let is_diagnosis = section.kind.is_some_and(|it| kinds.kinds[it].id.as_str() == "diagnosis");
    if is_diagnosis && DONE.iter().any(|it| body.contains(it)) {
        section.kind = None;
    }
}

/// `NECK: Prone. Prepped …` is no examination, and `FINDINGS: The patient was turned prone …` no list of findings: they
/// document what was done there.
fn place_of_the_act(section: &mut Section, normalized: &NormalizedText, kinds: &Sections) {
    const PLACES: [&str; 10] = [
        "o",
        "objective",
        "neck",
        "back",
        "spine",
        "lumbar spine",
        "cervical spine",
        "thoracic spine",
        "sacrum",
        "findings",
    ];
    if !(section.kind == Some(kinds.examination) || section.kind == Some(kinds.findings)) || section.heading.is_empty()
    {
        return;
    }
    let key = heading_key(&normalized.text[section.heading.clone()]);
    let body = &normalized.text[section.body.clone()];
    if PLACES.contains(&key.trim_end_matches(':')) && kinds.opens(&body[..floor(body, 2 * MAX_OPENING)]) {
        section.kind = Some(kinds.technique);
    }
}

/// The status that statements in a section have by default.
pub(crate) fn default_of(section: &Section, kinds: &Sections) -> DefaultAssertion {
    section.kind.map_or(DefaultAssertion::Neutral, |it| kinds.kinds[it].default)
}

/// The nearest character boundary at or below `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The nearest character boundary at or above `at`.
fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}
