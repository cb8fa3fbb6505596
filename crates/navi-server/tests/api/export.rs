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

#[tokio::test]
async fn a_report_quotes_what_the_record_holds() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let auto = agent.evaluate(&low()).await;
    let run = agent.redeem(auto["permit"]["id"].as_str().unwrap(), &low(), "nonce-0001").await.ok();
    let ended = json!({"status": "succeeded", "exit_code": 0});
    agent.send("PATCH", &format!("/executions/{}", run["id"].as_str().unwrap()), &ended).await.ok();
    let id = ask(&app, &high()).await;
    app.pass(90);
    ana.approve(&id).await.ok();
    let root = app.token("root", Role::Admin, None).await;
    root.send("PUT", "/policy/dana", &json!({"level": "elevated"})).await.ok();

    let answer = ana.caller.get("/audit/report").await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    let text = answer.ok().as_str().unwrap().to_owned();
    for said in [
        "1 run began, each under a permit that was used once. The end of 1 is known (100.0 %)",
        "People were asked 1 time: 1 approved, 0 rejected",
        "Of 1 approved request whose beginning lies in the record",
        "and 0 had fewer distinct approvers",
        "<td>high</td><td>1</td><td>88.0 s</td>", // 90 seconds, to a thirty-second
        "policy changed",
        "The record has no bypass.",
        "EU AI Act Art. 14",
        "1 change of the rules is recorded",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let pdf = ana.caller.get("/audit/report?format=pdf").await;
    assert_eq!(pdf.headers["content-type"], "application/pdf");
    assert!(pdf.ok().as_str().unwrap().starts_with("%PDF-"));
    let empty = ana.caller.get("/audit/report?from=1&to=2").await.ok();
    let empty = empty.as_str().unwrap();
    assert!(
        empty.contains("The record has no entry in it.") && empty.contains("No evidence in this period.")
    );
    ana.caller.get("/audit/report?format=doc").await.refused("bad_request");
    ana.caller.get("/audit/report?from=2&to=1").await.refused("bad_request");
    agent.get("/audit/report").await.refused("forbidden");
    assert_eq!(app.payloads("exported").await.last().unwrap()["format"], "report.html");
}

#[tokio::test]
async fn a_bare_export_names_nobody_and_withholds_payloads() {
    let app = TestApp::new();
    let (_, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = ask(&app, &high()).await;
    ana.approve(&id).await.ok();
    let secret = &ana.caller.secret;
    let whole = lines(&app, secret, "format=jsonl&repo=auth-service").await;
    let bare = lines(&app, secret, "format=jsonl&repo=auth-service&bare=true").await;
    assert_eq!(whole.len(), bare.len());
    let names =
        |lines: &[String]| lines.iter().any(|line| line.contains("\"ana\"") || line.contains("\"dana\""));
    assert!(names(&whole) && !names(&bare), "{bare:?}");
    for line in &bare {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["withheld"], &line["payload"]), (&json!(true), &Value::Null));
        assert_eq!(line["action"]["repo"], "auth-service");
    }
    let told = app.payloads("exported").await;
    assert_eq!((&told[0]["bare"], &told[1]["bare"]), (&json!(false), &json!(true)));
    for format in ["ocsf", "cloudevents"] {
        ana.caller.get(&format!("/audit/export?format={format}&bare=true")).await.refused("bad_request");
    }

    let page = ana.caller.get("/audit/report?bare=true").await.ok();
    let page = page.as_str().unwrap();
    assert!(page.contains("1 approved") && !page.contains("<td>ana</td>"), "{page}");
    assert!(ana.caller.get("/audit/report").await.ok().as_str().unwrap().contains("<td>ana</td>"));
}

#[tokio::test]
async fn a_console_tells_what_it_wrote_from_its_copy_and_telling_it_twice_is_one_entry() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let note =
        json!({"format": "report.pdf", "bare": true, "from": 5, "entries": 3, "size": 9, "made_at": 77});
    ana.caller.send_once("POST", "/audit/exports", &note, "k-1").await.ok();
    ana.caller.send_once("POST", "/audit/exports", &note, "k-1").await.ok();
    let told = app.payloads("exported").await;
    assert_eq!(told.len(), 1, "{told:?}");
    let mut expected = note.clone();
    expected["made_from"] = "copy".into();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&told[0][name], value, "{name}");
    }
    let with = |name: &str, value: Value| {
        let mut body = note.clone();
        body[name] = value;
        body
    };
    ana.caller.send("POST", "/audit/exports", &with("format", json!("zip"))).await.refused("invalid");
    ana.caller.send("POST", "/audit/exports", &with("entries", json!(10))).await.refused("invalid");
    agent.send("POST", "/audit/exports", &note).await.refused("forbidden");
    assert_eq!(app.payloads("exported").await.len(), 1);
}
