//! What `doctor` found, and how it is told.

use serde::Serialize;

use crate::text::visible;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Something does not work; nothing runs that should not.
    Wrong,
    /// A blocked action would run.
    Open,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
            Self::Open => "OPEN",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of what.
    pub of: String,
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub so: Option<String>,
}

impl Finding {
    /// Without advice.
    pub fn new(of: &str, check: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { of: of.to_owned(), check, state, found: found.into(), so: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn so(mut self, advice: impl Into<String>) -> Self {
        self.so = Some(advice.into());
        self
    }
}

/// A table by what was looked at, with the advice under what needs it.
pub fn print(findings: &[Finding]) {
    let mut of = "gate";
    for finding in findings {
        if finding.of != of {
            of = &finding.of;
            println!("\n{of}");
        }
        println!("{:<14} {:<6} {}", finding.check, finding.state.word(), visible(&finding.found));
        if let Some(advice) = &finding.so {
            println!("{:<14} {:<6} do: {}", "", "", visible(advice));
        }
    }
    let count = |state| findings.iter().filter(|f| f.state == state).count();
    match (count(State::Open), count(State::Wrong)) {
        (0, 0) => {}
        (0, wrong) => println!("\n{wrong} wrong; nothing runs that should not"),
        (open, wrong) => println!("\n{open} OPEN: a blocked action would run; {wrong} wrong"),
    }
}
