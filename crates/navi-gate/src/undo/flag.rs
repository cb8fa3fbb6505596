//! Strategy *feature flag*: the state that a flag had before, restored at its own provider and read back. Refused if
//! somebody changed it since.

mod flagd;
mod launchdarkly;
mod unleash;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use navi_domain::action::TargetState;
use navi_domain::rollback::{Part, Strategy, Truth};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::declared::FlagRule;
use super::keep::sha256;
use super::unread::Unread;
use super::work::{Done, Failed, Foreseen, Notes};
use super::{How, Step};

/// Longest time for one call of a provider.
const CALL: Duration = Duration::from_secs(10);

/// A declared flag, and its state before a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Before {
    pub rule: FlagRule,
    pub state: Value,
}

/// What undoing needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub rule: FlagRule,
    pub before: Value,
    pub after: Value,
}

/// Reads the flags before a run. One that cannot be read has no way back, and that is told.
pub(super) async fn before(rules: Vec<FlagRule>, unread: &mut Vec<Unread>) -> Vec<Before> {
    let mut found = Vec::new();
    for rule in rules {
        match read(&rule).await {
            Ok(state) => found.push(Before { rule, state }),
            Err(error) => unread.push(lost(&rule, "before", &error)),
        }
    }
    found
}

/// What a run changed of them.
pub(super) async fn after(before: Vec<Before>, unread: &mut Vec<Unread>) -> Vec<Step> {
    let mut steps = Vec::new();
    for Before { rule, state } in before {
        match read(&rule).await {
            Ok(now) if now == state => {}
            Ok(now) => steps.push(step(Sealed { rule, before: state, after: now })),
            Err(error) => unread.push(lost(&rule, "after", &error)),
        }
    }
    steps
}

fn lost(rule: &FlagRule, when: &str, error: &anyhow::Error) -> Unread {
    let what = format!("flag {}", rule.name());
    Unread::new(Strategy::FeatureFlag, target(rule), &what, when, error)
}

fn target(rule: &FlagRule) -> String {
    format!("{} {}", rule.provider(), rule.name())
}

fn step(sealed: Sealed) -> Step {
    let truth = match possible(&sealed) {
        Ok(_) => Truth::Verified,
        Err(error) => Truth::impossible(format!("{error:#}")),
    };
    let target = target(&sealed.rule);
    let hash = |state: &Value| sha256(state.to_string().as_bytes());
    let (before, after) = (hash(&sealed.before), hash(&sealed.after));
    let mut part = Part::new(Strategy::FeatureFlag, &target, &before, &after, truth);
    part.environment = sealed.rule.environment().map(str::to_owned);
    let (mut from, mut to) = (brief(&sealed.after), brief(&sealed.before));
    if from == to {
        (from, to) = differing(&sealed.after, &sealed.before);
    }
    part.undoes.push(format!("{} goes from {from} back to {to}", sealed.rule.name()));
    part.leaves.push("What was done for people while the flag was changed stays done.".to_owned());
    Step { part, how: How::Flag(sealed) }
}

/// A state in a few words.
fn brief(state: &Value) -> String {
    for name in ["enabled", "on"] {
        if let Some(on) = state.get(name).and_then(Value::as_bool) {
            let switch = if on { "on" } else { "off" };
            let kinds: Vec<String> = state
                .get("strategies")
                .and_then(Value::as_array)
                .map_or_else(Vec::new, |all| all.iter().map(unleash::brief).collect());
            return if kinds.is_empty() {
                switch.to_owned()
            } else {
                format!("{switch} ({})", kinds.join(", "))
            };
        }
    }
    let text = match (state.get("state"), state.get("defaultVariant")) {
        (Some(state), variant) => format!("{state}, {}", variant.unwrap_or(&Value::Null)),
        _ => state.to_string(),
    };
    text.chars().take(200).collect()
}

/// What differs between two states that look alike in a few words.
fn differing(one: &Value, other: &Value) -> (String, String) {
    let of = |state: &Value, than: &Value| {
        let fields = state.as_object().into_iter().flatten();
        let told = fields.filter(|(name, value)| than.get(*name) != Some(value));
        told.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
    };
    (of(one, other), of(other, one))
}

/// Whether the provider can be told to go back.
fn possible(sealed: &Sealed) -> Result<()> {
    match &sealed.rule {
        FlagRule::LaunchDarkly(_) => launchdarkly::changes(&sealed.after, &sealed.before).map(|_| ()),
        FlagRule::Unleash(_) => unleash::possible(&sealed.after, &sealed.before),
        FlagRule::Flagd(_) => Ok(()),
    }
}

/// Whether a state is one that our own writing leaves when it is cut off.
fn is_between(sealed: &Sealed, now: &Value) -> bool {
    match &sealed.rule {
        FlagRule::Unleash(_) => unleash::is_between(now, &sealed.after, &sealed.before),
        // These are changed all at once.
        FlagRule::LaunchDarkly(_) | FlagRule::Flagd(_) => false,
    }
}

async fn read(rule: &FlagRule) -> Result<Value> {
    match rule {
        FlagRule::Unleash(rule) => unleash::read(rule).await,
        FlagRule::LaunchDarkly(rule) => launchdarkly::read(rule).await,
        FlagRule::Flagd(rule) => flagd::read(rule),
    }
}

/// Looks whether the flag is still what the run left.
pub(super) async fn rehearse(sealed: &Sealed, part: &Part) -> Result<Foreseen> {
    let mut part = part.clone();
    let now = read(&sealed.rule).await?;
    if now != sealed.after {
        let why = format!("{} was changed after the run: it is {} now", sealed.rule.name(), brief(&now));
        part.truth = Truth::impossible(why);
    }
    let state = TargetState::Env { name: target(&sealed.rule), revision: sha256(now.to_string().as_bytes()) };
    Ok(Foreseen { part, state, dependents: Vec::new(), afterwards: Vec::new() })
}

/// Restores it and reads it back, or goes on where a runner died.
pub(super) async fn undo(sealed: &Sealed, notes: &mut Notes<'_>) -> Result<Done, Failed> {
    let nothing = |e: anyhow::Error| Failed::Nothing(format!("{e:#}"));
    let resumed = notes.read::<bool>().is_some();
    let now = read(&sealed.rule).await.map_err(|e| match resumed {
        true => Failed::Half(format!("{e:#}")),
        false => Failed::Nothing(format!("{e:#}")),
    })?;
    let ours = now == sealed.before || now == sealed.after || resumed && is_between(sealed, &now);
    if !ours {
        let why = format!("{} was changed after the run: it is {} now", sealed.rule.name(), brief(&now));
        return Err(if resumed { Failed::Half(why) } else { Failed::Nothing(why) });
    }
    if now != sealed.before {
        notes.keep(&true).map_err(nothing)?;
        if let Err(error) = write(sealed).await {
            match read(&sealed.rule).await {
                // A provider may do it, and then fail to say so.
                Ok(left) if left == sealed.before => {}
                Ok(left) if left == sealed.after && !is_late(&error) => {
                    return Err(Failed::Nothing(format!("{error:#}")));
                }
                Ok(left) => {
                    let now = brief(&left);
                    return Err(Failed::Half(format!("{} is {now} now: {error:#}", sealed.rule.name())));
                }
                Err(_) => return Err(Failed::Half(format!("{error:#}"))),
            }
        }
    }
    let left = read(&sealed.rule).await.map_err(|e| Failed::Half(format!("{e:#}")))?;
    if left != sealed.before {
        return Err(Failed::Half(format!("{} reads back as {}", sealed.rule.name(), brief(&left))));
    }
    let proof = format!("{} reads back as it was before the run ({})", sealed.rule.name(), brief(&left));
    Ok(Done {
        undone: vec![format!("{} is {} again", sealed.rule.name(), brief(&left))],
        proof: vec![proof],
        afterwards: Vec::new(),
    })
}

/// Whether a provider that was told may still do it.
fn is_late(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<reqwest::Error>()).any(reqwest::Error::is_timeout)
}

async fn write(sealed: &Sealed) -> Result<()> {
    match &sealed.rule {
        FlagRule::Unleash(rule) => unleash::write(rule, &sealed.before).await,
        FlagRule::LaunchDarkly(rule) => launchdarkly::write(rule, &sealed.after, &sealed.before).await,
        FlagRule::Flagd(rule) => flagd::write(rule, &sealed.after, &sealed.before),
    }
}

/// One call of a provider.
#[derive(Clone, Debug)]
struct Call {
    method: reqwest::Method,
    url: String,
    token: String,
    content_type: &'static str,
    body: Option<Value>,
}

impl Call {
    fn new(method: reqwest::Method, url: String, token: &str, body: Option<Value>) -> Self {
        Self { method, url, token: token.to_owned(), content_type: "application/json", body }
    }

    async fn send(self) -> Result<Value> {
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(CALL).build()?;
        let mut request = client.request(self.method.clone(), &self.url).header("authorization", &self.token);
        if let Some(body) = &self.body {
            request = request.header("content-type", self.content_type).body(body.to_string());
        }
        let answer = request.send().await.with_context(|| format!("{} {}", self.method, self.url))?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            let said: String = text.chars().take(300).collect();
            bail!("{} {} was answered with {status}: {said}", self.method, self.url);
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// The credential that an environment variable holds where the gate runs.
fn token(variable: &str) -> Result<String> {
    std::env::var(variable).with_context(|| format!("{variable} is not set where the gate runs"))
}

/// The text that a part of an address stands for.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A part of a path.
fn segment(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
