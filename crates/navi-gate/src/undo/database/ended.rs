//! A program that is waited for, and not for ever: one that hangs would hold up the run whose capture is sealed, or every
//! rollback of this place.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use navi_client::enroll::random_text;

use crate::stop::{MARK, Started};

/// Longest time for a look: a query, or what a tool says that it would do.
pub const LOOK: Duration = Duration::from_secs(60);

/// Waits until a program and all that holds its output have ended; what takes longer is ended with all that it started. It
/// carries the `mark`, or one of its own where that is empty.
pub fn ended(mut command: Command, mark: &str, longest: Duration, input: &str) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mark = if mark.is_empty() { random_text(12)? } else { mark.to_owned() };
    command.env(MARK, &mark);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("{program} could not be started"))?;
    let stdin = child.stdin.take();
    let (started, late) = (Started::of(child.id(), &mark), AtomicBool::new(false));
    let (over, is_over) = mpsc::channel::<()>();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            // One that does not read to the end closes it.
            let _ = stdin.map(|mut stdin| stdin.write_all(input.as_bytes()));
        });
        let late = &late;
        scope.spawn(move || {
            if is_over.recv_timeout(longest) == Err(mpsc::RecvTimeoutError::Timeout) {
                late.store(true, Ordering::SeqCst);
                started.end();
            }
        });
        let output = child.wait_with_output();
        drop(over);
        output
    });
    if late.load(Ordering::SeqCst) {
        bail!("it did not end within {} s, and was ended", longest.as_secs());
    }
    Ok(output?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(line: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        command
    }

    #[test]
    fn what_hangs_is_ended_with_all_that_it_started() {
        // It hears no SIGTERM, and what it leaves behind holds its output.
        for line in ["trap '' TERM; sleep 600", "(setsid sleep 600 &) ; sleep 600", "sleep 600 & exit 0"] {
            let failed = ended(shell(line), "", Duration::from_secs(1), "").unwrap_err();
            assert!(failed.to_string().contains("did not end within 1 s"), "{line}: {failed}");
        }
    }

    #[test]
    fn what_ends_is_told_whole() {
        let much = "x".repeat(1 << 20);
        let said = ended(shell("cat; echo wrong >&2; exit 3"), "", LOOK, &much).unwrap();
        assert_eq!((said.status.code(), said.stdout.len()), (Some(3), much.len()));
        assert_eq!(said.stderr, b"wrong\n");
        // One that does not read what it is told.
        assert!(ended(shell("exit 0"), "", LOOK, &much).unwrap().status.success());
    }
}
