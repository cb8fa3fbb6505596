//! `break-glass`: sealed envelopes from a terminal.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use navi_client::enroll;
use navi_client::sign::DeviceKey;
use navi_domain::bypass::SHORTEST_REASON;
use navi_domain::envelope::challenge::{Answer, Challenge};
use navi_domain::envelope::gate::enrolment_bytes;
use navi_domain::envelope::{Opened, Opening};
use navi_protocol::envelopes::{EnvelopeRequest, EnvelopeView, GateRequest};
use serde_json::{Value, json};

use crate::cli::{BreakGlassArgs, BreakGlassCommand};
use crate::config::Config;
use crate::glass::folder::{Folder, Heard, Identity};
use crate::glass::{Glass, GlassError, contact, held, opening};
use crate::text::{at, visible};
use crate::{device, exit};

/// What is printed: an object, and the same in words.
struct Told {
    object: Value,
    words: Vec<String>,
}

/// Runs one of the commands.
pub async fn break_glass(args: BreakGlassArgs) -> ExitCode {
    match done(args.command.unwrap_or(BreakGlassCommand::Status)).await {
        Ok(told) => {
            if args.json {
                println!("{}", told.object);
            } else {
                told.words.iter().for_each(|line| println!("{line}"));
            }
            exit::DONE.into()
        }
        Err(error) => {
            eprintln!("navi-gate: {}", visible(&format!("{error:#}")));
            exit::REFUSED.into()
        }
    }
}

async fn done(command: BreakGlassCommand) -> anyhow::Result<Told> {
    match command {
        BreakGlassCommand::Status => status(),
        BreakGlassCommand::Enroll { name, server_key, anew } => enrolled(name, server_key, anew).await,
        BreakGlassCommand::Sync => {
            let heard = contact::sync(&Config::load()?.client()?, contact::BY_A_PERSON)
                .await?
                .ok_or(GlassError::NotEnrolled)?;
            Ok(synced(&heard))
        }
        BreakGlassCommand::Gates => {
            let gates = Config::load()?.client()?.gates().await?;
            let words = gates.iter().map(|gate| {
                let agent = gate.agent.as_deref().map(|a| format!(" as {}", visible(a))).unwrap_or_default();
                let state = if gate.suspected { "reported: opens nothing" } else { "good" };
                format!("{}  {}  {}{agent}  {state}", gate.id, visible(&gate.name), visible(&gate.user))
            });
            let words = or_none(words.collect(), "No gate is known by a key of its own.");
            Ok(Told { words, object: json!({"gates": gates}) })
        }
        BreakGlassCommand::Issue { gate, holder, device, repo, agent, minutes, hours } => {
            let (scope, name) = match (repo, agent) {
                (Some(repo), _) => ("repo", repo),
                (None, agent) => ("agent", agent.unwrap_or_default()),
            };
            let scope = scope.to_owned();
            let request =
                EnvelopeRequest { gate_id: gate, holder, device_id: device, scope, name, minutes, hours };
            Ok(one(&Config::load()?.client()?.issue_envelope(&request).await?))
        }
        BreakGlassCommand::Revoke { id } => Ok(one(&Config::load()?.client()?.revoke_envelope(&id).await?)),
        BreakGlassCommand::List => {
            let all = Config::load()?.client()?.envelopes().await?;
            let words = or_none(all.iter().map(line).collect(), "No envelope was handed out.");
            Ok(Told { words, object: json!({"envelopes": all}) })
        }
        BreakGlassCommand::Hold { keystore } => hold(keystore.as_deref()).await,
        BreakGlassCommand::Open { id, answer: Some(answer), .. } => {
            open_answered(id.as_deref(), &answer).await
        }
        BreakGlassCommand::Open { id, incident, reason, keystore, passphrase_file, answer: None } => {
            let said = (incident.unwrap_or_default(), reason.unwrap_or_default());
            open_here(id.as_deref(), said, keystore.as_deref(), passphrase_file.as_deref()).await
        }
        BreakGlassCommand::Challenge { id } => {
            let mut glass = offline().await?;
            let view = opening::choose(&glass, id.as_deref())?;
            let challenge = opening::challenge(&mut glass, &view)?.text();
            let words = vec![
                challenge.clone(),
                format!(
                    "{} answers it within 15 minutes, in the console or with `navi-gate break-glass answer`;",
                    visible(&view.holder)
                ),
                "then here: navi-gate break-glass open --answer ANSWER".to_owned(),
            ];
            Ok(Told {
                words,
                object: json!({"challenge": challenge, "envelope_id": view.id, "holder": view.holder}),
            })
        }
        BreakGlassCommand::Answer { challenge, incident, reason, keystore, passphrase_file } => {
            answer(&challenge, (incident, reason), keystore.as_deref(), passphrase_file.as_deref())
        }
        BreakGlassCommand::End => {
            let mut glass = Glass::take()?.ok_or(GlassError::NotEnrolled)?;
            let ended = opening::end(&mut glass)?;
            let words = match ended {
                0 => "Nothing was open.".to_owned(),
                _ => "Over: nothing more runs under it. It is reviewed when the server is back.".to_owned(),
            };
            Ok(Told { words: vec![words], object: json!({"ended": ended}) })
        }
    }
}

fn or_none(words: Vec<String>, none: &str) -> Vec<String> {
    if words.is_empty() { vec![none.to_owned()] } else { words }
}

fn one(view: &EnvelopeView) -> Told {
    Told { words: vec![line(view)], object: json!({"envelope": view}) }
}

fn line(view: &EnvelopeView) -> String {
    format!(
        "{}  {}  {} {} on {}, {} minutes, {} holds it until {}",
        view.id,
        view.status,
        view.scope,
        visible(&view.name),
        visible(&view.gate_name),
        view.minutes,
        visible(&view.holder),
        at(view.not_after)
    )
}

fn synced(heard: &Heard) -> Told {
    let mut words: Vec<String> = heard.envelopes.iter().map(line).collect();
    words = or_none(words, "This gate is known; no envelope was handed out for it.");
    words.extend(heard.reported.iter().map(|why| format!("The server reported this gate: {}", visible(why))));
    Told {
        words,
        object: json!({"envelopes": heard.envelopes, "records": heard.known, "reported": heard.reported}),
    }
}

fn status() -> anyhow::Result<Told> {
    let glass = Glass::take()?.ok_or(GlassError::NotEnrolled)?;
    let (size, known) = (glass.spool.head().size, glass.heard.known);
    let mut words = vec![format!("gate {} of {}", glass.identity.gate_id, visible(&glass.identity.url))];
    let envelopes = glass.envelopes();
    for (view, fault) in &envelopes {
        let state = fault.as_ref().map_or_else(|| "can be opened".to_owned(), |f| format!("shut: {f}"));
        words.push(format!("{}\n  {state}", line(view)));
    }
    if envelopes.is_empty() {
        words.push("No envelope was heard of.".to_owned());
    }
    let open = glass.open();
    words.extend(open.iter().map(|o| {
        format!("OPEN until {}: {} ({})", at(o.ends_at), visible(&o.envelope.scope.describe()), o.envelope.id)
    }));
    if size > known {
        words.push(format!("{} records wait for the server", size - known));
    }
    words.extend(
        glass.heard.reported.iter().map(|why| format!("The server reported this gate: {}", visible(why))),
    );
    let sealed: Vec<Value> = envelopes
        .iter()
        .map(|(view, fault)| json!({"envelope": view, "shut": fault.as_ref().map(ToString::to_string)}))
        .collect();
    let open: Vec<Value> = open
        .iter()
        .map(|o| json!({"id": o.envelope.id, "ends_at": o.ends_at, "scope": o.envelope.scope}))
        .collect();
    let object = json!({
        "gate_id": glass.identity.gate_id, "envelopes": sealed, "open": open, "records": size,
        "waiting": size.saturating_sub(known), "reported": glass.heard.reported,
    });
    Ok(Told { object, words })
}

async fn enrolled(name: Option<String>, server_key: Option<String>, anew: bool) -> anyhow::Result<Told> {
    let config = Config::load()?;
    let client = config.client()?;
    let folder = Folder::here().context("there is no home folder to keep the gate's key in")?;
    if folder.exists() && anew {
        put_aside(&folder)?;
    }
    folder.make()?;
    let folder = folder.locked()?;
    let identity = match folder.identity()? {
        Some(identity) => identity,
        None => {
            let mut seed = zeroize::Zeroizing::new([0_u8; 32]);
            getrandom::fill(seed.as_mut()).context("no randomness")?;
            Identity::new(&seed, config.url()?, server_key.or_else(|| config.server_key.clone()))
        }
    };
    let key = identity.key()?;
    let public = hex::encode(key.public_key());
    let name = name.unwrap_or_else(host_name);
    let proof = hex::encode(key.sign(&enrolment_bytes(&public, &name)));
    let gate = client.enroll_gate(&GateRequest { key: public, name, proof }).await?;
    folder.keep_identity(&identity)?;
    drop(folder);
    let heard = contact::sync(&client, contact::BY_A_PERSON).await?.ok_or(GlassError::NotEnrolled)?;
    let mut told = synced(&heard);
    told.words.insert(0, format!("gate {} is known as {}", gate.id, visible(&gate.name)));
    if let Some(object) = told.object.as_object_mut() {
        object.insert("gate_id".into(), gate.id.into());
        object.insert("server_key".into(), heard.server_key.into());
    }
    Ok(told)
}

/// What was is kept: somebody may want to see what ran.
fn put_aside(folder: &Folder) -> anyhow::Result<()> {
    let from = folder.at("");
    let to = from.with_file_name(format!("glass.{}", crate::glass::clock() / 1_000_000));
    std::fs::rename(&from, &to).with_context(|| format!("{} could not be put aside", from.display()))
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    if name.is_empty() { "gate".to_owned() } else { name }
}

/// The gate's folder, while the server cannot be reached.
async fn offline() -> anyhow::Result<Glass> {
    let url = {
        let glass = Glass::take()?.ok_or(GlassError::NotEnrolled)?;
        glass.identity.url.clone()
    };
    opening::only_without_server(&url, opening::BEFORE_OPENING).await?;
    Ok(Glass::take()?.ok_or(GlassError::NotEnrolled)?)
}

async fn open_answered(id: Option<&str>, answer: &str) -> anyhow::Result<Told> {
    let mut glass = offline().await?;
    let answer = Answer::parse(answer).context("this is no answer to a challenge")?;
    if let (Some(id), Some(waiting)) = (id, glass.folder.waiting()?) {
        anyhow::ensure!(
            waiting.envelope_id.starts_with(id),
            "the challenge was drawn for {}",
            waiting.envelope_id
        );
    }
    Ok(opened(&opening::answered(&mut glass, &answer)?))
}

async fn open_here(
    id: Option<&str>,
    (incident, reason): (String, String),
    keystore: Option<&str>,
    passphrase_file: Option<&Path>,
) -> anyhow::Result<Told> {
    let mut glass = offline().await?;
    let view = opening::choose(&glass, id)?;
    // What is wrong with it is said, and written down, before anybody types a passphrase.
    let challenge = opening::challenge(&mut glass, &view)?;
    check_reason(&incident, &reason)?;
    let key = step_up(keystore, passphrase_file)?;
    let (bytes, _) = crate::glass::folder::signed(&view).context("this is no envelope")?;
    let said = Opening {
        envelope_sha256: navi_domain::envelope::sha256(&bytes),
        gate_id: glass.identity.gate_id.clone(),
        nonce: challenge.nonce,
        incident,
        reason,
    };
    let answer = opening::sign(&said, &key)?;
    Ok(opened(&opening::answered(&mut glass, &answer)?))
}

fn opened(opened: &Opened) -> Told {
    let scope = opened.envelope.scope.describe();
    let words = vec![
        format!("Open until {}: {} on this gate.", at(opened.ends_at), visible(&scope)),
        "Each action is recorded before it runs. When the server is back it is over, everybody is told, and it is reviewed."
            .to_owned(),
        "To end it now: navi-gate break-glass end".to_owned(),
    ];
    Told {
        words,
        object: json!({"opened": opened.envelope.id, "ends_at": opened.ends_at, "scope": opened.envelope.scope}),
    }
}

fn check_reason(incident: &str, reason: &str) -> anyhow::Result<()> {
    anyhow::ensure!(!incident.trim().is_empty(), "an opening names its incident: --incident");
    let long = reason.trim().chars().count() >= SHORTEST_REASON;
    anyhow::ensure!(long, "the reason must have at least {SHORTEST_REASON} characters");
    Ok(())
}

fn step_up(keystore: Option<&str>, passphrase_file: Option<&Path>) -> anyhow::Result<DeviceKey> {
    let config = Config::load()?;
    let store = device::open(keystore.or(config.keystore.as_deref()))?;
    let passphrase = device::passphrase(passphrase_file)?
        .context("the step-up key is sealed under a passphrase: --passphrase-file FILE")?;
    enroll::step_up_key(store.as_ref(), &passphrase)?
        .context("this device was enrolled without a step-up key")
}

async fn hold(keystore: Option<&str>) -> anyhow::Result<Told> {
    let mut config = Config::load()?;
    config.keystore = keystore.map(str::to_owned).or(config.keystore);
    let user = device::identity(device::open(config.keystore.as_deref())?.as_ref())?.user;
    // The person's own credential, whatever else the environment says.
    config.token = None;
    let held = held::fetch(&config.client()?, &user).await?;
    let words = or_none(held.iter().map(line).collect(), "You hold no envelope.");
    Ok(Told { words, object: json!({"envelopes": held}) })
}

fn answer(
    challenge: &str,
    (incident, reason): (String, String),
    keystore: Option<&str>,
    passphrase_file: Option<&Path>,
) -> anyhow::Result<Told> {
    let challenge = Challenge::parse(challenge).context("this is no challenge; look for a slip")?;
    check_reason(&incident, &reason)?;
    let all = held::kept();
    let (view, envelope_sha256) = held::meant(&all, &challenge)?;
    let key = step_up(keystore, passphrase_file)?;
    let gate_id = view.gate_id.clone();
    let said = Opening { envelope_sha256, gate_id, nonce: challenge.nonce, incident, reason };
    let text = opening::sign(&said, &key)?.text();
    Ok(Told { words: vec![text.clone()], object: json!({"answer": text, "envelope_id": view.id}) })
}
