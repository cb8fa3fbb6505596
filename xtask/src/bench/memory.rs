//! The console's private memory while only its tray is shown, on a desktop of its own: a virtual screen, a private
//! session bus, and a tray host.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::{Server, Verdict};
use crate::child::{Running, wait_until};
use crate::places;

/// Samples taken, one a second: the console's start must be over before the first that counts.
const SAMPLES: usize = 20;

/// Starts the console of the release build and reads what the kernel says of its memory until it no longer grows.
pub fn tray_only(server: &Server, verdicts: &mut Vec<Verdict>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let desktop = Desktop::start(folder.path())?;
    let mut console = desktop.command(&places::release_binary("navi-console"));
    console.arg("--data-dir").arg(folder.path().join("console"));
    // Enrolled, since a console that is not opens its window and is no longer a tray alone.
    console.args(["--enroll", &server.link]);
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
        measured: f64::from(last) / 1000.0 * 1.024,
        bound: 50.0,
        unit: "MB",
    });
    Ok(())
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

/// A screen and a session bus that nothing else uses, with a tray host on it.
struct Desktop {
    display: String,
    address: String,
    home: std::path::PathBuf,
    // Ended in this order: the tray host before the bus, the bus before the screen.
    _tray: Running,
    _bus: Running,
    _screen: Running,
}

impl Desktop {
    fn start(folder: &Path) -> Result<Self> {
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let (screen, number) = Running::start_and_hear("Xvfb", &mut screen, &folder.join("screen.log"))?;
        let display = format!(":{}", number.trim());
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", folder.display()));
        let (bus, address) = Running::start_and_hear("dbus-daemon", &mut bus, &folder.join("bus.log"))?;
        let address = address.trim().to_owned();
        let host = places::root().join("xtask/src/bench/tray-host.py");
        let mut tray = Command::new("/usr/bin/python3");
        tray.arg(host).env("DBUS_SESSION_BUS_ADDRESS", &address);
        let (tray, _) = Running::start_and_hear("tray host", &mut tray, &folder.join("tray.log"))?;
        Ok(Self { display, address, home: folder.to_path_buf(), _tray: tray, _bus: bus, _screen: screen })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("NO_AT_BRIDGE", "1");
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home).env_remove("WAYLAND_DISPLAY");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_memory_is_what_no_other_process_shares() {
        let rollup = "Rss:   129000 kB\nPss:  62000 kB\nShared_Clean:  90000 kB\nPrivate_Clean:   1000 kB\nPrivate_Dirty:  42000 kB\n";
        assert_eq!(sum_private(rollup), 43_000);
    }
}
