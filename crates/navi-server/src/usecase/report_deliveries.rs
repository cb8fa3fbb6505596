//! A device says how far the news of waiting requests came on it. Bookkeeping beside the ledger: it lets nothing run,
//! and only the person's own devices speak of them.

use navi_domain::SECOND;
use navi_domain::delivery::Delivery;
use navi_domain::delivery::desk::Desk;
use navi_protocol::deliveries::DeliveriesRequest;
use navi_protocol::problem::Code;
use navi_store::DeliveryReport;

use crate::auth::Caller;
use crate::{App, Refusal};

/// Most that one report names.
const MOST: usize = 500;
/// A device's idea of the server's time may be ahead by this much.
const AHEAD: i64 = 120 * SECOND;
/// Longest name of what shows notifications.
const LONGEST_NAME: usize = 120;

/// Keeps a report; how many of its deliveries were newer than what was known.
///
/// # Errors
/// `forbidden` without an enrolled device, `invalid` for a report that contradicts itself.
pub async fn report(app: &App, caller: &Caller, request: DeliveriesRequest) -> Result<u64, Refusal> {
    let invalid = |why: &str| Refusal::new(Code::Invalid, why);
    let none = || Refusal::new(Code::Forbidden, "Only an enrolled device tells what it shows.");
    let device_id = caller.token.device_id.clone().ok_or_else(none)?;
    let device = app.store.device(&device_id).await?.ok_or_else(none)?;
    if device.revoked_at.is_some() {
        return Err(none());
    }
    if request.deliveries.len() > MOST {
        return Err(invalid("A report names at most 500 requests."));
    }
    let now = app.store.now();
    let mut deliveries = Vec::with_capacity(request.deliveries.len());
    for part in request.deliveries {
        let delivery = Delivery::try_from(part)
            .map_err(|field| invalid(&format!("The field {field} has a value that is not known.")))?;
        if !delivery.is_sound(now + AHEAD) {
            return Err(invalid("The stages of a delivery are in order, and none lies in the future."));
        }
        // What the server does not know, or knows otherwise, is of no use to anybody; it is not worth a refusal.
        let known = app.store.approval(&delivery.approval_id).await?;
        if known.is_some_and(|approval| approval.digest == delivery.digest) {
            deliveries.push(delivery);
        }
    }
    let desk = request.desk.map(|part| sound(Desk::from(part), now)).transpose()?;
    let report = DeliveryReport { device_id, user: caller.user().to_owned(), deliveries, desk };
    Ok(app.store.put_deliveries(&report).await?)
}

fn sound(desk: Desk, now: i64) -> Result<Desk, Refusal> {
    let long = desk.service.as_ref().is_some_and(|name| name.chars().count() > LONGEST_NAME);
    if long || desk.at > now + AHEAD {
        return Err(Refusal::new(
            Code::Invalid,
            "A desktop has a short name, and was not found in the future.",
        ));
    }
    Ok(desk)
}
