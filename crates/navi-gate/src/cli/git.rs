//! Arguments of `git-hook`, `check` and `finish`.

use clap::{Args, ValueEnum};

use crate::cli::What;

/// Which of git's hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GitHook {
    /// Before a push leaves this clone. `git push --no-verify` goes round it.
    PrePush,
    /// Before a repository takes a push. Nobody who pushes can go round it.
    PreReceive,
    /// After it took one: reports how it ended.
    PostReceive,
}

#[derive(Debug, Args)]
pub struct GitHookArgs {
    /// Which hook.
    pub hook: GitHook,
    /// Wait at most this many seconds for people.
    #[arg(long, default_value_t = 3_540)]
    pub deadline: u64,
    /// What git says about the remote (pre-push): its name and its address.
    pub remote: Vec<String>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub what: What,
    /// What the step does, as the approver reads it: a command line.
    #[arg(long)]
    pub command: Option<String>,
    /// Revision that is deployed.
    #[arg(long)]
    pub revision: Option<String>,
    /// Wait at most this long for people: 90s, 30m, 2h.
    #[arg(long, default_value = "30m", value_parser = duration)]
    pub wait: u64,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// How what was checked ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ending {
    /// It worked.
    Succeeded,
    /// It did not.
    Failed,
}

#[derive(Debug, Args)]
pub struct FinishArgs {
    /// The execution that `check` named.
    pub execution: String,
    /// How it ended.
    pub ending: Ending,
}

/// Seconds of `90`, `90s`, `30m`, `2h`.
fn duration(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no duration: write 90s, 30m or 2h");
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (text.get(..at), 1),
        Some((at, 'm')) => (text.get(..at), 60),
        Some((at, 'h')) => (text.get(..at), 3_600),
        _ => (Some(text), 1),
    };
    let number: u64 = number.and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    let seconds = number.checked_mul(unit).filter(|secs| (1..=86_400).contains(secs));
    seconds.ok_or_else(|| format!("{text:?} is not between 1 second and 24 hours"))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_have_units_and_bounds() {
        assert_eq!(duration("90"), Ok(90));
        assert_eq!(duration("30m"), Ok(1_800));
        assert_eq!(duration("2h"), Ok(7_200));
        for wrong in ["", "m", "-1s", "1.5h", "0s", "25h", "99999999999999999999h", "ä", "3ä"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
