//! Readings of the checklist: a statement that one sentence of the note makes, asserted of this patient at the right time.

use std::ops::Range;

use opnote::explain::outline::{Outline, OutlineSentence, SectionTime};
use opnote::lexicon::reviews::{Polarity, Reading, ReadingTime};
use opnote::{Experiencer, Lexicon, Note, Span, Temporality, assess};
use regex::Regex;

/// Hits of one reading at the most; more say nothing new.
const HITS: usize = 8;

/// A reading with its expressions made ready.
pub(crate) struct CompiledReading<'a> {
    pub(crate) reading: &'a Reading,
    pattern: Regex,
    with: Option<Regex>,
    without: Option<Regex>,
}

impl<'a> CompiledReading<'a> {
    /// Compiles the expressions; the error says which one is none.
    pub(crate) fn new(reading: &'a Reading) -> Result<CompiledReading<'a>, String> {
        let compile = |text: &str| Regex::new(&format!("(?i){text}")).map_err(|error| error.to_string());
        let optional = |text: &str| (!text.is_empty()).then(|| compile(text)).transpose();
        Ok(CompiledReading {
            reading,
            pattern: compile(&reading.pattern)?,
            with: optional(&reading.with)?,
            without: optional(&reading.without)?,
        })
    }

    /// The words of the note that make the statement.
    pub(crate) fn find(&self, note: &Note, outline: &Outline, lexicon: &Lexicon) -> Vec<Span> {
        let mut found = Vec::new();
        for (index, sentence) in outline.sentences.iter().enumerate() {
            let text = outline.text().get(sentence.range.clone()).unwrap_or_default();
            if found.len() >= HITS || !self.may_be_in(sentence, index) || !self.pattern.is_match(text) {
                continue;
            }
            if self.without.as_ref().is_some_and(|it| it.is_match(text)) {
                continue;
            }
            let with = match &self.with {
                Some(it) => match it.find(text) {
                    Some(hit) => Some(hit.range()),
                    None => continue,
                },
                None => None,
            };
            let asserted = |it: &Range<usize>| self.is_asserted(text, it.clone(), sentence, lexicon);
            let Some(hit) = self.pattern.find_iter(text).map(|it| it.range()).find(asserted) else { continue };
            let span =
                |it: Range<usize>| outline.span(note, sentence.range.start + it.start..sentence.range.start + it.end);
            found.push(span(hit.clone()));
            // The other half of the statement is shown, too, where it is not inside the first.
            found.extend(with.filter(|it| it.start >= hit.end || it.end <= hit.start).map(span));
        }
        found
    }

    fn may_be_in(&self, sentence: &OutlineSentence, index: usize) -> bool {
        let own = sentence.section.as_ref().map_or("", |it| it.as_str());
        let named = |kind: &String| kind == own || kind == "opening" && index == 0;
        let sections = &self.reading.sections;
        let time = match sentence.time {
            SectionTime::Now => true,
            SectionTime::Ignored => false,
            _ => self.reading.time != ReadingTime::Now || sections.iter().any(|it| it == own),
        };
        time && (sections.is_empty() || sections.iter().any(named))
    }

    /// Whether the sentence says the words of this patient, at a time that the reading asks for.
    fn is_asserted(&self, text: &str, hit: Range<usize>, sentence: &OutlineSentence, lexicon: &Lexicon) -> bool {
        let said = assess(text, hit, lexicon);
        let polarity = self.reading.polarity == Polarity::Either || !said.negated;
        let time = match self.reading.time {
            ReadingTime::Now => said.temporality == Temporality::Recent && !said.planned,
            ReadingTime::Any => said.temporality != Temporality::Hypothetical && !said.planned,
            _ => true,
        };
        // A cue of time that stands in a section of that time says nothing more.
        let time = time || sentence.time == SectionTime::Other && said.cues.is_empty();
        polarity && time && said.experiencer == Experiencer::Patient
    }
}
