//! How far the news of a request came with everybody who can decide it.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_protocol::deliveries::ToldView;
use navi_store::{DeskRow, Told};

use crate::presence::Devices;

/// One line a person, in the order of `deciders`. Of several devices the one with the furthest stage speaks, and of
/// those the latest.
#[must_use]
pub fn told(
    deciders: &[String],
    digest: &str,
    news: &[Told],
    desks: &[DeskRow],
    present: &BTreeMap<String, Devices>,
    now: UtcMicros,
) -> Vec<ToldView> {
    let line = |user: &String| {
        let here = present.get(user);
        let own = news.iter().filter(|told| told.user == *user && told.delivery.digest == digest);
        let best = own.max_by_key(|told| (told.delivery.stage(), told.delivery.reached_at()));
        let silenced = || {
            let devices = here?;
            let of = |id: &String| desks.iter().find(|row| row.device_id == *id);
            let muted = devices.ids().map(|id| of(id)?.desk.muted(now));
            // One that shows what it gets is enough.
            muted.reduce(|a, b| a.and(b)).flatten().filter(|_| !devices.has_page())
        };
        let hindered = best.map_or_else(silenced, |told| told.delivery.hindered.map(|(why, _)| why));
        ToldView {
            user: user.clone(),
            connected: here.is_some(),
            stage: best.map(|told| told.delivery.stage().as_str().to_owned()),
            at: best.map(|told| told.delivery.reached_at()),
            hindered: hindered.map(|why| why.as_str().to_owned()),
        }
    };
    deciders.iter().map(line).collect()
}
