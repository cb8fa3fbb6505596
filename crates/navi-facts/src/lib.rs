//! Facts from bytes: what a command, a path, a branch, a diff or a tool call does, as far as patterns can say it.
//!
//! Pure: texts in, facts with their evidence out. The patterns are a catalogue of reviewable texts (`catalogue/*.toml`)
//! that carry their own examples; an organisation adds to them. Secrets are replaced ([`redact`]) before anything here or
//! anywhere else looks at a text. Nothing is weighed or decided here.

pub mod alike;
pub mod branches;
pub mod catalogue;
pub mod commands;
pub mod derive;
pub mod diff;
pub mod effect;
pub mod paths;
mod place;
pub mod reach;
pub mod redact;
pub mod shell;
pub mod terraform;
mod tokens;
pub mod tools;
pub mod words;

pub use catalogue::{Catalogue, CatalogueError};
pub use commands::{describe, invocations, is_simple};
pub use derive::derive;
pub use effect::{effect, further_arguments};
