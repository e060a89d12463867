//! The content of a page, operator by operator, as far as it shows text. Forms are read from a stack, not by recursion.

use std::collections::BTreeMap;
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{DecompressError, Dictionary, Document, Object, ObjectId};

use super::fonts::{Font, float, get};
use super::layout::Run;
use crate::{ErrorKind, Limits};

/// Nesting of forms in forms, and of saved states.
const MAX_FORMS: usize = 16;
/// Operators of text in one stream and in one document: a dense page has 5,000.
const MAX_IN_STREAM: usize = 200_000;
const MAX_IN_DOCUMENT: usize = 600_000;
/// Forms that a document may show, repetitions included.
const MAX_SHOWN: usize = 10_000;
const MAX_SAVED: usize = 256;

/// A transformation of the plane.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    a: f32,
    b: f32,
    c: f32,
    d: f32,
    e: f32,
    f: f32,
}

const IDENTITY: Matrix = Matrix { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

impl Matrix {
    fn shift(e: f32, f: f32) -> Matrix {
        Matrix { e, f, ..IDENTITY }
    }

    /// This transformation, then the other.
    fn then(self, other: Matrix) -> Matrix {
        Matrix {
            a: self.a * other.a + self.b * other.c,
            b: self.a * other.b + self.b * other.d,
            c: self.c * other.a + self.d * other.c,
            d: self.c * other.b + self.d * other.d,
            e: self.e * other.a + self.f * other.c + other.e,
            f: self.e * other.b + self.f * other.d + other.f,
        }
    }
}

/// Graphics state that `q` saves and `Q` restores.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Font>>,
    size: f32,
    character_space: f32,
    word_space: f32,
    scale: f32,
    leading: f32,
    rise: f32,
}

/// A stream that is being read.
struct Frame<'a> {
    operations: std::vec::IntoIter<Operation>,
    resources: Vec<&'a Dictionary>,
    saved: Vec<State>,
    state: State,
}

/// The reader of one document.
pub(crate) struct Interpreter<'a> {
    document: &'a Document,
    limits: &'a Limits,
    fonts: BTreeMap<ObjectId, Rc<Font>>,
    /// Bytes of content that may still be expanded.
    budget: usize,
    /// Operators that may still be read.
    operators: usize,
    /// Operators of text so far.
    text_operators: usize,
    /// Forms shown so far.
    shown: usize,
    /// Characters with and without a meaning.
    pub(crate) mapped: u32,
    pub(crate) unmapped: u32,
    runs: Vec<Run>,
    text: Matrix,
    line: Matrix,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(document: &'a Document, limits: &'a Limits) -> Interpreter<'a> {
        Interpreter {
            document,
            limits,
            fonts: BTreeMap::new(),
            budget: limits.expanded_bytes.min(super::MAX_STREAM),
            operators: limits.cells,
            text_operators: 0,
            shown: 0,
            mapped: 0,
            unmapped: 0,
            runs: Vec::new(),
            text: IDENTITY,
            line: IDENTITY,
        }
    }

    /// The runs of text of a page, its filled form fields included.
    pub(crate) fn page(&mut self, page: ObjectId) -> Result<Vec<Run>, ErrorKind> {
        let content = self.document.get_page_content_with_limit(page, self.budget);
        let content = content.map_err(|it| self.kind_of(&it))?;
        self.budget = self.budget.saturating_sub(content.len());
        let resources = self.page_resources(page);
        self.run(&content, resources, IDENTITY)?;
        let annotations = self.document.get_page_annotations(page).unwrap_or_default();
        for annotation in annotations {
            self.annotation(annotation)?;
        }
        Ok(std::mem::take(&mut self.runs))
    }

    fn kind_of(&self, error: &lopdf::Error) -> ErrorKind {
        match error {
            lopdf::Error::Decompress(DecompressError::MemoryLimitExceeded { .. }) => {
                ErrorKind::TooLarge(self.limits.expanded_bytes.min(super::MAX_STREAM))
            }
            _ => ErrorKind::Malformed { format: crate::Format::Pdf, expected: "content of a page" },
        }
    }

    fn page_resources(&self, page: ObjectId) -> Vec<&'a Dictionary> {
        let Ok((own, ids)) = self.document.get_page_resources(page) else { return Vec::new() };
        let referenced = ids.into_iter().filter_map(|it| self.document.get_dictionary(it).ok());
        own.into_iter().chain(referenced).collect()
    }

    /// The appearance of a form field or a text on top of the page.
    fn annotation(&mut self, annotation: &'a Dictionary) -> Result<(), ErrorKind> {
        let document = self.document;
        let subtype = get(document, annotation, b"Subtype").and_then(|it| it.as_name().ok());
        if !matches!(subtype, Some(b"Widget" | b"FreeText")) {
            return Ok(());
        }
        let appearance = get(document, annotation, b"AP").and_then(|it| it.as_dict().ok());
        let Some(Object::Stream(form)) = appearance.and_then(|it| get(document, it, b"N")) else { return Ok(()) };
        let corner = |dictionary: &Dictionary, key: &[u8]| {
            let numbers = get(document, dictionary, key).and_then(|it| it.as_array().ok());
            let at = |index| numbers.and_then(|it| it.get(index)).and_then(|it| float(document, it)).unwrap_or(0.0);
            (at(0), at(1))
        };
        let (to, from) = (corner(annotation, b"Rect"), corner(&form.dict, b"BBox"));
        let resources = get(document, &form.dict, b"Resources").and_then(|it| it.as_dict().ok());
        let content = self.expand(form)?;
        self.run(&content, resources.into_iter().collect(), Matrix::shift(to.0 - from.0, to.1 - from.1))
    }

    fn expand(&mut self, stream: &lopdf::Stream) -> Result<Vec<u8>, ErrorKind> {
        let content = stream.get_plain_content_with_limit(self.budget).map_err(|it| self.kind_of(&it))?;
        self.budget = self.budget.saturating_sub(content.len());
        Ok(content)
    }

    fn frame(&mut self, content: &[u8], resources: Vec<&'a Dictionary>, state: State) -> Result<Frame<'a>, ErrorKind> {
        let mut operations = Vec::new();
        for operation in Content::decode_iter(content) {
            // A stream that is broken in the middle shows what comes before.
            let Ok(operation) = operation else { break };
            self.operators = self.operators.checked_sub(1).ok_or(ErrorKind::TooManyCells(self.limits.cells))?;
            if is_used(&operation.operator) {
                self.text_operators += 1;
                operations.push(operation);
            }
            if operations.len() > MAX_IN_STREAM || self.text_operators > MAX_IN_DOCUMENT {
                return Err(ErrorKind::TooManyCells(MAX_IN_STREAM));
            }
        }
        Ok(Frame { operations: operations.into_iter(), resources, saved: Vec::new(), state })
    }

    fn run(&mut self, content: &[u8], resources: Vec<&'a Dictionary>, matrix: Matrix) -> Result<(), ErrorKind> {
        let state = State {
            matrix,
            font: None,
            size: 0.0,
            character_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let mut frames = vec![self.frame(content, resources, state)?];
        while let Some(frame) = frames.last_mut() {
            let Some(operation) = frame.operations.next() else {
                frames.pop();
                continue;
            };
            if operation.operator != "Do" {
                self.operate(frame, &operation);
                continue;
            }
            let form = operation.operands.first().and_then(|it| it.as_name().ok()).and_then(|it| self.form(frame, it));
            let Some(form) = form else { continue };
            let own = get(self.document, &form.dict, b"Resources").and_then(|it| it.as_dict().ok());
            let resources = own.map_or_else(|| frame.resources.clone(), |it| vec![it]);
            let matrix = matrix_of(self.document, get(self.document, &form.dict, b"Matrix"));
            let state = State { matrix: matrix.then(frame.state.matrix), ..frame.state.clone() };
            if frames.len() >= MAX_FORMS {
                return Err(ErrorKind::TooDeep(MAX_FORMS));
            }
            self.shown += 1;
            if self.shown > MAX_SHOWN {
                return Err(ErrorKind::TooManyCells(MAX_SHOWN));
            }
            let content = self.expand(form)?;
            let frame = self.frame(&content, resources, state)?;
            frames.push(frame);
        }
        Ok(())
    }

    /// The form of a name; none for images.
    fn form(&self, frame: &Frame<'a>, name: &[u8]) -> Option<&'a lopdf::Stream> {
        let found = frame.resources.iter().find_map(|it| {
            let objects = get(self.document, it, b"XObject")?.as_dict().ok()?;
            get(self.document, objects, name)
        })?;
        let stream = found.as_stream().ok()?;
        let subtype = get(self.document, &stream.dict, b"Subtype").and_then(|it| it.as_name().ok());
        (subtype == Some(b"Form")).then_some(stream)
    }

    fn operate(&mut self, frame: &mut Frame<'a>, operation: &Operation) {
        let operands = &operation.operands;
        let number = |index: usize| operands.get(index).and_then(|it| it.as_float().ok()).unwrap_or(0.0);
        let matrix = || Matrix { a: number(0), b: number(1), c: number(2), d: number(3), e: number(4), f: number(5) };
        let state = &mut frame.state;
        match operation.operator.as_str() {
            "q" if frame.saved.len() < MAX_SAVED => frame.saved.push(state.clone()),
            "Q" => frame.state = frame.saved.pop().unwrap_or_else(|| frame.state.clone()),
            "cm" => state.matrix = matrix().then(state.matrix),
            "BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            "Tf" => {
                state.size = number(1);
                if let Some(name) = operands.first().and_then(|it| it.as_name().ok()) {
                    frame.state.font = self.font(&frame.resources, name);
                }
            }
            "Tc" => state.character_space = number(0),
            "Tw" => state.word_space = number(0),
            "Tz" => state.scale = number(0) / 100.0,
            "TL" => state.leading = number(0),
            "Ts" => state.rise = number(0),
            "Tm" => (self.text, self.line) = (matrix(), matrix()),
            "Td" => self.next_line(number(0), number(1)),
            "TD" => {
                state.leading = -number(1);
                self.next_line(number(0), number(1));
            }
            "T*" => self.next_line(0.0, -state.leading),
            "Tj" => self.show_operand(state, operands.first()),
            "'" => {
                self.next_line(0.0, -state.leading);
                self.show_operand(state, operands.first());
            }
            "\"" => {
                (state.word_space, state.character_space) = (number(0), number(1));
                self.next_line(0.0, -state.leading);
                self.show_operand(state, operands.get(2));
            }
            "TJ" => {
                let parts = operands.first().and_then(|it| it.as_array().ok());
                for part in parts.into_iter().flatten() {
                    match part {
                        Object::String(bytes, _) => self.show(state, bytes),
                        other => {
                            let back = other.as_float().unwrap_or(0.0) / 1000.0 * state.size * state.scale;
                            self.text = Matrix::shift(-back, 0.0).then(self.text);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = Matrix::shift(x, y).then(self.line);
        self.text = self.line;
    }

    fn font(&mut self, resources: &[&'a Dictionary], name: &[u8]) -> Option<Rc<Font>> {
        let document = self.document;
        let font = resources.iter().find_map(|it| get(document, it, b"Font")?.as_dict().ok()?.get(name).ok())?;
        let (id, font) = document.dereference(font).ok()?;
        let font = font.as_dict().ok()?;
        if let Some(known) = id.and_then(|it| self.fonts.get(&it)) {
            return Some(Rc::clone(known));
        }
        let read = Rc::new(Font::new(document, font));
        if let Some(id) = id {
            self.fonts.insert(id, Rc::clone(&read));
        }
        Some(read)
    }

    fn show_operand(&mut self, state: &State, operand: Option<&Object>) {
        if let Some(Object::String(bytes, _)) = operand {
            self.show(state, bytes);
        }
    }

    /// Shows a string: one run, cut where glyphs leave a gap between words.
    fn show(&mut self, state: &State, bytes: &[u8]) {
        let Some(font) = &state.font else { return };
        let at = Matrix::shift(0.0, state.rise).then(self.text).then(state.matrix);
        let length = at.a.hypot(at.b);
        let turn = if at.a.abs() >= at.b.abs() { u8::from(at.a < 0.0) * 2 } else { 1 + u8::from(at.b < 0.0) * 2 };
        let along = |x: f32, y: f32| match turn {
            0 => (x, y),
            1 => (y, -x),
            2 => (-x, -y),
            _ => (-y, x),
        };
        let (start, height) = along(at.e, at.f);
        let mut text = String::new();
        let mut advance = 0.0;
        for glyph in font.glyphs(bytes) {
            match glyph.text {
                Some(it) => {
                    self.mapped = self.mapped.saturating_add(1);
                    text.push_str(it);
                }
                None => self.unmapped = self.unmapped.saturating_add(1),
            }
            let space = if glyph.is_space { state.word_space } else { 0.0 };
            advance += (glyph.width * state.size + state.character_space + space) * state.scale;
        }
        let text = plain(&text);
        let size = (state.size * at.c.hypot(at.d)).abs();
        self.runs.push(Run { turn, start, end: start + advance * length, height, size, text });
        self.text = Matrix::shift(advance, 0.0).then(self.text);
    }
}

/// The operators that matter for text.
fn is_used(operator: &str) -> bool {
    const USED: [&str; 18] =
        ["q", "Q", "cm", "BT", "Tf", "Tc", "Tw", "Tz", "TL", "Ts", "Tm", "Td", "TD", "T*", "Tj", "'", "\"", "TJ"];
    USED.contains(&operator) || operator == "Do"
}

fn matrix_of(document: &Document, value: Option<&Object>) -> Matrix {
    let numbers = value.and_then(|it| it.as_array().ok()).map(Vec::as_slice).unwrap_or_default();
    if numbers.len() != 6 {
        return IDENTITY;
    }
    let number = |index: usize| numbers.get(index).and_then(|it| float(document, it)).unwrap_or(0.0);
    Matrix { a: number(0), b: number(1), c: number(2), d: number(3), e: number(4), f: number(5) }
}

/// Text with ligatures as letters and without control characters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{fb00}' => plain.push_str("ff"),
            '\u{fb01}' => plain.push_str("fi"),
            '\u{fb02}' => plain.push_str("fl"),
            '\u{fb03}' => plain.push_str("ffi"),
            '\u{fb04}' => plain.push_str("ffl"),
            // A soft hyphen is not shown within a line.
            '\u{ad}' => {}
            it if it.is_control() => plain.push(' '),
            it => plain.push(it),
        }
    }
    plain
}
