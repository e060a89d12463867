//! C-CDA: the sections of a document with their titles as headings, and what its header says.

use quick_xml::events::BytesStart;

use crate::body::{self, Body, Fault, Read, add_part};
use crate::prose::Prose;
use crate::xml::{Token, Xml, attribute, characters};
use crate::{
    Authentication, Coded, DateCandidate, DateKind, ErrorKind, Format, Limits, Notice, Place, Relation, SkipReason,
    Step, date, hl7,
};

/// The text of a C-CDA document.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let decoded = characters(bytes);
    let mut reader = Reader {
        prose: Prose::new(limits),
        path: Vec::new(),
        body: Body { notices: decoded.notices, ..Body::default() },
        preformatted: preformatted(&decoded.text, limits)?,
        texts: 0,
        section: 0,
        deleted: None,
        title: String::new(),
        attachment: None,
        pictures: 0,
    };
    let mut xml = Xml::new(&decoded.text, Format::Ccda, limits);
    loop {
        let token = xml.next().map_err(|kind| Fault { place: reader.place(), kind })?;
        match token {
            Token::End => break,
            _ if reader.prose.failed() => break,
            Token::Open(tag) => reader.open(&tag),
            Token::Close(_) => reader.close(),
            Token::Text(text) => reader.text(&text),
        }
    }
    reader.finish(limits)
}

/// The elements that lead to a place.
struct Reader {
    prose: Prose,
    path: Vec<String>,
    body: Body,
    /// Whether the text of each section, in order, has no markup, so that its line ends count.
    preformatted: Vec<bool>,
    texts: usize,
    section: u32,
    /// The depth of the outermost deleted element.
    deleted: Option<usize>,
    title: String,
    /// A body that is a file of another format.
    attachment: Option<String>,
    pictures: u32,
}

impl Reader {
    fn place(&self) -> Place {
        if self.section == 0 { Place::whole() } else { Place::from(Step::Section(self.section)) }
    }

    /// Whether the path ends with these elements.
    fn ends(&self, names: &[&str]) -> bool {
        let start = self.path.len().checked_sub(names.len());
        start.and_then(|it| self.path.get(it..)).is_some_and(|it| it.iter().eq(names.iter()))
    }

    /// Whether the text of a section is open.
    fn in_text(&self) -> bool {
        let section = self.path.windows(2).position(|it| it.iter().eq(["section", "text"].iter()));
        section.is_some()
    }

    fn open(&mut self, tag: &BytesStart<'_>) {
        self.path.push(tag.local_name().into_inner().to_owned());
        if self.ends(&["section", "text"]) {
            self.texts += 1;
        }
        if self.in_text() {
            self.open_narrative(tag);
        } else {
            self.open_header(tag);
        }
    }

    fn open_narrative(&mut self, tag: &BytesStart<'_>) {
        if attribute(tag, "revised").as_deref() == Some("delete") {
            self.deleted.get_or_insert(self.path.len());
        }
        if self.deleted.is_some() {
            return;
        }
        match self.path.last().map(String::as_str) {
            Some("text" | "paragraph" | "caption") => self.prose.block(),
            Some("br") => self.prose.line_break(),
            Some("list") => {
                let ordered = attribute(tag, "listType").as_deref() == Some("ordered");
                self.prose.open_list(ordered.then_some(1));
            }
            Some("item") => self.prose.item(),
            Some("table") => self.prose.open_table(),
            Some("tr") => self.prose.open_row(),
            Some("td" | "th") => self.prose.open_cell(),
            Some("renderMultiMedia") => self.pictures += 1,
            _ => {}
        }
    }

    fn open_header(&mut self, tag: &BytesStart<'_>) {
        if self.ends(&["section"]) {
            self.section += 1;
            return;
        }
        let value = |name| attribute(tag, name).filter(|it| !it.is_empty());
        let metadata = &mut self.body.metadata;
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let rest = path.get(1..).unwrap_or_default();
        let dates = &mut self.body.dates;
        let mut dated = |kind, label: &str| {
            let date = value("value").and_then(|it| date::compact(&it));
            dates.extend(date.map(|date| DateCandidate { date, kind, label: label.to_owned() }));
        };
        match rest {
            ["id"] => metadata.document_number = value("extension").or_else(|| value("root")),
            ["code"] => metadata.document_type = value("displayName"),
            ["statusCode"] => metadata.completion = value("code"),
            ["effectiveTime"] => dated(DateKind::Dictated, "effectiveTime"),
            ["relatedDocument"] => {
                metadata.relation = match value("typeCode").as_deref() {
                    Some("RPLC") => Some(Relation::Replacement),
                    Some("APND") => Some(Relation::Addendum),
                    _ => None,
                };
            }
            ["relatedDocument", "parentDocument", "id"] => {
                metadata.parent_document = value("extension").or_else(|| value("root"));
            }
            ["legalAuthenticator" | "authenticator", "time"] => dated(DateKind::Signed, "authenticator.time"),
            ["legalAuthenticator" | "authenticator", "signatureCode"] => {
                let signed = value("code").as_deref() == Some("S");
                metadata.authentication =
                    if signed { Authentication::Authenticated } else { Authentication::NotAuthenticated };
            }
            ["documentationOf", "serviceEvent", "effectiveTime"]
            | ["documentationOf", "serviceEvent", "effectiveTime", "low"] => {
                dated(DateKind::Service, "serviceEvent.effectiveTime");
            }
            ["documentationOf", "serviceEvent", "code"] => {
                let coded = Coded {
                    code: value("code"),
                    text: value("displayName"),
                    system: value("codeSystem"),
                    label: "serviceEvent.code".to_owned(),
                };
                metadata.ordered_procedures.extend((coded.code.is_some() || coded.text.is_some()).then_some(coded));
            }
            ["componentOf", "encompassingEncounter", "effectiveTime"]
            | ["componentOf", "encompassingEncounter", "effectiveTime", "low"] => {
                dated(DateKind::Admitted, "encompassingEncounter.effectiveTime");
            }
            [.., "nonXMLBody", "text"] => self.attachment = Some(String::new()),
            _ => {}
        }
    }

    fn close(&mut self) {
        let depth = self.path.len();
        if self.ends(&["section", "title"]) || self.ends(&["ClinicalDocument", "title"]) {
            let title = std::mem::take(&mut self.title);
            self.heading(&title);
        } else if self.in_text() && self.deleted.is_none() {
            match self.path.last().map(String::as_str) {
                Some("text" | "paragraph" | "caption" | "item") => self.prose.block(),
                Some("list") => self.prose.close_list(),
                Some("td" | "th") => self.prose.close_cell(),
                Some("tr") => self.prose.close_row(),
                Some("table") => self.prose.close_table(),
                _ => {}
            }
        }
        if self.deleted.is_some_and(|it| depth <= it) {
            self.deleted = None;
        }
        self.path.pop();
    }

    /// A title as a line of its own, marked as a heading.
    fn heading(&mut self, title: &str) {
        let title = title.trim().trim_end_matches(':');
        if title.is_empty() {
            return;
        }
        self.prose.block();
        let step = Step::Section(self.section.max(1));
        self.prose.text(title, &step);
        if self.section > 0 {
            self.prose.text(":", &step);
        }
        self.prose.block();
    }

    fn text(&mut self, text: &str) {
        if self.ends(&["nonXMLBody", "text"]) {
            if let Some(attachment) = &mut self.attachment {
                attachment.push_str(text);
            }
            return;
        }
        if self.ends(&["section", "title"]) || self.ends(&["ClinicalDocument", "title"]) {
            self.title.push_str(text);
            return;
        }
        if !self.in_text() {
            return;
        }
        if self.deleted.is_some() {
            if !text.trim().is_empty() && !self.body.notices.contains(&Notice::DeletedText) {
                self.body.notices.push(Notice::DeletedText);
            }
            return;
        }
        let step = Step::Section(self.section.max(1));
        let preformatted = self.texts.checked_sub(1).and_then(|it| self.preformatted.get(it));
        if preformatted == Some(&true) {
            self.prose.verbatim(text, &step);
        } else {
            self.prose.text(text, &step);
        }
    }

    fn finish(self, limits: &Limits) -> Result<Read, Fault> {
        let mut body = self.body;
        body.piece = self.prose.finish()?;
        body.notices.extend((self.pictures > 0).then_some(Notice::Pictures(self.pictures)));
        if let Some(attachment) = self.attachment {
            let place = Place::from(Step::Path("nonXMLBody.text".to_owned()));
            let bytes = hl7::base64(&attachment).unwrap_or_else(|| attachment.clone().into_bytes());
            match body::read_part("part", &bytes, limits).map_err(|it| it.within(&place))? {
                Read::Body(part) => add_part(&mut body, *part, &place),
                Read::Skipped(reason) => return Ok(Read::Skipped(reason)),
            }
        } else if self.texts == 0 {
            return Ok(Read::Skipped(SkipReason::OtherKind("a C-CDA document without narrative text")));
        }
        if body.piece.text.len() > limits.text_bytes {
            return Err(ErrorKind::TooLarge(limits.text_bytes).into());
        }
        Ok(body.into())
    }
}

/// For the text of each section, whether it has no markup of blocks: then its line ends are all there is.
fn preformatted(text: &str, limits: &Limits) -> Result<Vec<bool>, Fault> {
    let mut xml = Xml::new(text, Format::Ccda, limits);
    let mut found = Vec::new();
    // Whether each open element is a section; the depth of the text that is open.
    let mut sections: Vec<bool> = Vec::new();
    let mut open: Option<usize> = None;
    loop {
        match xml.next()? {
            Token::End => return Ok(found),
            Token::Open(tag) => {
                let name = tag.local_name().into_inner();
                let of_section = sections.last() == Some(&true);
                sections.push(name == "section");
                if open.is_none() && of_section && name == "text" {
                    open = Some(xml.depth());
                    found.push(true);
                }
                if open.is_some() && matches!(name, "paragraph" | "list" | "table" | "br") {
                    found.last_mut().into_iter().for_each(|it| *it = false);
                }
            }
            Token::Close(_) => {
                sections.pop();
                open = open.filter(|it| xml.depth() >= *it);
            }
            Token::Text(_) => {}
        }
    }
}
