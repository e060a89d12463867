//! Fonts of a PDF: from the bytes of a string to characters and their widths.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object};

use super::cmap::CMap;

/// Largest map of characters, in bytes.
const MAX_STREAM: usize = 8 << 20;

/// A font.
#[derive(Debug, Default)]
pub(crate) struct Font {
    /// Bytes of a code.
    code_bytes: usize,
    to_unicode: Option<CMap>,
    /// Characters of one-byte codes.
    table: BTreeMap<u32, String>,
    /// Widths of codes, in thousandths of the size.
    widths: BTreeMap<u32, f32>,
    default_width: Option<f32>,
    /// All characters have the same width.
    fixed: bool,
}

/// A character of a string.
pub(crate) struct Glyph<'a> {
    /// Its text; none if the font does not say.
    pub(crate) text: Option<&'a str>,
    /// Its width in units of the size.
    pub(crate) width: f32,
    /// Whether word spacing applies.
    pub(crate) is_space: bool,
}

impl Font {
    pub(crate) fn new(document: &Document, font: &Dictionary) -> Font {
        let name = |key: &[u8]| get(document, font, key).and_then(|it| it.as_name().ok());
        let mut read = Font { code_bytes: 1, ..Font::default() };
        let stream = get(document, font, b"ToUnicode").and_then(|it| it.as_stream().ok());
        let content = stream.and_then(|it| it.get_plain_content_with_limit(MAX_STREAM).ok());
        read.to_unicode = content.map(|it| CMap::parse(&it));
        let base = name(b"BaseFont").unwrap_or_default();
        read.fixed = memchr::memmem::find(base, b"Courier").is_some();
        if name(b"Subtype") == Some(b"Type0") {
            read.code_bytes = read.to_unicode.as_ref().and_then(|it| it.code_bytes).unwrap_or(2);
            // Codes of one byte in a map do not change that the usual encodings have two.
            if name(b"Encoding").is_some_and(|it| it.starts_with(b"Identity")) {
                read.code_bytes = 2;
            }
            read.composite_widths(document, font);
        } else {
            read.simple_widths(document, font);
            read.table = table(document, font);
        }
        read
    }

    /// The characters of a string.
    pub(crate) fn glyphs<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Glyph<'a>> {
        bytes.chunks(self.code_bytes.max(1)).map(|code| {
            let number = code.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
            let mapped = self.to_unicode.as_ref().and_then(|it| it.get(number)).filter(|it| !it.contains('\0'));
            let text = mapped.or_else(|| self.table.get(&number).map(String::as_str));
            Glyph { text, width: self.width(number, text), is_space: code == [b' '] }
        })
    }

    fn width(&self, code: u32, text: Option<&str>) -> f32 {
        let width = self.widths.get(&code).copied().or(self.default_width);
        let guess = || match text.and_then(|it| it.chars().next()) {
            _ if self.fixed => 600.0,
            // Widths of Helvetica, near enough to recognize a gap between words.
            Some('i' | 'j' | 'l' | '\'' | '|') => 222.0,
            Some('f' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '/' | '!') => 278.0,
            Some('r' | '(' | ')' | '-' | '"') => 333.0,
            Some('m' | 'M') => 833.0,
            Some('w' | 'C' | 'D' | 'H' | 'N' | 'R' | 'U') => 722.0,
            Some('W' | '@' | '%') => 940.0,
            Some(it) if it.is_uppercase() => 667.0,
            Some('c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J') => 500.0,
            _ => 556.0,
        };
        width.unwrap_or_else(guess) / 1000.0
    }

    fn simple_widths(&mut self, document: &Document, font: &Dictionary) {
        let first = get(document, font, b"FirstChar").and_then(|it| it.as_i64().ok()).unwrap_or(0);
        let widths = get(document, font, b"Widths").and_then(|it| it.as_array().ok());
        let scale = type3_scale(document, font);
        for (offset, width) in widths.into_iter().flatten().take(256).enumerate() {
            if let Some(width) = float(document, width) {
                self.widths.insert(first.saturating_add(offset as i64) as u32, width * scale);
            }
        }
        let descriptor = get(document, font, b"FontDescriptor").and_then(|it| it.as_dict().ok());
        let missing = descriptor.and_then(|it| it.get(b"MissingWidth").ok()).and_then(|it| float(document, it));
        self.default_width = missing.filter(|it| *it > 0.0);
    }

    /// Widths of a composite font: `code [w w …]` or `first last w`.
    fn composite_widths(&mut self, document: &Document, font: &Dictionary) {
        let descendants = get(document, font, b"DescendantFonts").and_then(|it| it.as_array().ok());
        let first = descendants.and_then(|it| it.first()).and_then(|it| document.dereference(it).ok());
        let Some(descendant) = first.and_then(|it| it.1.as_dict().ok()) else { return };
        self.default_width = get(document, descendant, b"DW").and_then(|it| float(document, it)).or(Some(1000.0));
        let widths = get(document, descendant, b"W").and_then(|it| it.as_array().ok());
        let mut rest = widths.map(Vec::as_slice).unwrap_or_default();
        while let [first, second, after @ ..] = rest {
            let Some(first) = float(document, first).map(|it| it as u32) else { return };
            let second = document.dereference(second).map_or(second, |it| it.1);
            if let Ok(list) = second.as_array() {
                for (offset, width) in list.iter().enumerate() {
                    if let Some(width) = float(document, width) {
                        self.widths.insert(first.saturating_add(offset as u32), width);
                    }
                }
                rest = after;
                continue;
            }
            let (Some(last), [width, after @ ..]) = (float(document, second), after) else { return };
            if let Some(width) = float(document, width) {
                for code in first..=(last as u32).min(first.saturating_add(0xffff)) {
                    self.widths.insert(code, width);
                }
            }
            rest = after;
        }
    }
}

/// The value of a key, references followed.
pub(crate) fn get<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let value = dictionary.get(key).ok()?;
    document.dereference(value).ok().map(|it| it.1)
}

/// A number, references followed.
pub(crate) fn float(document: &Document, value: &Object) -> Option<f32> {
    let value = document.dereference(value).ok()?.1;
    value.as_float().ok().filter(|it| it.is_finite())
}

/// Factor for the widths of a Type 3 font.
fn type3_scale(document: &Document, font: &Dictionary) -> f32 {
    let matrix = get(document, font, b"FontMatrix").and_then(|it| it.as_array().ok()).and_then(|it| it.first());
    matrix.and_then(|it| float(document, it)).map_or(1.0, |it| it.abs() * 1000.0)
}

/// The characters of a font with codes of one byte: its base encoding, then the differences.
fn table(document: &Document, font: &Dictionary) -> BTreeMap<u32, String> {
    let encoding = get(document, font, b"Encoding");
    let dictionary = encoding.and_then(|it| it.as_dict().ok());
    let base = dictionary.and_then(|it| get(document, it, b"BaseEncoding")).or(encoding);
    let base = base.and_then(|it| it.as_name().ok());
    let is_true_type = get(document, font, b"Subtype").and_then(|it| it.as_name().ok()) == Some(b"TrueType");
    let usual: &[u8] = if is_true_type { b"WinAnsiEncoding" } else { b"StandardEncoding" };
    let mut table = base_table(document, base.unwrap_or(usual));
    let differences = dictionary.and_then(|it| get(document, it, b"Differences")).and_then(|it| it.as_array().ok());
    let mut code = 0_u32;
    for entry in differences.into_iter().flatten().take(1024) {
        match entry {
            Object::Integer(number) => code = u32::try_from(*number).unwrap_or(0),
            Object::Name(name) => {
                match character(document, name) {
                    Some(text) => table.insert(code, text),
                    // A glyph without a known name has no character, whatever the base says.
                    None => table.remove(&code),
                };
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    table
}

/// The characters of a named encoding, as the library knows them.
fn base_table(document: &Document, name: &[u8]) -> BTreeMap<u32, String> {
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", Object::Name(name.to_vec()));
    let Ok(encoding) = font.get_font_encoding_with_limit(document, MAX_STREAM) else { return BTreeMap::new() };
    let text = |code: u32| encoding.bytes_to_string(&[code as u8]).ok().filter(|it| !it.is_empty());
    (0..256).filter_map(|code| Some((code, text(code)?))).collect()
}

/// The character of a glyph by its name.
fn character(document: &Document, name: &[u8]) -> Option<String> {
    let known = std::str::from_utf8(name).ok()?;
    // Variants such as `a.sc` show the same character.
    let known = known.split('.').next().filter(|it| !it.is_empty())?;
    let hex = known.strip_prefix("uni").or_else(|| known.strip_prefix('u')).filter(|it| (4..=6).contains(&it.len()));
    if let Some(character) = hex.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32) {
        return Some(character.to_string());
    }
    match known {
        "fi" => return Some("fi".to_owned()),
        "fl" => return Some("fl".to_owned()),
        "ff" => return Some("ff".to_owned()),
        "ffi" => return Some("ffi".to_owned()),
        "ffl" => return Some("ffl".to_owned()),
        _ => {}
    }
    let mut encoding = Dictionary::new();
    encoding.set("Differences", Object::Array(vec![Object::Integer(0), Object::Name(known.as_bytes().to_vec())]));
    let mut font = Dictionary::new();
    font.set("Type", Object::Name(b"Font".to_vec()));
    font.set("Encoding", Object::Dictionary(encoding));
    let encoding = font.get_font_encoding_with_limit(document, MAX_STREAM).ok()?;
    encoding.bytes_to_string(&[0]).ok().filter(|it| !it.is_empty())
}
