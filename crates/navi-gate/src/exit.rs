//! Exit codes: a contract that other people's scripts rely on.

use std::process::ExitCode;

/// A code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u8);

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.0)
    }
}

/// It ran (or: done).
pub const DONE: Code = Code(0);
/// The policy blocks it; nothing ran.
pub const BLOCKED: Code = Code(10);
/// A person rejected it, or approved only a changed action; nothing ran.
pub const REJECTED: Code = Code(11);
/// Nobody decided in time, or another request took its place; nothing ran.
pub const EXPIRED: Code = Code(12);
/// The server refused, cannot be reached, or makes no sense; nothing ran.
pub const REFUSED: Code = Code(13);
/// `doctor` found that a blocked action is not blocked.
pub const UNGUARDED: Code = Code(14);
/// `freeze begin` could not tell the server: the stop is queued here and not in effect.
pub const QUEUED: Code = Code(15);

/// Whether a command that ran and ended with this code could be taken for one that did not: by a code of ours, a shell's
/// for what cannot start, or that of a wrong command line. Scripts have `ran` of `--json`.
#[must_use]
pub fn is_ambiguous(code: u8) -> bool {
    matches!(code, 2 | 126 | 127) || (BLOCKED.0..=QUEUED.0).contains(&code)
}
