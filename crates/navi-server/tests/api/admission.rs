//! A cluster's admission webhook: what needs people is refused until they approved it, and then let in once.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp};

const PATH: &str = "/webhooks/kubernetes";

/// A change of a Deployment as the API server tells of it; `uid` differs each time it is tried.
fn review(uid: &str, image: &str) -> Value {
    let object = |image: &str, version: &str| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "production", "resourceVersion": version, "uid": "u", "generation": 4},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}}})
    };
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": uid, "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
        "resource": {"group": "apps", "version": "v1", "resource": "deployments"}, "requestKind": {},
        "name": "web", "namespace": "production", "operation": "UPDATE", "dryRun": false,
        "userInfo": {"username": "system:serviceaccount:shop:deployer", "groups": ["system:authenticated"]},
        "object": object(image, "11"), "oldObject": object("web:1", "10"), "options": {}}})
}

async fn cluster(app: &TestApp) -> Caller<'_> {
    app.token("dana", Role::Agent, Some("cluster")).await
}

#[tokio::test]
async fn a_change_is_refused_until_it_is_approved_and_then_let_in_once() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let bert = app.person("bert", Role::Approver).await;
    let cluster = cluster(&app).await;

    let first = cluster.send("POST", PATH, &review("u1", "web:2")).await.ok();
    assert_eq!(first["response"]["uid"], "u1");
    assert_eq!(
        (&first["response"]["allowed"], &first["response"]["status"]["code"]),
        (&json!(false), &json!(403))
    );
    let again = cluster.send("POST", PATH, &review("u2", "web:2")).await.ok();
    assert_eq!(again["response"]["status"], first["response"]["status"], "people are asked once");

    let message = first["response"]["status"]["message"].as_str().unwrap();
    let id = message.split(['(', ')']).nth(1).unwrap().to_owned();
    for person in [&ana, &bert] {
        if person.view(&id).await.status == "pending" {
            person.approve(&id).await.ok();
        }
    }
    let let_in = cluster.send("POST", PATH, &review("u3", "web:2")).await.ok();
    assert_eq!(let_in["response"], json!({"uid": "u3", "allowed": true}));
    let ends = app.payloads("execution_finished").await;
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0]["status"], "unknown", "a cluster tells no webhook what became of it");

    let another = cluster.send("POST", PATH, &review("u4", "web:3")).await.ok();
    assert_eq!(another["response"]["allowed"], false, "another image is another change");
    let once_more = cluster.send("POST", PATH, &review("u5", "web:2")).await.ok();
    assert_eq!(once_more["response"]["allowed"], false, "what was approved was let in once");
}

#[tokio::test]
async fn nothing_is_let_in_when_something_fails_and_a_dry_run_asks_nobody() {
    let app = TestApp::new();
    let cluster = cluster(&app).await;
    let mut dry = review("u1", "web:2");
    dry["request"]["dryRun"] = true.into();
    assert_eq!(cluster.send("POST", PATH, &dry).await.ok()["response"]["allowed"], true);
    assert!(app.payloads("decision").await.is_empty());

    let mut float = review("u2", "web:2");
    float["request"]["object"]["spec"]["replicas"] = json!(1.5);
    let refused = cluster.send("POST", PATH, &float).await;
    assert!(refused.status != 200 || refused.body["response"]["allowed"] == false);
    app.fail_next(navi_store::fault::Fault::Fail);
    let refused = cluster.send("POST", PATH, &review("u3", "web:2")).await.ok();
    assert_eq!(refused["response"]["allowed"], false, "{refused}");
    cluster
        .send("POST", PATH, &json!({"apiVersion": "v1", "kind": "AdmissionReview"}))
        .await
        .refused("invalid");
}

#[tokio::test]
async fn the_values_of_a_secret_are_nowhere() {
    let app = TestApp::new();
    let cluster = cluster(&app).await;
    let mut secret = review("u1", "x");
    secret["request"]["kind"] = json!({"group": "", "version": "v1", "kind": "Secret"});
    secret["request"]["object"] =
        json!({"kind": "Secret", "metadata": {"name": "db"}, "data": {"password": "aHVudGVyMg=="}});
    cluster.send("POST", PATH, &secret).await.ok();
    let decided = app.payloads("decision").await;
    assert!(decided[0].to_string().contains("kubernetes"), "{decided:?}");
    assert!(!decided[0].to_string().contains("aHVudGVyMg"), "{decided:?}");
}
