//! A running command is told to stop: SIGTERM to it and to everything it started, SIGKILL after a grace.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use navi_client::api::Client;
use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// One look at the server lasts at most this long.
const LOOK: Duration = Duration::from_secs(25);
/// What a command has to clean up, unless `NAVI_STOP_GRACE` (seconds) says otherwise.
const GRACE: Duration = Duration::from_secs(5);
/// What was about to begin when the gate died shows itself within this time.
const LATE: Duration = Duration::from_secs(1);

/// How long a command may take to end by itself.
pub fn grace() -> Duration {
    let set = std::env::var("NAVI_STOP_GRACE").ok().and_then(|secs| secs.parse().ok());
    set.map_or(GRACE, |secs: u64| Duration::from_secs(secs.min(600)))
}

/// Makes processes whose parents have gone children of this one, so that none escapes [`Started`].
pub fn adopt_orphans() {
    // Where the kernel does not know it, orphans are not found; the command itself still is.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Ends when somebody asked that this run stops. A server that is away asks nothing.
pub async fn requested(client: &Client, execution_id: &str) {
    let mut pause = Duration::from_millis(500);
    loop {
        // A stop that was ordered here without the server may be for this very run.
        crate::freeze::contact::before_asking(client.base_url()).await;
        match client.execution(execution_id, LOOK).await {
            Ok(run) if run.stop_requested_at.is_some() => return,
            Ok(run) if run.status != "started" => std::future::pending().await,
            Ok(_) => pause = Duration::from_millis(500),
            Err(_) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
            }
        }
    }
}

/// The variable in a command's environment that names its execution, where several run beside each other.
pub const MARK: &str = "NAVI_EXECUTION_ID";

/// Everything that was started for a run, directly or not, and that still runs.
#[derive(Default)]
pub struct Started {
    /// Process ids with the instant they began, because ids are used again.
    known: BTreeSet<(i32, u64)>,
    /// The command of the run, and its mark. Absent: this process is the gate of one run, and what it started is the run.
    of: Option<(i32, u64, String)>,
    /// Which of what this process started is not the run.
    spared: Option<i32>,
}

impl Started {
    /// Of one command among others: what descends from it, and what carries its mark.
    pub fn of(command: u32, execution_id: &str) -> Self {
        let pid = i32::try_from(command).unwrap_or(0);
        let row = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|stat| row(&stat));
        // One that is gone already is known by its mark alone.
        let (pid, began) = row.map_or((0, 0), |row| (pid, row.began));
        let mark = if execution_id.is_empty() { String::new() } else { format!("{MARK}={execution_id}") };
        Self { of: Some((pid, began, mark)), ..Self::default() }
    }

    /// What a gate or runner that died left: it is known by its mark alone.
    pub fn left(execution_id: &str) -> Self {
        Self::of(0, execution_id)
    }

    /// All that this process started, but for one.
    pub fn except(spared: Option<u32>) -> Self {
        Self { spared: spared.and_then(|pid| i32::try_from(pid).ok()), ..Self::default() }
    }

    /// Processes from which the others descend.
    fn roots(&self, table: &BTreeMap<i32, Row>, own: i32) -> BTreeSet<i32> {
        let Some((pid, began, mark)) = &self.of else { return BTreeSet::from([own]) };
        let is_it = |id: i32, row: &Row| id == *pid && row.began == *began;
        let found =
            table.iter().filter(|(id, row)| **id != own && (is_it(**id, row) || is_marked(**id, mark)));
        found.map(|(id, _)| *id).collect()
    }

    /// Looks again, and sends a signal to all of them. `false`: none was left.
    pub fn signal(&mut self, signal: Signal) -> bool {
        let table = table();
        let own = getpid().as_raw_nonzero().get();
        let mut found = self.roots(&table, own);
        loop {
            let more: Vec<i32> = table
                .iter()
                .filter(|(pid, row)| found.contains(&row.parent) && !found.contains(pid))
                .map(|(pid, _)| *pid)
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        found.remove(&own);
        if let Some(spared) = &self.spared {
            found.remove(spared);
        }
        self.known.extend(found.iter().filter_map(|pid| table.get(pid).map(|row| (*pid, row.began))));
        let alive = |(pid, began): &(i32, u64)| {
            table.get(pid).is_some_and(|row| row.began == *began && row.state != 'Z')
        };
        self.known.retain(alive);
        for (pid, _) in &self.known {
            if let Some(pid) = Pid::from_raw(*pid) {
                let _ = kill_process(pid, signal);
            }
        }
        !self.known.is_empty()
    }

    /// Ends all of them, and waits for their end: SIGTERM, then SIGKILL after the grace. Blocks.
    pub fn end(mut self) {
        let begun = Instant::now();
        let grace = grace();
        self.signal(Signal::TERM);
        let mut again = false;
        loop {
            // What is stopped goes on, to hear that it shall end.
            let left = self.signal(Signal::CONT);
            let age = begun.elapsed();
            if !left && age > LATE || age > grace.max(LATE) {
                break;
            }
            if age > LATE / 2 && !std::mem::replace(&mut again, true) {
                self.signal(Signal::TERM);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        while self.signal(Signal::KILL) && begun.elapsed() < grace + Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Processes that this one started itself, by their ids.
pub fn children() -> Vec<i32> {
    let own = getpid().as_raw_nonzero().get();
    table().into_iter().filter(|(_, row)| row.parent == own).map(|(pid, _)| pid).collect()
}

/// Whether a process has the mark in its environment. Those of other people cannot be read, and are none of ours.
fn is_marked(pid: i32, mark: &str) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    !mark.is_empty() && environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())
}

struct Row {
    parent: i32,
    began: u64,
    state: char,
}

/// All processes (proc(5), `/proc/PID/stat`).
fn table() -> BTreeMap<i32, Row> {
    let Ok(folder) = std::fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| Some((pid, row(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .collect()
}

/// The name stands in brackets and may hold anything, also brackets.
fn row(stat: &str) -> Option<Row> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    // Field 22; the state was field 3.
    let began = fields.nth(17)?.parse().ok()?;
    Some(Row { parent, began, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let text = "42 (a) b) (c) S 7 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2 3";
        let row = row(text).unwrap();
        assert_eq!((row.parent, row.began, row.state), (7, 987_654, 'S'));
    }

    #[test]
    fn what_was_started_is_found_and_ended() {
        let mut child =
            std::process::Command::new("sh").args(["-c", "sleep 600 & sleep 600"]).spawn().unwrap();
        let mut started = Started::default();
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        // The shell has started its own children a moment later.
        while started.known.len() < 3 {
            assert!(std::time::Instant::now() < deadline, "{:?}", started.known);
            started.signal(Signal::CONT);
        }
        assert!(started.signal(Signal::KILL));
        child.wait().unwrap();
        while started.signal(Signal::KILL) {
            assert!(std::time::Instant::now() < deadline);
        }
    }

    /// One that left its parents behind belongs to its run; the command beside it does not.
    #[test]
    fn of_two_commands_only_one_is_ended_with_all_that_it_left() {
        let start = |id: &str, words: &[&str]| {
            let (program, rest) = words.split_first().unwrap();
            std::process::Command::new(program).args(rest).env(MARK, id).spawn().unwrap()
        };
        let mut one = start("one", &["sh", "-c", "(setsid sleep 600 &) ; sleep 600"]);
        let mut other = start("other", &["sleep", "600"]);
        let mut started = Started::of(one.id(), "one");
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while started.known.len() < 3 {
            assert!(std::time::Instant::now() < deadline, "{:?}", started.known);
            started.signal(Signal::CONT);
        }
        started.signal(Signal::KILL);
        one.wait().unwrap();
        while started.signal(Signal::KILL) {
            assert!(std::time::Instant::now() < deadline);
        }
        assert!(other.try_wait().unwrap().is_none(), "the other goes on");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
