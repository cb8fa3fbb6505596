//! OCSF 1.6.0 (schema.ocsf.io). What the record says in its own words stands under `unmapped`.

use serde_json::{Value, json};

use super::Row;
use crate::event::EventKind;
use crate::risk::Level;

/// Version of the schema that events follow.
pub const VERSION: &str = "1.6.0";

/// An event class: category, class and activity, by number.
struct Class {
    category: u32,
    class: u32,
    activity: u32,
}

/// API Activity of agents, Authorize Session for what people grant, Account Change for credentials, Entity Management for
/// policies, and Base Event for what is none of them.
fn class(kind: EventKind) -> Class {
    let name = kind.as_str();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let (category, class, activity) = if starts(&["decision", "execution", "redeem", "rollback"]) {
        (6, 6003, 99)
    } else if starts(&["vote", "approval", "permit", "grant", "delegation", "bypass"]) {
        (3, 3003, if starts(&["grant_given", "vote_cast", "permit_issued"]) { 1 } else { 99 })
    } else if starts(&["device", "token", "invite"]) {
        (3, 3001, if name.ends_with("revoked") { 6 } else { 1 })
    } else if starts(&[
        "policy",
        "guardrails",
        "catalogue",
        "settings",
        "risk_settings",
        "proposal",
        "freeze",
    ]) {
        (3, 3004, 3)
    } else {
        (0, 0, 99)
    };
    Class { category, class, activity }
}

/// One entry.
#[must_use]
pub fn event(row: &Row<'_>) -> Value {
    let (said, Class { category, class, activity }) = (row.said, class(row.said.kind));
    let severity = match row.context.map(|context| context.level) {
        None => 1,
        Some(Level::Low) => 2,
        Some(Level::Medium) => 3,
        Some(Level::High) => 4,
        Some(Level::Critical) => 5,
    };
    let name = said.kind.as_str();
    let failed = ["blocked", "refused", "rejected", "failed", "expired", "revoked"];
    let is_failure = failed.iter().any(|word| name.contains(word))
        || said.decided().is_some_and(|d| d.decision.verdict == crate::decision::Verdict::Blocked);
    json!({
        "activity_id": activity,
        "activity_name": name,
        "category_uid": category,
        "class_uid": class,
        "type_uid": class * 100 + activity,
        "severity_id": severity,
        "time": said.at / 1000,
        "status_id": if is_failure { 2 } else { 1 },
        "message": format!("{name}: {}", said.subject),
        "actor": { "user": { "name": said.actor } },
        "metadata": {
            "version": VERSION,
            "product": { "name": "Navi Governance", "vendor_name": "Navi" },
            "uid": format!("{}/{}", row.log.origin, said.index),
            "sequence": said.index,
            "log_name": row.log.origin,
        },
        "unmapped": {
            "tlog": row.ties(),
            "navi": {
                "kind": name,
                "subject": said.subject,
                "on_behalf_of": said.on_behalf_of,
                "links": said.links,
                "action": row.action(),
                "erased": said.is_erased(),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, log, row, said};
    use super::*;

    #[test]
    fn a_class_and_its_type_belong_together() {
        let (context, log) = (context(), log());
        for (kind, wanted) in [
            (EventKind::Decision, 6003_u64),
            (EventKind::VoteCast, 3003),
            (EventKind::DeviceRevoked, 3001),
            (EventKind::GuardrailsChanged, 3004),
            (EventKind::Exported, 0),
        ] {
            let said = said(kind, json!({}));
            let value = event(&row(&said, &context, &log));
            assert_eq!(value["class_uid"], wanted, "{kind:?}");
            let activity = value["activity_id"].as_u64().unwrap();
            assert_eq!(value["type_uid"].as_u64().unwrap(), wanted * 100 + activity);
            assert_eq!((&value["severity_id"], &value["metadata"]["version"]), (&json!(4), &json!(VERSION)));
            assert_eq!(value["unmapped"]["tlog"]["leaf_hash"], "01".repeat(32));
            assert_eq!(value["time"], 1_790_000_000_000_i64);
        }
    }
}
