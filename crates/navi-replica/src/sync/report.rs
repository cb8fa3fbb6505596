//! What this device tells about itself (what was shown, what its desktop can do), and whether the person is on call.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use navi_client::ClientError;
use navi_protocol::deliveries::{DeliveriesRequest, DeliveryPart, DeskPart};

use super::{Sync, SyncError};

/// Steps that follow each other within this long are told together.
const TOGETHER: Duration = Duration::from_millis(300);
/// Deliveries in one report.
const MOST: usize = 200;

/// What begins or ends for everybody, by kind of entry.
const GRAVE: [&str; 9] = [
    "freeze_begun",
    "freeze_ended",
    "bypass_begun",
    "bypass_ended",
    "bypass_asked",
    "bypass_lapsed",
    "bypass_reviewed",
    "envelope_opened",
    "gate_suspected",
];

/// Whether an entry of this kind concerns everybody.
pub(super) fn is_grave(kind: &str) -> bool {
    GRAVE.contains(&kind)
}

impl Sync {
    /// Whether it is time to report; `last` is when that was done before.
    pub(super) fn report_due(&self, last: &mut Option<Instant>) -> bool {
        let is_due = last.is_none_or(|at| at.elapsed() >= TOGETHER)
            && self.replica.shared.reports_due.swap(false, Ordering::AcqRel);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }

    /// Sends what the server has not heard. A refusal is no reason to send it again; a lost connection is.
    pub(super) async fn report(&self) -> Result<(), SyncError> {
        loop {
            let (desk, deliveries) = (self.replica.unreported_desk()?, self.replica.unreported(MOST)?);
            if desk.is_none() && deliveries.is_empty() {
                return Ok(());
            }
            let request = DeliveriesRequest {
                desk: desk.as_ref().map(DeskPart::from),
                deliveries: deliveries.iter().map(DeliveryPart::from).collect(),
            };
            match self.client.report_deliveries(&request).await {
                Ok(_) => {}
                Err(ClientError::Refused(problem)) if !super::send::is_passing(problem.code) => {
                    tracing::warn!(code = ?problem.code, "the server does not take what was shown here");
                }
                Err(error) => {
                    self.replica.shared.reports_due.store(true, Ordering::Release);
                    return Err(error.into());
                }
            }
            if let Some(desk) = &desk {
                self.replica.desk_reported(desk)?;
            }
            self.replica.reported(&deliveries)?;
            if deliveries.len() < MOST {
                return Ok(());
            }
        }
    }

    /// Asks whether this person is on call. Who may not know is not.
    pub(super) async fn refresh_standing(&self) -> Result<(), SyncError> {
        let Some(identity) = self.replica.identity()? else { return Ok(()) };
        let on_call = match self.client.on_call().await {
            Ok(found) => {
                let turn = found.schedules.iter().filter_map(|schedule| schedule.now.as_ref());
                let named = turn.into_iter().any(|turn| turn.user == identity.user);
                // Without any schedule the role is all there is.
                named || (found.schedules.is_empty() && identity.role == "oncall")
            }
            Err(ClientError::Refused(_)) => false,
            Err(error) => return Err(error.into()),
        };
        if self.replica.watch().borrow().on_call != on_call {
            self.replica.changed(|s| s.on_call = on_call);
        }
        Ok(())
    }
}
