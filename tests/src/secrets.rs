//! A real Secret Service on a private desktop, unlocked, as after a log-in.

use anyhow::Result;

use crate::desktop::Desktop;
use crate::process::Daemon;

/// The running keyring daemon.
#[derive(Debug)]
pub struct SecretService {
    _daemon: Daemon,
}

impl SecretService {
    /// Starts it with an unlocked login keyring.
    ///
    /// # Errors
    /// When it is not installed or does not take its name.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let mut command = desktop.command("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        let daemon = Daemon::spawn_with_input("keyring", command, &desktop.logs(), b"a pass word for tests")?;
        desktop.owner("org.freedesktop.secrets").await?;
        Ok(Self { _daemon: daemon })
    }

    /// Starts it as nobody unlocked it, with the keyrings that are there.
    ///
    /// # Errors
    /// As [`SecretService::start`].
    pub async fn start_locked(desktop: &Desktop) -> Result<Self> {
        let mut command = desktop.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        let daemon = desktop.spawn("keyring-locked", command)?;
        desktop.owner("org.freedesktop.secrets").await?;
        Ok(Self { _daemon: daemon })
    }
}
