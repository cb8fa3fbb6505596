//! An entry of a policy's lists: an action type, or a glob over normalised action types.

use serde::{Deserialize, Serialize};

use crate::action::{ActionType, KNOWN_TYPES, normalised};

/// An action type or a glob: `deploy_prod`, `deploy_*`, `*_migration`, `*`. Normalised like [`ActionType`]; `*` stands
/// for any number of characters, also none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionPattern(String);

impl ActionPattern {
    /// Normalises any spelling: `"Deploy-*"` and `"deploy *"` are `deploy_*`; without `*` it is an action type with its
    /// synonyms folded. Total.
    #[must_use]
    pub fn parse(spelling: &str) -> Self {
        if spelling.contains('*') {
            Self(normalised(spelling, true))
        } else {
            Self(ActionType::parse(spelling).as_str().to_owned())
        }
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a glob.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        self.0.contains('*')
    }

    /// Whether an action type falls under it.
    #[must_use]
    pub fn matches(&self, action_type: &ActionType) -> bool {
        glob(self.0.as_bytes(), action_type.as_str().as_bytes())
    }

    /// Whether any action type the product knows falls under it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        KNOWN_TYPES.iter().any(|known| glob(self.0.as_bytes(), known.as_bytes()))
    }

    /// Whether everything that falls under the other falls under this. `false` where a proof would need more than one
    /// look at the texts; never `true` wrongly.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // The other's `*` can only be met by a `*` of this one, which meets whatever stands for it.
        glob(self.0.as_bytes(), other.0.as_bytes())
    }

    /// Whether some action type falls under both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.is_glob(), other.is_glob()) {
            (true, true) => common(self.0.as_bytes(), other.0.as_bytes()),
            (true, false) => self.covers(other),
            (false, _) => other.covers(self),
        }
    }
}

impl From<&ActionType> for ActionPattern {
    fn from(action_type: &ActionType) -> Self {
        Self(action_type.as_str().to_owned())
    }
}

/// Whether `pattern` matches all of `text`; linear but for one step back to the last `*`.
fn glob(mut pattern: &[u8], mut text: &[u8]) -> bool {
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                back = Some((rest, text));
                pattern = rest;
            }
            (Some((p, pattern_rest)), Some((t, text_rest))) if p == t => {
                (pattern, text) = (pattern_rest, text_rest);
            }
            (None, None) => return true,
            _ => match back {
                Some((after, [_, later @ ..])) => {
                    back = Some((after, later));
                    (pattern, text) = (after, later);
                }
                _ => return false,
            },
        }
    }
}

/// Whether some text matches both globs. `reach[j]`: the globs read so far, `a` up to here and `b` up to `j`, have one.
fn common(a: &[u8], b: &[u8]) -> bool {
    let mut reach = vec![false; b.len() + 1];
    let mut before = reach.clone();
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let at = |glob: &[u8], end: usize| end.checked_sub(1).and_then(|last| glob.get(last)).copied();
            let (x, y) = (at(a, i), at(b, j));
            let up = i > 0 && before.get(j).copied().unwrap_or(false);
            let left = j > 0 && reach.get(j - 1).copied().unwrap_or(false);
            let both = i > 0 && j > 0 && before.get(j - 1).copied().unwrap_or(false);
            // A `*` may stand for nothing (it is skipped) or for the other's next character (it stays).
            let here = (i == 0 && j == 0)
                || (x == Some(b'*') && (up || left))
                || (y == Some(b'*') && (up || left))
                || (x == y && both);
            if let Some(slot) = reach.get_mut(j) {
                *slot = here;
            }
        }
        std::mem::swap(&mut reach, &mut before);
    }
    before.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ActionPattern {
        ActionPattern::parse(text)
    }

    #[test]
    fn spellings_are_normalised_and_stars_kept() {
        for (given, meant) in [
            ("Deploy-*", "deploy_*"),
            ("deploy *", "deploy_*"),
            (" *Migration ", "*migration"),
            ("*-migration", "*_migration"),
            ("**", "*"),
            ("deployProd*", "deploy_prod*"),
            ("Bash", "command_run"),
            ("bash*", "bash*"),
        ] {
            assert_eq!(pattern(given).as_str(), meant, "{given:?}");
        }
    }

    #[test]
    fn globs_match_whole_names() {
        for (glob, name, meets) in [
            ("deploy_*", "deploy_prod", true),
            ("deploy_*", "deploy", false),
            ("deploy*", "deploy", true),
            ("*_migration", "database_migration", true),
            ("*_migration", "database_migration_dry", false),
            ("*", "", true),
            ("*e*e*", "deploy_prod_here", true),
            ("a*b*c", "abbc", true),
            ("a*b*c", "abbd", false),
            ("deploy", "deploy_prod", false),
        ] {
            assert_eq!(pattern(glob).matches(&ActionType::parse(name)), meets, "{glob} {name}");
        }
        assert!(pattern("*_migration").is_known() && !pattern("tele*").is_known());
    }

    #[test]
    fn covering_and_overlapping() {
        for (a, b, covers, overlaps) in [
            ("deploy_*", "deploy_prod", true, true),
            ("*", "deploy_*", true, true),
            ("deploy_*", "*", false, true),
            ("deploy_*", "*_prod", false, true),
            ("deploy_*", "git_*", false, false),
            ("*_a", "*_b", false, false),
            ("a*a", "a", false, false),
            ("code_edit", "code_edit", true, true),
        ] {
            assert_eq!(pattern(a).covers(&pattern(b)), covers, "{a} covers {b}");
            assert_eq!(pattern(a).overlaps(&pattern(b)), overlaps, "{a} overlaps {b}");
            assert_eq!(pattern(b).overlaps(&pattern(a)), overlaps, "{b} overlaps {a}");
        }
    }
}
