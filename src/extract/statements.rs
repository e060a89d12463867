//! Statements: what each mention, in its clause, says about one attribute of an act. One row a mention and attribute.

use std::ops::Range;

use super::clause::{Clause, Subject, may_state};
use crate::lexicon::constructions::{Construction, Stance, Time};
use crate::lexicon::sections::Default;
use crate::lexicon::terms::Kind;
use crate::lexicon::weights::DecidedBy;
use crate::model::{Evidence, Id, Slot, Status};
use crate::pipeline::Page;
use crate::pipeline::levels::region;
use crate::pipeline::mentions::{Said, in_sentence, levels_in_sentence};
use crate::pipeline::sections::default_of;

/// One statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub slot: Slot,
    pub value: Id,
    pub stance: Stance,
    pub time: Time,
    pub decided_by: DecidedBy,
    /// About someone other than the patient, or by another author.
    pub other: bool,
    /// Kind of the section it is in; none outside of known headings.
    pub zone: Option<usize>,
    pub sentence: usize,
    /// Index of the family of an act.
    pub family: Option<usize>,
    /// Index of the construction that read it.
    pub row: u16,
    /// Its mention, as bytes of the search text.
    pub range: Range<usize>,
    /// Rule of the evidence: the concept or the pattern of the mention.
    pub rule: Id,
}

impl Statement {
    /// The words of its mention.
    pub(crate) fn evidence(&self, page: &Page<'_>) -> Evidence {
        page.evidence(self.range.start, self.range.end, &self.rule)
    }

    /// The construction that read it.
    pub(crate) fn construction<'a>(&self, page: &'a Page<'_>) -> &'a Construction {
        &page.lexicon.constructions.rows[usize::from(self.row)]
    }

    /// Whether it holds at this encounter for this patient.
    pub(crate) fn is_now(&self) -> bool {
        !self.other && self.time == Time::Now
    }
}

/// Reads the statements of a note, by sentence, then by place.
pub(crate) fn read(page: &Page<'_>) -> Vec<Statement> {
    let mut found = Vec::new();
    for sentence in 0..page.sentences.len() {
        read_sentence(page, sentence, &mut found);
    }
    found
}

fn read_sentence(page: &Page<'_>, sentence: usize, found: &mut Vec<Statement>) {
    let mentions = in_sentence(page, sentence);
    let levels = levels_in_sentence(page, sentence);
    if levels.is_empty() && !mentions.iter().any(|it| may_state(it.kind, page)) {
        return;
    }
    let clause = Clause::new(page, sentence, mentions, levels);
    let acts = time_of_acts(page, sentence);
    let constructions = &page.lexicon.constructions;
    for it in mentions {
        let rows = constructions.of_kind(it.kind);
        if rows.is_empty() {
            continue;
        }
        let entry = it.entry(page);
        let family = entry.family.filter(|_| it.kind == Kind::Act);
        let reader = Reader { page, clause: &clause, sentence, acts, said: it.said, family };
        reader.read(rows, Subject::Mention(it), &entry.concept, &entry.concept, found);
    }
    for it in levels {
        let value = Id::from(region(&it.level.name));
        let rule = &page.lexicon.patterns.levels[it.level.pattern].id;
        let reader = Reader { page, clause: &clause, sentence, acts, said: it.said, family: None };
        reader.read(constructions.of_levels(), Subject::Level(it), &value, rule, found);
    }
}

/// How many statements back a repeated one is looked for.
const NEAR: usize = 12;

struct Reader<'a> {
    page: &'a Page<'a>,
    clause: &'a Clause<'a>,
    sentence: usize,
    acts: Option<Time>,
    said: Said,
    family: Option<usize>,
}

impl Reader<'_> {
    /// Adds one statement for each attribute that a row reads; the first row of an attribute counts.
    fn read(&self, rows: &[u16], subject: Subject<'_>, value: &Id, rule: &Id, found: &mut Vec<Statement>) {
        let mut done: Option<Slot> = None;
        for row in rows {
            let construction = &self.page.lexicon.constructions.rows[usize::from(*row)];
            if done == Some(construction.slot) || !self.clause.reads(*row, subject) {
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
            let negated = self.said.status == Status::Negated;
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
                other: self.said.other,
                zone: self.page.sections[self.page.sentences[self.sentence].section].kind,
                sentence: self.sentence,
                family: self.family,
                row: *row,
                range: subject.range(),
                rule: rule.clone(),
            });
        }
    }

    fn time(&self, construction: &Construction) -> (Time, DecidedBy) {
        if let Some(time) = construction.time {
            return (time, DecidedBy::Row);
        }
        let section = &self.page.sections[self.page.sentences[self.sentence].section];
        let by_cue = self.said.cue.is_some();
        let default = default_of(section, &self.page.lexicon.sections);
        let heading = match default {
            Default::Performed | Default::Neutral => None,
            Default::Historical => Some(Time::Earlier),
            Default::Planned => Some(Time::Later),
            Default::Hypothetical | Default::Ignored => Some(Time::Never),
        };
        // The reason for an act is what it was for.
        if construction.slot == Slot::Purpose && heading == Some(Time::Never) && !by_cue {
            return (Time::Now, DecidedBy::Nothing);
        }
        let said = match self.said.status {
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
fn time_of_acts(page: &Page<'_>, sentence: usize) -> Option<Time> {
    let mut time = None;
    for it in in_sentence(page, sentence).iter().filter(|it| it.kind == Kind::Act) {
        match it.said.status {
            _ if it.said.other => time = time.or(Some(Time::Earlier)),
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
    use crate::lexicon::trie::words_of;
    use crate::model::Note;
    use crate::pipeline::{Page, mentions, normalize};

    /// The statements of a text, whatever acts it names.
    fn statements(text: &str, lexicon: &Lexicon) -> Vec<(String, std::ops::Range<usize>)> {
        let note = Note::new("example", text);
        let search = normalize::normalize(&note.text);
        let words = words_of(&search.text);
        let hits = lexicon.terms.find(&search.text, &words);
        let mut page = Page::read(&note, lexicon, search, words);
        mentions::find(&mut page, &hits);
        mentions::find_levels(&mut page);
        mentions::assert(&mut page, true);
        page.lower = page.search.text.to_ascii_lowercase();
        let id = |it: &Statement| format!("{}/{}", it.slot.name(), it.construction(&page).id);
        read(&page).iter().map(|it| (id(it), it.range.clone())).collect()
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
