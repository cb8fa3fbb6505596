//! A cluster asks before it stores a change. It waits for seconds only, so what people must decide is refused now, with the
//! request's id; the same change tried again after they approved it is let in, once.

use hmac::{Hmac, KeyInit as _, Mac as _};
use navi_domain::action::TargetState;
use navi_domain::permit::PermitStatus;
use navi_protocol::admission::{AdmissionRequest, AdmissionStatus};
use navi_protocol::evaluate::{Context, EvaluateRequest, Start};
use navi_protocol::executions::{FinishRequest, RedeemRequest};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{evaluate, finish, redeem};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Kinds whose change rolls something out.
const ROLLOUTS: [&str; 7] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Rollout"];
/// What the cluster writes by itself, differently each time.
const OWN: [&str; 6] =
    ["uid", "creationTimestamp", "managedFields", "generation", "resourceVersion", "selfLink"];

/// Decides about one change: `None` lets it in.
///
/// # Errors
/// The refusal of a use case; whoever adapts it refuses the change.
pub async fn admit(
    app: &App,
    caller: &Caller,
    request: &AdmissionRequest,
) -> Result<Option<AdmissionStatus>, Refusal> {
    // Nothing is stored, so that there is nothing to decide.
    if request.dry_run == Some(true) {
        return Ok(None);
    }
    let (action_type, context) = described(app, request);
    let run_nonce = format!("admission {}", request.uid);
    let asked = EvaluateRequest {
        action_type: action_type.to_owned(),
        context: context.clone(),
        start: Some(Start { run_nonce: run_nonce.clone(), lease_secs: None }),
        request_key: None,
        expires_in_secs: None,
        plan: None,
    };
    let answer = evaluate::evaluate(app, caller, &asked, None).await?;
    let execution = match (answer.decision.as_str(), &answer.approval_id, answer.execution_id) {
        ("AUTO", _, Some(execution)) => execution,
        ("APPROVAL", Some(approval), _) => {
            let permit = app.store.permit_of_approval(approval).await?;
            let Some(permit) = permit.filter(|p| p.status == PermitStatus::Issued) else {
                return Ok(Some(refused(format!(
                    "{} needs a person's approval ({approval}). Apply it again unchanged when it is approved.",
                    named(request)
                ))));
            };
            let redeemed = RedeemRequest {
                permit_id: permit.id,
                action_type: action_type.to_owned(),
                context,
                run_nonce,
                lease_secs: None,
            };
            redeem::redeem(app, caller, &redeemed, None).await?.id
        }
        ("BLOCKED", _, _) => {
            return Ok(Some(refused(format!("blocked: {}", answer.reasons.join("; ")))));
        }
        _ => return Ok(Some(refused("the decision is not understood".to_owned()))),
    };
    // The cluster tells no webhook whether it stored what was let in.
    let report = FinishRequest {
        status: "unknown".to_owned(),
        exit_code: None,
        artifacts: json!({"admitted": true, "why_unknown": "a cluster tells no webhook what became of a change"}),
        run_nonce: None,
    };
    finish::finish(app, caller, &execution, &report).await?;
    Ok(None)
}

fn refused(message: String) -> AdmissionStatus {
    AdmissionStatus { code: 403, message: format!("[navi] {message}") }
}

/// `Deployment shop/web`.
fn named(request: &AdmissionRequest) -> String {
    let name = request.name.as_deref().unwrap_or("(new)");
    match &request.namespace {
        Some(namespace) => format!("{} {namespace}/{name}", request.kind.kind),
        None => format!("{} {name}", request.kind.kind),
    }
}

/// The change as an action. What differs each time the same change is tried is left out.
fn described(app: &App, request: &AdmissionRequest) -> (&'static str, Context) {
    let kind = request.kind.kind.as_str();
    let rolls = request.operation != "DELETE" && ROLLOUTS.contains(&kind);
    let secret = kind == "Secret" && request.kind.group.is_empty();
    let shown = |object: &Value| shown(object, secret.then_some(app.org_key.as_ref()));
    let args = json!({
        "operation": request.operation,
        "kind": request.kind,
        "sub_resource": request.sub_resource,
        "namespace": request.namespace,
        "name": request.name,
        "user": request.user_info.username,
        "object": request.object.as_ref().map(shown),
    });
    let context = Context {
        tool: Some(format!("kubernetes {} {}", request.operation.to_lowercase(), kind)),
        environment: request.namespace.clone(),
        args: Some(args),
        target_state: Some(TargetState::Env {
            name: named(request),
            revision: revision(request.old_object.as_ref()),
        }),
        ..Context::default()
    };
    (if rolls { "deploy" } else { "infrastructure_change" }, context)
}

/// What of an object as it is now a change rests on. Its generation counts changes of what is wished for; the resource version
/// of a living object moves with every report of its state, and stands in only where there is no generation.
fn revision(object: Option<&Value>) -> String {
    let Some(metadata) = object.and_then(|o| o.get("metadata")) else { return "absent".to_owned() };
    match (
        metadata.get("generation").and_then(Value::as_u64),
        metadata.get("resourceVersion").and_then(Value::as_str),
    ) {
        (Some(generation), _) => format!("generation {generation}"),
        (None, Some(version)) => version.to_owned(),
        (None, None) => "absent".to_owned(),
    }
}

/// The object without what the cluster writes into it. The values of a Secret are replaced by tags under the organisation's
/// key: equal values have equal tags, and nothing else can be told from them.
fn shown(object: &Value, secret: Option<&[u8; 32]>) -> Value {
    let Some(fields) = object.as_object() else { return object.clone() };
    let mut shown = Map::new();
    for (name, value) in fields {
        let value = match (name.as_str(), value.as_object(), secret) {
            ("status", _, _) => continue,
            ("metadata", Some(metadata), _) => {
                let kept = metadata.iter().filter(|(key, _)| !OWN.contains(&key.as_str()));
                kept.map(|(key, value)| (key.clone(), without_copies(key, value, secret))).collect()
            }
            ("data" | "stringData", Some(values), Some(key)) => {
                values.iter().map(|(name, value)| (name.clone(), tag(key, value))).collect()
            }
            _ => value.clone(),
        };
        shown.insert(name.clone(), value);
    }
    Value::Object(shown)
}

/// kubectl keeps the whole object, a Secret's values among it, in an annotation.
fn without_copies(name: &str, value: &Value, secret: Option<&[u8; 32]>) -> Value {
    let mut value = value.clone();
    if let (true, Some(key), Some(annotations)) = (name == "annotations", secret, value.as_object_mut()) {
        for (_, copy) in
            annotations.iter_mut().filter(|(name, _)| name.ends_with("/last-applied-configuration"))
        {
            *copy = tag(key, copy);
        }
    }
    value
}

fn tag(key: &[u8; 32], value: &Value) -> Value {
    // HMAC takes keys of any length (RFC 2104), so the error case cannot arise; if it did, nothing would be told.
    let tag = Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| String::new(),
        |mac| {
            let mac = mac.chain_update(b"navi/kubernetes-secret/v1\n").chain_update(value.to_string());
            hex::encode(mac.finalize().into_bytes())
        },
    );
    json!({"secret": "kubernetes", "len": value.as_str().map_or(0, str::len), "tag": tag})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_change_looks_the_same_and_a_secret_shows_nothing() {
        let object = |version: &str, value: &str| {
            json!({"kind": "Secret", "metadata": {"name": "db", "resourceVersion": version, "uid": version, "labels": {"a": "b"}},
                "data": {"password": value}, "status": {"seen": version}})
        };
        let key = [7; 32];
        let first = shown(&object("1", "aHVudGVyMg=="), Some(&key));
        assert_eq!(first, shown(&object("2", "aHVudGVyMg=="), Some(&key)));
        assert_ne!(first, shown(&object("1", "b3RoZXI="), Some(&key)));
        assert!(!first.to_string().contains("aHVudGVyMg"), "{first}");
        assert_eq!(first["metadata"], json!({"name": "db", "labels": {"a": "b"}}));
    }

    #[test]
    fn the_copy_that_kubectl_keeps_shows_no_secret_either() {
        let copy = r#"{"data":{"password":"aHVudGVyMg=="}}"#;
        let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": copy, "note": "kept"});
        let object = json!({"kind": "Secret", "metadata": {"name": "db", "annotations": annotations}});
        let seen = shown(&object, Some(&[7; 32]));
        assert!(!seen.to_string().contains("aHVudGVyMg"), "{seen}");
        assert_eq!(seen["metadata"]["annotations"]["note"], "kept");
        assert_eq!(shown(&object, None), object, "what is no Secret is shown whole");
    }

    #[test]
    fn a_report_of_its_state_is_no_new_revision() {
        let object =
            |generation, version| json!({"metadata": {"generation": generation, "resourceVersion": version}});
        assert_eq!(revision(Some(&object(3, "10"))), revision(Some(&object(3, "11"))));
        assert_ne!(revision(Some(&object(3, "10"))), revision(Some(&object(4, "10"))));
        assert_eq!(revision(Some(&json!({"metadata": {"resourceVersion": "5"}}))), "5");
        assert_eq!(revision(None), "absent");
    }
}
