//! The console's private memory while only its tray is shown, on a desktop of its own.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::desktop::Desktop;
use super::{Server, Verdict};
use crate::child::{Running, wait_until};
use crate::places;

/// Samples taken, one a second: the console's start must be over before the first that counts.
const SAMPLES: usize = 20;

/// Starts the console of the release build and reads what the kernel says of its memory until it no longer grows.
pub fn tray_only(server: &Server, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desktop = Desktop::start(folder.path())?;
    let mut console = desktop.command(&places::measured_binary("navi-console"));
    console.arg("--data-dir").arg(folder.path().join("console"));
    // Enrolled, since a console that is not opens its window and is no longer a tray alone.
    console.args(["--enroll", &server.link("mel")?]);
    console.env("NAVI_CONSOLE_KEYSTORE", format!("file:{}", folder.path().join("keys.json").display()));
    let mut running = Running::start("navi-console", &mut console, &folder.path().join("console.log"))?;
    let mut seen = Vec::new();
    let result = wait_until(Duration::from_secs(60), || {
        std::thread::park_timeout(Duration::from_secs(1));
        seen.extend(private_kib(running.id()));
        seen.len() >= SAMPLES || running.ended().is_some()
    });
    let log = fs::read_to_string(folder.path().join("console.log")).unwrap_or_default();
    ensure!(result.is_ok() && running.ended().is_none(), "the console did not stay up: {log}");
    let last = seen.last().copied().context("no memory could be read")?;
    println!("private memory, Private_Clean + Private_Dirty of smaps_rollup, after {SAMPLES} s: {last} KiB");
    verdicts.push(Verdict {
        what: "private memory of the console with its tray alone",
        measured: megabytes(last),
        bound: 50.0,
        unit: "MB",
    });
    Ok(())
}

/// KiB as MB.
pub fn megabytes(kib: u32) -> f64 {
    f64::from(kib) / 1000.0 * 1.024
}

/// The private memory, in KiB, of a process and all that it started, each with its name.
pub fn family_kib(root: u32) -> Vec<(String, u32)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: Vec<(u32, u32, String)> = processes
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in parentheses may hold anything; the state and the parent come after the last one.
            let (named, rest) = stat.rsplit_once(')')?;
            let name = named.split_once('(')?.1.to_owned();
            Some((process, rest.split_whitespace().nth(1)?.parse().ok()?, name))
        })
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(parents.iter().filter(|(_, of, _)| *of == parent).map(|(process, ..)| *process));
        next += 1;
    }
    let of_family = parents.into_iter().filter(|(process, ..)| family.contains(process));
    of_family.filter_map(|(process, _, name)| Some((name, private_kib(process)?))).collect()
}

fn private_kib(process: u32) -> Option<u32> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    Some(sum_private(&rollup))
}

fn sum_private(rollup: &str) -> u32 {
    rollup
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| ["Private_Clean", "Private_Dirty"].contains(name))
        .filter_map(|(_, value)| value.trim().trim_end_matches(" kB").trim().parse::<u32>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_the_process_and_what_it_started() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let found = family_kib(std::process::id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found.iter().any(|(name, kib)| name == "sleep" && *kib > 0), "{found:?}");
        assert!(found.len() >= 2, "{found:?}");
    }

    #[test]
    fn private_memory_is_what_no_other_process_shares() {
        let rollup = "Rss:   129000 kB\nPss:  62000 kB\nShared_Clean:  90000 kB\nPrivate_Clean:   1000 kB\nPrivate_Dirty:  42000 kB\n";
        assert_eq!(sum_private(rollup), 43_000);
    }
}
