//! Terraform's run task: decided by what the plan really does, answered once, and its credential kept to itself.

use axum::http::StatusCode;
use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::pipelines::{Fake, carry, plan, task, terraform, the_pending_one};

/// Status and message of every word.
fn said(fake: &Fake) -> Vec<(String, String)> {
    let text =
        |word: &Value, name: &str| word["data"]["attributes"][name].as_str().unwrap_or_default().to_owned();
    fake.words().iter().map(|word| (text(word, "status"), text(word, "message"))).collect()
}

#[tokio::test]
async fn the_plan_decides_and_people_let_it_pass() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    let bert = app.person("bert", Role::Approver).await;
    fake.plan(&plan("aws_db_instance", &["delete", "create"]));
    assert_eq!(terraform(&app, &task(&fake)).await.ok()["state"], "asked");
    carry(&app).await;
    let id = the_pending_one(&app).await;
    let seen = ana.view(&id).await;
    let evidence =
        seen.factors.iter().flat_map(|f| &f.evidence).any(|e| e == "the plan replaces aws_db_instance.main");
    assert!(evidence, "{:?}", seen.factors);
    assert!(!seen.material.to_string().contains("hunter2"), "values stay where they are");
    assert_eq!((seen.requester.as_str(), seen.agent.as_deref()), ("terraform:jane", Some("terraform")));
    let words = said(&fake);
    assert_eq!((words.len(), words[0].0.as_str()), (1, "running"));
    assert!(words[0].1.contains("ana, bert"), "{words:?}");

    ana.approve(&id).await.ok();
    bert.approve(&id).await.ok();
    carry(&app).await;
    let words = said(&fake);
    assert_eq!((words.len(), words[1].0.as_str()), (2, "passed"), "{words:?}");
    // Nobody will tell how the apply ended.
    let told = app.payloads("execution_finished").await;
    assert_eq!((told.len(), &told[0]["status"]), (1, &json!("unknown")));
    carry(&app).await;
    assert_eq!(said(&fake).len(), 2);
}

#[tokio::test]
async fn the_credential_is_neither_in_the_record_nor_left_behind() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    fake.plan(&plan("aws_instance", &["create"]));
    let id = terraform(&app, &task(&fake)).await.ok()["id"].as_str().unwrap().to_owned();
    let token = task(&fake)["access_token"].as_str().unwrap().to_owned();
    carry(&app).await;
    let row = app.app.store.pipeline(&id).await.unwrap().unwrap();
    assert!(row.credential.is_some(), "it is needed for the answer");
    assert!(!serde_json::to_string(&row).unwrap().contains(&token));
    ana.reject(&the_pending_one(&app).await).await.ok();
    carry(&app).await;
    assert_eq!(said(&fake).last().unwrap().0, "failed");
    assert!(said(&fake).last().unwrap().1.contains("rejected by ana: because"));
    assert_eq!(app.app.store.pipeline(&id).await.unwrap().unwrap().credential, None);
    for entry in app.app.store.entries(0, 10_000).await.unwrap() {
        assert!(!String::from_utf8_lossy(&entry.payload.unwrap()).contains(&token));
    }
}

#[tokio::test]
async fn it_is_told_every_five_minutes_that_it_waits_and_fails_before_terraform_gives_up() {
    let (app, fake) = Fake::start().await;
    fake.plan(&plan("aws_s3_bucket", &["delete"]));
    terraform(&app, &task(&fake)).await.ok();
    for _ in 0..3 {
        carry(&app).await;
        carry(&app).await;
        app.pass(300);
    }
    let words = said(&fake);
    assert_eq!(words.iter().map(|w| w.0.as_str()).collect::<Vec<_>>(), ["running"; 3], "{words:?}");
    app.pass(3300 - 900 + 1);
    carry(&app).await;
    let last = said(&fake).pop().unwrap();
    assert_eq!(last.0, "failed");
    assert!(last.1.contains("nobody decided in time"), "{last:?}");
}

#[tokio::test]
async fn a_plan_is_followed_to_the_operators_addresses_only_and_without_the_credential() {
    let (app, fake) = Fake::start().await;
    fake.plan(&plan("aws_instance", &["create"]));
    fake.redirects_plans_to("/archive/plan");
    terraform(&app, &task(&fake)).await.ok();
    carry(&app).await;
    the_pending_one(&app).await;
    let fetched = fake.heard().into_iter().find(|h| h.path == "/archive/plan").unwrap();
    assert_eq!((fetched.method.as_str(), fetched.authorization.as_str()), ("GET", ""));

    for elsewhere in ["http://127.0.0.2:1/plan", "https://evil.example/plan", "file:///etc/passwd"] {
        let (app, fake) = Fake::start().await;
        fake.redirects_plans_to(elsewhere);
        terraform(&app, &task(&fake)).await.ok();
        carry(&app).await;
        let word = said(&fake).pop().unwrap();
        assert_eq!(word.0, "failed");
        assert!(word.1.contains("not configured"), "{word:?}");
    }
}

#[tokio::test]
async fn what_is_no_plan_or_too_large_fails_and_what_cannot_be_applied_passes() {
    let check = async |plan: &Value, change: &dyn Fn(&mut Value)| {
        let (app, fake) = Fake::start().await;
        fake.plan(plan);
        let mut task = task(&fake);
        change(&mut task);
        terraform(&app, &task).await.ok();
        carry(&app).await;
        assert!(app.payloads("decision").await.is_empty());
        said(&fake).pop().unwrap()
    };
    let fails = async |plan: &Value, change: &dyn Fn(&mut Value), why: &str| {
        let word = check(plan, change).await;
        assert!(word.0 == "failed" && word.1.contains(why), "{word:?}");
    };
    fails(&json!({"no": "plan"}), &|_| {}, "no plan").await;
    fails(&json!({"format_version": "1.2", "more": "x".repeat(20_000)}), &|_| {}, "more than 10000 bytes")
        .await;
    fails(&json!({}), &|task| task["stage"] = json!("pre_plan"), "post-plan").await;
    fails(&json!({}), &|task| task["plan_json_api_url"] = Value::Null, "names no plan").await;
    let passed = check(&json!({}), &|task| task["is_speculative"] = json!(true)).await;
    assert!(passed.0 == "passed" && passed.1.contains("nothing was decided"), "{passed:?}");
}

#[tokio::test]
async fn a_run_that_is_over_there_needs_nobody_here() {
    let (app, fake) = Fake::start().await;
    fake.plan(&plan("aws_instance", &["create"]));
    fake.answers(404);
    terraform(&app, &task(&fake)).await.ok();
    carry(&app).await;
    assert_eq!(app.payloads("approval_cancelled").await.len(), 1);
    assert_eq!(app.payloads("pipeline_answered").await[0]["delivered"], false);
    assert!(app.app.store.pipelines_open().await.unwrap().is_empty());
}

#[tokio::test]
async fn while_terraform_is_away_nothing_is_decided_and_then_it_is() {
    let (app, fake) = Fake::start().await;
    fake.plan(&plan("aws_instance", &["create"]));
    fake.redirects_plans_to("/nowhere/that/answers");
    let mut task = task(&fake);
    task["plan_json_api_url"] = json!(format!("{}/api/v2/plans/plan-1/json-output", fake.url));
    // The archive of the configuration is a port at which nobody listens.
    fake.redirects_plans_to("http://127.0.0.1:9/plan");
    terraform(&app, &task).await.ok();
    carry(&app).await;
    assert!(app.payloads("decision").await.is_empty());
    assert!(fake.words().is_empty(), "it simply waits");
    fake.redirects_plans_to("/archive/plan");
    app.pass(2);
    carry(&app).await;
    the_pending_one(&app).await;
}

#[tokio::test]
async fn forged_and_foreign_run_tasks_are_refused_and_the_ping_is_answered() {
    let (app, fake) = Fake::start().await;
    let path = "/api/governance/webhooks/terraform";
    let body = task(&fake).to_string();
    for signature in ["", "00", &"0".repeat(128)] {
        let refused = app.call("POST", path, None, &body, &[("x-tfc-task-signature", signature)]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    for (field, url) in [
        ("task_result_callback_url", "https://evil.example/api/v2/task-results/1/callback".to_owned()),
        ("task_result_callback_url", format!("{}/api/v2/plans/1/callback", fake.url)),
        ("plan_json_api_url", "http://169.254.169.254/latest/meta-data".to_owned()),
    ] {
        let mut foreign = task(&fake);
        foreign[field] = json!(url);
        terraform(&app, &foreign).await.refused("invalid");
    }
    let mut incomplete = task(&fake);
    incomplete["run_id"] = Value::Null;
    terraform(&app, &incomplete).await.refused("invalid");
    let ping = json!({"payload_version": 1, "stage": "test", "access_token": "test-token", "run_id": null});
    assert_eq!(terraform(&app, &ping).await.ok()["state"], "ignored");
    navi_server::refusals::record(&app.app).await.unwrap();
    let times: u64 = app.payloads("login_failed").await.iter().map(|p| p["times"].as_u64().unwrap()).sum();
    assert_eq!(times, 6);
    carry(&app).await;
    assert!(fake.heard().is_empty());
    TestApp::new().call("POST", path, None, &body, &[]).await.refused("not_found");
}

#[tokio::test]
async fn the_same_run_task_again_is_one_ask() {
    let (app, fake) = Fake::start().await;
    fake.plan(&plan("aws_instance", &["create"]));
    let first = terraform(&app, &task(&fake)).await.ok();
    carry(&app).await;
    let again = terraform(&app, &task(&fake)).await.ok();
    assert_eq!((&again["id"], &again["state"]), (&first["id"], &json!("waiting")));
    carry(&app).await;
    assert_eq!(app.payloads("decision").await.len(), 1);
}
