//! A foreign witness (C2SP tlog-witness) joins: it cosigns what extends the last checkpoint, and nothing else.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use navi_tests::process::{self, Daemon};
use navi_tests::server::{ORG, Server};
use navi_tests::{binaries, wait};
use serde_json::json;

struct Witness {
    dir: tempfile::TempDir,
    url: String,
    vkey: String,
    _running: Option<Daemon>,
}

impl Witness {
    async fn start(origin: &str, log: &str) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        // The port may be taken in between; then the witness does not come up and the test says so.
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = format!("127.0.0.1:{port}");
        let mut witness = Self { dir, url: format!("http://{listen}"), vkey: String::new(), _running: None };
        let made = witness.run(&["init", "--name", "stranger.example/w1", "--listen", &listen]).await?;
        let line = made.stdout.lines().find(|line| line.contains("stranger.example/w1+"));
        let word = line.and_then(|l| l.split_whitespace().find(|w| w.starts_with("stranger.example/w1+")));
        witness.vkey = word.with_context(|| format!("no key in {made:?}"))?.to_owned();
        witness.run(&["add-log", "--origin", origin, "--vkey", log]).await?;
        let running = Daemon::spawn("witness", witness.command(&["serve"])?, witness.dir.path())?;
        witness._running = Some(running);
        wait::until("the witness listens", async || {
            tokio::net::TcpStream::connect(&listen).await.ok().map(|_| ())
        })
        .await?;
        Ok(witness)
    }

    fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binaries::judge("aics-witness")?);
        command.args(args).arg("--config").arg(self.dir.path().join("witness.json"));
        command.current_dir(self.dir.path());
        Ok(command)
    }

    async fn run(&self, args: &[&str]) -> Result<process::Said> {
        process::run(self.command(args)?).await?.expect_code(0)
    }

    /// Posts a checkpoint as a log does; the status.
    async fn add(&self, old: u64, proof: &[String], note: &str) -> Result<u16> {
        let body =
            format!("old {old}\n{}\n{note}", proof.iter().map(|h| format!("{h}\n")).collect::<String>());
        let http = reqwest::Client::builder().no_proxy().build()?;
        let answer = http.post(format!("{}/add-checkpoint", self.url)).body(body).send().await?;
        Ok(answer.status().as_u16())
    }
}

/// A checkpoint over a made-up root, signed with the key in the server's data folder (C2SP signed-note).
fn signed(server: &Server, origin: &str, size: u64) -> Result<String> {
    let seed = std::fs::read_to_string(server.data_dir().join("ledger.key"))?;
    let seed: [u8; 32] = hex::decode(seed.trim())?.try_into().ok().context("no seed")?;
    let text = format!("{origin}\n{size}\n{}\n", STANDARD.encode([7_u8; 32]));
    let id = server.ledger_vkey.split('+').nth(1).context("no key id")?;
    let signature = SigningKey::from_bytes(&seed).sign(text.as_bytes()).to_bytes();
    let line = [hex::decode(id)?.as_slice(), &signature].concat();
    Ok(format!("{text}\n— {origin} {}\n", STANDARD.encode(line)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_witness_cosigns_what_extends_and_refuses_a_replay_and_a_fork() -> Result<()> {
    let mut server = Server::start().await?;
    let olga = server.api("olga", "auditor", None).await?;
    let first = String::from_utf8(olga.download(&format!("/ledger/{ORG}/checkpoint?fresh=true")).await?)?;
    let origin = first.lines().next().context("no origin")?.to_owned();
    let witness = Witness::start(&origin, &server.ledger_vkey).await?;
    server.terminate().await?;
    let named = format!("{}={}", witness.url, witness.vkey);
    server.restart_with(&["--witness", &named]).await?;

    let agent = server.api("alice", "agent", Some("coder")).await?;
    agent.evaluate("command_run", json!({"command": "ls"})).await?;
    let path = format!("/ledger/{ORG}/checkpoint?cosigned=1");
    let cosigned = wait::until("the stranger has cosigned", async || {
        let text = String::from_utf8(olga.download(&path).await.ok()?).ok()?;
        text.contains("— stranger.example/w1 ").then_some(text)
    })
    .await?;
    let size: u64 = cosigned.lines().nth(1).context("no size")?.parse()?;
    let own =
        cosigned.lines().take_while(|line| !line.contains("stranger")).collect::<Vec<_>>().join("\n") + "\n";

    // A replay of the first checkpoint as if nothing had happened since.
    ensure!(witness.add(0, &[], &first).await? == 409, "a replay is a conflict");
    // The log's own key signs another history: only the proof can tell.
    let forged = signed(&server, &origin, size + 1)?;
    ensure!(witness.add(size, &[STANDARD.encode([9_u8; 32])], &forged).await? == 422, "a fork has no proof");
    let evidence = witness.run(&["evidence"]).await?;
    ensure!(evidence.stdout.contains(&(size + 1).to_string()), "the fork is kept as evidence: {evidence:?}");
    // And it says again what it said when it is shown the same again.
    ensure!(witness.add(size, &[], &own).await? == 200, "the newest one once more");
    Ok(())
}
