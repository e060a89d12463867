//! The document that the stages fill: the note, its normalized text, sections, sentences, mentions and statements.

use std::ops::Range;

use crate::Lexicon;
use crate::lexicon::constructions::{Construction, Stance};
use crate::lexicon::terms::{SemanticType, TermEntry};
use crate::lexicon::trie::Word;
use crate::model::evidence_features::{DecidedBy, Time};
use crate::model::{Evidence, Id, Note, Slot, Span, Status};
use crate::spine::levels::Level;
use crate::text::normalize::NormalizedText;
use crate::text::sections::{self, Section};
use crate::text::sentences::{self, Sentence};

/// The note as the stages see it; each stage adds its part.
pub(crate) struct Document<'a> {
    pub note: &'a Note,
    pub lexicon: &'a Lexicon,
    pub normalized: NormalizedText,
    /// The normalized text in lower case; empty where no act may be documented.
    pub lower: String,
    /// The words of the normalized text.
    pub words: Vec<Word>,
    pub sections: Vec<Section>,
    pub sentences: Vec<Sentence>,
    /// Mentions of terms, by start, each with its assertion.
    pub mentions: Vec<Mention>,
    /// Indices of the mentions of each semantic type, by start.
    pub by_kind: Vec<Vec<u32>>,
    /// Vertebral levels, by start.
    pub levels: Vec<LevelMention>,
    /// Statements of the mentions and levels, by sentence; empty where no act may be documented.
    pub statements: Vec<Statement>,
}

impl<'a> Document<'a> {
    /// A document up to its sentences, without mentions.
    pub(crate) fn read(
        note: &'a Note,
        lexicon: &'a Lexicon,
        normalized: NormalizedText,
        words: Vec<Word>,
    ) -> Document<'a> {
        let sections = sections::sections(&normalized, &lexicon.sections);
        let sentences = sentences::sentences(&normalized, &sections, &lexicon.sentences);
        let (mentions, by_kind, levels, statements) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Document {
            note,
            lexicon,
            normalized,
            lower: String::new(),
            words,
            sections,
            sentences,
            mentions,
            by_kind,
            levels,
            statements,
        }
    }

    /// The mentions of one semantic type, by start.
    pub(crate) fn of_kind(&self, kind: SemanticType) -> impl Iterator<Item = &Mention> {
        self.by_kind.get(kind as usize).into_iter().flatten().map(|it| &self.mentions[*it as usize])
    }

    /// The mentions of a semantic type in one sentence.
    pub(crate) fn of_kind_in(&self, kind: SemanticType, sentence: usize) -> impl Iterator<Item = &Mention> {
        let all = self.by_kind.get(kind as usize).map_or(&[][..], |it| it);
        let from = all.partition_point(|it| self.mentions[*it as usize].sentence < sentence);
        let own = all[from..].iter().map(|it| &self.mentions[*it as usize]);
        own.take_while(move |it| it.sentence == sentence)
    }

    /// The span of the note behind a range of the normalized text, widened to whole characters.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let range = self.normalized.span(start, end).range();
        let (mut from, mut to) = (range.start, range.end);
        while !self.note.text.is_char_boundary(from) {
            from -= 1;
        }
        while !self.note.text.is_char_boundary(to) {
            to += 1;
        }
        Span::new(from, to)
    }

    /// Whether a section is of one of these kinds, given by their ids.
    pub(crate) fn is_section_of(&self, section: usize, kinds: &[String]) -> bool {
        let kind = self.sections[section].kind.map(|it| self.lexicon.sections.kinds[it].id.as_str());
        kind.is_some_and(|kind| kinds.iter().any(|it| it == kind))
    }

    /// Evidence for a range of the normalized text.
    pub(crate) fn evidence(&self, start: usize, end: usize, rule: &Id) -> Evidence {
        Evidence { span: self.span(start, end), rule: rule.clone() }
    }
}

/// One term in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mention {
    pub start: usize,
    pub end: usize,
    /// Index into the lexicon's entries.
    pub entry: u32,
    /// The semantic type of that entry, copied here because it is read at every mention.
    pub kind: SemanticType,
    pub sentence: usize,
    pub assertion: MentionAssertion,
}

/// One vertebral level in the text.
#[derive(Clone, Debug)]
pub(crate) struct LevelMention {
    pub level: Level,
    pub sentence: usize,
    pub assertion: MentionAssertion,
}

/// The assertion of a mention, from cues and section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MentionAssertion {
    pub status: Status,
    /// About someone other than the patient.
    pub other: bool,
    /// The cue that decided, as `(start, end, rule)`; none where the section's default did.
    pub cue: Option<(usize, usize, usize)>,
}

impl MentionAssertion {
    pub(crate) const DEFAULT: MentionAssertion =
        MentionAssertion { status: Status::Performed, other: false, cue: None };

    /// It happened at this encounter, to this patient.
    pub(crate) fn happened(self) -> bool {
        !self.other && matches!(self.status, Status::Performed | Status::Attempted)
    }
}

impl Mention {
    /// The lexicon entry.
    pub(crate) fn entry<'a>(&self, doc: &'a Document<'_>) -> &'a TermEntry {
        &doc.lexicon.terms.entries[self.entry as usize]
    }

    /// Whether it is of this semantic type and concept.
    pub(crate) fn is(&self, doc: &Document<'_>, kind: SemanticType, concept: &str) -> bool {
        self.kind == kind && self.entry(doc).concept.as_str() == concept
    }

    /// Its words as evidence.
    pub(crate) fn evidence(&self, doc: &Document<'_>) -> Evidence {
        doc.evidence(self.start, self.end, &self.entry(doc).concept)
    }
}

impl LevelMention {
    /// Its words as evidence.
    pub(crate) fn evidence(&self, doc: &Document<'_>) -> Evidence {
        doc.evidence(self.level.start, self.level.end, &doc.lexicon.patterns.levels[self.level.pattern].id)
    }
}

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
    /// Its mention, as bytes of the normalized text.
    pub range: Range<usize>,
    /// Rule of the evidence: the concept or the pattern of the mention.
    pub rule: Id,
}

impl Statement {
    /// The words of its mention.
    pub(crate) fn evidence(&self, doc: &Document<'_>) -> Evidence {
        doc.evidence(self.range.start, self.range.end, &self.rule)
    }

    /// The construction that read it.
    pub(crate) fn construction<'a>(&self, doc: &'a Document<'_>) -> &'a Construction {
        &doc.lexicon.constructions.rows[usize::from(self.row)]
    }

    /// Whether it holds at this encounter for this patient.
    pub(crate) fn is_now(&self) -> bool {
        !self.other && self.time == Time::Now
    }
}
