//! `freeze`: the stop switch, from a terminal. A stop that the server cannot be told is queued here, and said to be not in
//! effect; lifting one is never queued, because it lets things run.

pub mod contact;
mod credential;
mod queue;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use navi_client::enroll::random_text;
use navi_protocol::freeze::{FreezeRequest, FreezeView};
use serde_json::{Value, json};

use self::contact::Sent;
use self::credential::Credential;
use self::queue::{Order, Queue};
use crate::cli::{FreezeArgs, FreezeCommand};
use crate::config::Config;
use crate::exit;
use crate::text::{at, one_line, visible};

/// Begins, lifts, lists or withdraws pauses.
pub async fn freeze(args: FreezeArgs) -> ExitCode {
    let said = match &args.command {
        None | Some(FreezeCommand::List) => list().await,
        Some(FreezeCommand::End { id }) => end(id).await,
        Some(FreezeCommand::Withdraw { id }) => withdraw(id),
        Some(FreezeCommand::Begin { agent, repo, everything: _, reason }) => {
            let (scope, name) = match (agent, repo) {
                (Some(agent), _) => ("agent", Some(agent.clone())),
                (None, Some(repo)) => ("repo", Some(repo.clone())),
                (None, None) => ("everything", None),
            };
            begin(FreezeRequest { scope: scope.to_owned(), name, reason: reason.clone() }).await
        }
    };
    match said {
        Ok(said) => {
            said.print(args.json);
            said.code.into()
        }
        Err(error) => {
            eprintln!("navi-gate: {}", visible(&format!("{error:#}")));
            exit::REFUSED.into()
        }
    }
}

/// What there is to say.
struct Said {
    /// What the server said is in force, or lifted; `None`: it was not asked, or is away.
    freezes: Option<Vec<FreezeView>>,
    /// What waits here.
    queued: Vec<Order>,
    code: exit::Code,
}

async fn begin(request: FreezeRequest) -> Result<Said> {
    let config = Config::load()?;
    let client = config.client()?;
    let id = format!("stop-{}", random_text(16)?);
    // Held until this one is sent or queued: what was ordered before goes first.
    let queue = Queue::hold().context("the queue of stops cannot be used");
    let before = match &queue {
        Ok(queue) => contact::send(queue, &config).await,
        Err(_) => Sent::All,
    };
    let mut tried_at = None;
    let why = if before == Sent::All {
        let asked_at = now();
        match client.begin_freeze(&request, &id).await {
            Ok(begun) => return Ok(Said { freezes: Some(vec![begun]), queued: vec![], code: exit::DONE }),
            Err(error) if contact::is_passing(&error) => {
                tried_at = (!error.never_arrived()).then_some(asked_at);
                one_line(&error)
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        "the server does not take what was queued before".to_owned()
    };
    let order = Order {
        id,
        url: client.base_url().to_owned(),
        credential: Credential::of(&config).context("no credential is known")?,
        request,
        made_at: now(),
        tried_at,
        refused: None,
    };
    queue
        .and_then(|queue| Ok(queue.add(&order)?))
        .with_context(|| format!("{why}; and the stop could not be queued: NOTHING IS STOPPED"))?;
    eprintln!("navi-gate: {why}");
    eprintln!(
        "navi-gate: QUEUED, NOT IN EFFECT: nothing is stopped. The next command of this gate that reaches the server sends \
         it; freeze withdraw {} takes it back.",
        order.id
    );
    Ok(Said { freezes: None, queued: vec![order], code: exit::QUEUED })
}

async fn list() -> Result<Said> {
    let config = Config::load()?;
    let client = config.client()?;
    let queue = Queue::hold().ok();
    if let Some(queue) = &queue {
        contact::send(queue, &config).await;
    }
    let freezes = match client.freezes().await {
        Ok(freezes) => Some(freezes),
        Err(error) => {
            eprintln!("navi-gate: what is in force is not known: {}", one_line(&error));
            None
        }
    };
    let queued = queue.map(|queue| queue.orders().0).unwrap_or_default();
    let code = if freezes.is_some() { exit::DONE } else { exit::REFUSED };
    Ok(Said { freezes, queued, code })
}

async fn end(id: &str) -> Result<Said> {
    contact::here().await;
    match Config::load()?.client()?.end_freeze(id).await {
        Ok(ended) => Ok(Said { freezes: Some(vec![ended]), queued: vec![], code: exit::DONE }),
        Err(error) if contact::is_passing(&error) => Err(anyhow::Error::new(error)
            .context("not known to be lifted, and lifting is not queued, because it lets things run")),
        Err(error) => Err(error.into()),
    }
}

fn withdraw(id: &str) -> Result<Said> {
    let queue = Queue::hold().context("the queue of stops cannot be used")?;
    let order = queue.remove(id).context("the queue of stops cannot be written")?;
    let order = order.with_context(|| format!("no stop {id} is queued here; freeze list shows what is"))?;
    if order.tried_at.is_some() && order.refused.is_none() {
        eprintln!(
            "navi-gate: it was sent once and no answer came: it may be in force. freeze list tells, with the server back."
        );
    }
    eprintln!("navi-gate: withdrawn: {}", what(&order.request));
    Ok(Said { freezes: None, queued: vec![], code: exit::DONE })
}

impl Said {
    fn print(&self, as_json: bool) {
        if as_json {
            let queued: Vec<Value> = self.queued.iter().map(object).collect();
            println!("{}", json!({"freezes": self.freezes, "queued": queued}));
            return;
        }
        if self.freezes.as_ref().is_some_and(Vec::is_empty) {
            println!("Nothing is frozen.");
        }
        self.freezes.iter().flatten().for_each(print_freeze);
        for order in &self.queued {
            let state = order.refused.as_deref().map_or_else(
                || match order.tried_at {
                    Some(_) => "queued, NOT known to be in effect (sent, no answer)".to_owned(),
                    None => "queued, NOT in effect".to_owned(),
                },
                |why| format!("refused, NOT in effect ({})", visible(why)),
            );
            let reason = visible(&order.request.reason);
            println!(
                "{}  {state}  {}  for {} since {}: {reason}",
                order.id,
                what(&order.request),
                order.url,
                at(order.made_at)
            );
        }
    }
}

/// An order for scripts.
fn object(order: &Order) -> Value {
    json!({"id": order.id, "url": order.url, "scope": order.request.scope, "name": order.request.name,
        "reason": order.request.reason, "made_at": order.made_at, "tried_at": order.tried_at,
        "refused": order.refused, "in_effect": false})
}

fn print_freeze(freeze: &FreezeView) {
    let what = named(&freeze.scope, freeze.name.as_deref());
    let state = if freeze.ended_at.is_some() { "lifted" } else { "in force" };
    println!("{}  {state}  {what}  by {}: {}", freeze.id, visible(&freeze.by), visible(&freeze.reason));
    for stop in &freeze.stops {
        let said = match stop.confirmed_at {
            Some(at) => {
                let signal = stop.signal.as_deref().map_or(String::new(), |s| format!(", SIG{}", visible(s)));
                format!("confirmed after {} ms ({}{signal})", (at - stop.requested_at) / 1000, stop.status)
            }
            None => "requested, not confirmed".to_owned(),
        };
        let who = stop.agent.as_deref().map_or_else(
            || visible(&stop.user),
            |agent| format!("{} of {}", visible(agent), visible(&stop.user)),
        );
        println!("  {}  {who}: {}: {said}", stop.execution_id, visible(&stop.title));
    }
}

/// What a stop is for.
fn what(request: &FreezeRequest) -> String {
    named(&request.scope, request.name.as_deref())
}

fn named(scope: &str, name: Option<&str>) -> String {
    name.map_or_else(|| scope.to_owned(), |name| format!("{scope} {}", visible(name)))
}

/// This machine's clock.
fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}
