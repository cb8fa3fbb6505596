//! The gate is in contact with a server: stops that wait for it are sent before anything else is asked, in their order,
//! each once.

use std::time::Duration;

use navi_client::ClientError;
use navi_client::api::Client;
use navi_protocol::problem::Code;

use super::queue::{self, Order, Queue};
use super::{now, what};
use crate::config::Config;
use crate::text::{one_line, visible};

/// Longest time for one request: a server that is only slow is told of a stop before anything is asked of it.
const PATIENCE: Duration = ALTOGETHER;
/// Longest time for all of them: a hook has a deadline.
const ALTOGETHER: Duration = Duration::from_secs(10);

/// What became of the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// None is left that this command could send.
    All,
    /// The server does not take them now.
    Later,
}

/// Sends what waits for this machine's server. For commands that are about to speak with it.
pub async fn here() {
    if !queue::is_empty()
        && let Ok(config) = Config::load()
    {
        in_contact(&config).await;
    }
}

/// Sends what waits for the server at `url`. For whoever is about to ask it for a decision, or looks at it again.
pub async fn before_asking(url: &str) {
    if !queue::is_empty()
        && let Ok(config) = Config::load()
    {
        in_contact(&Config { url: Some(url.to_owned()), ..config }).await;
    }
}

/// Sends what waits for the server of this configuration.
async fn in_contact(config: &Config) {
    // Another command sends them.
    let Ok(Some(queue)) = Queue::try_hold() else { return };
    // What was on its way when the time ran out is sent again with the same key.
    let _ = tokio::time::timeout(ALTOGETHER, send(&queue, config)).await;
}

/// Sends what waits, in order. What the server refuses stays, as refused, and holds nothing back.
pub async fn send(queue: &Queue, config: &Config) -> Sent {
    let (orders, damaged) = queue.orders();
    for path in damaged {
        eprintln!("navi-gate: {} is no stop that could be sent", path.display());
    }
    for order in orders.into_iter().filter(|order| order.refused.is_none() && is_for(order, config)) {
        let client = match order.credential.client(config) {
            Ok(Some(client)) => client.with_timeout(PATIENCE),
            Ok(None) => continue,
            Err(error) => {
                eprintln!("navi-gate: the queued stop {} cannot be sent: {}", order.id, one_line(&error));
                continue;
            }
        };
        if let Sent::Later = send_one(queue, order, &client).await {
            return Sent::Later;
        }
    }
    Sent::All
}

/// Whether it is for the server of this configuration.
fn is_for(order: &Order, config: &Config) -> bool {
    let same = |url: &str| url.trim_end_matches('/').to_owned();
    config.url.as_deref().map(same) == Some(same(&order.url))
}

async fn send_one(queue: &Queue, mut order: Order, client: &Client) -> Sent {
    let tried_before = order.tried_at;
    if tried_before.is_none() {
        // Who withdraws it later has to know that it may be in force.
        order.tried_at = Some(now());
        told(queue.update(&order));
    }
    match client.begin_freeze(&order.request, &order.id).await {
        Ok(begun) => {
            eprintln!(
                "navi-gate: the queued stop is in force: {}, as {}",
                what(&order.request),
                visible(&begun.id)
            );
            told(queue.remove(&order.id).map(|_| ()));
            Sent::All
        }
        Err(error) if is_passing(&error) => {
            if tried_before.is_none() && error.never_arrived() {
                order.tried_at = None;
                told(queue.update(&order));
            }
            Sent::Later
        }
        Err(error) => {
            let why = one_line(&error);
            eprintln!("navi-gate: the queued stop {} is NOT in force, and not sent again: {why}", order.id);
            order.refused = Some(why);
            told(queue.update(&order));
            Sent::All
        }
    }
}

fn told(written: std::io::Result<()>) {
    if let Err(error) = written {
        eprintln!("navi-gate: the queue of stops cannot be written ({error})");
    }
}

/// Whether the server may take it later: it is away, what answers in its place makes no sense, or it is busy.
pub fn is_passing(error: &ClientError) -> bool {
    match error {
        ClientError::Unreachable { .. } | ClientError::TimedOut { .. } | ClientError::Nonsense(_) => true,
        ClientError::Refused(problem) => {
            matches!(problem.code, Code::Busy | Code::Unavailable | Code::Internal | Code::VersionConflict)
        }
        ClientError::Setup(_) => false,
    }
}
