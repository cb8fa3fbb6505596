//! What the server's sentences say, for readers who say them in a language of their own.

use std::collections::BTreeMap;

use navi_domain::words::Said;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One sentence of a view, with its code and what it speaks of. `text` is exactly as it stands in the view; a reader that
/// does not know the code says `text`. What people or agents wrote is never here but as a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Worded {
    /// The sentence in English.
    pub text: String,
    /// Stable code.
    pub code: String,
    /// Values by name: a text, a number, `{"thousandths": n}`, or a sentence within the sentence (`{text, code, with}`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Value>,
}

impl From<&Said> for Worded {
    fn from(said: &Said) -> Self {
        let value = |slot| serde_json::to_value(slot).unwrap_or_default();
        Self {
            text: said.english().to_owned(),
            code: said.code.clone(),
            with: said.with.iter().map(|(name, slot)| ((*name).to_owned(), value(slot))).collect(),
        }
    }
}
