//! FHIR R4 in JSON: notes in document references, diagnostic reports, compositions and binaries; alone, in bundles,
//! one a line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::body::{self, Body, Fault, Read, add_part, document};
use crate::{
    Authentication, Coded, DateCandidate, DateKind, ErrorKind, Format, Item, Notice, Options, Place, Relation,
    SkipReason, Skipped, StatusMessage, Step, date, decode, detect, hl7, html, json,
};

/// A resource and its place.
struct Resource<'a> {
    value: &'a Value,
    /// The line of a file with one resource a line.
    line: Option<u32>,
    /// Its path in that JSON value, empty for the value itself.
    path: String,
}

impl Resource<'_> {
    /// The place of a path inside this resource.
    fn place(&self, path: &str) -> Place {
        let path = joined(&self.path, path);
        let line = self.line.map(Step::Line);
        let path = (!path.is_empty()).then_some(Step::Path(path));
        Place(line.into_iter().chain(path).collect())
    }
}

/// The resources of a file, found by their references.
struct Resources<'a> {
    all: Vec<Resource<'a>>,
    by_reference: BTreeMap<String, usize>,
}

/// The notes of a file.
pub(crate) fn read(file: &str, bytes: &[u8], options: &Options) -> Vec<Item> {
    let decoded = decode::text(bytes);
    let mut items = Vec::new();
    let mut roots = Vec::new();
    match json::parse(&decoded.text) {
        Ok(value) => roots.push((None, value)),
        Err(error) => lines(file, &decoded.text, error, &mut roots, &mut items),
    }
    let resources = resources(&roots, options);
    let resources = match resources {
        Ok(it) => it,
        Err(kind) => return vec![Item::Error(kind.at(file, &Place::whole()))],
    };
    let reader = Reader { file, options, resources: &resources, notices: &decoded.notices };
    items.extend(reader.items());
    if items.is_empty() {
        let reason = SkipReason::OtherKind("FHIR resources of other kinds");
        items.push(Item::Skipped(Skipped { file: file.to_owned(), place: Place::whole(), reason }));
    }
    items
}

/// Parses one resource a line; if the first line is none, the file is one broken value.
fn lines(
    file: &str,
    text: &str,
    whole: (u32, ErrorKind),
    roots: &mut Vec<(Option<u32>, Value)>,
    items: &mut Vec<Item>,
) {
    for (index, line) in text.split('\n').enumerate() {
        let number = index as u32 + 1;
        if line.trim().is_empty() {
            continue;
        }
        match json::parse(line) {
            Ok(value) => roots.push((Some(number), value)),
            Err(_) if roots.is_empty() => {
                items.push(Item::Error(whole.1.at(file, &Place::from(Step::Line(whole.0)))));
                return;
            }
            Err((_, kind)) => items.push(Item::Error(kind.at(file, &Place::from(Step::Line(number))))),
        }
    }
}

/// The resources of all values, those of bundles and contained ones included.
fn resources<'a>(roots: &'a [(Option<u32>, Value)], options: &Options) -> Result<Resources<'a>, ErrorKind> {
    let mut all = Vec::new();
    let mut by_reference = BTreeMap::new();
    let root = |(line, value): &'a (Option<u32>, Value)| (Resource { value, line: *line, path: String::new() }, None);
    // A stack in reverse, so that resources come in the order of the file.
    let mut waiting: Vec<(Resource<'a>, Option<&'a str>)> = roots.iter().rev().map(root).collect();
    while let Some((resource, url)) = waiting.pop() {
        if all.len() >= options.limits.cells {
            return Err(ErrorKind::TooManyCells(options.limits.cells));
        }
        let value = resource.value;
        let inner = |path: String, value: &'a Value| Resource { value, line: resource.line, path };
        if let Value::Array(values) = value {
            let of = |(at, it)| (inner(format!("{}[{at}]", resource.path), it), None);
            waiting.extend(values.iter().enumerate().rev().map(of));
            continue;
        }
        if kind(value) == "Bundle" {
            for (at, entry) in array(value, "entry").iter().enumerate().rev() {
                if let Some(value) = entry.get("resource") {
                    let path = joined(&resource.path, &format!("entry[{at}].resource"));
                    waiting.push((inner(path, value), text(entry, "fullUrl")));
                }
            }
            continue;
        }
        for (at, contained) in array(value, "contained").iter().enumerate().rev() {
            let path = joined(&resource.path, &format!("contained[{at}]"));
            waiting.push((inner(path, contained), None));
        }
        let index = all.len();
        if let Some(id) = text(value, "id") {
            let id = id.trim_start_matches('#');
            by_reference.entry(format!("{}/{id}", kind(value))).or_insert(index);
            by_reference.entry(format!("#{id}")).or_insert(index);
        }
        if let Some(url) = url {
            by_reference.entry(url.to_owned()).or_insert(index);
        }
        all.push(resource);
    }
    Ok(Resources { all, by_reference })
}

impl<'a> Resources<'a> {
    fn find(&self, reference: &str) -> Option<&Resource<'a>> {
        self.all.get(self.index(reference)?)
    }

    /// The position of a referenced resource: by its full address, else by type and id.
    fn index(&self, reference: &str) -> Option<usize> {
        let whole = self.by_reference.get(reference);
        let index = whole.or_else(|| {
            let reference = reference.split("/_history/").next().unwrap_or_default();
            let mut parts = reference.rsplit('/');
            let (id, kind) = (parts.next()?, parts.next()?);
            self.by_reference.get(&format!("{kind}/{id}"))
        });
        index.copied()
    }
}

struct Reader<'a> {
    file: &'a str,
    options: &'a Options,
    resources: &'a Resources<'a>,
    notices: &'a [Notice],
}

impl Reader<'_> {
    fn items(&self) -> Vec<Item> {
        let used = self.used_binaries();
        let mut items = Vec::new();
        for (index, resource) in self.resources.all.iter().enumerate() {
            let value = resource.value;
            let read = match kind(value) {
                "DocumentReference" => self.document_reference(resource),
                "DiagnosticReport" => self.diagnostic_report(resource),
                "Composition" => self.composition(resource),
                "Binary" if !used.contains(&index) => self.binary(resource),
                _ => continue,
            };
            items.push(self.item(resource, read));
        }
        items
    }

    /// The Binary resources that a document refers to.
    fn used_binaries(&self) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for resource in &self.resources.all {
            let contents = array(resource.value, "content").iter().filter_map(|it| it.get("attachment"));
            for attachment in contents.chain(array(resource.value, "presentedForm")) {
                used.extend(text(attachment, "url").and_then(|it| self.resources.index(it)));
            }
        }
        used
    }

    fn item(&self, resource: &Resource<'_>, read: Result<Read, Fault>) -> Item {
        let place = resource.place("");
        let file = self.file.to_owned();
        match read {
            Err(fault) => Item::Error(fault.of_file(self.file)),
            Ok(Read::Skipped(reason)) => Item::Skipped(Skipped { file, place, reason }),
            Ok(Read::Body(mut body)) => {
                body.notices.extend(self.notices.iter().cloned());
                if body.metadata.relation == Some(Relation::Cancel) {
                    let Body { dates, metadata, notices, .. } = *body;
                    return Item::Status(Box::new(StatusMessage { file, place, dates, metadata, notices }));
                }
                let numbered = || format!("{}#{}", detect::stem(self.file), place);
                let id = body.metadata.document_number.clone().unwrap_or_else(numbered);
                Item::Document(Box::new(document(*body, id, self.file, &place, Format::Fhir)))
            }
        }
    }

    fn document_reference(&self, resource: &Resource<'_>) -> Result<Read, Fault> {
        let value = resource.value;
        let mut body = Body::default();
        let metadata = &mut body.metadata;
        metadata.document_number = number(value);
        metadata.document_type = value.get("type").and_then(concept_text);
        metadata.availability = text(value, "status").map(str::to_owned);
        metadata.completion = text(value, "docStatus").map(str::to_owned);
        metadata.authentication = authentication(text(value, "docStatus"));
        if metadata.authentication == Authentication::Unknown && value.get("authenticator").is_some() {
            metadata.authentication = Authentication::Authenticated;
        }
        self.relates(value, &mut body);
        let service = value.pointer("/context/period/start").and_then(Value::as_str);
        push_date(&mut body.dates, service, DateKind::Service, "context.period.start");
        push_date(&mut body.dates, text(value, "date"), DateKind::Filed, "date");
        for related in value.pointer("/context/related").and_then(Value::as_array).into_iter().flatten() {
            self.order(related, &mut body);
        }
        if canceled(text(value, "status")) || canceled(text(value, "docStatus")) {
            body.metadata.relation = Some(Relation::Cancel);
            return Ok(Read::Body(Box::new(body)));
        }
        let contents = array(value, "content").iter().enumerate();
        let attachments =
            contents.filter_map(|(at, it)| Some((format!("content[{at}].attachment"), it.get("attachment")?)));
        self.best(resource, attachments.collect(), body)
    }

    fn diagnostic_report(&self, resource: &Resource<'_>) -> Result<Read, Fault> {
        let value = resource.value;
        let mut body = Body::default();
        body.metadata.document_number = number(value);
        body.metadata.document_type = value.get("code").and_then(concept_text);
        body.metadata.completion = text(value, "status").map(str::to_owned);
        body.metadata.authentication = authentication(text(value, "status"));
        if matches!(text(value, "status"), Some("corrected" | "amended" | "appended")) {
            body.metadata.relation = Some(Relation::Edit);
        }
        let start = value.pointer("/effectivePeriod/start").and_then(Value::as_str);
        push_date(&mut body.dates, text(value, "effectiveDateTime").or(start), DateKind::Procedure, "effective");
        push_date(&mut body.dates, text(value, "issued"), DateKind::Filed, "issued");
        for request in array(value, "basedOn") {
            self.order(request, &mut body);
        }
        if canceled(text(value, "status")) {
            body.metadata.relation = Some(Relation::Cancel);
            return Ok(Read::Body(Box::new(body)));
        }
        let forms = array(value, "presentedForm").iter().enumerate();
        let attachments: Vec<_> = forms.map(|(at, it)| (format!("presentedForm[{at}]"), it)).collect();
        if !attachments.is_empty() {
            return self.best(resource, attachments, body);
        }
        self.narrative(resource, value, "", &mut body)?;
        if let Some(conclusion) = text(value, "conclusion") {
            body.piece.newline();
            body.piece.push(conclusion, resource.place("conclusion"));
            body.piece.newline();
        }
        if body.piece.is_blank() {
            return Ok(Read::Skipped(SkipReason::OtherKind("a FHIR DiagnosticReport without text")));
        }
        Ok(body.into())
    }

    /// A document as sections with titles.
    fn composition(&self, resource: &Resource<'_>) -> Result<Read, Fault> {
        let value = resource.value;
        let mut body = Body::default();
        body.metadata.document_number = number(value);
        body.metadata.document_type = value.get("type").and_then(concept_text);
        body.metadata.completion = text(value, "status").map(str::to_owned);
        body.metadata.authentication = authentication(text(value, "status"));
        self.relates(value, &mut body);
        push_date(&mut body.dates, text(value, "date"), DateKind::Dictated, "date");
        let event = value.pointer("/event/0/period/start").and_then(Value::as_str);
        push_date(&mut body.dates, event, DateKind::Service, "event.period.start");
        if canceled(text(value, "status")) {
            body.metadata.relation = Some(Relation::Cancel);
            return Ok(Read::Body(Box::new(body)));
        }
        let mut waiting = sections(value, "");
        while let Some((path, section)) = waiting.pop() {
            if let Some(title) = text(section, "title") {
                body.piece.newline();
                body.piece.push(title.trim().trim_end_matches(':'), resource.place(&format!("{path}.title")));
                body.piece.glue(":\n");
            }
            self.narrative(resource, section, &path, &mut body)?;
            waiting.extend(sections(section, &path));
        }
        Ok(body.into())
    }

    fn binary(&self, resource: &Resource<'_>) -> Result<Read, Fault> {
        let mut body = Body::default();
        body.metadata.document_number = text(resource.value, "id").map(str::to_owned);
        self.best(resource, vec![(String::new(), resource.value)], body)
    }

    /// Appends the narrative of a resource or section.
    fn narrative(&self, resource: &Resource<'_>, value: &Value, path: &str, body: &mut Body) -> Result<(), Fault> {
        let Some(markup) = value.pointer("/text/div").and_then(Value::as_str) else { return Ok(()) };
        let place = resource.place(&joined(path, "text.div"));
        let part = html::text(markup, &self.options.limits).map_err(|it| it.within(&place))?;
        add_part(body, part, &place);
        body.piece.newline();
        if body.piece.text.len() > self.options.limits.text_bytes {
            return Err(ErrorKind::TooLarge(self.options.limits.text_bytes).into());
        }
        Ok(())
    }

    /// Reads the best of several renditions of one document.
    fn best(
        &self,
        resource: &Resource<'_>,
        mut attachments: Vec<(String, &Value)>,
        mut body: Body,
    ) -> Result<Read, Fault> {
        attachments.sort_by_key(|it| self.rank(it.1));
        let others = attachments.len().saturating_sub(1) as u32;
        let mut reason = SkipReason::Empty;
        let mut fault = None;
        for (path, attachment) in attachments {
            let place = resource.place(&joined(&path, "data"));
            match self.attachment(attachment, &place) {
                Ok(Read::Body(part)) => {
                    add_part(&mut body, *part, &place);
                    push_date(&mut body.dates, text(attachment, "creation"), DateKind::Dictated, "attachment.creation");
                    body.notices.extend((others > 0).then_some(Notice::OtherRenditions(others)));
                    return Ok(body.into());
                }
                Ok(Read::Skipped(it)) => reason = it,
                Err(it) => fault = fault.or(Some(it)),
            }
        }
        fault.map_or(Ok(Read::Skipped(reason)), Err)
    }

    /// Text before markup before pages.
    fn rank(&self, attachment: &Value) -> u8 {
        let binary = text(attachment, "url").and_then(|it| self.resources.find(it)).map(|it| it.value);
        let kind = text(attachment, "contentType").or_else(|| text(binary?, "contentType")).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "text/plain" => 0,
            "text/html" | "application/xhtml+xml" => 1,
            "text/rtf" | "application/rtf" => 2,
            "text/xml" | "application/xml" | "application/hl7-v3+xml" | "application/cda+xml" => 3,
            "application/pdf" => 5,
            _ => 4,
        }
    }

    fn attachment(&self, attachment: &Value, place: &Place) -> Result<Read, Fault> {
        let at = |kind| Fault { place: place.clone(), kind };
        let mut kind = text(attachment, "contentType");
        let mut data = text(attachment, "data");
        if data.is_none()
            && let Some(url) = text(attachment, "url")
        {
            let unresolved = ErrorKind::Unresolved("an attachment");
            let binary = self.resources.find(url).ok_or_else(|| at(unresolved))?.value;
            data = text(binary, "data");
            kind = kind.or_else(|| text(binary, "contentType"));
        }
        let Some(data) = data else { return Ok(Read::Skipped(SkipReason::Empty)) };
        let bytes = hl7::base64(data).ok_or_else(|| at(ErrorKind::Wrong("the attachment", "base64")))?;
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        let name = format!("part.{}", kind.rsplit(['/', '+']).next().unwrap_or_default());
        body::read_part(&name, &bytes, &self.options.limits).map_err(|it| it.within(place))
    }

    /// The document that this one adds to or replaces.
    fn relates(&self, value: &Value, body: &mut Body) {
        for relation in array(value, "relatesTo") {
            let kind = match text(relation, "code") {
                Some("replaces") => Relation::Replacement,
                Some("appends") => Relation::Addendum,
                _ => continue,
            };
            let target = ["/target/reference", "/targetReference/reference"];
            let reference = target.iter().find_map(|it| relation.pointer(it)).and_then(Value::as_str);
            let known = reference.and_then(|it| self.resources.find(it)).and_then(|it| number(it.value));
            let identifier = ["/target/identifier/value", "/targetIdentifier/value"];
            let identifier = || identifier.iter().find_map(|it| relation.pointer(it)).and_then(Value::as_str);
            let last = || reference.and_then(|it| it.rsplit(['/', ':']).next()).or_else(identifier).map(str::to_owned);
            body.metadata.relation = Some(kind);
            body.metadata.parent_document = known.or_else(last);
            if body.metadata.parent_document.is_none() {
                body.notices.push(Notice::ParentMissing);
            }
        }
    }

    /// Adds the code of an order that a document refers to.
    fn order(&self, reference: &Value, body: &mut Body) {
        let found = text(reference, "reference").and_then(|it| self.resources.find(it)).map(|it| it.value);
        let request = found.filter(|it| matches!(kind(it), "ServiceRequest" | "Procedure"));
        let Some(code) = request.and_then(|it| it.get("code")) else { return };
        let label = format!("{}.code", request.map(kind).unwrap_or_default());
        let owned = |value: &Value, key: &str| text(value, key).map(str::to_owned);
        let codings = array(code, "coding");
        if codings.is_empty() {
            let text = owned(code, "text");
            body.metadata.ordered_procedures.push(Coded { code: None, text, system: None, label });
            return;
        }
        for coding in codings {
            body.metadata.ordered_procedures.push(Coded {
                code: owned(coding, "code"),
                text: owned(coding, "display").or_else(|| owned(code, "text")),
                system: owned(coding, "system"),
                label: label.clone(),
            });
        }
    }
}

/// The sections of a value with their paths, the last first.
fn sections<'a>(value: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let sections = array(value, "section").iter().enumerate().rev();
    sections.map(|(at, it)| (joined(path, &format!("section[{at}]")), it)).collect()
}

fn kind(value: &Value) -> &str {
    text(value, "resourceType").unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str().filter(|it| !it.is_empty())
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn joined(path: &str, more: &str) -> String {
    match (path.is_empty(), more.is_empty()) {
        (true, _) => more.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{more}"),
    }
}

/// The id of a resource, by which others refer to it, else its identifier.
fn number(value: &Value) -> Option<String> {
    let identifiers = ["/masterIdentifier/value", "/identifier/0/value", "/identifier/value"];
    let identifier = || identifiers.iter().find_map(|it| value.pointer(it)).and_then(Value::as_str);
    text(value, "id").or_else(identifier).map(str::to_owned)
}

fn concept_text(concept: &Value) -> Option<String> {
    let coding = array(concept, "coding").first();
    let words = text(concept, "text").or_else(|| text(coding?, "display")).or_else(|| text(coding?, "code"));
    words.map(str::to_owned)
}

fn authentication(status: Option<&str>) -> Authentication {
    match status {
        Some("final" | "amended" | "corrected" | "appended") => Authentication::Authenticated,
        Some("preliminary" | "partial" | "registered" | "in-progress" | "draft") => Authentication::NotAuthenticated,
        _ => Authentication::Unknown,
    }
}

fn canceled(status: Option<&str>) -> bool {
    matches!(status, Some("entered-in-error" | "cancelled" | "retracted"))
}

fn push_date(dates: &mut Vec<DateCandidate>, value: Option<&str>, kind: DateKind, label: &str) {
    let date = value.and_then(date::read).map(|it| it.date(false));
    dates.extend(date.map(|date| DateCandidate { date, kind, label: label.to_owned() }));
}
