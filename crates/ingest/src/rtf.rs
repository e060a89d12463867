//! RTF: text with its tables and code pages; deleted, struck and hidden text left out. One pass, no recursion.

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};
use std::collections::BTreeMap;

use crate::body::{Body, Fault, Read};
use crate::flow::Flow;
use crate::{ErrorKind, Format, Limits, Notice, Step};

/// Destinations whose text is not part of the document.
const SKIPPED: [&str; 30] = [
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "objdata",
    "fldinst",
    "datafield",
    "themedata",
    "colorschememapping",
    "latentstyles",
    "datastore",
    "xmlnstbl",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
    "filetbl",
    "revtbl",
    "nonshppict",
    "nonesttables",
    "sp",
    "annotation",
    "atnid",
    "atnauthor",
    "bkmkstart",
    "bkmkend",
    "listname",
    "template",
    "userprops",
    "private",
];
/// Destinations that are marked as ignorable and hold text all the same.
const KEPT: [&str; 6] = ["shpinst", "shptxt", "nesttableprops", "shppict", "pn", "pntext"];
/// Destinations that are blocks of their own.
const BLOCKS: [&str; 10] =
    ["header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "footnote", "shptxt"];
/// Longest control word, in bytes.
const MAX_WORD: usize = 32;

/// Properties that a group inherits from the group around it.
#[derive(Clone, Copy)]
struct State {
    /// Text is left out because of its destination.
    skipped: bool,
    /// Inside the font table.
    fonts: bool,
    block: bool,
    hidden: bool,
    deleted: bool,
    struck: bool,
    font: i32,
    /// Number of replacement characters after `\u`, for readers without Unicode.
    fallback: usize,
    /// Depth of tables around the paragraph.
    tables: usize,
}

/// The code page of a font.
#[derive(Clone, Copy, PartialEq)]
enum Charset {
    Page(&'static Encoding),
    Symbol,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    state: State,
    stack: Vec<State>,
    flow: Flow,
    page: &'static Encoding,
    fonts: BTreeMap<i32, Charset>,
    /// Bytes of text in the code page of the current font.
    pending: Vec<u8>,
    /// Characters still to be passed over after `\u`.
    skip: usize,
    /// First half of a character outside the basic plane.
    surrogate: Option<u16>,
    ignorable: bool,
    in_row: bool,
    paragraph: u32,
    pictures: u32,
    left_out: bool,
    depth: usize,
}

/// The text of an RTF document.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Read, Fault> {
    let start = memchr::memmem::find(bytes, b"{\\rt").unwrap_or(0);
    let state = State {
        skipped: false,
        fonts: false,
        block: false,
        hidden: false,
        deleted: false,
        struck: false,
        font: 0,
        fallback: 1,
        tables: 0,
    };
    let mut reader = Reader {
        bytes,
        at: start,
        state,
        stack: Vec::new(),
        flow: Flow::new(limits),
        page: WINDOWS_1252,
        fonts: BTreeMap::new(),
        pending: Vec::new(),
        skip: 0,
        surrogate: None,
        ignorable: false,
        in_row: false,
        paragraph: 1,
        pictures: 0,
        left_out: false,
        depth: limits.depth,
    };
    reader.run()?;
    let mut body = Body { piece: reader.flow.finish()?, ..Body::default() };
    body.notices.extend(reader.left_out.then_some(Notice::DeletedText));
    body.notices.extend((reader.pictures > 0).then_some(Notice::Pictures(reader.pictures)));
    Ok(body.into())
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), ErrorKind> {
        while let Some(byte) = self.next() {
            match byte {
                b'{' => self.open()?,
                b'}' => {
                    self.close();
                    if self.stack.is_empty() {
                        return Ok(());
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => {}
                byte => self.byte(byte),
            }
            if self.flow.failed() {
                return Ok(());
            }
        }
        let expected = "a closing brace for every group";
        let none = self.stack.is_empty();
        Err(if none { ErrorKind::Malformed { format: Format::Rtf, expected } } else { ErrorKind::Truncated(expected) })
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn open(&mut self) -> Result<(), ErrorKind> {
        self.flush();
        self.skip = 0;
        self.ignorable = false;
        if self.stack.len() >= self.depth {
            return Err(ErrorKind::TooDeep(self.depth));
        }
        self.stack.push(self.state);
        Ok(())
    }

    fn close(&mut self) {
        self.flush();
        self.skip = 0;
        self.ignorable = false;
        let Some(outer) = self.stack.pop() else { return };
        if self.state.block && !outer.block && !self.state.skipped {
            self.flow.newline();
        }
        self.state = outer;
    }

    /// A control word or symbol, after its backslash.
    fn control(&mut self) {
        let Some(first) = self.next() else { return };
        if first.is_ascii_alphabetic() {
            self.at -= 1;
            let (word, number) = self.word();
            if self.skip > 0 && word != "bin" {
                self.skip -= 1;
                return;
            }
            self.act(&word, number);
            return;
        }
        if first == b'\'' {
            let digits = self.bytes.get(self.at..self.at + 2).unwrap_or_default();
            let hex = |it: &u8| (*it as char).to_digit(16);
            if let [high, low] = digits
                && let (Some(high), Some(low)) = (hex(high), hex(low))
            {
                self.at += 2;
                self.byte((high << 4 | low) as u8);
            }
            return;
        }
        match first {
            b'*' => self.ignorable = true,
            b'\\' | b'{' | b'}' => self.byte(first),
            b'~' => self.text("\u{a0}"),
            b'_' => self.text("-"),
            b'\r' | b'\n' => self.end_paragraph(),
            _ => {}
        }
    }

    /// A control word with its number and the blank that ends it.
    fn word(&mut self) -> (String, Option<i32>) {
        let mut word = String::new();
        while let Some(byte) = self.peek().filter(|it| it.is_ascii_alphabetic() && word.len() < MAX_WORD) {
            word.push(byte as char);
            self.at += 1;
        }
        let mut digits = String::new();
        if self.peek() == Some(b'-') {
            digits.push('-');
            self.at += 1;
        }
        while let Some(byte) = self.peek().filter(|it| it.is_ascii_digit() && digits.len() < 11) {
            digits.push(byte as char);
            self.at += 1;
        }
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        (word, digits.parse().ok())
    }

    fn act(&mut self, word: &str, number: Option<i32>) {
        let ignorable = std::mem::take(&mut self.ignorable);
        let on = number != Some(0);
        match word {
            "bin" => {
                let size = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
                self.at = self.at.saturating_add(size);
                return;
            }
            "u" => return self.unicode(number.unwrap_or(0)),
            _ => self.flush(),
        }
        match word {
            "ansicpg" => self.page = number.and_then(code_page).unwrap_or(WINDOWS_1252),
            "mac" => self.page = MACINTOSH,
            "uc" => self.state.fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(16),
            "fonttbl" => (self.state.fonts, self.state.skipped) = (true, true),
            "f" => self.state.font = number.unwrap_or(0),
            "fcharset" if self.state.fonts => {
                if let Some(charset) = charset(number.unwrap_or(0)) {
                    self.fonts.insert(self.state.font, charset);
                }
            }
            "cpg" if self.state.fonts => {
                if let Some(page) = number.and_then(code_page) {
                    self.fonts.insert(self.state.font, Charset::Page(page));
                }
            }
            "v" => self.state.hidden = on,
            "deleted" => self.state.deleted = on,
            "strike" | "striked" => self.state.struck = on,
            "plain" => (self.state.hidden, self.state.deleted, self.state.struck) = (false, false, false),
            "pard" => self.state.tables = 0,
            "intbl" => self.state.tables = self.state.tables.max(1),
            "itap" => self.state.tables = usize::try_from(number.unwrap_or(0)).unwrap_or(0),
            "trowd" => self.in_row = !self.state.skipped,
            "cell" => self.end_cell(1),
            "row" => self.end_row(1),
            "nestcell" => self.end_cell(self.state.tables.max(2)),
            "nestrow" => self.end_row(self.state.tables.max(2)),
            "par" | "sect" | "page" => self.end_paragraph(),
            "line" | "column" | "softline" => self.line_break(),
            "tab" => self.text("\t"),
            "emdash" => self.text("\u{2014}"),
            "endash" => self.text("\u{2013}"),
            "bullet" => self.text("\u{2022}"),
            "lquote" => self.text("\u{2018}"),
            "rquote" => self.text("\u{2019}"),
            "ldblquote" => self.text("\u{201c}"),
            "rdblquote" => self.text("\u{201d}"),
            "emspace" | "enspace" | "qmspace" => self.text(" "),
            _ => self.destination(word, ignorable),
        }
    }

    fn destination(&mut self, word: &str, ignorable: bool) {
        if word == "pict" && !self.state.skipped {
            self.pictures += 1;
        }
        if SKIPPED.contains(&word) || (ignorable && !KEPT.contains(&word)) {
            self.state.skipped = true;
        }
        if BLOCKS.contains(&word) && !self.state.skipped {
            self.state.block = true;
            if word != "footnote" {
                self.flow.newline();
            }
        }
    }

    /// A byte of text in the code page of the font.
    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        if !self.state.skipped {
            self.pending.push(byte);
        }
    }

    /// A character by its number; the characters after it are its replacement for readers without Unicode.
    fn unicode(&mut self, number: i32) {
        self.flush();
        self.skip = self.state.fallback;
        // Numbers above 32,767 are written as negative ones, or as they are.
        let unit = number as u32 & 0xffff;
        let character = match (self.surrogate.take(), unit) {
            (_, 0xd800..=0xdbff) => {
                self.surrogate = Some(unit as u16);
                return;
            }
            (Some(high), 0xdc00..=0xdfff) => {
                char::decode_utf16([high, unit as u16]).next().and_then(Result::ok).unwrap_or('\u{fffd}')
            }
            (_, 0xf000..=0xf0ff) => symbol(unit as u8),
            (_, 0) => return,
            _ => char::from_u32(unit).unwrap_or('\u{fffd}'),
        };
        self.text(character.encode_utf8(&mut [0; 4]));
    }

    /// Decodes the bytes of text before anything else happens.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        let charset = self.fonts.get(&self.state.font).copied().unwrap_or(Charset::Page(self.page));
        match charset {
            Charset::Symbol => {
                let text: String = bytes.iter().map(|it| symbol(*it)).collect();
                self.text_now(&text);
            }
            // Some writers put UTF-8 into files that name another code page.
            Charset::Page(page) => match std::str::from_utf8(&bytes) {
                Ok(text) => self.text_now(text),
                Err(_) => self.text_now(&page.decode_without_bom_handling(&bytes).0),
            },
        }
    }

    fn text(&mut self, text: &str) {
        self.flush();
        self.text_now(text);
    }

    fn text_now(&mut self, text: &str) {
        let state = self.state;
        if state.skipped {
            return;
        }
        if state.hidden || state.deleted || state.struck {
            self.left_out |= !text.trim().is_empty();
            return;
        }
        self.enter(state.tables.max(usize::from(self.in_row)));
        let place = self.flow.place(Step::Paragraph(self.paragraph));
        self.flow.push(text, place);
    }

    /// Opens or closes tables up to a depth.
    fn enter(&mut self, depth: usize) {
        while self.flow.table_depth() > depth {
            self.flow.close_table();
        }
        while self.flow.table_depth() < depth && !self.flow.failed() {
            self.flow.open_table();
            self.flow.open_row();
        }
    }

    fn end_cell(&mut self, depth: usize) {
        if !self.state.skipped {
            self.enter(depth);
            self.flow.close_cell();
        }
    }

    fn end_row(&mut self, depth: usize) {
        if self.state.skipped {
            return;
        }
        self.enter(depth);
        self.flow.open_row();
        if depth == 1 {
            self.in_row = false;
        }
    }

    fn end_paragraph(&mut self) {
        self.flush();
        if self.state.skipped || self.state.deleted {
            return;
        }
        self.enter(self.state.tables.max(usize::from(self.in_row)));
        self.flow.glue("\n");
        if !self.flow.in_table() {
            self.paragraph += 1;
        }
    }

    fn line_break(&mut self) {
        if !(self.state.skipped || self.state.deleted) {
            self.flow.glue("\n");
        }
    }
}

/// The code page of a Windows character set number.
fn charset(number: i32) -> Option<Charset> {
    Some(Charset::Page(match number {
        0 => WINDOWS_1252,
        2 => return Some(Charset::Symbol),
        77 => MACINTOSH,
        128 => SHIFT_JIS,
        129 => EUC_KR,
        134 => GBK,
        136 => BIG5,
        161 => WINDOWS_1253,
        162 => WINDOWS_1254,
        163 => WINDOWS_1258,
        177 => WINDOWS_1255,
        178 => WINDOWS_1256,
        186 => WINDOWS_1257,
        204 => WINDOWS_1251,
        222 => WINDOWS_874,
        238 => WINDOWS_1250,
        _ => return None,
    }))
}

/// The encoding of a code page number.
fn code_page(number: i32) -> Option<&'static Encoding> {
    Some(match number {
        874 => WINDOWS_874,
        932 => SHIFT_JIS,
        936 => GBK,
        949 => EUC_KR,
        950 => BIG5,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1252 => WINDOWS_1252,
        1253 => WINDOWS_1253,
        1254 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        10_000 => MACINTOSH,
        65_001 => UTF_8,
        _ => return None,
    })
}

/// Characters of the fonts Symbol and Wingdings that notes use: bullets, check boxes, check marks.
pub(crate) fn symbol(code: u8) -> char {
    match code {
        0x20 => ' ',
        0x6f | 0x70 | 0x71 | 0xa8 => '\u{2610}',
        0x78 | 0xfd | 0xfb => '\u{2612}',
        0xfe | 0x52 => '\u{2611}',
        0xfc => '\u{2713}',
        0x6c | 0x6e | 0xa7 | 0xb7 => '\u{2022}',
        0xae | 0xe0 => '\u{2192}',
        _ => '\u{fffd}',
    }
}
