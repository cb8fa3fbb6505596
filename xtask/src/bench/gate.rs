//! What the gate adds before a command that runs alone starts: `navi-gate run -- date` beside `env date`, each from its own
//! start to the instant that `date` prints.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};

use super::sample::{Sample, fsync};
use super::{Options, Server, Verdict};
use crate::places;
use crate::stage::{command, output};

/// The instant as the command sees it: nanoseconds since 1970.
const STAMP: &str = "+%s%N";

/// All kinds take turns. The bound is 8 ms and two flushes: the server's of the decision with its permit, and the gate's own
/// of the run it writes down. The way back is captured as in any run, in a plain folder and in a work tree with an edit.
pub fn overhead(server: &Server, options: &Options, verdicts: &mut Vec<Verdict>) -> Result<()> {
    // Outside this repository: in a folder below it git would look at all of it.
    let place = tempfile::Builder::new().prefix("navi-bench-work-").tempdir()?;
    let (plain, tree) = (place.path().join("plain"), place.path().join("tree"));
    std::fs::create_dir(&plain)?;
    work_tree(&tree)?;
    let gate = |folder: &Path| {
        let mut gate = Command::new(places::measured_binary("navi-gate"));
        gate.args(["run", "--", "date", STAMP]).current_dir(folder);
        gate.env("NAVI_URL", &server.url).env("NAVI_TOKEN", &server.token);
        gate.env("XDG_STATE_HOME", server.folder.path().join("state"));
        gate
    };
    let mut samples: [Vec<Duration>; 6] = Default::default();
    for _ in 0..options.runs {
        let mut bare = Command::new("env");
        bare.args(["date", STAMP]).current_dir(&plain);
        let taken = [
            until_started(&mut bare)?,
            until_started(&mut gate(&plain))?,
            until_started(&mut gate(&tree))?,
            whole(Command::new("env").arg("true"))?,
            whole(Command::new(places::measured_binary("navi-gate")).arg("--version"))?,
            Duration::from_secs_f64(fsync(server.folder.path(), 1)?.median() / 1e3),
        ];
        for (sample, taken) in samples.iter_mut().zip(taken) {
            sample.push(taken);
        }
    }
    let [bare, governed, in_tree, nothing, own, flush] = samples.map(Sample::new);
    let names = [
        "env date",
        "navi-gate run -- date",
        "the same in a work tree",
        "env true",
        "navi-gate --version",
        "fsync",
    ];
    for (name, sample) in names.into_iter().zip([&bare, &governed, &in_tree, &nothing, &own, &flush]) {
        println!("{name:<24} median {:.3} ms, p99 {:.3} ms", sample.median(), sample.quantile(0.99));
    }
    let bound = 8.0 + 2.0 * flush.median();
    let mut add = |what, measured, bound| verdicts.push(Verdict { what, measured, bound, unit: "ms" });
    add("what the gate adds before a command starts", governed.median() - bare.median(), bound);
    add("the same in a git work tree", in_tree.median() - bare.median(), bound);
    add("the gate's own start, of that", own.median() - nothing.median(), 5.0);
    Ok(())
}

/// A small repository with a commit and an edit since.
fn work_tree(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder)?;
    let git = |args: &[&str]| {
        let mut git = command(Path::new("git"), args);
        git.current_dir(folder);
        output(&mut git)
    };
    git(&["init", "--quiet", "--initial-branch", "work"])?;
    for n in 0..50 {
        std::fs::write(folder.join(format!("file-{n}.txt")), format!("line {n}\n"))?;
    }
    git(&["add", "."])?;
    let who = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
    git(&[who.as_slice(), &["commit", "--quiet", "-m", "first"]].concat())?;
    std::fs::write(folder.join("file-7.txt"), "edited\n").context("cannot edit")
}

/// From the start of a process to the instant that the command in it says.
fn until_started(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let began = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let said = ended(command)?;
    let stamp: u64 = said.trim().parse().with_context(|| format!("{said:?} is no instant"))?;
    Duration::from_nanos(stamp).checked_sub(began).context("the clock was set back meanwhile")
}

/// From the start of a process to its end.
fn whole(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    ended(command)?;
    Ok(started.elapsed())
}

fn ended(command: &mut Command) -> Result<String> {
    let output =
        command.output().with_context(|| format!("could not start {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "it ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
