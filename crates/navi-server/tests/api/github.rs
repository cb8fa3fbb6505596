//! GitHub's deployment protection rule: nothing goes on that was not let run here, and each deployment hears one word.

use axum::http::StatusCode;
use navi_domain::execution::ExecutionStatus;
use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::pipelines::{Fake, carry, deployment, github, the_pending_one};

const RULE: &str = "deployment_protection_rule";

fn status(state: &str) -> Value {
    json!({"action": "created", "deployment_status": {"state": state, "description": "said"},
        "deployment": {"id": 5}, "repository": {"full_name": "acme/shop"}})
}

/// The only run.
async fn the_run(app: &TestApp) -> navi_domain::execution::Execution {
    let told = app.payloads("pipeline_decided").await;
    assert_eq!(told.len(), 1, "{told:?}");
    let check = &app.app.store.pipelines_followed_by("github acme/shop deployment 5").await.unwrap()[0];
    app.app.store.execution(check.execution_id().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_needs_nobody_goes_on_after_its_run_began_and_ends_as_github_tells() {
    let (app, fake) = Fake::start().await;
    let receipt = github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    assert_eq!(receipt["state"], "asked");
    assert!(fake.words().is_empty(), "the word comes later");
    carry(&app).await;
    let words = fake.words();
    assert_eq!((words.len(), &words[0]["state"]), (1, &json!("approved")), "{words:?}");
    assert_eq!(words[0]["environment_name"], "staging");
    let kinds = app.kinds().await;
    let at = |kind: &str| kinds.iter().position(|k| k == kind).unwrap();
    assert!(
        at("execution_started") < at("pipeline_decided") && at("pipeline_decided") < at("pipeline_answered")
    );

    let run = the_run(&app).await;
    assert_eq!((run.status, run.user.as_str()), (ExecutionStatus::Started, "github:octo"));
    assert_eq!(github(&app, "deployment_status", &status("in_progress")).await.ok()["state"], "noted");
    assert_eq!(github(&app, "deployment_status", &status("success")).await.ok()["state"], "noted");
    assert_eq!(github(&app, "deployment_status", &status("inactive")).await.ok()["state"], "ignored");
    assert_eq!(the_run(&app).await.status, ExecutionStatus::Succeeded);
    github(&app, "deployment_status", &status("success")).await.ok();
    github(&app, "deployment_status", &status("failure")).await.refused("already_ended");
    carry(&app).await;
    assert_eq!(fake.words().len(), 1);
}

#[tokio::test]
async fn production_waits_for_people_and_goes_on_when_they_approved() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    app.person("bert", Role::Approver).await;
    github(&app, RULE, &deployment(&fake, "production")).await.ok();
    carry(&app).await;
    carry(&app).await;
    let words = fake.words();
    assert_eq!(words.len(), 1, "one note, not one a second: {words:?}");
    assert_eq!(words[0].get("state"), None, "a note is no word");
    let note = words[0]["comment"].as_str().unwrap();
    assert!(note.contains("ana, bert") && note.contains("https://navi.example"), "{note}");

    let id = the_pending_one(&app).await;
    let seen = ana.view(&id).await;
    assert_eq!((seen.requester.as_str(), seen.agent.as_deref()), ("github:octo", Some("github")));
    assert!(
        seen.material.to_string().contains("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"),
        "{}",
        seen.material
    );
    ana.approve(&id).await.ok();
    carry(&app).await;
    let word = fake.words().remove(1);
    assert_eq!(word["state"], "approved");
    assert!(word["comment"].as_str().unwrap().contains("approved by ana"), "{word}");
    let permit = app.app.store.permit_of_approval(&id).await.unwrap().unwrap();
    assert_eq!(permit.status, navi_domain::permit::PermitStatus::Redeemed);
}

#[tokio::test]
async fn who_caused_a_deployment_does_not_approve_it() {
    let (app, fake) = Fake::start().await;
    let bert = app.person("bert", Role::Approver).await;
    let mut own = deployment(&fake, "production");
    own["sender"] = json!({"login": "bert-at-github"});
    github(&app, RULE, &own).await.ok();
    carry(&app).await;
    let id = the_pending_one(&app).await;
    bert.approve(&id).await.refused("own_request");
    carry(&app).await;
    assert!(fake.words().iter().all(|word| word.get("state").is_none()));
}

#[tokio::test]
async fn a_rejection_is_told_with_its_reason() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    github(&app, RULE, &deployment(&fake, "production")).await.ok();
    carry(&app).await;
    ana.reject(&the_pending_one(&app).await).await.ok();
    carry(&app).await;
    let word = fake.words().remove(1);
    assert_eq!(word["state"], "rejected");
    assert!(word["comment"].as_str().unwrap().contains("rejected by ana: because"), "{word}");
    assert!(!app.kinds().await.contains(&"execution_started".to_owned()));
}

#[tokio::test]
async fn what_is_blocked_is_told_with_the_rule_and_what_would_be_acceptable() {
    let (app, fake) = Fake::start().await;
    let admin = app.token("root", Role::Admin, None).await;
    let forbid = "@id(\"no-production\") @reason(\"Nothing goes to production by hand\") @instead(\"Merge to the release branch\") \
                  forbid(principal, action == Action::\"run\", resource) when { context.action_type == \"deploy_prod\" };";
    admin.send("PUT", "/guardrails", &json!({"text": forbid})).await.ok();
    github(&app, RULE, &deployment(&fake, "production")).await.ok();
    carry(&app).await;
    let word = fake.words().remove(0);
    assert_eq!(word["state"], "rejected");
    let comment = word["comment"].as_str().unwrap();
    assert!(comment.contains("Nothing goes to production by hand"), "{comment}");
    assert!(comment.contains("acceptable: Merge to the release branch"), "{comment}");
}

#[tokio::test]
async fn nobody_in_time_is_a_rejection() {
    let (app, fake) = Fake::start().await;
    github(&app, RULE, &deployment(&fake, "production")).await.ok();
    carry(&app).await;
    app.pass(7201);
    carry(&app).await;
    let word = fake.words().pop().unwrap();
    assert_eq!(word["state"], "rejected");
    assert!(word["comment"].as_str().unwrap().contains("nobody decided in time"), "{word}");
}

#[tokio::test]
async fn a_forged_event_is_refused_and_recorded_and_nothing_is_kept() {
    let (app, fake) = Fake::start().await;
    let body = deployment(&fake, "staging").to_string();
    let path = "/api/governance/webhooks/github";
    for signature in ["", "sha256=", "sha256=00", "sha1=00"] {
        let headers = [("x-github-event", RULE), ("x-hub-signature-256", signature)];
        let refused = app.call("POST", path, None, &body, &headers).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        refused.refused("unauthenticated");
    }
    navi_server::refusals::record(&app.app).await.unwrap();
    let recorded = app.payloads("login_failed").await;
    assert_eq!(recorded.len(), 1, "one entry for a flood of them");
    assert_eq!(recorded[0]["times"], 4);
    assert!(app.app.store.pipelines_open().await.unwrap().is_empty());
    TestApp::new().call("POST", path, None, &body, &[]).await.refused("not_found");
}

#[tokio::test]
async fn an_answer_that_is_wanted_elsewhere_is_refused() {
    let (app, fake) = Fake::start().await;
    for url in [
        "https://evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule".to_owned(),
        format!("{}/repos/acme/other/actions/runs/77/deployment_protection_rule", fake.url),
        format!("{}/repos/acme/shop/actions/runs/x/deployment_protection_rule", fake.url),
        format!("{}/repos/acme/shop/actions/runs/77/deployment_protection_rule?x=1", fake.url),
        format!("{}/user/keys", fake.url),
    ] {
        let mut event = deployment(&fake, "staging");
        event["deployment_callback_url"] = json!(url);
        github(&app, RULE, &event).await.refused("invalid");
    }
    navi_server::refusals::record(&app.app).await.unwrap();
    assert_eq!(app.payloads("login_failed").await[0]["times"], 5);
    carry(&app).await;
    assert!(fake.heard().is_empty());
}

#[tokio::test]
async fn the_same_again_is_one_ask_and_one_word() {
    let (app, fake) = Fake::start().await;
    let event = deployment(&fake, "staging");
    let first = github(&app, RULE, &event).await.ok();
    assert_eq!(github(&app, RULE, &event).await.ok(), first);
    // A second job of the same run that wants into the same environment waits for the same word.
    let mut second = event.clone();
    second["deployment"]["id"] = json!(6);
    assert_eq!(github(&app, RULE, &second).await.ok()["id"], first["id"]);
    carry(&app).await;
    let again = github(&app, RULE, &event).await.ok();
    assert_eq!((&again["id"], &again["state"]), (&first["id"], &json!("answered")));
    carry(&app).await;
    assert_eq!(fake.words().len(), 1);
    // The run is tried again: another deployment, another ask.
    assert_ne!(github(&app, RULE, &second).await.ok()["id"], first["id"]);
    carry(&app).await;
    assert_eq!(fake.words().len(), 2);
    assert_eq!(app.payloads("execution_started").await.len(), 2);
}

#[tokio::test]
async fn while_github_is_away_the_word_waits_and_is_then_said_once() {
    let (app, fake) = Fake::start().await;
    fake.answers(503);
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    assert_eq!(app.payloads("pipeline_answered").await.len(), 0);
    let tried = fake.words().len();
    carry(&app).await;
    assert_eq!(fake.words().len(), tried, "not again at once");
    fake.answers(204);
    app.pass(2);
    carry(&app).await;
    assert_eq!(fake.words().len(), tried + 1);
    assert_eq!(app.payloads("pipeline_answered").await[0]["delivered"], true);
    app.pass(600);
    carry(&app).await;
    assert_eq!(fake.words().len(), tried + 1);
    assert_eq!(app.payloads("execution_started").await.len(), 1);
}

#[tokio::test]
async fn a_word_that_nobody_takes_any_more_leaves_an_end_that_nobody_knows() {
    let (app, fake) = Fake::start().await;
    fake.answers(422);
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    let told = app.payloads("pipeline_answered").await.remove(0);
    assert_eq!((&told["delivered"], &told["passed"]), (&json!(false), &json!(true)));
    assert_eq!(the_run(&app).await.status, ExecutionStatus::Unknown);
}

#[tokio::test]
async fn no_status_in_time_is_an_end_that_nobody_knows_and_a_late_one_corrects_it() {
    let (app, fake) = Fake::start().await;
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    app.pass(601);
    navi_server::usecase::lapse::all_silent(&app.app).await.unwrap();
    assert_eq!(the_run(&app).await.status, ExecutionStatus::Unknown);
    github(&app, "deployment_status", &status("error")).await.ok();
    assert_eq!(the_run(&app).await.status, ExecutionStatus::Failed);
}

#[tokio::test]
async fn an_interrupted_step_is_found_again() {
    let (app, fake) = Fake::start().await;
    let check = github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    // The decision is written, the step after it is not: as if the server had died in between.
    let id = check["id"].as_str().unwrap();
    let asked = app.app.store.pipeline(id).await.unwrap().unwrap();
    navi_server::usecase::pipeline::step::step(&app.app, &asked).await.unwrap();
    app.edit_below(&format!(
        "DROP TRIGGER pipeline_checks_update;
         UPDATE pipeline_checks SET version = 1, body = json_remove(json_set(body, '$.stage', 'asked', '$.version', 1),
            '$.answer', '$.decision_id') WHERE id = '{id}'"
    ));
    carry(&app).await;
    assert_eq!(app.payloads("decision").await.len(), 1, "it was decided once");
    assert_eq!(app.payloads("execution_started").await.len(), 1);
    assert_eq!(fake.words().len(), 1);
}

#[tokio::test]
async fn a_policy_of_the_account_decides() {
    let (app, fake) = Fake::start().await;
    let admin = app.token("root", Role::Admin, None).await;
    admin.send("PUT", "/policy/github:octo", &json!({"level": "minimal"})).await.ok();
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    the_pending_one(&app).await;
}

#[tokio::test]
async fn a_freeze_after_the_decision_holds_the_word_back_until_it_is_lifted() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    fake.answers(503);
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    let tried = fake.words().len();
    let stop = json!({"scope": "repo", "name": "acme/shop", "reason": "odd deployments"});
    let freeze = ana.caller.send("PUT", "/freeze", &stop).await.ok()["id"].as_str().unwrap().to_owned();
    fake.answers(204);
    app.pass(2);
    carry(&app).await;
    assert_eq!(fake.words().len(), tried, "nothing goes on");
    ana.caller.send("DELETE", &format!("/freeze/{freeze}"), &json!({})).await.ok();
    app.pass(10);
    carry(&app).await;
    assert_eq!(fake.words().len(), tried + 1);
    assert_eq!(app.payloads("pipeline_answered").await[0]["delivered"], true);
}

#[tokio::test]
async fn a_freeze_that_outlasts_github_s_patience_lets_nothing_go_on() {
    let (app, fake) = Fake::start().await;
    let ana = app.person("ana", Role::Approver).await;
    fake.answers(503);
    github(&app, RULE, &deployment(&fake, "staging")).await.ok();
    carry(&app).await;
    let tried = fake.words().len();
    let stop = json!({"scope": "everything", "reason": "odd deployments"});
    ana.caller.send("PUT", "/freeze", &stop).await.ok();
    fake.answers(204);
    app.pass(4 * 24 * 3600);
    carry(&app).await;
    assert_eq!(fake.words().len(), tried);
    assert_eq!(app.payloads("pipeline_answered").await[0]["delivered"], false);
}
