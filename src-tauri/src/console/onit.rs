//! "I am on it": claims everything that waits for a quarter of an hour, which stops other people's ringing.

use std::sync::Arc;

use navi_domain::MINUTE;
use navi_replica::{Replica, ReplicaError};

use super::{Console, Ready};
use crate::notify::Decider;

/// How long.
pub(crate) const MINUTES: i64 = 15;

/// Claims what waits for this person and nobody has claimed. What the server refuses is left as it is.
pub(crate) async fn claim_all(ready: &Ready) -> Result<usize, ReplicaError> {
    let replica = &ready.replica;
    let Some(identity) = replica.identity()? else { return Ok(0) };
    let now = replica.server_now();
    let decider = Decider::new(&identity, now);
    let waiting = replica.waiting()?.into_iter().map(|item| item.approval);
    let waiting = waiting.filter(|view| decider.is_asked(view) && view.claimed_by.is_none());
    let mut claims = replica.claims()?.unwrap_or_default();
    claims.until = now + MINUTES * MINUTE;
    let mut claimed = 0;
    for view in waiting {
        match ready.client.claim(&view.id, false).await {
            Ok(_) => {
                claimed += 1;
                claims.approvals.push(view.id);
            }
            Err(error) => tracing::info!(%error, "a request could not be claimed"),
        }
    }
    replica.set_claims(Some(&claims))?;
    Ok(claimed)
}

/// Gives back what was claimed so, once the time is over.
pub(crate) fn give_back_due(console: &Arc<Console>, replica: &Replica) -> Result<(), ReplicaError> {
    let Some(claims) = replica.claims()?.filter(|claims| claims.until <= replica.server_now()) else {
        return Ok(());
    };
    let Some(ready) = console.ready().filter(|ready| ready.replica.watch().borrow().online) else {
        return Ok(());
    };
    replica.set_claims(None)?;
    tokio::spawn(async move {
        for id in claims.approvals {
            // Ended, or taken over meanwhile: then there is nothing to give back.
            if let Err(error) = ready.client.release(&id).await {
                tracing::debug!(%error, "a claim was not given back");
            }
        }
    });
    Ok(())
}
