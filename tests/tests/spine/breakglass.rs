//! Break-glass drills with the real binaries: sealed envelopes while the server is away, and what of it comes back.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use navi_tests::gate::Gate;
use navi_tests::process::{self, Said};
use navi_tests::server::{Api, Server, write_file};
use navi_tests::wait;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const PASSPHRASE: &str = "a long passphrase";
const REASON: &str = "the shop takes no orders since noon";

/// A person on call at a terminal with a step-up key.
struct Person {
    gate: Gate,
    keystore: String,
    passphrase: String,
}

impl Person {
    async fn enroll(server: &Server, user: &str) -> Result<Self> {
        let invite = server.invite(user, "oncall").await?;
        let gate = Gate::new(&server.url, None)?;
        let keystore = format!("file:{}", gate.home().join("keys.json").display());
        let passphrase = write_file(&gate.home(), "passphrase", PASSPHRASE)?.display().to_string();
        let args = ["enroll", &invite, "--keystore", &keystore, "--passphrase-file", &passphrase];
        gate.run(&args).await?.expect_code(0)?;
        Ok(Self { gate, keystore, passphrase })
    }

    async fn run(&self, args: &[&str]) -> Result<Said> {
        let mut command = self.gate.command(args)?;
        command.env("NAVI_KEYSTORE", &self.keystore);
        process::run(command).await
    }
}

/// A server, a gate of alice's agent with a key of its own, and olga, who holds an envelope of it that otto handed out.
struct Scene {
    server: Server,
    gate: Gate,
    gate_id: String,
    olga: Person,
    envelope: String,
}

impl Scene {
    async fn new() -> Result<Self> {
        let server = Server::start().await?;
        let url = server.url.clone();
        Self::at(server, &url).await
    }

    /// The gate reaches the server at another address.
    async fn at(server: Server, url: &str) -> Result<Self> {
        let gate = Gate::new(url, Some(server.token("alice", "agent", Some("coder")).await?))?;
        let known =
            gate.run(&["break-glass", "enroll", "--name", "laptop", "--json"]).await?.expect_code(0)?;
        let gate_id = known.json()?["gate_id"].as_str().context("no gate_id")?.to_owned();
        let olga = Person::enroll(&server, "olga").await?;
        let mut scene = Self { server, gate, gate_id, olga, envelope: String::new() };
        scene.envelope = scene.issue().await?;
        scene.glass(&["sync"]).await?.expect_code(0)?;
        Ok(scene)
    }

    async fn issue(&self) -> Result<String> {
        let otto = Gate::new(&self.server.url, Some(self.server.token("otto", "oncall", None).await?))?;
        let args =
            ["break-glass", "issue", "--gate", &self.gate_id, "--holder", "olga", "--repo", "shop", "--json"];
        let made = otto.run(&args).await?.expect_code(0)?.json()?;
        Ok(made["envelope"]["id"].as_str().context("no envelope")?.to_owned())
    }

    async fn glass(&self, args: &[&str]) -> Result<Said> {
        self.gate.run(&[&["break-glass"], args].concat()).await
    }

    fn opening(&self) -> Result<Command> {
        self.gate.command(&[
            "break-glass",
            "open",
            "--incident",
            "INC-7",
            "--reason",
            REASON,
            "--keystore",
            &self.olga.keystore,
            "--passphrase-file",
            &self.olga.passphrase,
        ])
    }

    async fn open(&self) -> Result<Said> {
        process::run(self.opening()?).await
    }

    /// The gate's clock is off by so many seconds.
    async fn at_clock(&self, mut command: Command, secs: i64) -> Result<Said> {
        command.env("NAVI_TEST_CLOCK", secs.to_string());
        process::run(command).await
    }

    fn touching(&self, name: &str) -> Result<Command> {
        self.gate.command(&["run", "--repo", "shop", "--", "touch", name])
    }

    async fn touch(&self, name: &str) -> Result<Said> {
        process::run(self.touching(name)?).await
    }

    fn touched(&self, name: &str) -> bool {
        self.gate.work().join(name).exists()
    }

    fn folder(&self) -> PathBuf {
        self.gate.home().join(".config/navi/glass")
    }

    async fn auditor(&self) -> Result<Api> {
        self.server.api("aude", "auditor", None).await
    }

    /// Kinds of entries about envelopes and gates, in order, with what they say.
    async fn told(&self) -> Result<Vec<(String, Value)>> {
        let mut told = Vec::new();
        for entry in self.auditor().await?.ledger().await? {
            let kind = entry["kind"].as_str().unwrap_or_default().to_owned();
            if kind.starts_with("envelope_") || kind.starts_with("gate_") || kind == "decision" {
                let payload = entry["payload"].as_str().unwrap_or("null");
                told.push((kind, serde_json::from_str(payload)?));
            }
        }
        Ok(told)
    }

    async fn kinds(&self) -> Result<Vec<String>> {
        Ok(self.told().await?.into_iter().map(|(kind, _)| kind).collect())
    }

    /// What the offline verifier tells of the whole record.
    async fn explained(&self) -> Result<String> {
        let auditor = Gate::new(&self.server.url, self.auditor().await?.token)?;
        auditor.run(&["audit", "export", "--out", "record.navi"]).await?.expect_code(0)?;
        let vkey = &self.server.ledger_vkey;
        let args = ["audit", "verify", "record.navi", "--vkey", vkey, "--explain"];
        Ok(auditor.run(&args).await?.expect_code(0)?.stdout)
    }
}

/// Passes connections on to a server until it is cut.
struct Wire {
    url: String,
    passing: JoinHandle<()>,
    port: u16,
}

impl Wire {
    async fn to(address: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let (port, address) = (listener.local_addr()?.port(), address.to_owned());
        let passing = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let address = address.clone();
                tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(&address).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Ok(Self { url: format!("http://127.0.0.1:{port}"), passing, port })
    }

    async fn cut(self) -> u16 {
        self.passing.abort();
        let _ = self.passing.await;
        self.port
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_opens_without_the_server_and_comes_back_into_the_ledger_in_order() -> Result<()> {
    let mut scene = Scene::new().await?;
    let early = scene.open().await?.expect_code(13)?;
    anyhow::ensure!(
        early.stderr.contains("answers; envelopes open only while it cannot be reached"),
        "{early:?}"
    );
    scene.server.kill().await?;
    let shut = scene.touch("before").await?.expect_code(13)?;
    anyhow::ensure!(!scene.touched("before") && shut.stderr.contains("nothing ran"), "{shut:?}");

    let opened = scene.open().await?.expect_code(0)?;
    anyhow::ensure!(opened.stdout.contains("repository shop on this gate"), "{opened:?}");
    let ran = scene.touch("during").await?.expect_code(0)?;
    anyhow::ensure!(scene.touched("during") && ran.stderr.contains("under an open envelope"), "{ran:?}");
    let elsewhere =
        scene.gate.run(&["run", "--repo", "other", "--", "touch", "other"]).await?.expect_code(13)?;
    anyhow::ensure!(
        !scene.touched("other") && elsewhere.stderr.contains("does not cover this"),
        "{elsewhere:?}"
    );
    let failed = scene.gate.run(&["run", "--repo", "shop", "--", "sh", "-c", "exit 7"]).await?;
    failed.expect_code(7)?;

    scene.server.restart().await?;
    // Any next command of the gate brings the records first.
    scene.gate.run(&["run", "--repo", "shop", "--", "true"]).await?.expect_code(0)?;
    let kinds = scene.kinds().await?;
    let wanted = [
        "gate_enrolled",
        "envelope_issued",
        "envelope_opened",
        "envelope_used",
        "envelope_run_ended",
        "envelope_used",
        "envelope_run_ended",
        "envelope_ended",
        "decision",
    ];
    anyhow::ensure!(kinds == wanted, "{kinds:?}");
    scene.glass(&["sync"]).await?.expect_code(0)?;
    anyhow::ensure!(scene.kinds().await?.len() == wanted.len(), "brought twice");
    let told = scene.told().await?;
    let opened = &told[2].1;
    anyhow::ensure!(opened["told"].as_array().is_some_and(|t| t.iter().any(|who| who == "otto")), "{opened}");
    anyhow::ensure!(told[3].1["title"] == "Run touch during in shop", "{}", told[3].1);
    anyhow::ensure!(told[3].1["would"]["verdict"].is_string(), "{}", told[3].1);
    anyhow::ensure!(told[6].1["spooled"]["record"]["happened"]["exit_code"] == 7, "{}", told[6].1);

    // The review is open, and stands in the way of the next one.
    let otto = scene.server.api("otto", "oncall", None).await?;
    let bypasses = otto.get("/bypass").await?.expect(200)?;
    anyhow::ensure!(
        bypasses["open"][0]["id"] == json!(scene.envelope) && bypasses["open"][0]["state"] == "ended",
        "{bypasses}"
    );
    let again = json!({
        "gate_id": scene.gate_id, "holder": "olga", "scope": "repo", "name": "shop", "minutes": 15, "hours": 1,
    });
    otto.post("/envelopes", &again).await?.expect_problem(409, "bypass_unreviewed")?;

    let said = scene.explained().await?;
    for sentence in [
        "otto handed it to olga",
        "with olga's step-up key over nonce",
        "for INC-7: the shop takes no orders since noon",
        "the gate reconnected, and the ledger heard of it",
        "Run touch during in shop; ended with 0; would have been ",
        "ended with 7",
        "its review is open",
    ] {
        anyhow::ensure!(said.contains(sentence), "{sentence:?} is not in\n{said}");
    }
    let rita = Person::enroll(&scene.server, "rita").await?;
    rita.run(&["bypass", "review", &scene.envelope, "--finding", "It was needed."]).await?.expect_code(0)?;
    otto.post("/envelopes", &again).await?.expect(200)?;
    let said = scene.explained().await?;
    anyhow::ensure!(said.contains("reviewed by rita") && said.contains("It was needed."), "{said}");

    // Counted where bypasses are: the numbers, the handover sheet, and the report that anybody makes of the record.
    let auditor = scene.server.api("ada", "auditor", None).await?;
    let numbers = auditor.get("/audit/insights").await?.expect(200)?;
    let wanted = json!({"issued": 2, "revoked": 0, "opened": 1, "runs": 2, "refused": 0, "returned": 1});
    anyhow::ensure!(numbers["envelopes"] == wanted, "{numbers}");
    let sheet = auditor.get("/oncall/handover").await?.expect(200)?;
    let held = sheet["envelopes"].as_array().context("no envelopes on the sheet")?;
    anyhow::ensure!(held.len() == 1 && held[0]["status"] == "sealed" && held[0]["name"] == "shop", "{sheet}");
    let reader = Gate::new(&scene.server.url, auditor.token)?;
    reader.run(&["audit", "export", "--out", "record.navi"]).await?.expect_code(0)?;
    let report =
        ["audit", "report", "record.navi", "--out", "report.html", "--vkey", &scene.server.ledger_vkey];
    reader.run(&report).await?.expect_code(0)?;
    let report = std::fs::read_to_string(reader.work().join("report.html"))?;
    let counted = "2 break-glass envelopes were handed out and 0 taken back; 1 was opened without the server, 2 actions ran \
                   under them, 0 attempts were refused by their gates, and 1 came back";
    anyhow::ensure!(report.contains(counted), "{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_opens_once() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    scene.glass(&["end"]).await?.expect_code(0)?;
    scene.touch("after").await?.expect_code(13)?;
    let again = scene.open().await?.expect_code(13)?;
    anyhow::ensure!(again.stderr.contains("was opened before"), "{again:?}");
    let named = scene.glass(&["challenge", &scene.envelope]).await?.expect_code(13)?;
    anyhow::ensure!(named.stderr.contains("was opened before"), "{named:?}");
    scene.touch("after").await?.expect_code(13)?;
    anyhow::ensure!(!scene.touched("after"));
    scene.server.restart().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let kinds = scene.kinds().await?;
    anyhow::ensure!(kinds[2..] == ["envelope_opened", "envelope_ended", "envelope_refused"], "{kinds:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_answers_a_challenge_on_another_machine() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.olga.run(&["break-glass", "hold"]).await?.expect_code(0)?;
    scene.server.kill().await?;
    let drawn = scene.glass(&["challenge", "--json"]).await?.expect_code(0)?.json()?;
    let challenge = drawn["challenge"].as_str().context("no challenge")?.to_owned();
    let answer = async |challenge: &str| {
        let args = ["break-glass", "answer", challenge, "--incident", "INC-7", "--reason", REASON, "--json"];
        scene.olga.run(&[args.as_slice(), &["--passphrase-file", &scene.olga.passphrase]].concat()).await
    };
    let spoken = challenge.to_lowercase().replace('-', " ");
    let given = answer(&spoken).await?.expect_code(0)?.json()?;
    let given = given["answer"].as_str().context("no answer")?;
    // An answer to an older challenge opens nothing.
    let drawn = scene.glass(&["challenge", "--json"]).await?.expect_code(0)?.json()?;
    let stale = scene.glass(&["open", "--answer", given]).await?.expect_code(13)?;
    anyhow::ensure!(stale.stderr.contains("the holder did not sign this opening"), "{stale:?}");
    let fresh = answer(drawn["challenge"].as_str().context("no challenge")?).await?.expect_code(0)?.json()?;
    scene
        .glass(&["open", "--answer", fresh["answer"].as_str().context("no answer")?])
        .await?
        .expect_code(0)?;
    scene.touch("during").await?.expect_code(0)?;
    anyhow::ensure!(scene.touched("during"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_turned_back_or_forward_opens_nothing() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.kill().await?;
    let back = scene.at_clock(scene.opening()?, -3_600).await?.expect_code(13)?;
    anyhow::ensure!(back.stderr.contains("the clock was turned back"), "{back:?}");
    scene.open().await?.expect_code(0)?;
    scene.at_clock(scene.touching("back")?, -3_600).await?.expect_code(13)?;
    anyhow::ensure!(!scene.touched("back"));
    scene.touch("now").await?.expect_code(0)?;
    let over = scene.at_clock(scene.touching("late")?, 3_600).await?.expect_code(13)?;
    anyhow::ensure!(!scene.touched("late"), "{over:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_forward_once_cannot_come_back() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.kill().await?;
    let mut challenge = scene.gate.command(&["break-glass", "challenge", &scene.envelope])?;
    challenge.env("NAVI_TEST_CLOCK", (8 * 24 * 3_600).to_string());
    let expired = process::run(challenge).await?.expect_code(13)?;
    anyhow::ensure!(expired.stderr.contains("this envelope has expired"), "{expired:?}");
    let back = scene.open().await?.expect_code(13)?;
    anyhow::ensure!(back.stderr.contains("the clock was turned back"), "{back:?}");
    Ok(())
}

async fn revoke_olgas_device(scene: &Scene) -> Result<()> {
    let admin = scene.server.api("root", "admin", None).await?;
    let devices = admin.get("/devices").await?.expect(200)?;
    let device =
        devices.as_array().into_iter().flatten().find(|d| d["user"] == "olga").context("no device")?;
    let path = format!("/devices/{}", device["id"].as_str().unwrap_or_default());
    admin.send(reqwest::Method::DELETE, &path, None, &[]).await?.expect(200)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_opens_nothing_where_that_was_heard() -> Result<()> {
    let mut scene = Scene::new().await?;
    revoke_olgas_device(&scene).await?;
    // No command about envelopes: what is new is heard with any answer.
    scene.gate.run(&["run", "--repo", "shop", "--", "true"]).await?.expect_code(0)?;
    scene.server.kill().await?;
    let shut = scene.open().await?.expect_code(13)?;
    anyhow::ensure!(shut.stderr.contains("holder's device was revoked"), "{shut:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_was_not_heard_the_ledger_says_so() -> Result<()> {
    let server = Server::start().await?;
    let address = server.address().to_owned();
    let wire = Wire::to(&address, 0).await?;
    let url = wire.url.clone();
    let scene = Scene::at(server, &url).await?;
    let port = wire.cut().await;
    revoke_olgas_device(&scene).await?;
    scene.open().await?.expect_code(0)?;
    scene.touch("during").await?.expect_code(0)?;
    let _wire = Wire::to(&address, port).await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let told = scene.told().await?;
    let opened = told.iter().find(|(kind, _)| kind == "envelope_opened").context("not opened")?;
    let concerns = opened.1["concerns"].to_string();
    anyhow::ensure!(concerns.contains("the holder's device was revoked"), "{concerns}");
    let said = scene.explained().await?;
    anyhow::ensure!(said.contains("reported: the holder's device was revoked"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_runs() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    // The gate's folder on a disk of its own, which is full.
    let script = r#"
        set -eu
        mount -t tmpfs -o size=64k tmpfs "$1.full"
        cp -a "$1/." "$1.full/"
        mount --bind "$1.full" "$1"
        dd if=/dev/zero of="$1/filler" bs=1k count=1024 2>/dev/null || true
        shift
        exec "$@"
    "#;
    let folder = scene.folder();
    std::fs::create_dir(folder.with_extension("full"))?;
    // Longer than what is left of a page that the file has already.
    let long = format!("touch full # {}", "x".repeat(8_000));
    let inner = scene.gate.command(&["run", "--repo", "shop", "--", "sh", "-c", &long])?;
    let rooted = Command::new("unshare").args(["--mount", "true"]).status()?.success();
    let mut command = Command::new("unshare");
    command.args(if rooted { &["--mount"][..] } else { &["--user", "--map-root-user", "--mount"][..] });
    command.args(["sh", "-c", script, "sh"]).arg(&folder).arg(inner.get_program()).args(inner.get_args());
    command.env_clear().envs(scene.gate.environment()).current_dir(scene.gate.work());
    let full = process::run(command).await?.expect_code(13)?;
    anyhow::ensure!(full.stderr.contains("could not be written"), "{full:?}");
    anyhow::ensure!(full.stderr.contains("No space left"), "{full:?}");
    anyhow::ensure!(!scene.touched("full"), "it ran");
    // Where there is room it goes on.
    scene.touch("room").await?.expect_code(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_dies_between_record_and_run_leaves_an_unknown_end() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    let mut command = scene.touching("cut")?;
    command.env("NAVI_TEST_DIE", "1");
    let died = process::run(command).await?;
    anyhow::ensure!(died.code != 0 && !scene.touched("cut"), "{died:?}");
    // Killed while it runs: nobody knows how that ended either.
    let mut running =
        scene.gate.start("gate", &["run", "--repo", "shop", "--", "sh", "-c", "echo > began; sleep 60"])?;
    wait::until("it runs", async || scene.touched("began").then_some(())).await?;
    running.kill().await?;
    scene.server.restart().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let told = scene.told().await?;
    let ends: Vec<&Value> =
        told.iter().filter(|(kind, _)| kind == "envelope_run_ended").map(|(_, said)| said).collect();
    anyhow::ensure!(ends.len() == 2, "{told:?}");
    for end in ends {
        anyhow::ensure!(end["spooled"]["record"]["happened"]["status"] == "unknown", "{end}");
    }
    let said = scene.explained().await?;
    anyhow::ensure!(said.contains("how it ended, or whether it began, is unknown"), "{said}");
    Ok(())
}

fn copied(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    anyhow::ensure!(status.success(), "cannot copy {}", from.display());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_was_restored_from_a_copy_is_found() -> Result<()> {
    let mut scene = Scene::new().await?;
    let (folder, copy) = (scene.folder(), scene.folder().with_extension("copy"));
    copied(&folder, &copy)?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    scene.touch("first").await?.expect_code(0)?;
    scene.server.restart().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let before = scene.kinds().await?;

    // The copy knows nothing of the opening: without the server nobody can tell it.
    std::fs::remove_dir_all(&folder)?;
    std::fs::rename(&copy, &folder)?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    scene.touch("second").await?.expect_code(0)?;
    anyhow::ensure!(scene.touched("second"));
    scene.server.restart().await?;
    let met = scene.gate.run(&["run", "--repo", "shop", "--", "true"]).await?.expect_code(0)?;
    anyhow::ensure!(met.stderr.contains("the server reported this gate"), "{met:?}");
    let told = scene.told().await?;
    let new: Vec<&str> = told[before.len()..].iter().map(|(kind, _)| kind.as_str()).collect();
    anyhow::ensure!(new == ["gate_suspected", "decision"], "{new:?}");
    let report = &told[before.len()].1;
    anyhow::ensure!(
        report["why"].as_str().is_some_and(|why| why.contains("restored from a copy")),
        "{report}"
    );
    anyhow::ensure!(report["brought"].to_string().contains("touch second"), "what ran is told: {report}");

    // It opens nothing more, and it is told once.
    let refused = scene.server.api("otto", "oncall", None).await?;
    let wish = json!({"gate_id": scene.gate_id, "holder": "otto", "scope": "agent", "name": "coder", "minutes": 15, "hours": 1});
    let refused = refused.post("/envelopes", &wish).await?;
    anyhow::ensure!(refused.status >= 400, "{refused:?}");
    scene.glass(&["sync"]).await?;
    let kinds = scene.kinds().await?;
    anyhow::ensure!(kinds.iter().filter(|kind| *kind == "gate_suspected").count() == 1, "{kinds:?}");
    scene.server.kill().await?;
    let shut = scene.open().await?.expect_code(13)?;
    anyhow::ensure!(
        shut.stderr.contains("made known anew") || shut.stderr.contains("was opened before"),
        "{shut:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_blocked_and_frozen_when_the_server_was_last_heard_stays_so() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.set_policy("alice", json!({ "level": "standard", "blocked_actions": ["deploy_*"] })).await?;
    let admin = scene.server.api("root", "admin", None).await?;
    let frozen = json!({"scope": "repo", "name": "ledger", "reason": "drill"});
    admin.put("/freeze", &frozen).await?.expect(200)?;
    // The policy changed: the envelope of the old one opens nothing, a new one does.
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let status = scene.glass(&["--json"]).await?.expect_code(0)?.json()?;
    let shut = status["envelopes"][0]["shut"].as_str().unwrap_or_default();
    anyhow::ensure!(shut.contains("the policy was changed"), "{status}");
    scene.issue().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    scene.touch("fine").await?.expect_code(0)?;
    let deploy = ["run", "--repo", "shop", "--type", "deploy_prod", "--", "touch", "deployed"];
    let blocked = scene.gate.run(&deploy).await?.expect_code(13)?;
    anyhow::ensure!(
        blocked.stderr.contains("the policy blocks deploy_*") && !scene.touched("deployed"),
        "{blocked:?}"
    );
    let stopped =
        scene.gate.run(&["run", "--repo", "ledger", "--", "touch", "frozen"]).await?.expect_code(13)?;
    anyhow::ensure!(stopped.stderr.contains("was stopped") && !scene.touched("frozen"), "{stopped:?}");
    Ok(())
}

/// One call of the hook, as Claude Code makes it; what it said.
async fn hooked(gate: &Gate, event: &str, command: &str) -> Result<String> {
    let input = json!({
        "session_id": "s", "cwd": gate.work().join("shop"), "hook_event_name": event, "tool_name": "Bash",
        "tool_input": { "command": command }, "tool_use_id": "t", "tool_response": {},
    });
    let mut hook = gate.command(&["hook", "claude-code"])?;
    hook.stdin(Stdio::piped()).stdout(Stdio::piped());
    let said = tokio::task::spawn_blocking(move || -> Result<std::process::Output> {
        let mut child = hook.spawn()?;
        child.stdin.take().context("no stdin")?.write_all(input.to_string().as_bytes())?;
        Ok(child.wait_with_output()?)
    });
    Ok(String::from_utf8(said.await??.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_own_tool_runs_under_an_open_envelope_and_its_end_is_told() -> Result<()> {
    let mut scene = Scene::new().await?;
    std::fs::create_dir_all(scene.gate.work().join("shop/.git"))?;
    scene.server.kill().await?;
    let denied = hooked(&scene.gate, "PreToolUse", "make release").await?;
    anyhow::ensure!(denied.contains("\"deny\""), "{denied}");
    scene.open().await?.expect_code(0)?;
    let allowed = hooked(&scene.gate, "PreToolUse", "make release").await?;
    anyhow::ensure!(allowed.contains("\"allow\""), "{allowed}");
    // The tool runs in the harness: another command of the gate does not take it for lost.
    scene.touch("beside").await?.expect_code(0)?;
    hooked(&scene.gate, "PostToolUse", "make release").await?;
    let out_of_it = hooked(&scene.gate, "PreToolUse", "git push --no-verify").await?;
    anyhow::ensure!(
        out_of_it.contains("\"deny\"") && out_of_it.contains("no envelope lifts this"),
        "{out_of_it}"
    );
    scene.server.restart().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let told = scene.told().await?;
    let ends: Vec<&Value> =
        told.iter().filter(|(kind, _)| kind == "envelope_run_ended").map(|(_, said)| said).collect();
    anyhow::ensure!(ends.len() == 2, "{told:?}");
    for end in ends {
        anyhow::ensure!(end["spooled"]["record"]["happened"]["status"] == "succeeded", "{end}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_follows_the_server_to_its_next_key_and_no_other_server() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.terminate().await?;
    let data = scene.server.data_dir();
    let mut rotate = Command::new(navi_tests::binaries::product("navi-server")?);
    rotate.args(["ledger", "rotate-key", "--overlap-days", "7", "--data-dir"]).arg(&data);
    process::run(rotate).await?.expect_code(0)?;
    scene.server.restart().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;
    let status = scene.glass(&["--json"]).await?.expect_code(0)?.json()?;
    anyhow::ensure!(status["envelopes"] == json!([]), "those of the old key are not offered: {status}");
    scene.issue().await?;
    scene.glass(&["sync"]).await?.expect_code(0)?;

    // Another server in the same place: nothing it says is kept.
    let other = Server::start().await?;
    let token = other.token("alice", "agent", Some("coder")).await?;
    let mut strange = scene.gate.command(&["break-glass", "enroll"])?;
    strange.env("NAVI_URL", &other.url).env("NAVI_TOKEN", &token);
    let strange = process::run(strange).await?.expect_code(13)?;
    anyhow::ensure!(strange.stderr.contains("not the one that this gate pinned"), "{strange:?}");

    scene.server.kill().await?;
    scene.open().await?.expect_code(0)?;
    scene.touch("after").await?.expect_code(0)?;
    anyhow::ensure!(scene.touched("after"));
    Ok(())
}
