//! The map from codes of a font to characters: the `bfchar` and `bfrange` parts of a `ToUnicode` stream.

use std::collections::BTreeMap;

/// Most codes that a map may have.
const MAX_CODES: usize = 1 << 17;

/// Codes to characters.
#[derive(Debug, Default)]
pub(crate) struct CMap {
    map: BTreeMap<u32, String>,
    /// Length of codes in bytes, as the map writes them.
    pub(crate) code_bytes: Option<usize>,
}

/// A token of the map.
enum Token {
    Hex(Vec<u8>),
    Open,
    Close,
    Word(String),
}

impl CMap {
    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        self.map.get(&code).map(String::as_str)
    }

    pub(crate) fn parse(bytes: &[u8]) -> CMap {
        let mut cmap = CMap::default();
        let mut operands: Vec<Token> = Vec::new();
        for token in tokens(bytes) {
            match token {
                Token::Word(word) => {
                    match word.as_str() {
                        "endbfchar" => cmap.characters(&operands),
                        "endbfrange" => cmap.ranges(&operands),
                        "endcodespacerange" => cmap.code_space(&operands),
                        _ => {}
                    }
                    operands.clear();
                }
                token => operands.push(token),
            }
        }
        cmap
    }

    fn code_space(&mut self, operands: &[Token]) {
        let lengths = operands.iter().filter_map(|it| if let Token::Hex(it) = it { Some(it.len()) } else { None });
        self.code_bytes = lengths.max().filter(|it| (1..=4).contains(it)).or(self.code_bytes);
    }

    fn characters(&mut self, operands: &[Token]) {
        for pair in operands.chunks(2) {
            if let [Token::Hex(code), Token::Hex(text)] = pair {
                self.insert(number(code), utf16(text));
            }
        }
    }

    fn ranges(&mut self, operands: &[Token]) {
        let mut rest = operands;
        while let [Token::Hex(first), Token::Hex(last), after @ ..] = rest {
            let (first, last) = (number(first), number(last));
            rest = match after {
                [Token::Hex(text), after @ ..] => {
                    self.range(first, last, text);
                    after
                }
                [Token::Open, after @ ..] => {
                    let end = after.iter().position(|it| matches!(it, Token::Close)).unwrap_or(after.len());
                    let (texts, after) = after.split_at(end);
                    for (offset, text) in texts.iter().enumerate() {
                        if let Token::Hex(text) = text {
                            self.insert(first.saturating_add(offset as u32), utf16(text));
                        }
                    }
                    after.get(1..).unwrap_or_default()
                }
                _ => return,
            };
        }
    }

    /// Codes in a row: the last unit of the text grows with the code.
    fn range(&mut self, first: u32, last: u32, text: &[u8]) {
        let mut units = units(text);
        for code in first..=last {
            if self.map.len() >= MAX_CODES {
                return;
            }
            self.insert(code, String::from_utf16_lossy(&units));
            let Some(unit) = units.last_mut() else { return };
            *unit = unit.wrapping_add(1);
        }
    }

    fn insert(&mut self, code: u32, text: String) {
        if self.map.len() < MAX_CODES {
            self.map.insert(code, text);
        }
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn units(text: &[u8]) -> Vec<u16> {
    match text {
        [byte] => vec![u16::from(*byte)],
        _ => text.chunks(2).map(|it| it.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte))).collect(),
    }
}

fn utf16(text: &[u8]) -> String {
    String::from_utf16_lossy(&units(text))
}

fn tokens(bytes: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'<' if after.first() == Some(&b'<') => rest = after.get(1..).unwrap_or_default(),
            b'<' => {
                let end = after.iter().position(|it| *it == b'>').unwrap_or(after.len());
                let (hex, after) = after.split_at(end);
                tokens.push(Token::Hex(bytes_of(hex)));
                rest = after.get(1..).unwrap_or_default();
            }
            b'[' => tokens.push(Token::Open),
            b']' => tokens.push(Token::Close),
            b'%' => {
                let end = after.iter().position(|it| matches!(it, b'\r' | b'\n')).unwrap_or(after.len());
                rest = after.get(end..).unwrap_or_default();
            }
            it if it.is_ascii_alphabetic() => {
                let end = after.iter().position(|it| !it.is_ascii_alphanumeric()).unwrap_or(after.len());
                let word = rest.get(..end).unwrap_or_default();
                tokens.push(Token::Word(format!("{}{}", *it as char, String::from_utf8_lossy(word))));
                rest = after.get(end..).unwrap_or_default();
            }
            _ => {}
        }
    }
    tokens
}

fn bytes_of(hex: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = hex.iter().filter_map(|it| (*it as char).to_digit(16)).map(|it| it as u8).collect();
    // An odd last digit is the upper half of its byte.
    let byte = |it: &[u8]| match it {
        [high, low] => high << 4 | low,
        [high] => high << 4,
        _ => 0,
    };
    digits.chunks(2).map(byte).collect()
}
