//! What a timeline filters by, and what the counters say about a period.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, ask, high, low, medium};

fn kinds(answer: Answer) -> Vec<String> {
    let body = answer.ok();
    let kind = |e: &Value| e["kind"].as_str().unwrap().to_owned();
    body["items"].as_array().unwrap().iter().map(kind).collect()
}

#[tokio::test]
async fn the_audit_is_found_by_everything_a_timeline_filters_by() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    agent.evaluate(&low()).await;
    let id = ask(&app, &high()).await;
    ana.approve(&id).await.ok();
    let get = async |query: &str| ana.caller.get(&format!("/audit?{query}")).await;

    let chain = ["permit_issued", "approval_approved", "vote_cast", "approval_requested", "decision"];
    assert_eq!(kinds(get("repo=auth-service").await), chain);
    assert_eq!(kinds(get("repo=auth-service,other&level=high").await), chain);
    assert_eq!(kinds(get("level=critical,low").await), ["permit_issued", "decision"]);
    assert_eq!(kinds(get("decision=AUTO&kind=decision").await), ["decision"]);
    assert_eq!(kinds(get("action_type=code_edit&agent=nova").await), chain);
    assert_eq!(kinds(get("surface=window").await), ["vote_cast"]);
    assert_eq!(kinds(get("surface=tray").await), Vec::<String>::new());
    assert_eq!(kinds(get("q=because").await), ["vote_cast"]);
    assert_eq!(kinds(get("q=login").await), ["decision"]);
    assert_eq!(kinds(get("q=cargo%20te&kind=decision").await), ["decision"]);
    assert_eq!(kinds(get("q=%22%20OR%20*%20NEAR(&limit=500").await), Vec::<String>::new());

    assert_eq!(kinds(get("outcome=approved").await), ["approval_approved"]);
    assert_eq!(kinds(get("outcome=rejected,failed").await), Vec::<String>::new());
    assert_eq!(kinds(get("bypass=ran").await), Vec::<String>::new());
    get("outcome=splendid").await.refused("bad_request");

    let first = get("repo=auth-service&limit=2").await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let next = first["next_cursor"].as_str().unwrap();
    assert_eq!(kinds(get(&format!("repo=auth-service&limit=9&cursor={next}")).await), chain[2..]);

    get("level=huge").await.refused("bad_request");
    get("decision=MAYBE").await.refused("bad_request");
    get("surface=pigeon").await.refused("bad_request");
    get("repo=auth-service&cursor=soon").await.refused("bad_request");
}

#[tokio::test]
async fn insights_of_an_empty_log_say_nothing_and_do_not_fail() {
    let app = TestApp::new();
    let auditor = app.token("aud", Role::Auditor, None).await;
    let all = auditor.get("/audit/insights").await.ok();
    assert_eq!(all["decisions"], 0);
    assert_eq!(all["auto_share"], Value::Null);
    assert_eq!(all["over_time"], json!([]));
    assert_eq!(all["time_to_decide"], json!({"count": 0, "median_ms": null, "p95_ms": null}));
    assert_eq!(all["coverage"], json!({"started": 0, "finished": 0, "unknown": 0}));
    let long_ago = auditor.get("/audit/insights?from=0&to=1&repo=none").await.ok();
    assert_eq!((long_ago["entries"].clone(), long_ago["repo"].clone()), (json!(0), json!("none")));
    auditor.get("/audit/insights?from=9&to=-99999999999999").await.refused("bad_request");
    auditor.get("/audit/insights?from=soon").await.refused("bad_request");
    let far = format!("/audit/insights?from={}&to={}", i64::MIN, i64::MAX);
    auditor.get(&far).await.refused("bad_request");
    auditor.get(&format!("/audit/insights?to={}", i64::MAX)).await.ok();
    auditor.get(&format!("/audit/insights?to={}", i64::MIN)).await.ok();
    app.agent().await.get("/audit/insights").await.refused("forbidden");
}

#[tokio::test]
async fn insights_count_what_happened_and_who_did_it() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let auto = agent.evaluate(&low()).await;
    let run = agent.redeem(auto["permit"]["id"].as_str().unwrap(), &low(), "nonce-0001").await.ok();
    let run = format!("/executions/{}", run["id"].as_str().unwrap());
    agent.send("PATCH", &run, &json!({"status": "succeeded", "exit_code": 0})).await.ok();
    let first = ask(&app, &high()).await;
    app.pass(60);
    ana.approve(&first).await.ok();
    let second = ask(&app, &medium()).await;
    app.pass(2);
    ana.reject(&second).await.ok();
    let mut third = medium();
    third["context"]["session_id"] = "s2".into();
    ask(&app, &third).await;

    let all = ana.caller.get("/audit/insights").await.ok();
    assert_eq!(all["decisions"], 4);
    assert_eq!(
        all["by_level"],
        json!({"low": {"AUTO": 1}, "medium": {"APPROVAL": 2}, "high": {"APPROVAL": 1}})
    );
    assert_eq!(all["auto_share"], 250);
    assert_eq!(all["over_time"].as_array().unwrap().len(), 1);
    assert_eq!(all["over_time"][0]["by_level"], json!({"low": 1, "medium": 2, "high": 1}));
    assert_eq!(all["outcomes"]["high"], json!({"asked": 1, "approved": 1}));
    assert_eq!(all["outcomes"]["medium"], json!({"asked": 2, "rejected": 1}));
    assert_eq!(all["waiting_now"], 1);
    assert_eq!(all["time_to_decide"]["count"], 2);
    let near = |value: &Value, wanted: u64| value.as_u64().unwrap().abs_diff(wanted) <= wanted / 32 + 1;
    assert!(near(&all["time_to_decide_by_level"]["high"]["median_ms"], 60_000), "{all}");
    assert!(near(&all["time_to_decide"]["p95_ms"], 60_000), "{all}");
    assert!(near(&all["time_to_decide"]["median_ms"], 2_000), "{all}");
    assert_eq!(all["executions"], json!({"AUTO": {"started": 1, "succeeded": 1}}));
    assert_eq!(all["coverage"]["known_share"], 1000);
    assert_eq!(all["approvers"][0]["user"], "ana");
    assert_eq!((&all["approvers"][0]["approves"], &all["approvers"][0]["rejects"]), (&json!(1), &json!(1)));
    assert_eq!(all["approvers"][0].get("rubber_stamp"), None, "one approval says nothing");
    assert_eq!(all["agents"][0]["rejection_rate"], 500);
    assert_eq!((&all["agents"][0]["asked"], &all["agents"][0]["prompted"]), (&json!(4), &json!(3)));
    let prompts: u64 =
        all["top_rules"].as_array().unwrap().iter().map(|r| r["prompts"].as_u64().unwrap()).sum();
    assert_eq!(prompts, 3);
    assert!(!all["blockers"].as_array().unwrap().is_empty());

    let ended = ana.caller.get("/audit?outcome=succeeded").await;
    assert_eq!(kinds(ended), ["execution_finished"]);
    let nova = ana.caller.get("/audit/insights?agent=nova").await.ok();
    assert_eq!((&nova["decisions"], &nova["agent"]), (&json!(4), &json!("nova")));
    assert_eq!(nova["outcomes"], all["outcomes"]);
    let both = ana.caller.get("/audit/insights?agent=nova&repo=auth-service").await.ok();
    assert_eq!(both["decisions"], 1);
    let nobody = ana.caller.get("/audit/insights?agent=vega").await.ok();
    assert_eq!((&nobody["decisions"], &nobody["outcomes"]), (&json!(0), &json!({})));

    let one = ana.caller.get("/audit/insights?repo=auth-service").await.ok();
    assert_eq!((one["decisions"].clone(), one["agents"][0]["asked"].clone()), (json!(1), json!(1)));

    app.pass(3 * 24 * 3600);
    let agent = app.token("dana", Role::Agent, Some("later")).await;
    agent.evaluate(&low()).await;
    let later = ana.caller.get("/audit/insights").await.ok();
    assert_eq!(later["over_time"].as_array().unwrap().len(), 2);
    let today = ana.caller.get(&format!("/audit/insights?from={}", app.app.store.now())).await.ok();
    assert_eq!(today["decisions"], 1);
}
