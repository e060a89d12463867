//! HL7 v2: notes of MDM and ORU messages, alone, in files of many, and in batches.

mod segments;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use self::segments::{Message, Part, Segment, bytes_of_hex, each_part, unescape};
use crate::body::{self, Body, Fault, Read, add_part, document, inner_format, read_text};
use crate::{
    Authentication, Coded, DateCandidate, DateKind, ErrorKind, Format, Item, Metadata, Notice, Options, Place,
    Relation, SkipReason, Skipped, StatusMessage, Step, date, decode, detect,
};

/// Characters of plain results that make a report of an ORU message without text fields.
const REPORT_CHARS: usize = 80;

/// Base64 with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The documents and status messages of a file.
pub(crate) fn read(file: &str, bytes: &[u8], options: &Options, emit: &mut dyn FnMut(Item)) {
    let decoded = decode::text(bytes);
    let mut empty = true;
    each_part(&decoded.text, &mut |part| {
        empty = false;
        match part {
            Part::Message(message) => {
                let reader = Reader { file, options, message: &message, notices: &decoded.notices };
                reader.items().into_iter().for_each(&mut *emit);
            }
            Part::Stray(line) => {
                let kind = ErrorKind::Malformed { format: Format::Hl7, expected: "an MSH segment first" };
                emit(Item::Error(kind.at(file, &Place::from(Step::Line(line)))));
            }
        }
    });
    if empty {
        emit(Item::Skipped(Skipped { file: file.to_owned(), place: Place::whole(), reason: SkipReason::Empty }));
    }
}

/// Base64 without white space, with or without padding.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    BASE64.decode(packed).ok()
}

struct Reader<'a> {
    file: &'a str,
    options: &'a Options,
    message: &'a Message<'a>,
    notices: &'a [Notice],
}

/// OBX and NTE segments that belong together, with the OBR above them.
struct Group<'a> {
    request: Option<&'a Segment<'a>>,
    content: Vec<&'a Segment<'a>>,
}

impl<'a> Reader<'a> {
    fn items(&self) -> Vec<Item> {
        let header = self.message.segment("MSH");
        let part = |number| header.and_then(|it| self.message.component(it, 9, number));
        let kind = part(1).unwrap_or_default();
        match kind.as_str() {
            "MDM" => vec![self.mdm(&part(2).unwrap_or_default())],
            "ORU" => self.oru(),
            other => vec![self.skipped(&self.place(), SkipReason::OtherKind(message_kind(other)))],
        }
    }

    fn place(&self) -> Place {
        Place::from(Step::Message(self.message.number))
    }

    fn skipped(&self, place: &Place, reason: SkipReason) -> Item {
        Item::Skipped(Skipped { file: self.file.to_owned(), place: place.clone(), reason })
    }

    /// The component of a field of the first segment of a name.
    fn value(&self, segment: &str, field: usize, component: usize) -> Option<String> {
        self.message.component(self.message.segment(segment)?, field, component)
    }

    /// A document notification: one document, addendum or change of one.
    fn mdm(&self, trigger: &str) -> Item {
        let content = self.message.segments.iter().filter(|it| it.name == "OBX").collect();
        let group = Group { request: None, content };
        let relation = relation(trigger);
        let mut metadata = self.metadata();
        metadata.relation = relation;
        metadata.document_number = self.value("TXA", 12, 1).or_else(|| self.value("TXA", 12, 3));
        metadata.parent_document = self.value("TXA", 13, 1).or_else(|| self.value("TXA", 13, 3));
        metadata.document_type = self.value("TXA", 2, 2).or_else(|| self.value("TXA", 2, 1));
        metadata.completion = self.value("TXA", 17, 1);
        metadata.availability = self.value("TXA", 19, 1);
        metadata.authentication = self.authentication(metadata.completion.as_deref());
        let is_request = |it: &&Segment<'_>| it.name == "OBR";
        for request in self.message.segments.iter().filter(is_request) {
            metadata.ordered_procedures.extend(self.coded(request, 4, "OBR-4"));
        }
        let mut dates = self.dates();
        self.date(&mut dates, "TXA", 4, 1, DateKind::Service);
        self.date(&mut dates, "TXA", 6, 1, DateKind::Dictated);
        self.date(&mut dates, "TXA", 7, 1, DateKind::Filed);
        self.date(&mut dates, "TXA", 22, 15, DateKind::Signed);
        let mut notices = self.own_notices();
        let needs_parent = matches!(relation, Some(Relation::Addendum | Relation::Replacement));
        if needs_parent && metadata.parent_document.is_none() {
            notices.push(Notice::ParentMissing);
        }
        let no_content = group.content.is_empty() || relation == Some(Relation::Cancel);
        if no_content && relation.is_some() || group.content.is_empty() && trigger == "T01" {
            let place = self.place();
            return Item::Status(Box::new(StatusMessage {
                file: self.file.to_owned(),
                place,
                dates,
                metadata,
                notices,
            }));
        }
        let body = Body { dates, metadata, notices, ..Body::default() };
        self.document(body, &group, &self.place(), None)
    }

    /// An observation report: one document for each request with a report.
    fn oru(&self) -> Vec<Item> {
        let groups = self.groups();
        let many = groups.len() > 1;
        let mut items = Vec::new();
        for (index, group) in groups.iter().enumerate() {
            if self.has_report(group) {
                items.push(self.report(group, many.then_some(index + 1)));
            }
        }
        if items.is_empty() {
            items.push(self.skipped(&self.place(), SkipReason::OtherKind("an HL7 result without a report")));
        }
        items
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups = vec![Group { request: None, content: Vec::new() }];
        for segment in &self.message.segments {
            match segment.name {
                "OBR" => groups.push(Group { request: Some(segment), content: Vec::new() }),
                "OBX" => groups.last_mut().into_iter().for_each(|it| it.content.push(segment)),
                // Comments above the first request are about the patient or the order.
                "NTE" => {
                    groups
                        .last_mut()
                        .filter(|it| it.request.is_some())
                        .into_iter()
                        .for_each(|it| it.content.push(segment));
                }
                _ => {}
            }
        }
        groups.retain(|it| it.content.iter().any(|segment| segment.name == "OBX"));
        groups
    }

    /// Whether a group holds prose rather than values.
    fn has_report(&self, group: &Group<'_>) -> bool {
        let mut plain = 0;
        for segment in group.content.iter().filter(|it| it.name == "OBX") {
            match self.message.field(segment, 2).as_str() {
                "TX" | "FT" | "ED" | "RP" => return true,
                "ST" | "" => plain += self.message.field(segment, 5).chars().count(),
                _ => {}
            }
        }
        plain >= REPORT_CHARS
    }

    fn report(&self, group: &Group<'_>, number: Option<usize>) -> Item {
        let mut place = self.place();
        let mut metadata = self.metadata();
        let mut dates = self.dates();
        if let Some(request) = group.request {
            place = place.then(Step::Segment { name: "OBR", index: request.index });
            let value = |field, component| self.message.component(request, field, component);
            metadata.document_number = value(3, 1).or_else(|| value(2, 1));
            metadata.parent_document = value(29, 2).or_else(|| value(29, 1));
            metadata.document_type = value(4, 2).or_else(|| value(4, 1));
            metadata.completion = value(25, 1);
            metadata.ordered_procedures.extend(self.coded(request, 4, "OBR-4"));
            metadata.ordered_procedures.extend(self.coded(request, 44, "OBR-44"));
            push_date(&mut dates, value(7, 1), DateKind::Procedure, "OBR-7");
            push_date(&mut dates, value(22, 1), DateKind::Filed, "OBR-22");
        }
        let first = group.content.iter().find(|it| it.name == "OBX");
        let status = metadata.completion.take().or_else(|| self.message.component(first?, 11, 1));
        metadata.authentication = match status.as_deref() {
            Some("F" | "C" | "A") => Authentication::Authenticated,
            Some("P" | "R" | "S" | "I" | "O" | "U") => Authentication::NotAuthenticated,
            _ => Authentication::Unknown,
        };
        metadata.relation = match status.as_deref() {
            Some("C") => Some(Relation::Edit),
            Some("X" | "D" | "W") => Some(Relation::Cancel),
            _ => None,
        };
        metadata.completion = status;
        let notices = self.own_notices();
        if metadata.relation == Some(Relation::Cancel) {
            return Item::Status(Box::new(StatusMessage {
                file: self.file.to_owned(),
                place,
                dates,
                metadata,
                notices,
            }));
        }
        self.document(Body { dates, metadata, notices, ..Body::default() }, group, &place, number)
    }

    /// A document from the content of a group.
    fn document(&self, mut body: Body, group: &Group<'_>, place: &Place, number: Option<usize>) -> Item {
        let skipped = match self.content(&mut body, group) {
            Ok(it) => it,
            Err(fault) => return Item::Error(fault.of_file(self.file)),
        };
        // Whole RTF or HTML files are sent as lines of text, too.
        if inner_format(&body.piece.text).is_some() {
            let first = group.content.first().map(|it| Step::Segment { name: "OBX", index: it.index });
            let within = Place(place.0.iter().cloned().chain(first).collect());
            match read_text(&body.piece.text, &within, &self.options.limits) {
                Ok(part) => {
                    body.piece = part.piece;
                    body.notices.extend(part.notices);
                }
                Err(fault) => return Item::Error(fault.of_file(self.file)),
            }
        }
        if body.piece.is_blank() {
            let (place, reason) = skipped.unwrap_or_else(|| (place.clone(), SkipReason::Empty));
            return self.skipped(&place, reason);
        }
        let fallback = || match (&body.metadata.message_control_id, number) {
            (Some(id), None) => id.clone(),
            (Some(id), Some(number)) => format!("{id}#{number}"),
            (None, _) => format!("{}#{}", detect::stem(self.file), self.message.number),
        };
        let id = body.metadata.document_number.clone().unwrap_or_else(fallback);
        Item::Document(Box::new(document(body, id, self.file, place, Format::Hl7)))
    }

    /// Reads the content of a group into a body; gives the first part that was skipped.
    fn content(&self, body: &mut Body, group: &Group<'_>) -> Result<Option<(Place, SkipReason)>, Fault> {
        let label_of = |segment: &Segment<'_>| {
            let value = |it| self.message.component(segment, 3, it);
            if segment.name == "OBX" { value(2).or_else(|| value(1)).unwrap_or_default() } else { String::new() }
        };
        let labels: Vec<String> = group.content.iter().map(|it| label_of(it)).collect();
        let mut distinct: Vec<&String> = labels.iter().filter(|it| !it.is_empty()).collect();
        distinct.dedup();
        let labeled = distinct.len() > 1;
        let mut last = "";
        let mut skipped = None;
        for (segment, label) in group.content.iter().zip(&labels) {
            let name = if segment.name == "OBX" { "OBX" } else { "NTE" };
            let place = self.place().then(Step::Segment { name, index: segment.index });
            if name == "OBX" && matches!(self.message.field(segment, 11).as_str(), "D" | "W" | "X") {
                body.notices.push(Notice::DeletedText);
                continue;
            }
            if labeled && !label.is_empty() && label != last {
                let prose = matches!(self.message.field(segment, 2).as_str(), "TX" | "FT" | "ED" | "RP");
                body.piece.newline();
                body.piece.push(label, place.then(Step::Field { field: 3, repetition: 1 }));
                body.piece.glue(if prose { ":\n" } else { ": " });
                last = label;
            }
            if let Some((place, reason)) = self.value_of(body, segment, &place)? {
                body.notices.push(Notice::PartSkipped(place.clone(), reason));
                skipped.get_or_insert((place, reason));
            }
            if body.piece.text.len() > self.options.limits.text_bytes {
                return Err(ErrorKind::TooLarge(self.options.limits.text_bytes).into());
            }
        }
        Ok(skipped)
    }

    /// Appends the value of a segment, one line a repetition.
    fn value_of(
        &self,
        body: &mut Body,
        segment: &Segment<'_>,
        place: &Place,
    ) -> Result<Option<(Place, SkipReason)>, Fault> {
        let separators = &self.message.separators;
        let number = if segment.name == "OBX" { 5 } else { 3 };
        let field = self.message.field(segment, number);
        let kind = if segment.name == "OBX" { self.message.field(segment, 2) } else { "TX".to_owned() };
        for (index, value) in field.split(separators.repetition).enumerate() {
            let place = place.then(Step::Field { field: number as u32, repetition: index as u32 + 1 });
            match kind.as_str() {
                "ED" => {
                    if let Some(reason) = self.encapsulated(body, value, &place)? {
                        return Ok(Some((place, reason)));
                    }
                }
                "RP" => return Ok(Some((place, SkipReason::Unsupported("a pointer to a document elsewhere")))),
                "CE" | "CWE" | "CNE" | "CF" => {
                    let text = self.message.of_field(value, 2).or_else(|| self.message.of_field(value, 1));
                    body.piece.push(&text.unwrap_or_default(), place);
                    body.piece.glue("\n");
                }
                "NM" | "SN" => {
                    let text = unescape(value, separators).replace(separators.component, "");
                    body.piece.push(&text, place);
                    if let Some(unit) = self.message.component(segment, 6, 1) {
                        body.piece.glue(&format!(" {unit}"));
                    }
                    body.piece.glue("\n");
                }
                _ => {
                    body.piece.push(&unescape(value, separators), place);
                    body.piece.glue("\n");
                }
            }
        }
        Ok(None)
    }

    /// Appends a document inside a field; gives the reason if it is no text.
    fn encapsulated(&self, body: &mut Body, value: &str, place: &Place) -> Result<Option<SkipReason>, Fault> {
        let separators = &self.message.separators;
        let components: Vec<&str> = value.split(separators.component).collect();
        let component = |it: usize| components.get(it).copied().unwrap_or_default();
        let data = if component(4).is_empty() { components.last().copied().unwrap_or_default() } else { component(4) };
        let wrong = |what| Fault { place: place.clone(), kind: ErrorKind::Wrong("the encapsulated document", what) };
        let bytes = match component(3).to_ascii_lowercase().as_str() {
            "hex" => bytes_of_hex(data).ok_or_else(|| wrong("hexadecimal"))?,
            "a" => unescape(data, separators).into_bytes(),
            _ => {
                // Line ends of the encoded text arrive as escapes.
                let plain = unescape(data, separators);
                base64(&plain).ok_or_else(|| wrong("base64"))?
            }
        };
        let name = format!("part.{}", component(2).to_ascii_lowercase());
        let read = body::read_part(&name, &bytes, &self.options.limits).map_err(|it| it.within(place))?;
        match read {
            Read::Skipped(reason) => Ok(Some(reason)),
            Read::Body(part) => {
                if is_same(&body.piece.text, &part.piece.text) {
                    body.notices.push(Notice::OtherRenditions(1));
                } else {
                    add_part(body, *part, place);
                    body.piece.newline();
                }
                Ok(None)
            }
        }
    }

    fn metadata(&self) -> Metadata {
        let kind = self.message.segment("MSH").map(|it| self.message.field(it, 9)).filter(|it| !it.is_empty());
        let mut metadata = Metadata {
            message_control_id: self.value("MSH", 10, 1),
            message_type: kind
                .map(|it| it.split(self.message.separators.component).take(2).collect::<Vec<_>>().join("^")),
            ..Metadata::default()
        };
        for segment in self.message.segments.iter().filter(|it| it.name == "PR1") {
            metadata.ordered_procedures.extend(self.coded(segment, 3, "PR1-3"));
        }
        metadata
    }

    fn own_notices(&self) -> Vec<Notice> {
        let mut notices = self.notices.to_vec();
        notices.extend(self.message.broken.then_some(Notice::BrokenSegment));
        notices
    }

    /// Dates that any message may have.
    fn dates(&self) -> Vec<DateCandidate> {
        let mut dates = Vec::new();
        self.date(&mut dates, "PR1", 5, 1, DateKind::Procedure);
        self.date(&mut dates, "PV1", 44, 1, DateKind::Admitted);
        dates
    }

    fn date(&self, dates: &mut Vec<DateCandidate>, segment: &str, field: usize, component: usize, kind: DateKind) {
        push_date(dates, self.value(segment, field, component), kind, &format!("{segment}-{field}"));
    }

    fn coded(&self, segment: &Segment<'_>, field: usize, label: &str) -> Option<Coded> {
        let value = |component| self.message.component(segment, field, component);
        let coded = Coded { code: value(1), text: value(2), system: value(3), label: label.to_owned() };
        (coded.code.is_some() || coded.text.is_some()).then_some(coded)
    }

    /// Whether a document is signed: by its completion status, else by a signature.
    fn authentication(&self, completion: Option<&str>) -> Authentication {
        match completion {
            Some("LA" | "AU") => Authentication::Authenticated,
            Some("DI" | "DO" | "IN" | "IP" | "PA") => Authentication::NotAuthenticated,
            _ if self.value("TXA", 22, 1).is_some() => Authentication::Authenticated,
            _ => Authentication::Unknown,
        }
    }
}

fn push_date(dates: &mut Vec<DateCandidate>, value: Option<String>, kind: DateKind, label: &str) {
    let date = value.and_then(|it| date::compact(&it));
    dates.extend(date.map(|date| DateCandidate { date, kind, label: label.to_owned() }));
}

/// Whether one text holds the other, blanks aside: the same report sent twice.
fn is_same(one: &str, other: &str) -> bool {
    let packed = |text: &str| text.chars().filter(|it| it.is_alphanumeric()).collect::<String>();
    let (one, other) = (packed(one), packed(other));
    !other.is_empty() && one.contains(&other)
}

fn relation(trigger: &str) -> Option<Relation> {
    match trigger {
        "T03" | "T04" => Some(Relation::StatusChange),
        "T05" | "T06" => Some(Relation::Addendum),
        "T07" | "T08" => Some(Relation::Edit),
        "T09" | "T10" => Some(Relation::Replacement),
        "T11" => Some(Relation::Cancel),
        _ => None,
    }
}

fn message_kind(kind: &str) -> &'static str {
    match kind {
        "ADT" => "an HL7 ADT message",
        "ACK" => "an HL7 ACK message",
        "ORM" | "OMG" | "OML" => "an HL7 order message",
        "SIU" => "an HL7 SIU message",
        "DFT" => "an HL7 DFT message",
        _ => "an HL7 message other than MDM and ORU",
    }
}
