//! `/deliveries`: how far the news of waiting requests came on a device, and what its desktop can show.

use navi_domain::delivery::desk::Desk;
use navi_domain::delivery::{Delivery, Hindrance, Stage};
use navi_domain::risk::Level;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /deliveries`: what changed on a device since its last report. The same again changes nothing, so that a report
/// whose answer was lost, or that waited for the network, is simply sent again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesRequest {
    /// What its desktop can show, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskPart>,
    /// At most 500.
    #[serde(default)]
    pub deliveries: Vec<DeliveryPart>,
}

/// How far the news of one request came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPart {
    /// The request.
    pub approval_id: String,
    /// Digest (hex) of what the news is about.
    pub digest: String,
    /// Level it was told with.
    pub level: String,
    /// Stages reached, in order, beginning with `created`.
    pub reached: Vec<ReachedPart>,
    /// What hinders it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hindered: Option<HinderedPart>,
    /// How often it was handed to the desktop.
    pub rings: u32,
    /// When it was handed to the desktop last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rang_at: Option<i64>,
    /// Instant of the newest step: only a newer one replaces what the server has.
    pub changed_at: i64,
}

/// A stage and when it was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReachedPart {
    /// `created`, `dispatched`, `accepted`, `shown`, `opened`, `decided`.
    pub stage: String,
    /// When, in server time as the device knows it.
    pub at: i64,
}

/// What hinders the news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HinderedPart {
    /// `no_service`, `service_gone`, `do_not_disturb`, `screen_locked`, `quiet_hours`, `preference`, `snoozed`.
    pub why: String,
    /// Since when.
    pub at: i64,
}

/// What a desktop can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeskPart {
    /// What shows notifications, with its version; absent: nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Whether it shows buttons.
    pub actions: bool,
    /// Do not disturb; absent: the desktop does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_disturb: Option<bool>,
    /// Whether the screen is locked; absent: the desktop does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// Whether a tray shows the console's icon.
    pub tray: bool,
    /// Quiet until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_until: Option<i64>,
    /// When it was found so.
    pub at: i64,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesResponse {
    /// How many were newer than what the server had.
    pub kept: u64,
    /// Server time.
    pub server_time: i64,
}

/// How far the news of a request came with one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToldView {
    /// Who.
    pub user: String,
    /// Whether a console or page of theirs is connected now.
    pub connected: bool,
    /// The furthest stage on any of their devices; absent: none reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// When that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// What hinders it there, or silences their desktop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hindered: Option<String>,
}

impl From<&Delivery> for DeliveryPart {
    fn from(delivery: &Delivery) -> Self {
        let reached = |(stage, at): &(Stage, i64)| ReachedPart { stage: stage.as_str().to_owned(), at: *at };
        Self {
            approval_id: delivery.approval_id.clone(),
            digest: delivery.digest.clone(),
            level: delivery.level.as_str().to_owned(),
            reached: delivery.reached.iter().map(reached).collect(),
            hindered: delivery.hindered.map(|(why, at)| HinderedPart { why: why.as_str().to_owned(), at }),
            rings: delivery.rings,
            rang_at: delivery.rang_at,
            changed_at: delivery.changed_at,
        }
    }
}

impl TryFrom<DeliveryPart> for Delivery {
    /// The field that no such delivery has.
    type Error = &'static str;

    fn try_from(part: DeliveryPart) -> Result<Self, Self::Error> {
        let stage = |name: &str| Stage::ALL.into_iter().find(|stage| stage.as_str() == name).ok_or("stage");
        let reached = part.reached.iter().map(|r| Ok((stage(&r.stage)?, r.at))).collect::<Result<_, _>>()?;
        let hindered = match &part.hindered {
            Some(hindered) => {
                let why = serde_json::from_value::<Hindrance>(hindered.why.clone().into());
                Some((why.map_err(|_| "hindered.why")?, hindered.at))
            }
            None => None,
        };
        Ok(Self {
            level: Level::ALL.into_iter().find(|level| level.as_str() == part.level).ok_or("level")?,
            approval_id: part.approval_id,
            digest: part.digest,
            reached,
            hindered,
            rings: part.rings,
            rang_at: part.rang_at,
            changed_at: part.changed_at,
        })
    }
}

impl From<&Desk> for DeskPart {
    fn from(desk: &Desk) -> Self {
        Self {
            service: desk.service.clone(),
            actions: desk.actions,
            do_not_disturb: desk.do_not_disturb,
            locked: desk.locked,
            tray: desk.tray,
            quiet_until: desk.quiet_until,
            at: desk.at,
        }
    }
}

impl From<DeskPart> for Desk {
    fn from(part: DeskPart) -> Self {
        Self {
            service: part.service,
            actions: part.actions,
            do_not_disturb: part.do_not_disturb,
            locked: part.locked,
            tray: part.tray,
            quiet_until: part.quiet_until,
            at: part.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::delivery::Step;

    use super::*;

    #[test]
    fn a_delivery_crosses_the_wire_unchanged_and_an_unknown_word_does_not() {
        let news = Delivery::created("a", "d", Level::High, 1).after(Step::Dispatched, 2).unwrap();
        let news = news.after(Step::Hindered(Hindrance::DoNotDisturb), 3).unwrap();
        let part = DeliveryPart::from(&news);
        assert_eq!(Delivery::try_from(part.clone()), Ok(news));
        let odd = DeliveryPart { level: "severe".into(), ..part.clone() };
        assert_eq!(Delivery::try_from(odd), Err("level"));
        let odd = ReachedPart { stage: "seen".into(), at: 1 };
        assert_eq!(Delivery::try_from(DeliveryPart { reached: vec![odd], ..part }), Err("stage"));
    }
}
