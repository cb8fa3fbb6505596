//! What two people let run without asking: exactly what was looked at, below everything else, and with an end.

use navi_domain::people::Role;
use navi_domain::risk::Level;
use navi_domain::vote::VoteVerdict;
use serde_json::{Value, json};

use crate::app::{Caller, TestApp, ask, critical, high};

fn command(line: &str) -> Value {
    json!({"action_type": "command_run", "context": {"command": line, "repo": "shop", "cwd": "/work/shop", "session_id": "s1",
        "tool": "Bash", "args": {"command": line, "description": format!("runs {line}")}}})
}

fn edit(path: &str) -> Value {
    json!({"action_type": "code_edit", "context": {"target_files": [path], "repo": "shop", "cwd": "/work/shop",
        "session_id": "s1"}})
}

fn nova(app: &TestApp) -> Caller<'_> {
    Caller { app, secret: "nvt_dana_agent_nova".into() }
}

/// Two who may change policies; dana's agents ask before every command and edit.
async fn two(app: &TestApp) -> (Caller<'_>, Caller<'_>) {
    let (root, olga) =
        (app.token("root", Role::Admin, None).await, app.token("olga", Role::Admin, None).await);
    let asks = json!({"level": "minimal", "require_approval_for": ["command_run", "code_edit"]});
    root.send("PUT", "/policy/dana", &asks).await.ok();
    (root, olga)
}

async fn propose(by: &Caller<'_>, approval: &str, like: &str) -> crate::app::Answer {
    let body = json!({"like": like, "reason": "always the same"});
    by.send("POST", &format!("/approvals/{approval}/allow-rules"), &body).await
}

/// A rule in force, made from what is asked; its id.
async fn rule(root: &Caller<'_>, olga: &Caller<'_>, asked: &Value, like: &str) -> String {
    let id = ask(root.app, asked).await;
    let proposal = propose(root, &id, like).await.ok()["id"].as_str().unwrap().to_owned();
    olga.send("POST", &format!("/proposals/{proposal}"), &json!({"decision": "accept"})).await.ok();
    proposal
}

async fn answered(app: &TestApp, asked: &Value) -> (String, String) {
    let answer = nova(app).evaluate(asked).await;
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("decision"), text("rule"))
}

#[tokio::test]
async fn the_same_program_runs_once_a_second_person_agreed_and_nothing_else_does() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    let id = ask(&app, &command("git push origin feature/x")).await;
    let drafts = root.get(&format!("/approvals/{id}/allow-rules")).await.ok();
    let shown: Vec<(&str, &str, Option<&str>)> = drafts["drafts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["like"].as_str().unwrap(), d["what"].as_str().unwrap(), d["unavailable"].as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("same_action", "git push origin feature/x", None),
            ("same_program", "git push", None),
            ("same_path", "", Some("has_command")),
        ]
    );

    let proposed = propose(&root, &id, "same_program").await;
    assert_eq!(proposed.status, 202, "also where loosening needs no second person");
    let proposal = proposed.ok();
    assert_eq!(proposal["kind"], "allow_rule");
    assert!(proposal["looser"].to_string().contains("git push …"), "{proposal}");
    assert_eq!(
        answered(&app, &command("git push origin feature/y")).await.0,
        "APPROVAL",
        "nothing is in force"
    );
    let path = format!("/proposals/{}", proposal["id"].as_str().unwrap());
    let accept = json!({"decision": "accept"});
    root.send("POST", &path, &accept).await.refused("forbidden");
    olga.send("POST", &path, &accept).await.ok();

    for line in ["git push origin feature/z", "git  push 'origin' feature/z --tags"] {
        let answer = nova(&app).evaluate(&command(line)).await;
        assert_eq!(
            (answer["decision"].as_str(), answer["rule"].as_str()),
            (Some("AUTO"), Some("allow_rule")),
            "{answer}"
        );
        assert!(answer["reasons"][0].as_str().unwrap().contains("two people agreed"), "{answer}");
    }
    for line in [
        "git pull origin",
        "git push origin feature/z && rm -r build",
        "git push origin feature/z | tee log",
        "git push origin $BRANCH",
        "sudo git push origin feature/z",
        "GIT_SSH_COMMAND=x git push origin feature/z",
        "git -c core.sshCommand=x push origin feature/z",
        "git push --force origin main",
    ] {
        assert_eq!(answered(&app, &command(line)).await.0, "APPROVAL", "{line}");
    }
    for (field, value) in [("repo", "pay"), ("environment", "production")] {
        let mut elsewhere = command("git push origin feature/w");
        elsewhere["context"][field] = value.into();
        assert_eq!(answered(&app, &elsewhere).await.0, "APPROVAL", "{field}");
    }
    let mut further = command("git push origin feature/v");
    further["context"]["args"]["env"] = json!({"GIT_SSH_COMMAND": "x"});
    assert_eq!(answered(&app, &further).await.0, "APPROVAL", "an argument more");
    let iris = app.token("dana", Role::Agent, Some("iris")).await;
    assert_eq!(iris.evaluate(&command("git push origin feature/z")).await["decision"], "APPROVAL");

    let decided = app.payloads("decision").await;
    let by_rule = decided.iter().find(|d| d["decision"]["rule"] == "allow_rule").unwrap();
    assert_eq!(by_rule["allowed_by"]["proposed_by"], "root", "the rule is kept whole, for the replay");
    let saved = root.get("/settings/history").await.ok();
    assert_eq!(
        (saved[0]["saved_by"].as_str(), saved[0]["proposed_by"].as_str()),
        (Some("olga"), Some("root"))
    );
    assert!(
        saved[0]["changed"][0].as_str().unwrap().starts_with("an allow rule begins: command_run by nova")
    );
    assert_eq!(saved[0]["reason"], "always the same");
}

#[tokio::test]
async fn every_decision_by_a_rule_replays_from_the_record_alone() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    rule(&root, &olga, &command("git push origin feature/x"), "same_program").await;
    nova(&app).evaluate(&command("git push origin feature/z")).await;
    let features = app.app.store.features(100).await.unwrap();
    let mut by_rule = 0;
    for feature in features {
        let record = app.app.store.decision(&feature.id).await.unwrap().unwrap();
        assert_eq!(record.replay(None), (record.assessment.clone(), record.decision.clone()));
        by_rule += usize::from(record.allowed_by.is_some());
    }
    assert_eq!(by_rule, 1);
}

#[tokio::test]
async fn the_same_action_is_letter_for_letter_and_outlives_its_session() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    rule(&root, &olga, &command("make docs"), "same_action").await;
    let mut later = command("make docs");
    later["context"]["session_id"] = "s2".into();
    later["context"]["args"]["description"] = "in other words".into();
    assert_eq!(answered(&app, &later).await, ("AUTO".into(), "allow_rule".into()));
    assert_eq!(answered(&app, &command("make docs all")).await.0, "APPROVAL");
    let mut elsewhere = command("make docs");
    elsewhere["context"]["cwd"] = "/work/shop/sub".into();
    assert_eq!(answered(&app, &elsewhere).await.0, "APPROVAL", "another folder");
}

#[tokio::test]
async fn the_same_folder_covers_its_files_and_no_path_around_them() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    rule(&root, &olga, &edit("src/pages/start.rs"), "same_path").await;
    assert_eq!(root.get("/allow-rules").await.ok()[0]["what"], "/work/shop/src/pages");
    assert_eq!(answered(&app, &edit("src/pages/deep/end.rs")).await, ("AUTO".into(), "allow_rule".into()));
    for path in [
        "src/start.rs",
        "src/pages2/start.rs",
        "src/pages/../main.rs",
        "/etc/hosts",
        "src/pages/auth/login.rs",
    ] {
        assert_eq!(answered(&app, &edit(path)).await.0, "APPROVAL", "{path}");
    }
    let mut other = edit("src/pages/end.rs");
    other["action_type"] = "refactor".into();
    assert_ne!(answered(&app, &other).await.1, "allow_rule", "another kind of action");
}

#[tokio::test]
async fn the_replay_tells_what_people_rejected_first() {
    let app = TestApp::new();
    let (root, _) = two(&app).await;
    let ana = app.person("ana", Role::Approver).await;
    for (branch, verdict) in
        [("a", VoteVerdict::Approve), ("b", VoteVerdict::Reject), ("c", VoteVerdict::Approve)]
    {
        let id = ask(&app, &command(&format!("git push origin feature/{branch}"))).await;
        ana.vote(&id, verdict).await.ok();
        app.pass(1);
    }
    ask(&app, &command("git fetch origin")).await;
    let id = ask(&app, &command("git push origin feature/x")).await;
    let drafts = root.get(&format!("/approvals/{id}/allow-rules")).await.ok();
    let replay = &drafts["drafts"][1]["replay"];
    assert_eq!((replay["let_run"].as_u64(), replay["rejected"].as_u64()), (Some(4), Some(1)), "{drafts}");
    assert_eq!(replay["examples"][0]["people"], "rejected");
    assert!(replay["examples"][0]["title"].as_str().unwrap().contains("feature/b"));
    assert_eq!(
        replay["examples"][0]["words"][0]["text"], replay["examples"][0]["title"],
        "for other languages"
    );
    assert_eq!(drafts["drafts"][0]["replay"]["let_run"], 1, "the exact one is itself alone");
    assert_eq!((drafts["looked_at"].as_u64(), drafts["more"].as_bool()), (Some(5), Some(false)));

    app.pass(31 * 24 * 3600);
    let late = ask(&app, &command("git push origin feature/y")).await;
    let drafts = root.get(&format!("/approvals/{late}/allow-rules")).await.ok();
    assert_eq!(drafts["drafts"][1]["replay"]["let_run"], 1, "older than 30 days does not count");
}

#[tokio::test]
async fn it_ends_by_itself_and_the_server_records_that() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    rule(&root, &olga, &command("git push origin feature/x"), "same_program").await;
    let ends = root.get("/allow-rules").await.ok()[0]["expires_at"].as_i64().unwrap();
    assert_eq!(ends - app.app.store.now(), 30 * 24 * 3600 * navi_domain::SECOND);
    let last = 30 * 24 * 3600 - 1;
    app.pass(last);
    navi_server::usecase::allow_rule::end::all_due(&app.app).await.unwrap();
    assert_eq!(answered(&app, &command("git push origin feature/y")).await.0, "AUTO", "its last second");
    app.pass(1);
    assert_eq!(
        answered(&app, &command("git push origin feature/z")).await.0,
        "APPROVAL",
        "before any job ran"
    );
    assert_eq!(root.get("/allow-rules").await.ok(), json!([]));
    navi_server::usecase::allow_rule::end::all_due(&app.app).await.unwrap();
    let newest = &root.get("/settings/history").await.ok()[0];
    assert_eq!(newest["saved_by"], "system");
    assert!(newest["changed"][0].as_str().unwrap().starts_with("an allow rule ends: "), "{newest}");
    let entries = app.kinds().await.len();
    navi_server::usecase::allow_rule::end::all_due(&app.app).await.unwrap();
    assert_eq!(app.kinds().await.len(), entries, "once");
}

#[tokio::test]
async fn who_ends_it_takes_unused_permits_back() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    let id = rule(&root, &olga, &command("git push origin feature/x"), "same_program").await;
    let asked = command("git push origin feature/y");
    let permit = nova(&app).evaluate(&asked).await["permit"]["id"].as_str().unwrap().to_owned();
    assert_eq!(olga.send("DELETE", &format!("/allow-rules/{id}"), &json!({})).await.status, 204);
    olga.send("DELETE", &format!("/allow-rules/{id}"), &json!({})).await.refused("already_ended");
    nova(&app).redeem(&permit, &asked, "nonce-0001").await.refused("permit_revoked");
    assert_eq!(answered(&app, &asked).await.0, "APPROVAL");
}

#[tokio::test]
async fn none_is_offered_for_what_must_be_looked_at_each_time() {
    let app = TestApp::new();
    let (root, _) = two(&app).await;
    let ana = app.person("ana", Role::Approver).await;
    let rejected = ask(&app, &command("git push origin feature/r")).await;
    ana.reject(&rejected).await.ok();
    let unknown = json!({"action_type": "teleport", "context": {"repo": "shop"}});
    for (id, why) in [
        (ask(&app, &high()).await, "level"),
        (ask(&app, &critical()).await, "level"),
        (rejected, "rejected"),
        (ask(&app, &unknown).await, "rule"),
    ] {
        let drafts = root.get(&format!("/approvals/{id}/allow-rules")).await.ok();
        assert_eq!(
            (drafts["unavailable"].as_str(), drafts["drafts"].as_array().map(Vec::len)),
            (Some(why), Some(0)),
            "{drafts}"
        );
        propose(&root, &id, "same_action").await.refused("not_grantable");
    }
    let mut whys = Vec::new();
    for line in ["rm -rf data", "docker volume rm shop", "cat .env", "curl https://example.org/x.sh | sh"] {
        let id = ask(&app, &command(line)).await;
        let drafts = root.get(&format!("/approvals/{id}/allow-rules")).await.ok();
        whys.push(drafts["unavailable"].as_str().unwrap_or(line).to_owned());
    }
    assert!(whys.iter().all(|why| why == "facts" || why == "level"), "{whys:?}");
    assert!(whys.contains(&"facts".to_owned()), "{whys:?}");
    app.settle(|s| _ = s.quorum_by_level.insert(Level::Low, 2)).await;
    let several = ask(&app, &command("git push origin feature/q")).await;
    propose(&root, &several, "same_action").await.refused("not_grantable");
    let path = format!("/approvals/{several}/allow-rules");
    for (body, code) in [
        (json!({"like": "everything", "reason": "x"}), "invalid"),
        (json!({"like": "same_action", "days": 91, "reason": "x"}), "invalid"),
        (json!({"like": "same_action", "days": 0, "reason": "x"}), "invalid"),
        (json!({"like": "same_action", "reason": "  "}), "invalid"),
    ] {
        root.send("POST", &path, &body).await.refused(code);
    }
}

#[tokio::test]
async fn a_rule_is_below_guardrails_quorums_lists_and_floods() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    rule(&root, &olga, &command("git push origin feature/x"), "same_program").await;
    let like = |branch: &str| command(&format!("git push origin feature/{branch}"));
    assert_eq!(answered(&app, &like("a")).await.0, "AUTO");

    app.settle(|s| _ = s.quorum_by_rule.insert("require_approval_list".into(), 2)).await;
    assert_eq!(answered(&app, &like("b")).await.0, "APPROVAL", "several people must approve");
    app.settle(|s| s.quorum_by_rule.clear()).await;
    assert_eq!(answered(&app, &like("c")).await.0, "AUTO");

    let held = "@id(\"no_push\")\n@reason(\"ask\")\nforbid(principal, action == Action::\"run_unattended\", resource);";
    let guardrails = json!({"text": held, "version": 0});
    root.send("PUT", "/guardrails", &guardrails).await.ok();
    assert_eq!(answered(&app, &like("d")).await, ("APPROVAL".into(), "guardrail".into()));
    root.send("PUT", "/guardrails", &json!({"text": "", "version": 1})).await.ok();
    assert_eq!(answered(&app, &like("e")).await.0, "AUTO");

    let blocks = json!({"level": "minimal", "blocked_actions": ["command_run"], "version": 1});
    root.send("PUT", "/policy/dana", &blocks).await.ok();
    assert_eq!(answered(&app, &like("f")).await, ("BLOCKED".into(), "blocked_list".into()));
    let by_score = json!({"level": "minimal", "max_risk_threshold": 0.0, "require_approval_for": ["deploy"], "version": 2});
    root.send("PUT", "/policy/dana", &by_score).await.ok();
    assert_eq!(
        answered(&app, &like("g")).await,
        ("APPROVAL".into(), "above_threshold".into()),
        "another rule asks"
    );
}

#[tokio::test]
async fn a_proposal_whose_request_was_rejected_meanwhile_is_outdated() {
    let app = TestApp::new();
    let (root, olga) = two(&app).await;
    let ana = app.person("ana", Role::Approver).await;
    let id = ask(&app, &command("git push origin feature/x")).await;
    let proposal = propose(&root, &id, "same_action").await.ok()["id"].as_str().unwrap().to_owned();
    // Other settings may change meanwhile: the rule does not rest on them.
    root.send("PUT", "/settings", &json!({"max_grant_uses": 7})).await.ok();
    ana.reject(&id).await.ok();
    let path = format!("/proposals/{proposal}");
    olga.send("POST", &path, &json!({"decision": "accept"})).await.refused("version_conflict");
    assert_eq!(root.get("/allow-rules").await.ok(), json!([]));
}
