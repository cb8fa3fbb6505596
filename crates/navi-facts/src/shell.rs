//! The shell parser: every simple command of a text, at any depth, with its words as the program would get them.
//!
//! Owns structure (lists, pipes, substitutions, wrappers, nested interpreters). Says nothing about danger: that is
//! `commands`. A text it cannot read is named in [`Script::unreadable`], and what a crude splitter finds in it counts
//! as well, so that a syntax error hides nothing.

mod constant;
mod crude;
mod nested;
mod walk;
mod word;
mod wrapper;

use std::cell::RefCell;
use std::rc::Rc;

/// Longer texts are cut here (bytes) and the rest is unreadable.
pub const LONGEST: usize = 64 * 1024;
/// Interpreters inside interpreters are followed this deep.
pub const DEEPEST: u8 = 8;
/// More simple commands than this are not listed.
pub const MOST_INVOCATIONS: usize = 1024;

/// Everything a command text does, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Simple commands in the order in which they are written, an outer one before those inside it.
    pub invocations: Vec<Invocation>,
    /// Parts that could not be read, in their own words.
    pub unreadable: Vec<String>,
    /// Variables the text sets, in order: `(name, value)`.
    pub assignments: Vec<(String, Word)>,
    /// The text defines functions or aliases, so that a name may not mean what it says.
    pub redefines: bool,
}

/// How a simple command comes to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// As written.
    #[default]
    Direct,
    /// In `$(…)` or backticks of another command.
    Substitution,
    /// In `<(…)` or `>(…)` of another command.
    ProcessSubstitution,
    /// As text given to an interpreter: `sh -c`, `eval`, a here-document, `find -exec sh -c`.
    Inline,
    /// By `xargs`, `find -exec` or `parallel`, on words that come from elsewhere.
    Xargs,
    /// On another machine or in a container: `ssh`, `docker exec`, `kubectl exec`.
    Remote,
    /// Found by the crude splitter in text that could not be read.
    Crude,
}

/// One word as the program gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Text without quotes; expansions that are not known stay as written (`$HOME/x`).
    pub text: String,
    /// Contains an expansion, so that the text may differ when it runs.
    pub dynamic: bool,
}

/// One redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The operator without descriptor: `>`, `>>`, `<`, `&>`, `>|`.
    pub operator: String,
    /// The file (or descriptor number).
    pub target: Word,
}

impl Redirect {
    /// Whether it writes to a file (descriptors, `/dev/null` and the standard streams are none).
    #[must_use]
    pub fn writes(&self) -> bool {
        let text = self.target.text.as_str();
        let stream = matches!(text, "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty" | "-" | "");
        self.operator.contains('>') && !stream && !text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// Code for another language than the shell, found in a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// `python`, `node`, `perl`, `ruby`, `php`, `awk`, `powershell` …
    pub language: String,
    /// The text.
    pub text: String,
}

/// One simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// Base name of the program, lower case, without version and `.exe`, wrappers removed.
    pub program: String,
    /// The program as it is written.
    pub spoken: Word,
    /// Arguments.
    pub words: Vec<Word>,
    /// All words as written, with wrappers and leading assignments.
    pub whole: Vec<Word>,
    /// Redirections of this command and of the groups around it.
    pub redirects: Vec<Redirect>,
    /// Programs that only start this one, outermost first: `sudo`, `env`, `npx`, `python -m`.
    pub wrappers: Vec<String>,
    /// Variables set for this command alone.
    pub assignments: Vec<(String, Word)>,
    /// What certainly stands on its standard input: a here-document, a here-string, what `echo` prints before the pipe.
    pub input: Option<String>,
    /// Code for an interpreter other than the shell.
    pub code: Option<Code>,
    /// The command before it in the pipe.
    pub piped_from: Option<usize>,
    /// The command behind it in the pipe.
    pub piped_to: Option<usize>,
    /// The command in whose words, text or input this one stands.
    pub parent: Option<usize>,
    /// Only starts the commands inside it (`sh -c …` whose text was read) and does nothing itself.
    pub transparent: bool,
    /// Interpreters around it.
    pub depth: u8,
    /// Bytes of the original text it comes from.
    pub span: (usize, usize),
    /// Its own text.
    pub text: String,
    /// How it comes to run.
    pub via: Via,
}

impl Invocation {
    /// Whether the program's name comes from an expansion or a wildcard.
    #[must_use]
    pub fn hides_program(&self) -> bool {
        self.spoken.dynamic
            || self.spoken.text.contains(['$', '`', '*', '?', '['])
                && !matches!(self.program.as_str(), "[" | "[[" | "?" | "*")
    }

    /// Program and arguments joined by spaces.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.program.clone();
        for word in &self.words {
            line.push(' ');
            line.push_str(&word.text);
        }
        line
    }
}

/// Longest text whose reading is kept.
const KEPT: usize = 16 * 1024;

thread_local! {
    /// The text that was read last on this thread: one decision asks about the same command several times.
    static LAST: RefCell<Option<(String, Rc<Script>)>> = const { RefCell::new(None) };
}

/// Reads a command text. Total: what cannot be read is named, and what is inside it is still looked for.
#[must_use]
pub fn parse(text: &str) -> Rc<Script> {
    let known = LAST.with_borrow(|last| {
        last.as_ref().filter(|(known, _)| known == text).map(|(_, script)| Rc::clone(script))
    });
    known.unwrap_or_else(|| {
        let script = Rc::new(walk::script(text));
        if text.len() <= KEPT {
            LAST.set(Some((text.to_owned(), Rc::clone(&script))));
        }
        script
    })
}

#[cfg(test)]
#[path = "shell/tests.rs"]
mod tests;
