//! OCSF 1.6.0 (schema.ocsf.io). What the record says in its own words stands under `unmapped`.

use serde_json::{Value, json};

use super::Row;
use crate::decision::Verdict;
use crate::event::EventKind;
use crate::reading::Said;
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
    let (category, class, activity) = if name == "login_failed" {
        (3, 3002, 1)
    } else if starts(&["decision", "execution", "redeem", "rollback", "request_refused"]) {
        (6, 6003, 99)
    } else if starts(&["vote", "approval", "permit", "grant", "plan", "delegation", "bypass", "envelope"]) {
        (3, 3003, if starts(&["grant_given", "vote_cast", "permit_issued"]) { 1 } else { 99 })
    } else if starts(&["device", "token", "invite", "gate"]) {
        let activity = match name {
            "device_enrolled" | "token_created" | "invite_created" | "gate_enrolled" => 1,
            "device_revoked" | "token_revoked" => 6,
            _ => 99,
        };
        (3, 3001, activity)
    } else if starts(&[
        "policy",
        "guardrails",
        "catalogue",
        "settings",
        "risk_settings",
        "proposal",
        "freeze",
        "key",
    ]) {
        (3, 3004, 3)
    } else {
        (0, 0, 99)
    };
    Class { category, class, activity }
}

/// Whether what was tried did not come about. Taking a right back is no failure.
fn is_failure(said: &Said) -> bool {
    let blocked = said.decided().is_some_and(|d| d.decision.verdict == Verdict::Blocked);
    let ends = [EventKind::ExecutionFinished, EventKind::ExecutionCorrected, EventKind::PlanEnded];
    let ended = ends.contains(&said.kind) && said.text("status") != Some("succeeded");
    let name = said.kind.as_str();
    blocked
        || ended
        || ["refused", "rejected", "failed", "expired", "lapsed", "deviated"]
            .iter()
            .any(|word| name.contains(word))
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
    let is_failure = is_failure(said);
    let mut event = json!({
        "activity_id": activity,
        "activity_name": name,
        "category_uid": category,
        "class_uid": class,
        "type_uid": class * 100 + activity,
        "severity_id": severity,
        "time": said.at / 1000,
        "status": if is_failure { "Failure" } else { "Success" },
        "status_id": if is_failure { 2 } else { 1 },
        "message": format!("{name}: {}", said.subject),
        "actor": { "user": { "name": said.actor } },
        "metadata": {
            "version": VERSION,
            "product": { "name": "Navi Governance", "vendor_name": "Navi" },
            "uid": said.id,
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
    });
    if let (Some(fields), Value::Object(asked)) = (event.as_object_mut(), required(row, class)) {
        fields.extend(asked);
    }
    event
}

/// What the schema requires of a class beyond the base: the operation and where it came from, the person concerned, or
/// the thing that was changed.
fn required(row: &Row<'_>, class: u32) -> Value {
    let said = row.said;
    let concerned = row.context.map(|context| context.user.as_str());
    let person = concerned.or(said.on_behalf_of.as_deref()).unwrap_or(&said.actor);
    match class {
        6003 => {
            let operation = row.context.map_or(said.kind.as_str(), |context| &context.action_type);
            let from = row.context.and_then(|context| context.agent.as_deref()).unwrap_or(&said.actor);
            json!({ "api": { "operation": operation }, "src_endpoint": { "name": from } })
        }
        3002 => json!({ "user": { "name": person }, "service": { "name": row.log.origin } }),
        3001 | 3003 => json!({ "user": { "name": person } }),
        3004 => json!({ "entity": { "name": said.subject, "type": said.kind.as_str() } }),
        _ => Value::Null,
    }
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
            assert_eq!(value["status"], "Success", "{kind:?}");
            assert_eq!(value["time"], 1_790_000_000_000_i64);
            assert_eq!(
                (&value["metadata"]["uid"], &value["metadata"]["sequence"]),
                (&json!("0199-e3"), &json!(3))
            );
            let (field, said) = match wanted {
                6003 => ("/api/operation", json!("code_edit")),
                3001 | 3003 => ("/user/name", json!("dana")),
                3004 => ("/entity/name", json!("a-1")),
                _ => continue,
            };
            assert_eq!(value.pointer(field), Some(&said), "{kind:?}");
        }
    }

    #[test]
    fn what_did_not_come_about_is_a_failure_and_taking_back_is_none() {
        let (context, log) = (context(), log());
        let status = |kind, payload| event(&row(&said(kind, payload), &context, &log))["status"].clone();
        assert_eq!(status(EventKind::ExecutionFinished, json!({"status": "failed"})), "Failure");
        assert_eq!(status(EventKind::ExecutionFinished, json!({"status": "succeeded"})), "Success");
        assert_eq!(status(EventKind::ApprovalRejected, json!({})), "Failure");
        assert_eq!(status(EventKind::TokenRevoked, json!({})), "Success");
        let failed = said(EventKind::LoginFailed, json!({}));
        let value = event(&row(&failed, &context, &log));
        assert_eq!((&value["class_uid"], &value["status"]), (&json!(3002), &json!("Failure")));
    }
}
