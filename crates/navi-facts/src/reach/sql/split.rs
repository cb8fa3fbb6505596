//! A text cut into statements, each with its own bytes.

use sqlparser::dialect::Dialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::{MOST_STATEMENTS, MOST_TOKENS, Problem, Statement, parts};

/// Parsers inside the parser: parentheses, subqueries, negations.
const DEEPEST: usize = 64;

/// Runs of lines that are SQL, and lines that the client reads itself.
pub(super) fn lines(text: &str, mark: Option<char>) -> Vec<(&str, bool)> {
    let Some(mark) = mark else { return vec![(text, false)] };
    let mut found: Vec<(&str, bool)> = Vec::new();
    let (mut from, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if line.trim_start().starts_with(mark) {
            found.extend(text.get(from..at).map(|sql| (sql, false)));
            found.extend(text.get(at..end).map(|own| (own, true)));
            from = end;
        }
        at = end;
    }
    found.extend(text.get(from..).map(|sql| (sql, false)));
    found.retain(|(piece, _)| !piece.trim().is_empty());
    found
}

/// The statements of a text.
pub(super) fn statements(text: &str, dialect: &dyn Dialect, from: &str) -> Vec<Statement> {
    let Ok(tokens) = Tokenizer::new(dialect, text).tokenize_with_location() else {
        return vec![Statement::unread(text.trim(), Problem::NotRead, from)];
    };
    // MySQL runs what stands in `/*! … */`, whatever else reads it as a comment.
    let hides = |t: &TokenWithSpan| matches!(&t.token, Token::Whitespace(Whitespace::MultiLineComment(c)) if c.starts_with('!'));
    if tokens.iter().any(hides) || text.contains("/*!") {
        return vec![Statement::unread(text.trim(), Problem::NotRead, from)];
    }
    let cut = Cut { text, lines: line_starts(text), tokens: &tokens };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = cut.next_word(at) {
        if found.len() == MOST_STATEMENTS {
            found.push(Statement::unread(cut.between(start, tokens.len()), Problem::TooLong, from));
            break;
        }
        let (statement, end) = cut.statement(start, dialect, from);
        found.push(statement);
        at = end + 1;
    }
    found
}

struct Cut<'a> {
    text: &'a str,
    /// Byte at which each line begins.
    lines: Vec<usize>,
    tokens: &'a [TokenWithSpan],
}

impl Cut<'_> {
    /// The first token from here that is something.
    fn next_word(&self, from: usize) -> Option<usize> {
        let something = |t: &Token| !matches!(t, Token::Whitespace(_) | Token::SemiColon | Token::EOF);
        self.tokens.iter().enumerate().skip(from).find(|(_, t)| something(&t.token)).map(|(at, _)| at)
    }

    /// The next semicolon from here, or the end.
    fn semicolon(&self, from: usize) -> usize {
        let found = self.tokens.iter().enumerate().skip(from).find(|(_, t)| t.token == Token::SemiColon);
        found.map_or(self.tokens.len(), |(at, _)| at)
    }

    /// The statement that begins here, and the token behind it.
    fn statement(&self, start: usize, dialect: &dyn Dialect, from: &str) -> (Statement, usize) {
        let end = self.semicolon(start);
        if end - start > MOST_TOKENS {
            return (Statement::unread(self.between(start, end), Problem::TooLong, from), end);
        }
        // A body between BEGIN and END has semicolons of its own: then the parser goes on behind the first.
        let upto = (start + MOST_TOKENS).min(self.tokens.len());
        let rest = self.tokens.get(start..upto).unwrap_or_default().to_vec();
        let mut parser = Parser::new(dialect).with_recursion_limit(DEEPEST).with_tokens_with_locations(rest);
        let parsed = parser.parse_statement().ok();
        let next = parser.peek_token();
        let stop = match next.token {
            Token::EOF => Some(upto),
            Token::SemiColon => {
                self.tokens.iter().position(|t| t.token == Token::SemiColon && t.span == next.span)
            }
            _ => None,
        };
        match (parsed, stop) {
            (Some(parsed), Some(stop)) if stop >= end => {
                let read = parts::of(&parsed, self.tokens.get(start..stop).unwrap_or_default());
                (Statement { raw: self.between(start, stop).to_owned(), from: from.to_owned(), ..read }, stop)
            }
            _ => (Statement::unread(self.between(start, end), Problem::NotRead, from), end),
        }
    }

    /// The text of these tokens.
    fn between(&self, start: usize, end: usize) -> &str {
        let place = |at: usize| self.tokens.get(at).map(|t| self.byte(t.span.start));
        let from = place(start).unwrap_or(0);
        let to = place(end).filter(|to| *to >= from).unwrap_or(self.text.len());
        self.text.get(from..to).unwrap_or(self.text).trim()
    }

    fn byte(&self, place: Location) -> usize {
        let line = usize::try_from(place.line).unwrap_or(1).saturating_sub(1);
        let column = usize::try_from(place.column).unwrap_or(1).saturating_sub(1);
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or("");
        start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// The text behind the comments that it begins with.
pub(super) fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start_matches(['(', ' ', '\n', '\t', '\r']);
    loop {
        let after = if let Some(line) = rest.strip_prefix("--") {
            line.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(block) = rest.strip_prefix("/*") {
            block.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start_matches(['(', ' ', '\n', '\t', '\r']);
    }
}
