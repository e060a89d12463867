//! Documents that add to, replace or change earlier ones: the earlier one is scored again with them, and none of
//! them is an encounter of its own.

use std::collections::BTreeMap;

use super::incoming::{Frame, Incoming, Relation, Remark, Source, Stretch};
use super::{Input, Left};

/// The heading of an addendum that has none.
const HEADING: &str = "ADDENDUM:\n";
/// Maximum length of a chain of amendments to amendments.
const CHAIN: usize = 64;

/// Which documents of a run are amended, found by a first look at the files that may hold such.
#[derive(Default)]
pub(super) struct Plan {
    /// From the number of each document that belongs to a group to the number of its first document.
    roots: BTreeMap<String, String>,
    /// The count of documents and messages of each group.
    expected: BTreeMap<String, usize>,
}

/// The first look.
#[derive(Default)]
pub(super) struct Survey {
    /// Number and target of each amendment.
    amendments: Vec<(Option<String>, String)>,
    /// The numbers of all documents and messages, with repetitions.
    numbers: Vec<String>,
}

impl Survey {
    /// Takes note of a frame.
    pub(super) fn see(&mut self, frame: &Frame) {
        let (Frame::Document { source, .. } | Frame::Status { source, .. }) = frame else { return };
        self.numbers.extend(source.number.clone());
        if let Some(target) = target(source) {
            self.amendments.push((source.number.clone(), target));
        }
    }

    /// The groups that the amendments make.
    pub(super) fn plan(self) -> Plan {
        let parents: BTreeMap<&String, &String> =
            self.amendments.iter().filter_map(|(own, target)| Some((own.as_ref()?, target))).collect();
        let root = |number: &String| {
            let mut at = number;
            for _ in 0..CHAIN {
                match parents.get(at) {
                    Some(parent) if *parent != at => at = parent,
                    _ => break,
                }
            }
            at.clone()
        };
        let mut roots = BTreeMap::new();
        for (own, target) in &self.amendments {
            for number in own.iter().chain([target]) {
                roots.insert(number.clone(), root(number));
            }
        }
        let mut expected = BTreeMap::new();
        for root in self.numbers.iter().filter_map(|it| roots.get(it)) {
            *expected.entry(root.clone()).or_default() += 1;
        }
        Plan { roots, expected }
    }
}

/// The number of the document that one amends.
fn target(source: &Source) -> Option<String> {
    match source.relation? {
        Relation::Addendum | Relation::Replacement => source.parent.clone(),
        Relation::Edit | Relation::Cancel | Relation::Status => source.number.clone().or_else(|| source.parent.clone()),
    }
}

/// Holds the parts of amended documents back until all have come, and passes everything else on.
pub(super) struct Collator {
    plan: Plan,
    waiting: BTreeMap<String, Vec<Part>>,
}

/// A document or message of a group.
enum Part {
    Document(Box<Incoming>),
    Status(String, Box<Source>),
}

impl Part {
    fn source(&self) -> Option<&Source> {
        match self {
            Part::Document(it) => it.source.as_deref(),
            Part::Status(_, source) => Some(source),
        }
    }

    fn is_first(&self) -> bool {
        self.source().is_some_and(|it| it.relation.is_none())
    }
}

impl Collator {
    pub(super) fn new(plan: Plan) -> Collator {
        Collator { plan, waiting: BTreeMap::new() }
    }

    /// What a frame leads to.
    pub(super) fn take(&mut self, frame: Frame) -> Vec<Input> {
        let part = match frame {
            Frame::Document { id, text, place, notices, source } => {
                Part::Document(Box::new(Incoming::document(id, text, place, notices, source)))
            }
            Frame::Status { place, source } => Part::Status(place, source),
            Frame::Skipped(it) => return vec![Input::Skipped(it)],
            Frame::Fault(it) => return vec![Input::Fault(it)],
            Frame::End => return Vec::new(),
        };
        let number = part.source().and_then(|it| it.number.clone());
        let Some(root) = number.and_then(|it| self.plan.roots.get(&it).cloned()) else {
            // It amends nothing that has a number, or is not amended.
            return settle(vec![part]);
        };
        let parts = self.waiting.entry(root.clone()).or_default();
        parts.push(part);
        if parts.len() < self.plan.expected.get(&root).copied().unwrap_or(0) {
            return Vec::new();
        }
        settle(self.waiting.remove(&root).unwrap_or_default())
    }

    /// What is still held back: the files changed since the first look.
    pub(super) fn finish(&mut self) -> Vec<Input> {
        std::mem::take(&mut self.waiting).into_values().flat_map(settle).collect()
    }
}

/// A document and what was added to it, in order.
#[derive(Default)]
struct Group {
    documents: Vec<Incoming>,
    inputs: Vec<Input>,
}

/// One note of the parts of a group, or what stops it.
fn settle(parts: Vec<Part>) -> Vec<Input> {
    let (first, later): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(Part::is_first);
    let mut group = Group::default();
    for part in first.into_iter().chain(later) {
        group.add(part);
    }
    let Group { documents, mut inputs } = group;
    inputs.extend(merged(documents).map(|it| Input::Note(Box::new(it))));
    inputs
}

impl Group {
    fn add(&mut self, part: Part) {
        let (target, relation) = match part.source() {
            Some(it) => (target(it), it.relation),
            None => (None, None),
        };
        let number = |it: &Incoming| it.source.as_ref().and_then(|it| it.number.clone());
        let at =
            target.as_ref().and_then(|target| self.documents.iter().position(|it| number(it).as_ref() == Some(target)));
        match (part, relation, at) {
            (Part::Document(it), None, _) => {
                // The same document sent again; the later copy counts.
                match self.documents.iter().position(|other| number(other) == number(&it) && number(other).is_some()) {
                    Some(at) => {
                        let mut it = *it;
                        it.notices.push(remark("sent more than once; the last copy was read"));
                        self.documents[at] = it;
                    }
                    None => self.documents.push(*it),
                }
            }
            (Part::Document(it), Some(Relation::Addendum), Some(_)) => self.documents.push(*it),
            (Part::Document(it), Some(Relation::Addendum), None) => {
                let what = "adds to a document that is not among the inputs (expected both in one run); not scored";
                self.inputs.push(Input::Fault(format!("{}: {what}", it.place)));
            }
            (Part::Document(it), _, Some(at)) => {
                let mut it = *it;
                let old = std::mem::replace(&mut self.documents[at], it.clone());
                it.note.id = old.note.id;
                it.notices.push(remark("takes the place of an earlier version"));
                if let (Some(source), Some(old)) = (&mut it.source, old.source) {
                    source.amended_by = old.amended_by;
                    source.amended_by.extend(source.number.clone());
                    // Later messages name the document by its first number, too.
                    source.parent = old.number.or(source.parent.take());
                }
                self.documents[at] = it;
            }
            (Part::Document(it), _, None) => {
                let mut it = *it;
                it.notices.push(remark("takes the place of a document that is not among the inputs"));
                self.documents.push(it);
            }
            (Part::Status(place, _), Some(Relation::Cancel), Some(at)) => {
                self.documents.remove(at);
                self.inputs.push(left(&place, "a document was withdrawn"));
            }
            (Part::Status(place, source), _, Some(at)) => {
                if let Some(old) = &mut self.documents[at].source {
                    old.authenticated = source.authenticated.or(old.authenticated);
                    old.completion = source.completion.or(old.completion.take());
                }
                self.inputs.push(left(&place, "a change of status, applied to its document"));
            }
            (Part::Status(place, _), _, None) => {
                self.inputs.push(left(&place, "a message about a document that is not among the inputs"));
            }
        }
    }
}

fn left(place: &str, reason: &str) -> Input {
    Input::Skipped(Left { message: format!("{place}: {reason}"), reason: reason.to_owned(), unread: false })
}

fn remark(text: &str) -> Remark {
    Remark { text: text.to_owned(), file: None }
}

/// A document with its addenda as one note; the first gives id and dates, and each must be signed.
fn merged(documents: Vec<Incoming>) -> Option<Incoming> {
    let mut documents = documents.into_iter();
    let mut whole = documents.next()?;
    for it in documents {
        let text = &mut whole.note.text;
        while !text.ends_with("\n\n") {
            text.push('\n');
        }
        if !it.note.text.trim_start().get(..8).is_some_and(|it| it.eq_ignore_ascii_case("addendum")) {
            text.push_str(HEADING);
        }
        let offset = text.len();
        text.push_str(&it.note.text);
        whole.notices.extend(it.notices);
        if let (Some(source), Some(added)) = (&mut whole.source, it.source) {
            source.amended_by.push(added.number.unwrap_or(it.note.id));
            if added.authenticated == Some(false) {
                source.authenticated = Some(false);
            }
            let place = |own: String| if own.is_empty() { it.place.clone() } else { format!("{}, {own}", it.place) };
            let moved =
                |it: Stretch| Stretch { start: it.start + offset, end: it.end + offset, place: place(it.place), ..it };
            source.map.extend(added.map.into_iter().map(moved));
            source.ordered.extend(added.ordered);
        }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// `number relation target text` of each part in the order of arrival; what comes out, a line each.
    fn out(parts: &[(&str, Option<Relation>, &str, &str)]) -> (usize, Vec<String>) {
        let frame = |it: &(&str, Option<Relation>, &str, &str)| {
            let some = |it: &str| (!it.is_empty()).then(|| it.to_owned());
            let source =
                Box::new(Source { number: some(it.0), relation: it.1, parent: some(it.2), ..Source::default() });
            match it.3 {
                "" => Frame::Status { place: it.0.to_owned(), source },
                text => Frame::Document {
                    id: it.0.to_owned(),
                    text: text.to_owned(),
                    place: it.0.to_owned(),
                    notices: Vec::new(),
                    source,
                },
            }
        };
        let mut survey = Survey::default();
        for it in parts {
            survey.see(&frame(it));
        }
        let plan = survey.plan();
        let groups = plan.roots.values().collect::<BTreeSet<_>>().len();
        let mut collator = Collator::new(plan);
        let mut inputs: Vec<Input> = parts.iter().flat_map(|it| collator.take(frame(it))).collect();
        assert!(collator.finish().is_empty(), "nothing is left behind");
        let said = |it: Input| match it {
            Input::Note(it) => format!("{}: {}", it.note.id, it.note.text),
            Input::Fault(it) => format!("fault {it}"),
            Input::Skipped(it) => format!("left {}", it.message),
            _ => "other".to_owned(),
        };
        (groups, inputs.drain(..).map(said).collect())
    }

    #[test]
    fn an_amended_document_is_one_note() {
        use Relation::{Addendum, Cancel, Edit, Replacement, Status};
        let (groups, said) = out(&[
            ("1", None, "", "one"),
            ("2", None, "", "two"),
            ("3", Some(Addendum), "1", "more"),
            ("4", None, "", "four"),
        ]);
        assert_eq!((groups, said), (1, vec!["2: two".into(), "1: one\n\nADDENDUM:\nmore".into(), "4: four".into()]));
        let (_, said) = out(&[("3", Some(Addendum), "1", "Addendum: more"), ("1", None, "", "one")]);
        assert_eq!(said, ["1: one\n\nAddendum: more"]);
        let (_, said) =
            out(&[("1", None, "", "one"), ("2", Some(Replacement), "1", "new"), ("3", Some(Addendum), "2", "x")]);
        assert_eq!(said, ["1: new\n\nADDENDUM:\nx"]);
        let (_, said) = out(&[("1", None, "", "one"), ("1", Some(Edit), "", "new"), ("1", Some(Status), "", "")]);
        assert_eq!(said, ["left 1: a change of status, applied to its document", "1: new"]);
        let (_, said) = out(&[("1", None, "", "one"), ("1", Some(Cancel), "", "")]);
        assert_eq!(said, ["left 1: a document was withdrawn"]);
        let (_, said) = out(&[("3", Some(Addendum), "1", "Sekretowitz")]);
        assert!(said.len() == 1 && said[0].starts_with("fault 3: adds to a document") && !said[0].contains("Sekret"));
        let (_, said) = out(&[("3", Some(Replacement), "1", "new")]);
        assert_eq!(said, ["3: new"]);
    }
}
