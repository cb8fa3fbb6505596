//! Bypass: two people, a number read aloud, an end that nothing outruns, a review by a third.

use navi_domain::SECOND;
use navi_domain::bypass::{Act, BypassLimits, BypassScope, REVIEW_WITHIN, Wish};
use navi_domain::people::Role;
use navi_server::usecase::bypass::settle;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, ask, critical, high, low, medium};

const MINUTE: i64 = 60;

fn wish(scope: BypassScope) -> Wish {
    Wish {
        scope,
        incident: "INC-7".into(),
        reason: "the shop takes no orders since noon".into(),
        minutes: 15,
    }
}

fn shop() -> BypassScope {
    BypassScope::Repo("shop".into())
}

fn in_shop(mut body: Value) -> Value {
    body["context"]["repo"] = "shop".into();
    body
}

async fn wants(who: &Person<'_>, wish: Wish) -> Answer {
    let said = who.say(Act::Ask(wish), &who.step_up);
    who.caller.send("POST", "/bypass", &said).await
}

async fn confirms(who: &Person<'_>, asked: &Value, number: u64) -> Answer {
    let id = asked["id"].as_str().unwrap();
    let act = Act::Confirm {
        bypass_id: id.into(),
        ask_sha256: asked["ask_sha256"].as_str().unwrap().into(),
        number: u8::try_from(number).unwrap(),
    };
    who.caller.send("POST", &format!("/bypass/{id}/confirm"), &who.say(act, &who.step_up)).await
}

async fn reviews(who: &Person<'_>, id: &str) -> Answer {
    let act = Act::Review { bypass_id: id.into(), finding: "was needed".into() };
    who.caller.send("POST", &format!("/bypass/{id}/review"), &who.say(act, &who.vote_key)).await
}

async fn goes_alone(who: &Person<'_>, id: &str) -> Answer {
    let act = Act::Alone { bypass_id: id.into() };
    who.caller.send("POST", &format!("/bypass/{id}/alone"), &who.say(act, &who.step_up)).await
}

/// Eva and Bo are on call, Ana approves.
async fn people(app: &TestApp) -> (Person<'_>, Person<'_>, Person<'_>) {
    (
        app.person("eva", Role::Oncall).await,
        app.person("bo", Role::Oncall).await,
        app.person("ana", Role::Approver).await,
    )
}

/// In force for the shop: its id.
async fn begun(eva: &Person<'_>, bo: &Person<'_>, scope: BypassScope) -> String {
    let asked = wants(eva, wish(scope)).await.ok();
    confirms(bo, &asked, asked["number"].as_u64().unwrap()).await.ok();
    asked["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_would_ask_runs_marked_and_only_while_it_is_in_force() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let agent = app.agent().await;
    let id = begun(&eva, &bo, shop()).await;
    let runs = agent.evaluate(&in_shop(medium())).await;
    assert_eq!((&runs["decision"], &runs["rule"]), (&json!("AUTO"), &json!("bypass")));
    assert_eq!((&runs["bypass"]["id"], &runs["bypass"]["would_be"]), (&json!(id), &json!("APPROVAL")));
    assert_eq!(runs["bypass"]["would_rule"], "sensitive_fact");
    assert!(runs["risk_score"].as_f64().unwrap() > 0.0, "still scored");
    let record = app.app.store.decision(runs["action_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(record.replay(None), (record.assessment.clone(), record.decision.clone()), "it replays");
    assert_eq!(agent.evaluate(&medium()).await["decision"], "APPROVAL", "another place");
    assert_eq!(
        agent.evaluate(&in_shop(low())).await["rule"],
        "below_threshold",
        "what runs anyway is no use"
    );
    let permit = runs["permit"]["id"].as_str().unwrap();
    let run = agent.redeem(permit, &in_shop(medium()), "nonce-0001").await.ok();
    assert_eq!(run["bypass_id"], id.as_str());
    let done = json!({"status": "succeeded", "exit_code": 0});
    agent.send("PATCH", &format!("/executions/{}", run["id"].as_str().unwrap()), &done).await.ok();

    let shown = ana.caller.get(&format!("/bypass/{id}")).await.ok();
    assert_eq!(shown["bypass"]["state"], "active");
    assert_eq!(shown["bypass"]["with"], "bo");
    assert_eq!(shown["runs"].as_array().unwrap().len(), 1);
    assert_eq!(shown["runs"][0]["outcome"], "succeeded");
    assert_eq!(shown["runs"][0]["skipped"], json!(["ana", "bo", "eva"]));
    let told = app.payloads("bypass_begun").await.remove(0);
    assert_eq!(told["told"], json!(["ana"]), "who is skipped and was not there");

    app.pass(15 * MINUTE);
    assert_eq!(agent.evaluate(&in_shop(medium())).await["decision"], "APPROVAL", "its time is up");
    settle::settle(&app.app).await.unwrap();
    let ended = app.payloads("bypass_ended").await.remove(0);
    assert_eq!((&ended["actor"], &ended["runs"]), (&json!("system"), &json!(1)));
    settle::settle(&app.app).await.unwrap();
    assert_eq!(app.payloads("bypass_ended").await.len(), 1, "written down once");

    let kinds = async |query: &str| -> Vec<String> {
        let found = ana.caller.get(&format!("/audit?{query}")).await.ok();
        let kind = |e: &Value| e["kind"].as_str().unwrap().to_owned();
        found["items"].as_array().unwrap().iter().map(kind).collect()
    };
    let ran = ["execution_finished", "execution_started", "permit_issued", "bypass_used", "decision"];
    let mut found = kinds("bypass=ran").await;
    found.sort();
    let mut expected = ran.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(kinds("bypass=ran&outcome=succeeded").await, ["execution_finished"]);
    let about = kinds("bypass=about").await;
    assert!(about.contains(&"bypass_begun".to_owned()) && about.len() > ran.len(), "{about:?}");
    assert!(kinds(&format!("bypass={id}")).await.contains(&"execution_started".to_owned()));
}

#[tokio::test]
async fn blocked_stays_blocked_and_a_freeze_beats_it() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let (agent, admin) = (app.agent().await, app.token("root", Role::Admin, None).await);
    begun(&eva, &bo, BypassScope::Everything).await;
    assert_eq!(agent.evaluate(&critical()).await["rule"], "bypass", "critical asks, so it is lifted");
    let blocks = json!({"level": "standard", "blocked_actions": ["code_edit"], "repo": null});
    admin.send("PUT", "/policy/dana", &blocks).await.ok();
    assert_eq!(agent.evaluate(&high()).await["decision"], "BLOCKED");
    let runs = agent.evaluate(&critical()).await;
    let freeze = json!({"scope": "everything", "reason": "odd requests"});
    ana.caller.send("PUT", "/freeze", &freeze).await.ok();
    assert_eq!(agent.evaluate(&critical()).await["rule"], "frozen");
    let permit = runs["permit"]["id"].as_str().unwrap();
    agent.redeem(permit, &critical(), "nonce-0001").await.refused("frozen");
}

#[tokio::test]
async fn the_number_is_read_aloud_and_three_wrong_ones_end_it() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let asked = wants(&eva, wish(shop())).await.ok();
    let id = asked["id"].as_str().unwrap();
    let number = asked["number"].as_u64().unwrap();
    let seen = bo.caller.get(&format!("/bypass/{id}")).await.ok();
    assert_eq!(seen["bypass"].get("number"), None, "the second person hears it");
    assert_eq!(seen["bypass"]["you"]["confirm"], true);
    let entries = app.app.store.entries(0, 1_000).await.unwrap();
    let record: String = entries
        .iter()
        .filter_map(|e| e.payload.as_ref())
        .map(|p| String::from_utf8_lossy(p).into_owned())
        .collect();
    assert!(!record.contains("\"number\""), "nor does it stand in the record");

    confirms(&ana, &asked, number).await.refused("forbidden");
    confirms(&eva, &asked, number).await.refused("second_person");
    let wrong = (number + 1) % 100;
    let said = confirms(&bo, &asked, wrong).await.refused("wrong_number");
    assert!(
        said["detail"].as_str().unwrap().contains("With 2 more wrong numbers this bypass lapses"),
        "{said}"
    );
    assert_eq!(bo.caller.get(&format!("/bypass/{id}")).await.ok()["bypass"]["wrong_numbers"], 1);
    confirms(&bo, &asked, wrong).await.refused("wrong_number");
    let said = confirms(&bo, &asked, wrong).await.refused("wrong_number");
    assert!(said["detail"].as_str().unwrap().contains("this bypass has lapsed"), "{said}");
    confirms(&bo, &asked, number).await.refused("not_found");
    assert_eq!(app.payloads("bypass_refused").await.len(), 4, "each one is on record");
    assert_eq!(app.payloads("bypass_lapsed").await.remove(0)["cause"], "wrong_number");
    let listed = eva.caller.get("/bypass").await.ok();
    assert_eq!((&listed["open"], &listed["closed"][0]["state"]), (&json!([]), &json!("lapsed")));
}

#[tokio::test]
async fn it_takes_the_right_the_step_up_key_and_a_fresh_statement() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    wants(&ana, wish(shop())).await.refused("forbidden");
    let by_vote_key = eva.say(Act::Ask(wish(shop())), &eva.vote_key);
    eva.caller.send("POST", "/bypass", &by_vote_key).await.refused("step_up_required");
    let shared = app.device("kim", Role::Oncall, "terminal", true, true).await.unwrap();
    wants(&shared, wish(shop())).await.refused("device_ceiling");
    let short = Wish { reason: "short".into(), ..wish(shop()) };
    wants(&eva, short).await.refused("invalid");
    wants(&eva, Wish { minutes: 20, ..wish(shop()) }).await.refused("invalid");
    for too_long in [
        Wish { reason: "ü".repeat(4_001), ..wish(shop()) },
        Wish { incident: "ü".repeat(201), ..wish(shop()) },
        wish(BypassScope::Repo("ü".repeat(201))),
    ] {
        wants(&eva, too_long).await.refused("invalid");
    }
    wants(&eva, wish(BypassScope::Action("no such digest".into()))).await.refused("invalid");

    let said = eva.say(Act::Ask(wish(shop())), &eva.step_up);
    let mut forged = said.clone();
    forged["signature"] = bo.say(Act::Ask(wish(shop())), &bo.step_up)["signature"].clone();
    eva.caller.send("POST", "/bypass", &forged).await.refused("invalid_vote");
    let first = eva.caller.send_once("POST", "/bypass", &said, "key-1").await.ok();
    let again = eva.caller.send_once("POST", "/bypass", &said, "key-1").await.ok();
    assert_eq!(first["id"], again["id"]);
    eva.caller.send("POST", "/bypass", &said).await.refused("replayed");

    let token = app.token("eva", Role::Oncall, None).await;
    let listed = token.get("/bypass").await.ok();
    assert_eq!((&listed["may_ask"], &listed["limits"]["minutes"]), (&json!(false), &json!([15, 30, 60])));
    let listed = eva.caller.get("/bypass").await.ok();
    assert_eq!((&listed["may_ask"], &listed["confirmers"][0]["user"]), (&json!(true), &json!("bo")));
    assert!(listed["stays_blocked"].as_array().unwrap().len() >= 3);
}

#[tokio::test]
async fn alone_only_where_the_policy_allows_it_after_a_minute_and_the_line_is_paged() {
    let app = TestApp::new();
    let (eva, _bo, _ana) = people(&app).await;
    let asked = wants(&eva, wish(shop())).await.ok();
    let id = asked["id"].as_str().unwrap();
    app.pass(60);
    goes_alone(&eva, id).await.refused("second_person");
    app.settle(|s| s.bypass = BypassLimits { most_minutes: 15, solo: true }).await;
    assert!(eva.caller.get(&format!("/bypass/{id}")).await.ok()["bypass"]["alone_from"].is_i64());
    goes_alone(&eva, id).await.ok();
    let paged = app.payloads("bypass_alerted").await.remove(0);
    assert_eq!(paged["users"], json!(["bo"]), "without a line everybody on call");
    let agent = app.agent().await;
    assert_eq!(agent.evaluate(&in_shop(medium())).await["rule"], "bypass");
    let everything = TestApp::new();
    everything.settle(|s| s.bypass = BypassLimits { most_minutes: 15, solo: true }).await;
    let eva = everything.person("eva", Role::Oncall).await;
    let asked = wants(&eva, wish(BypassScope::Everything)).await.ok();
    assert_eq!(asked.get("alone_from"), None);
    everything.pass(100);
    goes_alone(&eva, asked["id"].as_str().unwrap()).await.refused("second_person");
    wants(&eva, Wish { minutes: 30, ..wish(shop()) }).await.refused("invalid");
}

#[tokio::test]
async fn what_waits_in_its_scope_is_let_go_and_asked_again() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let agent = app.agent().await;
    let (inside, outside) = (ask(&app, &in_shop(medium())).await, ask(&app, &high()).await);
    let id = begun(&eva, &bo, shop()).await;
    let view = ana.view(&inside).await;
    assert_eq!(view.status, "superseded");
    assert_eq!(view.superseded_by, Some(format!("bypass:{id}")));
    assert_eq!(ana.view(&outside).await.status, "pending");
    assert_eq!(agent.evaluate(&in_shop(medium())).await["rule"], "bypass");
    let told = app.payloads("approval_superseded").await.remove(0);
    assert_eq!(told["skipped"], json!(["ana", "bo", "eva"]));
}

#[tokio::test]
async fn one_action_is_known_when_it_is_asked_again_and_no_other() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let agent = app.agent().await;
    let waits = ask(&app, &medium()).await;
    let digest = ana.view(&waits).await.digest;
    begun(&eva, &bo, BypassScope::Action(digest)).await;
    let again = agent.evaluate(&medium()).await;
    assert_eq!(again["rule"], "bypass", "{again}");
    assert_eq!(agent.evaluate(&high()).await["decision"], "APPROVAL");
}

#[tokio::test]
async fn ended_early_nothing_runs_by_it_and_a_third_person_reviews() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let agent = app.agent().await;
    let id = begun(&eva, &bo, shop()).await;
    let runs = agent.evaluate(&in_shop(medium())).await;
    reviews(&ana, &id).await.refused("bypass_state");
    let ended = ana.caller.send("DELETE", &format!("/bypass/{id}"), &json!({})).await.ok();
    assert_eq!((&ended["state"], &ended["ended_by"]), (&json!("ended"), &json!("ana")));
    let permit = runs["permit"]["id"].as_str().unwrap();
    agent.redeem(permit, &in_shop(medium()), "nonce-0001").await.refused("permit_revoked");
    assert_eq!(agent.evaluate(&in_shop(medium())).await["decision"], "APPROVAL");

    wants(&eva, wish(BypassScope::Agent("nova".into()))).await.refused("bypass_unreviewed");
    wants(&bo, wish(shop())).await.refused("bypass_unreviewed");
    reviews(&eva, &id).await.refused("second_person");
    reviews(&bo, &id).await.refused("second_person");
    let reviewed = reviews(&ana, &id).await.ok();
    assert_eq!((&reviewed["state"], &reviewed["finding"]), (&json!("reviewed"), &json!("was needed")));
    wants(&eva, wish(shop())).await.ok();
    let listed = eva.caller.get("/bypass").await.ok();
    assert_eq!(listed["closed"][0]["reviewed_by"], "ana");
    assert_eq!(listed["closed"][0]["began_at"], ended["began_at"]);
}

#[tokio::test]
async fn a_late_review_is_an_event_once_and_still_stands_in_the_way() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let id = begun(&eva, &bo, shop()).await;
    app.pass(15 * MINUTE + REVIEW_WITHIN / SECOND - 1);
    settle::settle(&app.app).await.unwrap();
    settle::settle(&app.app).await.unwrap();
    assert!(app.payloads("bypass_overdue").await.is_empty());
    app.pass(1);
    for _ in 0..3 {
        settle::settle(&app.app).await.unwrap();
    }
    assert_eq!(app.payloads("bypass_overdue").await.len(), 1);
    assert_eq!(ana.caller.get(&format!("/bypass/{id}")).await.ok()["bypass"]["overdue"], true);
    wants(&eva, wish(shop())).await.refused("bypass_unreviewed");
    reviews(&ana, &id).await.ok();
    wants(&eva, wish(shop())).await.ok();
}

#[tokio::test]
async fn of_two_askers_for_one_scope_one_is_second() {
    let app = TestApp::new();
    let (eva, bo, _) = people(&app).await;
    let (one, other) = tokio::join!(wants(&eva, wish(shop())), wants(&bo, wish(shop())));
    let codes = [one.status.as_u16(), other.status.as_u16()];
    assert!(codes.contains(&200) && codes.contains(&409), "{codes:?}");
    assert_eq!(app.app.store.bypasses().await.unwrap().unwrap().bypasses.len(), 1);
}

#[tokio::test]
async fn a_row_that_no_signature_carries_lifts_nothing() {
    let app = TestApp::new();
    let (eva, bo, _) = people(&app).await;
    let agent = app.agent().await;
    begun(&eva, &bo, shop()).await;
    assert_eq!(agent.evaluate(&in_shop(medium())).await["rule"], "bypass");
    app.edit_below(
        "UPDATE bypasses SET version = version + 1,
         body = json_set(body, '$.bypasses[0].scope', 'everything', '$.version', version + 1);
         UPDATE bypasses SET version = version + 1,
         body = json_remove(json_set(body, '$.version', version + 1), '$.bypasses[0].name')",
    );
    assert_eq!(agent.evaluate(&medium()).await["decision"], "APPROVAL");
}

#[tokio::test]
async fn who_was_revoked_confirms_nothing_any_more() {
    let app = TestApp::new();
    let (eva, bo, _) = people(&app).await;
    let (agent, admin) = (app.agent().await, app.token("root", Role::Admin, None).await);
    let id = begun(&eva, &bo, shop()).await;
    let runs = agent.evaluate(&in_shop(medium())).await;
    let kim = app.person("kim", Role::Oncall).await;
    let asked = wants(&kim, wish(BypassScope::Agent("nova".into()))).await.ok();
    admin.send("DELETE", &format!("/devices/{}", bo.device_id), &json!({})).await.ok();
    let shown = eva.caller.get(&format!("/bypass/{id}")).await.ok();
    assert_eq!(
        (&shown["bypass"]["state"], &shown["bypass"]["ended_by"]),
        (&json!("ended"), &json!("root")),
        "nothing says that it is in force"
    );
    let ended = app.payloads("bypass_ended").await.remove(0);
    assert_eq!((&ended["cause"], &ended["runs"]), (&json!("device_revoked"), &json!(1)));
    admin.send("DELETE", &format!("/devices/{}", kim.device_id), &json!({})).await.ok();
    let lapsed = app.payloads("bypass_lapsed").await.remove(0);
    assert_eq!((&lapsed["bypass"]["id"], &lapsed["cause"]), (&asked["id"], &json!("device_revoked")));
    told::whole_and_told(&app).await;
    assert_eq!(agent.evaluate(&in_shop(medium())).await["decision"], "APPROVAL");
    let permit = runs["permit"]["id"].as_str().unwrap();
    agent.redeem(permit, &in_shop(medium()), "nonce-0001").await.refused("permit_revoked");
}

#[tokio::test]
async fn a_permit_of_a_bypass_is_worth_nothing_after_its_end() {
    let app = TestApp::new();
    let (eva, bo, _) = people(&app).await;
    let agent = app.agent().await;
    begun(&eva, &bo, shop()).await;
    app.pass(15 * MINUTE - 1);
    let runs = agent.evaluate(&in_shop(medium())).await;
    let permit = &runs["permit"];
    assert_eq!(permit["expires_at"].as_i64().unwrap(), app.app.store.now() + SECOND, "not ten minutes");
    app.pass(1);
    agent
        .redeem(permit["id"].as_str().unwrap(), &in_shop(medium()), "nonce-0001")
        .await
        .refused("permit_revoked");
}

mod told;
