//! What a request says before consent: what it reaches, and whether, how and for how long it can be undone.

use navi_domain::people::Role;
use serde_json::{Value, json};

use crate::app::{Person, TestApp, ask};

/// A command that asks, with what comes beside it.
fn command(line: &str, beside: Value) -> Value {
    let mut context = json!({"command": line, "tool": "Bash", "repo": "shop", "branch": "main"});
    let fields = context.as_object_mut().unwrap();
    fields.extend(beside.as_object().cloned().unwrap_or_default());
    json!({"action_type": "deploy", "context": context})
}

async fn seen(app: &TestApp, ana: &Person<'_>, body: &Value) -> Value {
    let id = ask(app, body).await;
    ana.caller.get(&format!("/approvals/{id}")).await.ok()
}

const SAID: &str = r#"{"truth": "unverified", "why": "later", "strategies": ["git"], "undoes": ["commits"], "leaves": ["the rest"]}"#;

fn said() -> Value {
    json!({"way_back": serde_json::from_str::<Value>(SAID).unwrap()})
}

#[tokio::test]
async fn the_way_back_is_told_with_its_window_and_never_as_proven() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let view = seen(&app, &ana, &command("make release", said())).await;
    let back = &view["way_back"];
    assert_eq!(
        (&back["truth"], &back["by"], &back["because"]),
        (&json!("unverified"), &json!("gate"), &json!("known_after_run")),
        "{back}"
    );
    assert_eq!((&back["strategies"], &back["undoes"]), (&json!(["git"]), &json!(["commits"])));
    assert_eq!(back["window_minutes"], 1_440, "the shipped window of a deployment");
}

#[tokio::test]
async fn a_gate_that_calls_it_verified_is_not_believed() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let view = seen(&app, &ana, &command("make release", json!({"way_back": {"truth": "verified"}}))).await;
    assert_eq!(view["way_back"]["truth"], "unverified");
}

#[tokio::test]
async fn the_organisations_window_is_the_one_that_is_told() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let root = app.token("root", Role::Admin, None).await;
    let minutes = json!({"rollback_minutes": {"deploy": 0}, "version": 0});
    root.send("PUT", "/settings", &minutes).await.ok();
    let view = seen(&app, &ana, &command("make release", said())).await;
    let back = &view["way_back"];
    assert_eq!((&back["truth"], &back["because"]), (&json!("impossible"), &json!("no_window")), "{back}");
    assert_eq!((&back["window_minutes"], &back["undoes"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn what_destroys_or_goes_out_has_no_way_back_whatever_a_gate_says() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    for (line, because) in [
        ("psql -c 'DROP DATABASE shop'", "destroys_data"),
        ("echo done | mail -s release bob@example.com", "cannot_be_called_back"),
    ] {
        let view = seen(&app, &ana, &command(line, said())).await;
        let back = &view["way_back"];
        assert_eq!((&back["truth"], &back["by"]), (&json!("impossible"), &json!("server")), "{line}");
        assert_eq!(back["because"], because, "{line}");
        assert!(back["evidence"][0].as_str().unwrap().starts_with("command: "), "{back}");
    }
}

#[tokio::test]
async fn sql_calls_and_people_outside_stand_in_the_request() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let line = "psql -d shop -c 'UPDATE users SET admin = true' && curl -d a=1 -H 'X-A: 1' https://api.stripe.com/v1/refunds";
    let reach = seen(&app, &ana, &command(line, json!({}))).await["reach"].take();
    assert_eq!(reach["sql"][0]["raw"], "UPDATE users SET admin = true");
    assert_eq!(
        (&reach["sql"][0]["condition"], &reach["sql"][0]["kinds"]),
        (&json!("absent"), &json!(["UPDATE"]))
    );
    assert_eq!(reach["sql"][0]["tables"], json!([{"name": "users", "how": "changes", "rows": "all"}]));
    let call = &reach["http"][0];
    assert_eq!((&call["method"], &call["host"]), (&json!("POST"), &json!("api.stripe.com")), "{call}");
    assert_eq!((&call["headers"], &call["body"]), (&json!(["X-A"]), &json!("form")));
    assert_eq!(
        (&reach["outside"][0]["kind"], &reach["outside"][0]["to"]),
        (&json!("payment"), &json!(["api.stripe.com"]))
    );
    let names: Vec<_> = reach["touched"].as_array().unwrap().iter().map(|t| t["name"].clone()).collect();
    assert_eq!(names, ["shop", "users", "api.stripe.com"]);
}

#[tokio::test]
async fn what_came_beside_is_passed_on_as_its_senders_words_and_changes_no_digest() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    let process = json!({"user": "nova", "host": "build-7", "env": ["HOME", "PATH"]});
    let output = "Plan: 1 to add, 0 to destroy.";
    let beside = json!({"process": process, "plan_output": output, "dry_run": true});
    let view = seen(&app, &ana, &command("terraform apply", beside)).await;
    assert_eq!(view["reach"]["process"], process);
    let told = json!([{"name": "plan_output", "source": "agent", "text": output}]);
    assert_eq!(view["reach"]["dry_runs"], told, "a flag is no output");
    assert!(!view["material"].to_string().contains("build-7"), "{}", view["material"]);

    let args = json!({"action_type": "deploy", "context": {"tool": "apply", "args": {"dry_run": output}}});
    let view = seen(&app, &ana, &args).await;
    assert_eq!(view["reach"]["dry_runs"][0]["source"], "material", "{}", view["reach"]);
}
