//! What a sentence of the server says, beside its English: a stable code and what it speaks of, so that a reader can say it
//! in a language of their own.
//!
//! English is what is stored and hashed; nothing here changes a byte of it. Most sentences are made from a [`Phrase`] where
//! they arise. Of those of which only the text was kept (evidence, how a plan left its bounds), [`recognised`] finds the phrase
//! again: the text must be exactly what the phrase gives, in one way only, else there is none.

pub mod phrases;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fact::FactKind;
use crate::policy::{AutonomyLevel, PolicyScope};
use crate::risk::{FactorName, Score, shown};

/// A sentence with slots: `{user}` stands for something that it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Stable; what other languages are found by.
    pub code: &'static str,
    /// The English text.
    pub english: &'static str,
}

/// What stands in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Slot {
    /// A name or somebody's words, in no language of ours.
    Text(String),
    /// A number.
    Number(i64),
    /// A score, as `{"thousandths": 750}`; said as `0.750`.
    Score {
        /// Thousandths.
        thousandths: Score,
    },
    /// Another sentence.
    Said(Said),
}

impl Slot {
    /// What it says in English.
    #[must_use]
    pub fn english(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Score { thousandths } => shown(*thousandths),
            Self::Said(said) => said.english.clone(),
        }
    }
}

impl From<&str> for Slot {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Slot {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Slot {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Slot {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Slot {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Slot {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Said> for Slot {
    fn from(said: Said) -> Self {
        Self::Said(said)
    }
}

/// A score in a slot.
#[must_use]
pub fn score(thousandths: Score) -> Slot {
    Slot::Score { thousandths }
}

/// One sentence: its code, what it speaks of, and its English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The phrase's code.
    pub code: String,
    /// What stands in its slots.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<&'static str, Slot>,
    /// The English, for readers that do not know the code.
    #[serde(rename = "text")]
    english: String,
}

impl Said {
    /// A sentence without slots whose English stands elsewhere: a rule's headline, a kind of fact.
    pub fn constant(code: impl Into<String>, english: impl Into<String>) -> Self {
        Self { code: code.into(), with: BTreeMap::new(), english: english.into() }
    }

    /// The English text.
    #[must_use]
    pub fn english(&self) -> &str {
        &self.english
    }

    /// With a slot's text said as a sentence whose English is that text.
    #[must_use]
    pub fn slot(mut self, name: &'static str, said: Slot) -> Self {
        self.with.insert(name, said);
        self
    }
}

impl Phrase {
    /// The phrase with its slots filled.
    #[must_use]
    pub fn with<const N: usize>(self, slots: [(&'static str, Slot); N]) -> Said {
        self.filled(BTreeMap::from(slots))
    }

    /// The phrase that has no slots.
    #[must_use]
    pub fn plain(self) -> Said {
        self.filled(BTreeMap::new())
    }

    fn filled(self, with: BTreeMap<&'static str, Slot>) -> Said {
        let mut english = String::with_capacity(self.english.len() + 40);
        for piece in pieces(self.english) {
            match piece {
                Piece::Letters(letters) => english.push_str(letters),
                Piece::Slot(name) => english.push_str(&with.get(name).map(Slot::english).unwrap_or_default()),
            }
        }
        Said { code: self.code.to_owned(), with, english }
    }

    /// The slots' names.
    pub fn slots(self) -> impl Iterator<Item = &'static str> {
        pieces(self.english).into_iter().filter_map(|piece| match piece {
            Piece::Slot(name) => Some(name),
            Piece::Letters(_) => None,
        })
    }

    /// The sentence whose English is exactly this text; `None` when it is another's, or could be read in two ways.
    fn reads(self, text: &str) -> Option<Said> {
        let pieces = pieces(self.english);
        let (mut left, mut with) = (text, BTreeMap::new());
        let mut at = pieces.iter().peekable();
        while let Some(piece) = at.next() {
            let name = match piece {
                Piece::Letters(letters) => {
                    left = left.strip_prefix(letters)?;
                    continue;
                }
                Piece::Slot(name) => *name,
            };
            let value = match at.peek() {
                Some(Piece::Letters(letters)) => {
                    let mut ends = left.match_indices(letters).map(|(end, _)| end);
                    let end = ends.next()?;
                    if ends.next().is_some() {
                        return None;
                    }
                    left.get(..end)?
                }
                Some(Piece::Slot(_)) => return None,
                None => left,
            };
            left = left.get(value.len()..)?;
            with.insert(name, slot(name, value)?);
        }
        left.is_empty().then(|| self.filled(with)).filter(|said| said.english == text)
    }
}

/// Slots that hold numbers.
const NUMBERS: [&str; 12] = [
    "added", "allowed", "count", "failed", "files", "lines", "minutes", "most", "people", "rejected",
    "removed", "runs",
];

fn slot(name: &str, value: &str) -> Option<Slot> {
    match NUMBERS.contains(&name) {
        true => value.parse().ok().map(Slot::Number),
        false => (!value.is_empty()).then(|| value.into()),
    }
}

/// The first of these phrases that gives exactly this text.
#[must_use]
pub fn recognised(phrases: &[Phrase], text: &str) -> Option<Said> {
    phrases.iter().find_map(|phrase| phrase.reads(text))
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    Letters(&'static str),
    Slot(&'static str),
}

fn pieces(template: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut left = template;
    while let Some((letters, after)) = left.split_once('{') {
        let Some((name, rest)) = after.split_once('}') else { break };
        if !letters.is_empty() {
            pieces.push(Piece::Letters(letters));
        }
        pieces.push(Piece::Slot(name));
        left = rest;
    }
    if !left.is_empty() {
        pieces.push(Piece::Letters(left));
    }
    pieces
}

impl FactKind {
    /// [`words`](Self::words) as a sentence that other languages have.
    #[must_use]
    pub fn said(self) -> Said {
        Said::constant(format!("fact.{}", self.as_str()), self.words())
    }

    /// The same in the middle of a sentence: `with reaching production`.
    #[must_use]
    pub fn among(self) -> Said {
        Said::constant(format!("among.{}", self.as_str()), self.words().to_lowercase())
    }
}

impl FactorName {
    /// [`reason`](Self::reason) as a sentence that other languages have.
    #[must_use]
    pub fn said(self) -> Said {
        Said::constant(format!("factor.{}", self.as_str()), self.reason())
    }

    /// [`without`](Self::without) as a sentence that other languages have.
    #[must_use]
    pub fn said_without(self) -> Said {
        Said::constant(format!("unless.{}", self.as_str()), self.without())
    }
}

impl AutonomyLevel {
    /// The level's name as a word that other languages have.
    #[must_use]
    pub fn said(self) -> Said {
        Said::constant(format!("level.{}", self.as_str()), self.as_str())
    }
}

impl PolicyScope {
    /// One line for people and for the reasons of a decision.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::UserRepo { user, repo } => {
                phrases::SCOPE_USER_REPO.with([("user", user.into()), ("repo", repo.into())])
            }
            Self::User { user } => phrases::SCOPE_USER.with([("user", user.into())]),
            Self::Role { role } => phrases::SCOPE_ROLE.with([("role", role.into())]),
            Self::Default => phrases::SCOPE_DEFAULT.plain(),
        }
    }
}

/// An action type in words: `Deploy staging`. Of an unknown one the words are the asker's, in no language of ours.
#[must_use]
pub fn action_type(name: &str) -> Slot {
    let text = name.replace('_', " ");
    let mut chars = text.chars();
    let words: String = chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect());
    match crate::action::KNOWN_TYPES.contains(&name) {
        true => Said::constant(format!("type.{name}"), words).into(),
        false => words.into(),
    }
}

/// Every sentence that this crate makes: code and English text with its slots, in no order.
#[must_use]
pub fn all() -> Vec<(String, String)> {
    let constant = |said: Said| (said.code, said.english);
    let mut all: Vec<(String, String)> =
        phrases::all().map(|phrase| (phrase.code.to_owned(), phrase.english.to_owned())).collect();
    all.extend(FactKind::ALL.into_iter().flat_map(|kind| [kind.said(), kind.among()]).map(constant));
    all.extend(FactorName::ALL.into_iter().flat_map(|name| [name.said(), name.said_without()]).map(constant));
    all.extend(AutonomyLevel::ALL.into_iter().map(|level| constant(level.said())));
    all.extend(crate::action::KNOWN_TYPES.iter().filter_map(|name| match action_type(name) {
        Slot::Said(said) => Some(constant(said)),
        _ => None,
    }));
    all
}
