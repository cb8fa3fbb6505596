//! Words: quotes, escapes, parameters, brace lists and constant substitutions turned into the text a program is given.
//!
//! Works on source text alone, so that the tree walk and the crude splitter read words the same way.

use std::collections::HashMap;

use super::Word;
use super::constant;

/// Variables the script set itself, with their last literal value.
pub(super) type Variables = HashMap<String, Variable>;

/// A variable's literal value.
#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    /// The text.
    pub value: String,
    /// Holds several words even in double quotes: the list of a loop.
    pub list: bool,
}

/// A value longer than this is not followed.
const LONGEST_VALUE: usize = 4096;
/// Brace lists give at most this many words.
const MOST_BRACES: usize = 64;
/// Substitutions inside substitutions are followed this deep.
const DEEPEST: u8 = 6;

// Marks for unquoted characters that mean something, from the private use area.
const OPEN: char = '\u{E000}';
const COMMA: char = '\u{E001}';
const CLOSE: char = '\u{E002}';
const SPLIT: char = '\u{E003}';
const NOTHING: char = '\u{E004}';
const LIVE: char = '\u{E005}';

/// Reads the words of a source text without operators; usually one.
pub(super) fn expand(raw: &str, variables: &Variables) -> Vec<Word> {
    expand_at(raw, variables, 0)
}

pub(super) fn expand_at(raw: &str, variables: &Variables, depth: u8) -> Vec<Word> {
    let mut scan = Scan {
        chars: raw.chars().map(|c| if (OPEN..=LIVE).contains(&c) { '?' } else { c }).collect(),
        at: 0,
        out: String::with_capacity(raw.len()),
        variables,
        depth,
    };
    scan.run();
    let mut words = Vec::new();
    for piece in scan.out.split(SPLIT).filter(|p| !p.is_empty()) {
        let mut texts = vec![piece.to_owned()];
        if piece.contains(OPEN) {
            texts = braces(piece);
        }
        for text in texts {
            let dynamic = text.contains(LIVE);
            let text = text
                .chars()
                .filter(|c| !matches!(*c, NOTHING | LIVE))
                .map(|c| match c {
                    OPEN => '{',
                    COMMA => ',',
                    CLOSE => '}',
                    c => c,
                })
                .collect();
            words.push(Word { text, dynamic });
        }
    }
    words
}

/// The text of a word that is not split: an assignment's value, a redirect's target.
pub(super) fn joined(raw: &str, variables: &Variables) -> Word {
    let words = expand(raw, variables);
    let dynamic = words.iter().any(|w| w.dynamic);
    let mut text = words.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
    if text.len() > LONGEST_VALUE {
        text = text.chars().take(LONGEST_VALUE / 4).collect();
    }
    Word { text, dynamic }
}

/// First-level brace lists, left to right, as the shell does; `{}` and `{x}` stay as they are.
fn braces(piece: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![piece.to_owned()];
    while let Some(text) = open.pop() {
        if done.len() + open.len() >= MOST_BRACES {
            done.push(text);
            continue;
        }
        match brace_list(&text) {
            Some((before, items, after)) => {
                open.extend(items.iter().rev().map(|i| format!("{before}{i}{after}")));
            }
            None => done.push(text),
        }
    }
    done
}

fn brace_list(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    for (start, _) in text.match_indices(OPEN) {
        let inner = text.get(start + OPEN.len_utf8()..)?;
        let (mut depth, mut commas) = (0_u32, Vec::new());
        for (i, c) in inner.char_indices() {
            match c {
                OPEN => depth += 1,
                CLOSE if depth == 0 => {
                    if commas.is_empty() {
                        break;
                    }
                    let mut items = Vec::new();
                    let mut from = 0;
                    for comma in commas {
                        items.push(inner.get(from..comma)?);
                        from = comma + COMMA.len_utf8();
                    }
                    items.push(inner.get(from..i)?);
                    return Some((text.get(..start)?, items, inner.get(i + CLOSE.len_utf8()..)?));
                }
                CLOSE => depth -= 1,
                COMMA if depth == 0 => commas.push(i),
                _ => {}
            }
        }
    }
    None
}

struct Scan<'a> {
    chars: Vec<char>,
    at: usize,
    out: String,
    variables: &'a Variables,
    depth: u8,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to.min(self.chars.len())).unwrap_or_default().iter().collect()
    }

    fn run(&mut self) {
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '\\' => {
                    match self.peek(0) {
                        Some('\n') | None => {}
                        Some(next) => self.out.push(next),
                    }
                    self.at += 1;
                }
                '\'' => {
                    let from = self.at;
                    while self.peek(0).is_some_and(|c| c != '\'') {
                        self.at += 1;
                    }
                    self.out.push(NOTHING);
                    let text = self.slice(from, self.at);
                    self.out.push_str(&text);
                    self.at += 1;
                }
                '"' => self.double(),
                '$' => self.dollar(false),
                '`' => self.backtick(false),
                '<' | '>' if self.peek(0) == Some('(') => {
                    let from = self.at - 1;
                    self.balanced('(', ')');
                    self.out.push(LIVE);
                    let text = self.slice(from, self.at);
                    self.out.push_str(&text);
                }
                '{' => self.out.push(OPEN),
                ',' => self.out.push(COMMA),
                '}' => self.out.push(CLOSE),
                c if c.is_whitespace() => self.out.push(SPLIT),
                c => self.out.push(c),
            }
        }
    }

    fn double(&mut self) {
        self.out.push(NOTHING);
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '"' => return,
                '\\' => match self.peek(0) {
                    Some('\n') => self.at += 1,
                    Some(next @ ('$' | '`' | '"' | '\\')) => {
                        self.out.push(next);
                        self.at += 1;
                    }
                    _ => self.out.push('\\'),
                },
                '$' => self.dollar(true),
                '`' => self.backtick(true),
                c => self.out.push(c),
            }
        }
    }

    /// Moves behind the bracket that closes the one at the current place (which may be the next character).
    fn balanced(&mut self, open: char, close: char) {
        let mut depth = 0_u32;
        let mut quote = None;
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match (quote, c) {
                (Some('\''), '\'') => quote = None,
                (Some('\''), _) => {}
                (_, '\\') => self.at += 1,
                (Some(q), c) if q == c => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, c) if c == open => depth += 1,
                (None, c) if c == close => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }

    fn live(&mut self, text: &str) {
        self.out.push(LIVE);
        self.out.push_str(text);
    }

    /// A value put in place of what was written: split at white space when unquoted.
    fn put(&mut self, value: &str, splits: bool) {
        self.out.push(LIVE);
        for c in value.chars() {
            match c {
                c if c.is_whitespace() && splits => {
                    self.out.push(SPLIT);
                    self.out.push(LIVE);
                }
                c if (OPEN..=LIVE).contains(&c) => self.out.push('?'),
                c => self.out.push(c),
            }
        }
    }

    fn backtick(&mut self, quoted: bool) {
        let from = self.at;
        while self.peek(0).is_some_and(|c| c != '`') {
            self.at += if self.peek(0) == Some('\\') { 2 } else { 1 };
        }
        let inner = self.slice(from, self.at);
        self.at += 1;
        self.substitute(&inner, &format!("`{inner}`"), quoted);
    }

    fn substitute(&mut self, inner: &str, written: &str, quoted: bool) {
        let known = (self.depth < DEEPEST)
            .then(|| constant::output(inner, self.variables, self.depth + 1))
            .flatten()
            .filter(|v| v.len() <= LONGEST_VALUE);
        match known {
            Some(value) => self.put(value.trim_end(), !quoted),
            None => self.live(written),
        }
    }

    fn dollar(&mut self, quoted: bool) {
        let from = self.at - 1;
        match self.peek(0) {
            Some('\'') if !quoted => self.ansi_c(),
            Some('"') if !quoted => {}
            Some('(') => {
                let arithmetic = self.peek(1) == Some('(');
                self.balanced('(', ')');
                let written = self.slice(from, self.at);
                let inner = self.slice(from + 2, self.at.saturating_sub(1));
                if arithmetic { self.live(&written) } else { self.substitute(&inner, &written, quoted) }
            }
            Some('{') => {
                self.balanced('{', '}');
                let inner = self.slice(from + 2, self.at.saturating_sub(1));
                self.parameter(&inner, quoted);
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let start = self.at;
                while self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.at += 1;
                }
                let name = self.slice(start, self.at);
                self.named(&name, None, quoted);
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => {
                self.at += 1;
                let inside = self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '\\');
                let positional = c.is_ascii_digit() || c == '@' || c == '*';
                // Outside a function these are empty: `r$@m` is `rm`.
                if positional && inside { self.out.push(LIVE) } else { self.live(&format!("${c}")) }
            }
            _ => self.out.push('$'),
        }
    }

    fn named(&mut self, name: &str, default: Option<&str>, quoted: bool) {
        if name == "IFS" {
            self.out.push(if quoted { ' ' } else { SPLIT });
            return;
        }
        match (self.variables.get(name), default) {
            (Some(v), _) => {
                let (value, list) = (v.value.clone(), v.list);
                self.put(&value, !quoted || list);
            }
            (None, Some(default)) => {
                let value = joined(default, self.variables).text;
                self.put(&value, !quoted);
            }
            (None, None) => self.live(&format!("${name}")),
        }
    }

    fn parameter(&mut self, inner: &str, quoted: bool) {
        let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        if name.is_empty() {
            self.live(&format!("${{{inner}}}"));
            return;
        }
        let default = [":-", ":=", "-", "="].iter().find_map(|op| rest.strip_prefix(op));
        let cut = rest.starts_with(['#', '%', '/', '^', ',', '@', '['])
            || rest.strip_prefix(':').is_some_and(|r| !r.starts_with(['-', '=', '+', '?']));
        if cut && name != "IFS" {
            self.cut(name, rest, inner, quoted);
        } else if let Some(alternative) = rest.strip_prefix(":+").or_else(|| rest.strip_prefix('+')) {
            let value = joined(alternative, self.variables).text;
            self.put(&value, !quoted);
        } else {
            self.named(name, default, quoted);
        }
    }

    /// `${name:offset:length}` of a known value is computed; other operators are left as they are written.
    fn cut(&mut self, name: &str, rest: &str, inner: &str, quoted: bool) {
        let value = self.variables.get(name).map(|v| v.value.clone());
        let sliced = value.and_then(|value| {
            let mut numbers = rest.strip_prefix(':')?.split(':').map(|n| n.trim().parse::<usize>().ok());
            let offset = numbers.next()??;
            let length = numbers.next().map_or(Some(usize::MAX), |n| n)?;
            Some(value.chars().skip(offset).take(length).collect::<String>())
        });
        match sliced {
            Some(value) => self.put(&value, !quoted),
            None => self.live(&format!("${{{inner}}}")),
        }
    }

    fn ansi_c(&mut self) {
        self.at += 1;
        self.out.push(NOTHING);
        while let Some(c) = self.peek(0) {
            self.at += 1;
            match c {
                '\'' => return,
                '\\' => self.escape(),
                c => self.out.push(c),
            }
        }
    }

    fn escape(&mut self) {
        let Some(c) = self.peek(0) else { return };
        self.at += 1;
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' | 'b' | 'f' | 'v' => ' ',
            'e' | 'E' => '\u{1b}',
            'x' => return self.code(16, 2),
            'u' => return self.code(16, 4),
            'U' => return self.code(16, 8),
            '0'..='7' => {
                self.at -= 1;
                return self.code(8, 3);
            }
            c => c,
        };
        self.out.push(plain);
    }

    fn code(&mut self, radix: u32, most: usize) {
        let (mut value, mut read) = (0_u32, 0);
        while let Some(digit) = self.peek(0).and_then(|c| c.to_digit(radix)).filter(|_| read < most) {
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
            read += 1;
        }
        self.out.push(char::from_u32(value).filter(|c| !(OPEN..=LIVE).contains(c)).unwrap_or('?'));
    }
}
