//! A private desktop: its own display, home, run-time folder and message bus. Nothing of the machine's session is seen
//! by what runs on it, and the bus starts nothing by itself, so that a missing daemon is really missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use tempfile::TempDir;
use zbus::Connection;

use crate::process::{self, Daemon, Said};
use crate::{binaries, wait};

const BUS_CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=@PATH@</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A running private desktop. Dropping it ends all of it.
#[derive(Debug)]
pub struct Desktop {
    // Order matters: the window manager and the bus end before the display, all before the folder.
    _window_manager: Daemon,
    _bus: Daemon,
    _display: Daemon,
    display: String,
    bus_address: String,
    name: String,
    dir: TempDir,
}

impl Desktop {
    /// Starts display, bus and window manager. `name` goes into the names of screenshots.
    ///
    /// # Errors
    /// When a part is not installed or does not start.
    pub async fn start(name: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("navi-desktop-").tempdir()?;
        for folder in ["home", "run", "logs"] {
            private_folder(&dir.path().join(folder))?;
        }
        let logs = dir.path().join("logs");

        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let (display, number) = Daemon::spawn_with_first_line("xvfb", xvfb, &logs).await?;

        let socket = dir.path().join("run/bus");
        let config = dir.path().join("bus.conf");
        std::fs::write(&config, BUS_CONFIG.replace("@PATH@", &socket.to_string_lossy()))?;
        let mut dbus = Command::new("dbus-daemon");
        dbus.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address=1"]);
        let (bus, bus_address) = Daemon::spawn_with_first_line("dbus", dbus, &logs).await?;

        let display_name = format!(":{number}");
        let mut openbox = Command::new("openbox");
        openbox.arg("--sm-disable");
        set_environment(&mut openbox, dir.path(), &display_name, &bus_address);
        let window_manager = Daemon::spawn("openbox", openbox, &logs)?;

        let desktop = Self {
            _window_manager: window_manager,
            _bus: bus,
            _display: display,
            display: display_name,
            bus_address,
            name: name.to_owned(),
            dir,
        };
        wait::until("the window manager rules", async || {
            let mut xprop = desktop.command("xprop");
            xprop.args(["-root", "_NET_SUPPORTING_WM_CHECK"]);
            let said = process::run(xprop).await.ok()?;
            said.stdout.contains("window id").then_some(())
        })
        .await?;
        Ok(desktop)
    }

    /// A command that will run on this desktop and knows no other.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        set_environment(&mut command, self.dir.path(), &self.display, &self.bus_address);
        command
    }

    /// Starts a daemon on this desktop.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(&self, name: &str, command: Command) -> Result<Daemon> {
        Daemon::spawn(name, command, &self.logs())
    }

    /// Runs `program` with `args` on this desktop.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn run(&self, program: &str, args: &[&str]) -> Result<Said> {
        let mut command = self.command(program);
        command.args(args);
        process::run(command).await
    }

    /// A new connection to the desktop's bus.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn bus(&self) -> Result<Connection> {
        zbus::connection::Builder::address(self.bus_address.as_str())?
            .build()
            .await
            .context("cannot reach the private bus")
    }

    /// Waits until somebody owns `bus_name`; gives the owner's unique name.
    ///
    /// # Errors
    /// When nobody does in time.
    pub async fn owner(&self, bus_name: &str) -> Result<String> {
        let bus = self.bus().await?;
        let proxy = zbus::fdo::DBusProxy::new(&bus).await?;
        wait::until(&format!("{bus_name} has an owner"), async || {
            let owner = proxy.get_name_owner(bus_name.try_into().ok()?).await.ok()?;
            Some(owner.to_string())
        })
        .await
    }

    /// Address of the desktop's bus.
    #[must_use]
    pub fn bus_address(&self) -> &str {
        &self.bus_address
    }

    /// The desktop user's home.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// Folder of the logs of what runs here.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.dir.path().join("logs")
    }

    /// Titles of the visible windows.
    ///
    /// # Errors
    /// When the display cannot be asked.
    pub async fn window_titles(&self) -> Result<Vec<String>> {
        // Exit code 1 with an empty list means that there is none.
        let said = self.run("xdotool", &["search", "--onlyvisible", "--name", "."]).await?;
        let mut titles = Vec::new();
        for id in said.stdout.split_whitespace() {
            let title = self.run("xdotool", &["getwindowname", id]).await?;
            titles.push(title.stdout.trim().to_owned());
        }
        Ok(titles)
    }

    /// Keeps a picture of the whole screen among the artefacts, as `TEST-LABEL.png`, once something is on it.
    ///
    /// # Errors
    /// When it cannot be taken or the screen stays empty.
    pub async fn screenshot(&self, label: &str) -> Result<PathBuf> {
        self.screenshot_with(label, 8).await
    }

    /// The same, once more than so many colours are on the screen: an empty desktop has one, a window's frame some
    /// hundreds, a page with smooth text more than a thousand.
    ///
    /// # Errors
    /// When it cannot be taken or nothing is drawn.
    pub async fn screenshot_with(&self, label: &str, colours: u32) -> Result<PathBuf> {
        let path = binaries::artifacts()?.join(format!("{}-{label}.png", self.name));
        let file = path.to_string_lossy().into_owned();
        wait::until(&format!("something is drawn for {file}"), async || {
            self.run("import", &["-window", "root", &file]).await.ok()?.expect_code(0).ok()?;
            let seen = self.run("identify", &["-format", "%k", &file]).await.ok()?.stdout;
            (seen.trim().parse::<u32>().ok()? > colours).then_some(())
        })
        .await?;
        Ok(path)
    }
}

/// Makes a folder that only its owner can look into, as a home or a data folder is.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    Ok(())
}

fn set_environment(command: &mut Command, dir: &Path, display: &str, bus_address: &str) {
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("LANG", "C.UTF-8")
        .env("HOME", dir.join("home"))
        .env("XDG_RUNTIME_DIR", dir.join("run"))
        .env("XDG_CURRENT_DESKTOP", "navi-tests")
        .env("XDG_SESSION_TYPE", "x11")
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("DISPLAY", display)
        .env("DBUS_SESSION_BUS_ADDRESS", bus_address)
        .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", dir.join("no-system-bus").display()))
        .current_dir(dir.join("home"));
}
