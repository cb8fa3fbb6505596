//! What leaves the house: written down first, whole, and tied to the log.

use navi_domain::people::Role;
use navi_ledger::checkpoint::Verifier;
use serde_json::{Value, json};

use crate::app::{TestApp, ask, high, low};

async fn lines(app: &TestApp, secret: &str, query: &str) -> Vec<String> {
    let answer =
        app.call("GET", &format!("/api/governance/audit/export?{query}"), Some(secret), "", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let text = match answer.body {
        Value::String(text) => text,
        one => one.to_string(),
    };
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn exports_are_whole_recorded_and_each_line_is_tied_to_the_log() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    agent.evaluate(&low()).await;
    let mut formula = low();
    formula["context"]["command"] = "=cmd|' /C calc'!A0".into();
    agent.evaluate(&formula).await;
    let id = ask(&app, &high()).await;
    ana.approve(&id).await.ok();
    let secret = &ana.caller.secret;

    let all = lines(&app, secret, "format=jsonl").await;
    let all: Vec<Value> = all.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds = app.kinds().await;
    assert_eq!(all.len(), kinds.len());
    assert_eq!(kinds.last().unwrap(), "exported", "recorded first, and part of it");
    let head = ana.caller.get("/ledger/acme/checkpoint").await.ok();
    let signed = Verifier::from_vkey(&app.app.notary.vkey()).unwrap().open(head.as_str().unwrap()).unwrap();
    for (n, line) in all.iter().enumerate() {
        assert_eq!((&line["log"]["index"], &line["kind"]), (&json!(n), &json!(kinds[n])));
        assert_eq!(line["log"]["root"], hex::encode(signed.root));
        let before = n.checked_sub(1).map_or(&Value::Null, |before| &all[before]["log"]["leaf_hash"]);
        assert_eq!(&line["log"]["previous_leaf_hash"], before);
    }

    let chain = lines(&app, secret, "format=jsonl&repo=auth-service&level=high").await;
    assert_eq!(chain.len(), 5, "decision, request, vote, approval, permit");
    assert_eq!(lines(&app, secret, "format=cloudevents&kind=vote_cast&q=because").await.len(), 1);
    assert_eq!(lines(&app, secret, "format=ocsf&kind=vote_cast&surface=tray").await.len(), 0);
    let later = format!("format=csv&from={}", app.app.store.now() + 1);
    assert_eq!(lines(&app, secret, &later).await.len(), 1, "only the header");
    let csv = lines(&app, secret, "format=csv&kind=decision").await;
    assert_eq!(csv.len(), 4);
    assert!(csv[2].contains("'=cmd"), "{}", csv[2]);
    let formats: Vec<String> =
        app.payloads("exported").await.iter().map(|p| p["format"].as_str().unwrap().to_owned()).collect();
    assert_eq!(formats, ["jsonl", "jsonl", "cloudevents", "ocsf", "csv", "csv"]);

    ana.caller.get("/audit/export").await.refused("bad_request");
    ana.caller.get("/audit/export?format=xml").await.refused("bad_request");
    ana.caller.get("/audit/export?format=csv&level=huge").await.refused("bad_request");
    agent.get("/audit/export?format=csv").await.refused("forbidden");
}

#[tokio::test]
async fn a_period_begins_and_ends_where_it_says() {
    let app = TestApp::new();
    let (agent, auditor) = (app.agent().await, app.token("aud", Role::Auditor, None).await);
    let mut instants = Vec::new();
    for _ in 0..3 {
        app.pass(10);
        agent.evaluate(&low()).await;
        instants.push(app.app.store.now());
    }
    app.pass(10);
    let query = format!("format=jsonl&kind=decision&from={}&to={}", instants[1], instants[1]);
    let found = lines(&app, &auditor.secret, &query).await;
    assert_eq!(found.len(), 1);
    let value: Value = serde_json::from_str(&found[0]).unwrap();
    assert_eq!(value["at_us"], instants[1]);
}
