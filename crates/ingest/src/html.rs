//! HTML: the text that a browser shows. Only the tokenizer of the standard parser is used: no tree, no recursion.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use crate::body::{Body, Fault, Read};
use crate::prose::Prose;
use crate::{Limits, Notice, Step, decode};

/// Elements whose text is not shown.
const HIDDEN: [&str; 8] = ["head", "script", "style", "template", "title", "datalist", "object", "svg"];
/// Elements whose text was deleted.
const DELETED: [&str; 3] = ["del", "s", "strike"];
/// Elements that begin and end a block.
const BLOCKS: [&str; 28] = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "address",
    "blockquote",
    "dl",
    "dt",
    "dd",
    "form",
    "fieldset",
    "pre",
    "center",
    "figure",
    "main",
    "nav",
    "aside",
    "body",
    "caption",
    "legend",
];

/// The text of an HTML file.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let head = bytes.get(..1024.min(bytes.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let label = head.split_once("charset=").map(|it| it.1.trim_start_matches(['"', '\'']));
    let label =
        label.and_then(|it| it.split(|it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | ':'))).next());
    let decoded = decode::labeled(bytes, label);
    let mut body = text(&decoded.text, limits)?;
    body.notices.extend(decoded.notices);
    Ok(body.into())
}

/// The text of markup that is decoded.
pub(crate) fn text(markup: &str, limits: &Limits) -> Result<Body, Fault> {
    let page = Page { prose: Prose::new(limits), hidden: None, preformatted: 0, deleted: false, pictures: 0 };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(page)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(markup));
    // Scripts are never run, so that the tokenizer stops at the end only.
    while let html5ever::TokenizerResult::Script(()) = tokenizer.feed(&queue) {}
    tokenizer.end();
    let page = tokenizer.sink.0.into_inner();
    let mut body = Body { piece: page.prose.finish()?, ..Body::default() };
    body.notices.extend(page.deleted.then_some(Notice::DeletedText));
    body.notices.extend((page.pictures > 0).then_some(Notice::Pictures(page.pictures)));
    Ok(body)
}

struct Sink(RefCell<Page>);

struct Page {
    prose: Prose,
    /// The element that hides its text, and how many of its name are open.
    hidden: Option<(String, u32)>,
    preformatted: u32,
    deleted: bool,
    pictures: u32,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        if page.prose.failed() {
            return TokenSinkResult::Continue;
        }
        match token {
            Token::CharacterTokens(text) => page.text(&text, line as u32),
            Token::TagToken(tag) => {
                let raw = raw_kind(&tag);
                page.tag(&tag, line as u32);
                if let Some(kind) = raw {
                    return TokenSinkResult::RawData(kind);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// Tokenizer state for the content of an element that is no markup.
fn raw_kind(tag: &Tag) -> Option<RawKind> {
    if tag.kind != TagKind::StartTag || tag.self_closing {
        return None;
    }
    match &*tag.name {
        "script" => Some(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

impl Page {
    fn text(&mut self, text: &str, line: u32) {
        if let Some((name, _)) = &self.hidden {
            self.deleted |= DELETED.contains(&name.as_str()) && !text.trim().is_empty();
            return;
        }
        // The tokenizer counts lines up to the end of the text.
        let ends = text.bytes().filter(|it| *it == b'\n').count() as u32;
        let step = Step::Line(line.saturating_sub(ends).max(1));
        if self.preformatted > 0 {
            self.prose.verbatim(text, &step);
        } else {
            self.prose.text(text, &step);
        }
    }

    fn tag(&mut self, tag: &Tag, line: u32) {
        let name = &*tag.name;
        let start = tag.kind == TagKind::StartTag;
        if let Some((hidden, count)) = &mut self.hidden {
            if hidden == name && !tag.self_closing {
                *count = if start { count.saturating_add(1) } else { count.saturating_sub(1) };
            }
            // A head that is not closed ends where the body begins.
            if *count == 0 || (hidden == "head" && name == "body") {
                self.hidden = None;
            }
            return;
        }
        if start && !tag.self_closing && hides(tag) {
            self.hidden = Some((name.to_owned(), 1));
            return;
        }
        if BLOCKS.contains(&name) {
            self.prose.block();
        }
        match (name, start) {
            ("pre" | "textarea", true) => self.preformatted += 1,
            ("pre" | "textarea", false) => self.preformatted = self.preformatted.saturating_sub(1),
            ("br", _) => self.prose.line_break(),
            ("ul", true) => self.prose.open_list(None),
            ("ol", true) => {
                let first = attribute(tag, "start").and_then(|it| it.parse().ok()).unwrap_or(1);
                self.prose.open_list(Some(first));
            }
            ("ul" | "ol", false) => self.prose.close_list(),
            ("li", true) => self.prose.item(),
            ("hr", true) | ("li", false) => self.prose.block(),
            ("table", true) => self.prose.open_table(),
            ("table", false) => self.prose.close_table(),
            ("tr", true) => self.prose.open_row(),
            ("tr", false) => self.prose.close_row(),
            ("td" | "th", true) => self.prose.open_cell(),
            ("td" | "th", false) => self.prose.close_cell(),
            ("img", true) => self.pictures += 1,
            ("input", true) => self.input(tag, line),
            _ => {}
        }
    }

    /// The value of a field of a form.
    fn input(&mut self, tag: &Tag, line: u32) {
        let checked = attribute(tag, "checked").is_some();
        let text = match attribute(tag, "type").unwrap_or_default().to_ascii_lowercase().as_str() {
            "checkbox" | "radio" if checked => "[x] ".to_owned(),
            "checkbox" | "radio" => "[ ] ".to_owned(),
            "hidden" | "password" | "button" | "submit" | "image" | "file" | "reset" => return,
            _ => attribute(tag, "value").unwrap_or_default().to_owned(),
        };
        self.prose.verbatim(&text, &Step::Line(line));
    }
}

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|it| &*it.name.local == name).map(|it| &*it.value)
}

/// Whether an element hides its text.
fn hides(tag: &Tag) -> bool {
    const VOID: [&str; 8] = ["input", "br", "hr", "img", "meta", "link", "col", "wbr"];
    let name = &*tag.name;
    let style = || attribute(tag, "style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    let by_attribute = || attribute(tag, "hidden").is_some() || style().contains("display:none");
    HIDDEN.contains(&name) || DELETED.contains(&name) || (!VOID.contains(&name) && by_attribute())
}
