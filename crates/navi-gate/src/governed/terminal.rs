//! A terminal of its own for a command's output, that looks like the user's.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    OptionalActions, OutputModes, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetwinsize,
};

/// The user's terminal, and the one that the command prints to.
#[derive(Debug)]
pub struct Terminal {
    user: OwnedFd,
    command: OwnedFd,
    /// The user's modes before, and the command's as they were last seen.
    modes: Mutex<(Termios, Termios)>,
}

impl Terminal {
    /// One like the user's, and the end for the command. Its output is not processed: the user's terminal does that.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn like(user: BorrowedFd<'_>) -> std::io::Result<(Self, OwnedFd)> {
        let command = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&command)?;
        unlockpt(&command)?;
        let name = ptsname(&command, Vec::new())?;
        let end = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let before = tcgetattr(user)?;
        let mut modes = before.clone();
        modes.output_modes.remove(OutputModes::OPOST);
        tcsetattr(&end, OptionalActions::Now, &modes)?;
        if let Ok(size) = tcgetwinsize(user) {
            tcsetwinsize(&end, size)?;
        }
        let modes = Mutex::new((before, tcgetattr(&end)?));
        Ok((Self { user: user.try_clone_to_owned()?, command, modes }, end))
    }

    /// Where its output is read.
    ///
    /// # Errors
    /// When the process has too many files open.
    pub fn reading_end(&self) -> std::io::Result<OwnedFd> {
        self.command.try_clone()
    }

    /// Takes over the size of the user's.
    pub fn resize(&self) -> bool {
        match tcgetwinsize(&self.user) {
            Ok(size) => tcsetwinsize(&self.command, size).is_ok(),
            Err(_) => false,
        }
    }

    /// A program that draws on the whole screen sets its input modes on its output: the user's terminal follows, while
    /// this process stands in its foreground.
    pub fn follow(&self) {
        let Ok(now) = tcgetattr(&self.command) else { return };
        let mut modes = self.modes.lock().unwrap_or_else(PoisonError::into_inner);
        if same_input(&now, &modes.1) {
            return;
        }
        modes.1 = now.clone();
        if let (true, Ok(mut user)) = (self.in_foreground(), tcgetattr(&self.user)) {
            user.input_modes = now.input_modes;
            user.local_modes = now.local_modes;
            user.special_codes = now.special_codes;
            let _ = tcsetattr(&self.user, OptionalActions::Now, &user);
        }
    }

    /// Leaves the user's terminal as it was, if anything followed.
    pub fn restore(&self) {
        let modes = self.modes.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = tcgetattr(&self.user).is_ok_and(|now| !same_input(&now, &modes.0));
        if changed && !same_input(&modes.1, &modes.0) && self.in_foreground() {
            let _ = tcsetattr(&self.user, OptionalActions::Drain, &modes.0);
        }
    }

    fn in_foreground(&self) -> bool {
        tcgetpgrp(self.user.as_fd()).is_ok_and(|group| group == rustix::process::getpgrp())
    }
}

fn same_input(a: &Termios, b: &Termios) -> bool {
    a.input_modes == b.input_modes && a.local_modes == b.local_modes
}
