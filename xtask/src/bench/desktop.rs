//! A desktop for measurements: a virtual screen, a private session bus, a tray host, and a notification service that stamps
//! what it is handed.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::child::Running;
use crate::places;

/// Stamps of the tray host.
const TRAY: &str = "tray.stamps";
/// Stamps of the notification service.
const SHOWN: &str = "notifications.stamps";
/// Stamps of what was taken back.
const CLOSED: &str = "closed.stamps";

/// A screen and a session bus that nothing else uses, with a tray host and a notification service on it.
pub struct Desktop {
    display: String,
    address: String,
    home: std::path::PathBuf,
    // Ended in this order: the tray host before the bus, the bus before the screen.
    _tray: Option<Running>,
    _notifications: Running,
    _bus: Running,
    _screen: Running,
}

impl Desktop {
    /// Starts screen, bus, tray host and notification service, with their logs and stamps in `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut desktop = Self::without_tray(folder)?;
        let host = places::root().join("xtask/src/bench/tray-host.py");
        let mut tray = Command::new("/usr/bin/python3");
        tray.arg(host).arg(folder.join(TRAY)).env("DBUS_SESSION_BUS_ADDRESS", &desktop.address);
        let (tray, _) = Running::start_and_hear("tray host", &mut tray, &folder.join("tray.log"))?;
        desktop._tray = Some(tray);
        Ok(desktop)
    }

    /// The same without a tray host: a console that is started there opens its window.
    pub fn without_tray(folder: &Path) -> Result<Self> {
        let mut screen = Command::new("Xvfb");
        screen.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let (screen, number) = Running::start_and_hear("Xvfb", &mut screen, &folder.join("screen.log"))?;
        let display = format!(":{}", number.trim());
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", folder.display()));
        let (bus, address) = Running::start_and_hear("dbus-daemon", &mut bus, &folder.join("bus.log"))?;
        let address = address.trim().to_owned();
        let service = places::root().join("xtask/src/bench/notification-service.py");
        let mut notifications = Command::new("/usr/bin/python3");
        notifications.arg(service).arg(folder.join(SHOWN)).arg(folder.join(CLOSED));
        notifications.env("DBUS_SESSION_BUS_ADDRESS", &address);
        let log = folder.join("notifications.log");
        let (notifications, _) = Running::start_and_hear("notifications", &mut notifications, &log)?;
        let home = folder.to_path_buf();
        let (_notifications, _bus, _screen) = (notifications, bus, screen);
        Ok(Self { display, address, home, _tray: None, _notifications, _bus, _screen })
    }

    /// A command that runs on this desktop.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("NO_AT_BRIDGE", "1");
        command.env("HOME", &self.home).env("XDG_RUNTIME_DIR", &self.home).env_remove("WAYLAND_DISPLAY");
        command
    }

    /// When items were put into the tray, in microseconds since 1970.
    pub fn tray_stamps(&self) -> Vec<i64> {
        stamps(&self.home.join(TRAY))
    }

    /// When notifications were taken back, in microseconds since 1970.
    pub fn closed_stamps(&self) -> Vec<i64> {
        stamps(&self.home.join(CLOSED))
    }

    /// When notifications were handed over, in microseconds since 1970.
    pub fn notification_stamps(&self) -> Vec<i64> {
        stamps(&self.home.join(SHOWN))
    }
}

fn stamps(file: &Path) -> Vec<i64> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
