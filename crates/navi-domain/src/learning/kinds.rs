//! The kinds of an action's facts as one small value that can be compared.

use serde::{Serialize, Serializer};

use crate::fact::FactKind;
use crate::words::{Phrase, Said, phrases};

/// A set of kinds of facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kinds(u32);

impl Kinds {
    /// Every kind in it, in the order of [`FactKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = FactKind> {
        FactKind::ALL.into_iter().filter(move |kind| self.has(*kind))
    }

    /// Whether a kind is in it.
    #[must_use]
    pub fn has(self, kind: FactKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// `with reaching production and a wide change`, `without any fact`.
    #[must_use]
    pub fn words(self) -> String {
        self.said().english().to_owned()
    }

    /// The same as a sentence that other languages have.
    #[must_use]
    pub fn said(self) -> Said {
        let mut all: Vec<Said> = self.iter().map(FactKind::among).collect();
        let Some(last) = all.pop() else { return phrases::KINDS_NONE.plain() };
        let join = |phrase: Phrase, facts: Said, fact: Said| {
            phrase.with([("facts", facts.into()), ("fact", fact.into())])
        };
        let before = all.into_iter().reduce(|facts, fact| join(phrases::KINDS_MORE, facts, fact));
        let facts = match before {
            Some(before) => join(phrases::KINDS_AND, before, last),
            None => last,
        };
        phrases::KINDS_WITH.with([("facts", facts.into())])
    }
}

impl FromIterator<FactKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = FactKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |bits, kind| bits | bit(kind)))
    }
}

/// Spelled by the kinds' names, so that a version does not hang on their order in the code.
impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names: Vec<&str> = self.iter().map(FactKind::as_str).collect();
        names.sort_unstable();
        serializer.serialize_str(&names.join("+"))
    }
}

fn bit(kind: FactKind) -> u32 {
    1 << (kind as u32)
}
