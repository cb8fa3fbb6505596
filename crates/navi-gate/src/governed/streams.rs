//! A command's output on its way to the user: passed on as it is, and kept beside it.
//!
//! Where the user's end is a terminal, the command gets one of its own for its output, so that it prints as it would; its
//! input, its signals and its job control stay with the user's terminal.

use std::io::IsTerminal as _;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::process::Command;

use super::output::Kept;
use super::terminal::Terminal;

/// How long one look for more lasts.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };

/// After the end of the command, this much longer what others print is kept as well.
const LAST: Duration = Duration::from_secs(2);

/// Which of the user's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Stdout,
    Stderr,
    /// Nobody's: it is only kept.
    Nowhere,
}

/// Who gets a command's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// The user of this process, who may go away before the command does.
    #[default]
    User,
    /// The same, and the command goes on when nobody reads any more.
    Leaving,
    /// Nobody: it is kept.
    Nobody,
}

/// The ways of one command's output.
#[derive(Debug, Default)]
pub struct Streams {
    ways: Vec<(OwnedFd, To)>,
    terminal: Option<Arc<Terminal>>,
    kept: Arc<Mutex<Kept>>,
    over: Arc<AtomicBool>,
    reader: Reader,
    copying: Vec<JoinHandle<Option<(OwnedFd, To)>>>,
}

impl Streams {
    /// Gives a command its output's ends. Where that cannot be done, or nothing is to be kept, it has the user's own.
    pub fn attach(command: &mut Command, keep: usize, reader: Reader) -> Self {
        let kept = Arc::new(Mutex::new(Kept::new(keep)));
        let mut streams = Self { kept, reader, ..Self::default() };
        if reader == Reader::Nobody {
            if keep == 0 || streams.keep_only(command).is_err() {
                streams.ways.clear();
                command.stdout(Stdio::null()).stderr(Stdio::null());
            }
        } else if keep > 0 && streams.connect(command).is_err() {
            streams.ways.clear();
            command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
        }
        streams
    }

    fn keep_only(&mut self, command: &mut Command) -> std::io::Result<()> {
        let end = self.pipe(To::Nowhere)?;
        command.stdout(end.try_clone()?).stderr(end);
        Ok(())
    }

    fn connect(&mut self, command: &mut Command) -> std::io::Result<()> {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let together = same_file(out.as_fd(), err.as_fd());
        if out.is_terminal() || err.is_terminal() {
            let like = if out.is_terminal() { out.as_fd() } else { err.as_fd() };
            let (terminal, end) = Terminal::like(like)?;
            let to = if out.is_terminal() { To::Stdout } else { To::Stderr };
            self.ways.push((terminal.reading_end()?, to));
            self.terminal = Some(Arc::new(terminal));
            match (out.is_terminal(), err.is_terminal()) {
                (true, true) => {
                    command.stdout(end.try_clone()?).stderr(end);
                }
                (true, false) => {
                    command.stdout(end).stderr(self.pipe(To::Stderr)?);
                }
                (false, _) => {
                    command.stdout(self.pipe(To::Stdout)?).stderr(end);
                }
            }
            return Ok(());
        }
        let end = self.pipe(To::Stdout)?;
        if together {
            // One way for both, so that nothing overtakes.
            command.stdout(end.try_clone()?).stderr(end);
        } else {
            command.stdout(end).stderr(self.pipe(To::Stderr)?);
        }
        Ok(())
    }

    fn pipe(&mut self, to: To) -> std::io::Result<OwnedFd> {
        let (read, write) = std::io::pipe()?;
        self.ways.push((read.into(), to));
        Ok(write.into())
    }

    /// Begins to pass on.
    pub fn start(&mut self) {
        for (from, to) in self.ways.drain(..) {
            let (kept, over) = (Arc::clone(&self.kept), Arc::clone(&self.over));
            let (terminal, outlives) = (self.terminal.clone(), self.reader == Reader::Leaving);
            let copying = move || copy(from, to, &kept, &over, terminal.as_deref(), outlives);
            self.copying.push(std::thread::spawn(copying));
        }
    }

    /// The user's window has another size: so has the command's terminal. `false`: it has none.
    pub fn resize(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| terminal.resize())
    }

    /// The command has ended: what it printed is passed on to the last byte. Processes that it left behind may go on
    /// printing, through a process of their own, if that is wanted.
    #[must_use]
    pub fn finish(self, hands_over: bool) -> Kept {
        self.over.store(true, Ordering::Release);
        for copying in self.copying {
            if let (Ok(Some((from, to))), true) = (copying.join(), hands_over) {
                hand_over(from, to);
            }
        }
        if let Some(terminal) = &self.terminal {
            terminal.restore();
        }
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether two ends are the same file.
fn same_file(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> bool {
    match (rustix::fs::fstat(a), rustix::fs::fstat(b)) {
        (Ok(a), Ok(b)) => (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino),
        _ => false,
    }
}

/// Passes on until the end, or until nothing more comes after the command has ended; then what is left is given back.
fn copy(
    from: OwnedFd,
    to: To,
    kept: &Mutex<Kept>,
    over: &AtomicBool,
    terminal: Option<&Terminal>,
    outlives_reader: bool,
) -> Option<(OwnedFd, To)> {
    let mut is_read = true;
    let mut since = None;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // Asked before the look: what was printed before the end is seen by it.
        let ended = over.load(Ordering::Acquire);
        if ended && since.get_or_insert_with(Instant::now).elapsed() > LAST {
            return Some((from, to));
        }
        let mut watched = [PollFd::new(&from, PollFlags::IN)];
        let ready = match poll(&mut watched, Some(&LOOK)) {
            Ok(ready) => ready > 0,
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return None,
        };
        if !ready {
            if ended {
                return Some((from, to));
            }
            continue;
        }
        let bytes = match rustix::io::read(&from, &mut buffer) {
            Ok(0) => return None,
            Ok(n) => buffer.get(..n).unwrap_or_default(),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => continue,
            // A terminal whose other end is closed.
            Err(_) => return None,
        };
        if let Some(terminal) = terminal {
            terminal.follow();
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
        if is_read && write_all(to, bytes).is_err() {
            if !outlives_reader {
                // With our end closed, the command learns it as it would have.
                return None;
            }
            is_read = false;
        }
    }
}

fn write_all(to: To, mut bytes: &[u8]) -> rustix::io::Result<()> {
    let (out, err) = (std::io::stdout(), std::io::stderr());
    let end = match to {
        To::Stdout => out.as_fd(),
        To::Stderr => err.as_fd(),
        To::Nowhere => return Ok(()),
    };
    while !bytes.is_empty() {
        match rustix::io::write(end, bytes) {
            Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let mut watched = [PollFd::new(&end, PollFlags::OUT)];
                let _ = poll(&mut watched, None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Starts the process that passes on what others still print.
fn hand_over(from: OwnedFd, to: To) {
    use std::os::unix::process::CommandExt as _;
    let Ok(gate) = std::env::current_exe() else { return };
    let end = match to {
        To::Stdout => std::io::stdout().as_fd().try_clone_to_owned(),
        To::Stderr => std::io::stderr().as_fd().try_clone_to_owned(),
        To::Nowhere => return,
    };
    let Ok(end) = end else { return };
    let mut command = std::process::Command::new(gate);
    command.arg("pass-on").env_clear().stdin(from).stdout(end).stderr(Stdio::null()).process_group(0);
    let _ = command.spawn();
}

/// `pass-on`: copies its input to its output until one of them ends.
pub fn pass_on() {
    let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::stdout().lock());
}
