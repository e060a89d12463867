//! Statements: what each mention, in its clause, says about one attribute of an act. One row a mention and attribute.

use super::clause::{Clause, Subject, may_state};
use crate::document::{Document, Mention, MentionAssertion, Statement};
use crate::extract::mentions::{in_sentence, levels_in_sentence};
use crate::lexicon::anchors::Bitset;
use crate::lexicon::constructions::{Construction, Stance};
use crate::lexicon::sections::DefaultAssertion;
use crate::lexicon::terms::SemanticType;
use crate::model::evidence_features::{DecidedBy, Time};
use crate::model::{Id, Slot, Status};
use crate::spine::levels::region;
use crate::text::sections::default_of;

/// Reads the statements of a note, by sentence, then by place.
pub(crate) fn read(doc: &Document<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    for sentence in 0..doc.sentences.len() {
        read_sentence(doc, sentence, &mut found);
    }
    found
}

fn read_sentence(doc: &Document<'_>, sentence: usize, found: &mut Vec<Statement>) {
    let mentions = in_sentence(doc, sentence);
    let levels = levels_in_sentence(doc, sentence);
    if levels.is_empty() && !mentions.iter().any(|it| may_state(it.kind, doc)) {
        return;
    }
    let first = found.len();
    let clause = Clause::new(doc, sentence, mentions, levels);
    let acts = time_of_acts(doc, sentence);
    let constructions = &doc.lexicon.constructions;
    for it in mentions {
        let rows = constructions.of_kind(it.kind);
        if rows.is_empty() {
            continue;
        }
        let entry = it.entry(doc);
        let family = entry.family.filter(|_| it.kind == SemanticType::Trigger);
        let reader = StatementReader { doc, clause: &clause, sentence, acts, assertion: it.assertion, family };
        reader.read(rows, Subject::Mention(it), &entry.concept, &entry.concept, found);
    }
    for it in levels {
        let value = Id::from(region(&it.level.name));
        let rule = &doc.lexicon.patterns.levels[it.level.pattern].id;
        let reader = StatementReader { doc, clause: &clause, sentence, acts, assertion: it.assertion, family: None };
        reader.read(constructions.of_levels(), Subject::Level(it), &value, rule, found);
    }
    if let Some(time) = told_time(mentions, &found[first..]) {
        let open = found[first..].iter_mut().filter(|it| it.time == Time::Now && it.decided_by == DecidedBy::Nothing);
        open.for_each(|it| (it.time, it.decided_by) = (time, DecidedBy::Act));
    }
}

/// `Blind intercostal blocks in November by his doctor`: the time of the acts of a sentence where the words around each
/// of them say that it is of another one.
fn told_time(mentions: &[Mention], statements: &[Statement]) -> Option<Time> {
    // No sentence of more acts than this is read.
    const MOST: usize = 12;
    let mut acts = mentions.iter().filter(|it| it.kind == SemanticType::Trigger).take(MOST).peekable();
    acts.peek()?;
    let told = |act: &Mention| {
        let mut own = statements.iter().filter(|it| it.slot == Slot::Performed && it.range == (act.start..act.end));
        own.find(|it| it.value.as_str() == "no" && it.time != Time::Now).map(|it| it.time)
    };
    acts.map(told).try_fold(None, |first: Option<Time>, it| it.map(|it| first.or(Some(it)))).flatten()
}

/// Number of statements back that a repeated one is looked for.
const NEAR: usize = 12;

struct StatementReader<'a> {
    doc: &'a Document<'a>,
    clause: &'a Clause<'a>,
    sentence: usize,
    acts: Option<Time>,
    assertion: MentionAssertion,
    family: Option<usize>,
}

impl StatementReader<'_> {
    /// Adds one statement for each attribute that a row reads; the first row of an attribute counts.
    fn read(&self, rows: &Bitset, subject: Subject<'_>, value: &Id, rule: &Id, found: &mut Vec<Statement>) {
        let mut done: Option<Slot> = None;
        for row in self.clause.candidates(rows) {
            let construction = &self.doc.lexicon.constructions.rows[usize::from(row)];
            if done == Some(construction.slot) || !self.clause.reads(row, subject) {
                continue;
            }
            done = Some(construction.slot);
            let range = subject.range();
            // Words that two terms share are one statement.
            let repeats = |it: &Statement| {
                it.sentence == self.sentence
                    && it.slot == construction.slot
                    && it.range.start < range.end
                    && range.start < it.range.end
                    && it.family == self.family
            };
            if construction.stance == Stance::Silent || found.iter().rev().take(NEAR).any(repeats) {
                continue;
            }
            let (time, decided_by) = self.time(construction);
            let negated = self.assertion.status == Status::Negated;
            let stance = match construction.stance {
                Stance::Supports if negated && construction.time.is_none() => Stance::Denies,
                Stance::Denies if negated && construction.time.is_none() => Stance::Supports,
                it => it,
            };
            found.push(Statement {
                slot: construction.slot,
                value: construction.value.clone().unwrap_or_else(|| value.clone()),
                stance,
                time,
                decided_by,
                other: self.assertion.other,
                zone: self.doc.sections[self.doc.sentences[self.sentence].section].kind,
                sentence: self.sentence,
                family: self.family,
                row,
                range: subject.range(),
                rule: rule.clone(),
            });
        }
    }

    fn time(&self, construction: &Construction) -> (Time, DecidedBy) {
        if let Some(time) = construction.time {
            return (time, DecidedBy::Row);
        }
        let section = &self.doc.sections[self.doc.sentences[self.sentence].section];
        let by_cue = self.assertion.cue.is_some();
        let default = default_of(section, &self.doc.lexicon.sections);
        let heading = match default {
            DefaultAssertion::Performed | DefaultAssertion::Neutral => None,
            DefaultAssertion::Historical => Some(Time::Earlier),
            DefaultAssertion::Planned => Some(Time::Later),
            DefaultAssertion::Hypothetical | DefaultAssertion::Ignored => Some(Time::Never),
        };
        // The reason for an act is what it was for.
        if construction.slot == Slot::Purpose && heading == Some(Time::Never) && !by_cue {
            return (Time::Now, DecidedBy::Nothing);
        }
        let said = match self.assertion.status {
            Status::Performed | Status::Attempted | Status::Negated => Time::Now,
            Status::Historical | Status::Existing => Time::Earlier,
            Status::Planned => Time::Later,
            Status::Hypothetical => Time::Never,
        };
        match (said, heading) {
            (Time::Now, None) => match self.acts {
                Some(time) => (time, DecidedBy::Act),
                None => (Time::Now, DecidedBy::Nothing),
            },
            (Time::Now, Some(time)) => (time, DecidedBy::Heading),
            (time, Some(heading)) if time == heading && !by_cue => (time, DecidedBy::Heading),
            (time, _) => (time, DecidedBy::Cue),
        }
    }
}

/// The time of the acts of a sentence where all of them are of another time than now.
fn time_of_acts(doc: &Document<'_>, sentence: usize) -> Option<Time> {
    let mut time = None;
    for it in in_sentence(doc, sentence).iter().filter(|it| it.kind == SemanticType::Trigger) {
        match it.assertion.status {
            _ if it.assertion.other => time = time.or(Some(Time::Earlier)),
            Status::Historical => time = time.or(Some(Time::Earlier)),
            Status::Planned => time = time.or(Some(Time::Later)),
            Status::Hypothetical => time = time.or(Some(Time::Never)),
            _ => return None,
        }
    }
    time
}

#[cfg(test)]
mod tests {
    use super::{Statement, read};
    use crate::Lexicon;
    use crate::document::Document;
    use crate::extract::mentions;
    use crate::lexicon::trie::words_of;
    use crate::model::Note;
    use crate::text::normalize;

    /// The statements of a text, whatever acts it names.
    fn statements(text: &str, lexicon: &Lexicon) -> Vec<(String, std::ops::Range<usize>)> {
        let note = Note::new("example", text);
        let normalized = normalize::normalize(&note.text);
        let words = words_of(&normalized.text);
        let hits = lexicon.terms.find(&normalized.text, &words);
        let mut doc = Document::read(&note, lexicon, normalized, words);
        mentions::find(&mut doc, &hits);
        mentions::find_levels(&mut doc);
        mentions::assert(&mut doc, true);
        doc.lower = doc.normalized.text.to_ascii_lowercase();
        let id = |it: &Statement| format!("{}/{}", it.slot.name(), it.construction(&doc).id);
        read(&doc).iter().map(|it| (id(it), it.range.clone())).collect()
    }

    /// Every row reads its own example, and not its harmless twin.
    #[test]
    fn constructions_read_their_examples() {
        let lexicon = Lexicon::embedded();
        let mut wrong = Vec::new();
        for row in &lexicon.constructions.rows {
            let id = format!("{}/{}", row.slot.name(), row.id);
            for (example, expected) in row.yes.iter().map(|it| (it, true)).chain(row.no.iter().map(|it| (it, false))) {
                let (start, end) = (example.find('[').unwrap_or(0), example.rfind(']').unwrap_or(0));
                let text = example.replace(['[', ']'], "");
                let found = statements(&text, lexicon);
                let target = start..end - 1;
                let here = found.iter().filter(|it| it.1.start < target.end && target.start < it.1.end);
                if here.clone().any(|it| it.0 == id) != expected {
                    let read: Vec<&str> = here.map(|it| it.0.as_str()).collect();
                    let (file, line) = &row.place;
                    wrong.push(format!("{file}:{line} {id}: {example} expected {expected}, read {read:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
    }
}
