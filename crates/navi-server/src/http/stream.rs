//! `GET /stream`: every ledger entry that the caller may see, in order, from a cursor on.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use navi_domain::people::Right;
use navi_protocol::problem::{Code, Problem};
use navi_protocol::stream::{Frame, StreamEvent};
use navi_store::{ApprovalRow, Entry};
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use utoipa::IntoParams;

use super::extract::Params;
use crate::auth::Caller;
use crate::view::{approval, audit};
use crate::{App, Refusal};

/// Longest pause between heartbeats: a console takes a stream that is silent for 30 s for not live.
const MOST_HEARTBEAT_SECS: u32 = 15;
/// Entries read at once.
const CHUNK: usize = 256;

/// From where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// `EPOCH:SEQ`, the last event seen (`EPOCH:` for none); absent: from now on.
    since: Option<String>,
}

/// Follow the ledger over a WebSocket.
#[utoipa::path(get, path = "/api/governance/stream", operation_id = "open_stream", tag = "stream", params(StreamQuery),
    responses((status = 101, body = Frame, description = "JSON text frames"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn open_stream(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<StreamQuery>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    caller.may("open_stream")?;
    let head = app.store.head().await?;
    let start = match &query.since {
        Some(since) => Start::parse(since, &head.epoch, head.size)?,
        None => Start { next: head.size, last_seen: head.size.checked_sub(1) },
    };
    let upgrade = upgrade.map_err(|_| Refusal::new(Code::BadRequest, "This path opens a WebSocket."))?;
    let person = caller.token.agent.is_none().then(|| caller.user().to_owned());
    Ok(upgrade.on_upgrade(move |socket| async move {
        let device = caller.token.device_id.clone();
        let _present = person.map(|person| app.presence.enter_at(&person, device.as_deref()));
        if let Err(End::Refused(refusal)) = follow(app, caller, socket, start, head.epoch).await {
            tracing::warn!(detail = refusal.detail, "a stream had to end");
        }
    }))
}

#[derive(Debug)]
struct Start {
    next: u64,
    last_seen: Option<u64>,
}

impl Start {
    fn parse(since: &str, epoch: &str, size: u64) -> Result<Self, Refusal> {
        let bad = || Refusal::new(Code::BadRequest, format!("since={since:?} is not EPOCH:SEQ."));
        let (of, seq) = since.rsplit_once(':').ok_or_else(bad)?;
        let last_seen = if seq.is_empty() { None } else { Some(seq.parse::<u64>().map_err(|_| bad())?) };
        let next = last_seen.map_or(0, |s| s.saturating_add(1));
        if of != epoch || next > size {
            return Err(Refusal::new(Code::EpochGone, "The stream starts anew; read a snapshot."));
        }
        Ok(Self { next, last_seen })
    }
}

enum End {
    Closed,
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

async fn follow(
    app: App,
    caller: Caller,
    mut socket: WebSocket,
    start: Start,
    epoch: String,
) -> Result<(), End> {
    let mut head = app.store.watch_head();
    let Start { mut next, mut last_seen } = start;
    let size = *head.borrow_and_update();
    send(&mut socket, &Frame::Hello { epoch, head: size, server_time: app.store.now() }).await?;
    let pause = Duration::from_secs(u64::from(app.config.heartbeat_secs.clamp(1, MOST_HEARTBEAT_SECS)));
    // Apart from what else happens: entries that this caller does not see must not keep it waiting.
    let mut beats = interval_at(Instant::now() + pause, pause);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reading = app.presence.watch_reading();
    if caller.has(Right::SeeAll) {
        let now = reading.borrow_and_update().clone();
        send(&mut socket, &Frame::Presence { reading: now, server_time: app.store.now() }).await?;
    }
    loop {
        let voters = approval::voters(&app).await?;
        loop {
            let entries = app.store.entries(next, CHUNK).await.map_err(Refusal::from)?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                next = entry.index + 1;
                if visible(&caller, entry) {
                    let event = event(&app, &caller, entry, last_seen, &voters).await?;
                    last_seen = Some(entry.index);
                    send(&mut socket, &Frame::Event(Box::new(event))).await?;
                }
            }
        }
        tokio::select! {
            changed = head.changed() => {
                if changed.is_err() {
                    return Err(End::Closed);
                }
            }
            Ok(()) = reading.changed(), if caller.has(Right::SeeAll) => {
                let now = reading.borrow_and_update().clone();
                send(&mut socket, &Frame::Presence { reading: now, server_time: app.store.now() }).await?;
            }
            received = socket.recv() => match received {
                None | Some(Err(_) | Ok(Message::Close(_))) => return Err(End::Closed),
                Some(Ok(_)) => {}
            },
            _ = beats.tick() => {
                if !still_good(&app, &caller).await? {
                    send(&mut socket, &Frame::Reset { reason: "the credential is no longer good".into() }).await?;
                    return Err(End::Closed);
                }
                let size = *head.borrow();
                send(&mut socket, &Frame::Heartbeat { head: size, server_time: app.store.now() }).await?;
            }
        }
        if !still_good(&app, &caller).await? {
            return Err(End::Closed);
        }
    }
}

/// A revoked credential sees nothing more.
async fn still_good(app: &App, caller: &Caller) -> Result<bool, Refusal> {
    let token = app.store.token(&caller.token.hash).await?;
    Ok(token.is_some_and(|t| t.revoked_at.is_none()))
}

fn visible(caller: &Caller, entry: &Entry) -> bool {
    caller.has(Right::SeeAll)
        || entry.actor == caller.user()
        || entry.on_behalf_of.as_deref() == Some(caller.user())
}

async fn event(
    app: &App,
    caller: &Caller,
    entry: &Entry,
    prev_seq: Option<u64>,
    voters: &approval::Voters,
) -> Result<StreamEvent, Refusal> {
    let shown = audit::build(entry)?;
    let view = match shown.links.get("approval_id") {
        Some(id) => match app.store.approval(id).await? {
            Some(approval) => app.store.decision(&approval.decision_id).await?.map(|d| (approval, d)),
            None => None,
        },
        None => None,
    };
    let approval = match view {
        Some((approval, decision)) => {
            Some(approval::for_caller(app, caller, &ApprovalRow { approval, decision }, voters).await?)
        }
        None => None,
    };
    Ok(StreamEvent {
        seq: entry.index,
        prev_seq,
        kind: shown.kind.clone(),
        subject: shown.subject.clone(),
        links: shown.links.clone(),
        entry: shown,
        approval,
    })
}

async fn send(socket: &mut WebSocket, frame: &Frame) -> Result<(), End> {
    let text = serde_json::to_string(frame).map_err(|_| End::Closed)?;
    let sending = socket.send(Message::Text(text.into()));
    // A reader that takes nothing for this long is gone; its cursor brings it back.
    match tokio::time::timeout(Duration::from_secs(30), sending).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(End::Closed),
    }
}
