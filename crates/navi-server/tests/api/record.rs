//! The record: checkpoints, proofs, bundle; every mutation leaves an entry.

use navi_domain::people::Role;
use navi_ledger::checkpoint::Verifier;
use navi_ledger::{bundle, proof, tree};
use serde_json::{Value, json};

use crate::app::{TestApp, low, medium};

#[tokio::test]
async fn a_checkpoint_proves_every_entry_and_its_own_past() {
    let app = TestApp::new();
    let (agent, auditor) = (app.agent().await, app.token("aud", Role::Auditor, None).await);
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    let note = |v: Value| verifier.open(v.as_str().unwrap()).unwrap();
    agent.evaluate(&low()).await;
    let old = note(auditor.get("/ledger/acme/checkpoint?fresh=true").await.ok());
    agent.evaluate(&medium()).await;
    let new = note(auditor.get("/ledger/acme/checkpoint?fresh=true").await.ok());
    assert!(new.size > old.size);
    let hashes = |v: Value| -> Vec<[u8; 32]> {
        let hex = |h: &Value| hex::decode(h.as_str().unwrap()).unwrap().try_into().unwrap();
        v["hashes"].as_array().unwrap().iter().map(hex).collect()
    };
    let path = format!("/ledger/acme/proof/consistency?old={}&new={}", old.size, new.size);
    let consistent = hashes(auditor.get(&path).await.ok());
    proof::verify_consistency(old.size, &old.root, new.size, &new.root, &consistent).unwrap();
    let entries = auditor.get("/ledger/acme/entries?from=0&limit=100").await.ok();
    for entry in entries["items"].as_array().unwrap() {
        let index = entry["index"].as_u64().unwrap();
        let leaf = tree::leaf_hash(entry["leaf"].as_str().unwrap().as_bytes());
        let path = format!("/ledger/acme/proof/inclusion?index={index}&size={}", new.size);
        let included = hashes(auditor.get(&path).await.ok());
        proof::verify_inclusion(&leaf, index, new.size, &included, &new.root).unwrap();
    }
    auditor.get("/ledger/acme/proof/inclusion?index=0&size=9999").await.refused("invalid");
    auditor.get("/ledger/other/checkpoint").await.refused("not_found");
}

#[tokio::test]
async fn a_bundle_verifies_offline_and_holds_no_name_in_its_leaves() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    ana.approve(&id).await.ok();
    let answer = ana.caller.get("/ledger/acme/bundle").await;
    let text = answer.ok().as_str().unwrap().to_owned();
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    let mut kinds = Vec::new();
    let report = bundle::verify(text.as_bytes(), Some(&verifier), &mut |entry| {
        let leaf = String::from_utf8_lossy(&entry.leaf).into_owned();
        assert!(!leaf.contains("\"ana\"") && !leaf.contains("\"dana\""), "{leaf}");
        kinds.push(serde_json::from_str::<Value>(&leaf).unwrap()["kind"].as_str().unwrap().to_owned());
        Ok(())
    })
    .unwrap();
    assert!(report.pinned);
    assert_eq!(kinds.last().unwrap(), "exported");
    assert_eq!(report.absent, 0);
    let tampered = text.replacen("billing/charge.rs", "billing/change.rs", 1);
    assert!(bundle::verify(tampered.as_bytes(), Some(&verifier), &mut |_| Ok(())).is_err());
}

#[tokio::test]
async fn the_audit_is_filtered_and_paged() {
    let app = TestApp::new();
    let (agent, auditor) = (app.agent().await, app.token("aud", Role::Auditor, None).await);
    for _ in 0..3 {
        agent.evaluate(&low()).await;
    }
    let decisions = auditor.get("/audit?kind=decision&limit=2").await.ok();
    assert_eq!(decisions["items"].as_array().unwrap().len(), 2);
    let next = decisions["next_cursor"].as_str().unwrap();
    let rest = auditor.get(&format!("/audit?kind=decision&limit=2&cursor={next}")).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    let of_dana = auditor.get("/audit?user=dana").await.ok();
    assert!(of_dana["items"].as_array().unwrap().iter().all(|e| e["on_behalf_of"] == "dana"));
    auditor.get("/audit?kind=gossip").await.refused("bad_request");
}

#[tokio::test]
async fn every_mutation_leaves_an_entry() {
    let app = TestApp::new();
    let (admin, agent) = (app.person("root", Role::Admin).await, app.agent().await);
    let mut size = app.kinds().await.len();
    let mut grew = async |what: &str| {
        let now = app.kinds().await.len();
        assert!(now > size, "{what} left no entry");
        size = now;
    };
    let asked = agent.evaluate(&low()).await;
    grew("evaluate").await;
    let execution = agent.redeem(asked["permit"]["id"].as_str().unwrap(), &low(), "nonce-0001").await.ok();
    grew("redeem").await;
    let path = format!("/executions/{}", execution["id"].as_str().unwrap());
    agent.send("PATCH", &path, &json!({"status": "failed", "exit_code": 2})).await.ok();
    grew("finish").await;
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    grew("evaluate").await;
    admin.reject(&id).await.ok();
    grew("vote").await;
    admin.reject(&id).await.refused("already_decided");
    grew("refused vote").await;
    let mut other = medium();
    other["context"]["session_id"] = "s2".into();
    let id = agent.evaluate(&other).await["approval_id"].as_str().unwrap().to_owned();
    grew("evaluate").await;
    agent.send("DELETE", &format!("/approvals/{id}"), &json!({})).await.ok();
    grew("cancel").await;
    admin.caller.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    grew("policy").await;
    admin.caller.send("POST", "/invites", &json!({"user": "kim", "role": "approver"})).await.ok();
    grew("invite").await;
    let kim = app.person("kim", Role::Approver).await;
    grew("enrolment").await;
    let token = admin.caller.send("POST", "/tokens", &json!({"user": "kim", "role": "agent"})).await.ok();
    grew("token").await;
    admin.caller.send("DELETE", &format!("/tokens/{}", token["id"].as_str().unwrap()), &json!({})).await.ok();
    grew("token revoked").await;
    let second = app.device("kim", Role::Approver, "terminal", false, false).await.unwrap();
    grew("enrolment").await;
    kim.caller.send("POST", &format!("/devices/{}/confirm", second.device_id), &json!({})).await.ok();
    grew("confirmation").await;
    admin.caller.send("DELETE", &format!("/devices/{}", second.device_id), &json!({})).await.ok();
    grew("device revoked").await;
    admin.caller.get("/ledger/acme/bundle").await.ok();
    grew("export").await;
}

#[tokio::test]
async fn recent_failures_raise_the_risk_of_a_repository() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let mut ask = low();
    ask["context"]["repo"] = "web".into();
    let before = agent.evaluate(&ask).await;
    let execution = agent.redeem(before["permit"]["id"].as_str().unwrap(), &ask, "nonce-0001").await.ok();
    let path = format!("/executions/{}", execution["id"].as_str().unwrap());
    agent.send("PATCH", &path, &json!({"status": "failed", "exit_code": 1})).await.ok();
    let after = agent.evaluate(&ask).await;
    assert_eq!(before["risk_score"], 0.05);
    assert_eq!(after["risk_score"], 0.2);
    app.pass(25 * 3600);
    assert_eq!(agent.evaluate(&ask).await["risk_score"], 0.05);
}

#[tokio::test]
async fn who_is_turned_away_is_recorded_without_filling_the_ledger() {
    let app = TestApp::new();
    let (admin, agent) = (app.person("root", Role::Admin).await, app.agent().await);
    for n in 0..200 {
        app.call("GET", "/api/governance/audit", Some(&format!("nvt_guess_{n}")), "", &[]).await;
        agent.get("/audit").await.refused("forbidden");
    }
    let token = admin.caller.send("POST", "/tokens", &json!({"user": "kim", "role": "agent"})).await.ok();
    admin.caller.send("DELETE", &format!("/tokens/{}", token["id"].as_str().unwrap()), &json!({})).await.ok();
    let revoked = crate::app::Caller { app: &app, secret: token["token"].as_str().unwrap().into() };
    revoked.get("/approvals").await.refused("unauthenticated");
    app.enroll("nvi_nonsense", "eve", "desktop", false, false).await.refused("invite_unusable");
    let before = app.kinds().await.len();
    navi_server::refusals::record(&app.app).await.unwrap();
    let failed = app.payloads("login_failed").await;
    let whys: Vec<(&str, u64)> =
        failed.iter().map(|p| (p["why"].as_str().unwrap(), p["times"].as_u64().unwrap())).collect();
    assert!(whys.contains(&("there is no such credential", 200)), "{whys:?}");
    assert!(whys.contains(&("the credential was revoked", 1)), "{whys:?}");
    assert!(whys.contains(&("There is no such invite.", 1)), "{whys:?}");
    let refused = app.payloads("request_refused").await;
    assert_eq!((&refused[0]["times"], &refused[0]["actor"]), (&json!(200), &json!("nova")));
    assert_eq!(app.kinds().await.len(), before + 4);
    navi_server::refusals::record(&app.app).await.unwrap();
    assert_eq!(app.kinds().await.len(), before + 4);
    let shown = admin.caller.get("/audit?kind=request_refused").await.ok();
    assert_eq!(shown["items"][0]["subject"], "list_audit");
}

#[tokio::test]
async fn every_entry_of_an_action_names_digest_policy_and_what_it_rests_on() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let asked = agent.evaluate(&medium()).await;
    let id = asked["approval_id"].as_str().unwrap();
    ana.approve(id).await.ok();
    let permit =
        agent.get(&format!("/approvals/{id}")).await.ok()["permit"]["id"].as_str().unwrap().to_owned();
    let run = agent.redeem(&permit, &medium(), "nonce-0001").await.ok();
    agent.redeem(&permit, &medium(), "nonce-0002").await.refused("already_redeemed");
    let path = format!("/executions/{}", run["id"].as_str().unwrap());
    agent.send("PATCH", &path, &json!({"status": "succeeded"})).await.ok();
    let auditor = app.token("aud", Role::Auditor, None).await;
    let trail = auditor.get(&format!("/audit/{}", asked["action_id"].as_str().unwrap())).await.ok();
    let entries = trail["entries"].as_array().unwrap();
    let kinds: Vec<&str> = entries.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    let whole = [
        "decision",
        "approval_requested",
        "vote_cast",
        "approval_approved",
        "permit_issued",
        "execution_started",
        "redeem_refused",
        "execution_finished",
    ];
    assert_eq!(kinds, whole);
    let digest = &entries[0]["links"]["digest"];
    for entry in entries {
        let (kind, links) = (entry["kind"].as_str().unwrap(), &entry["links"]);
        assert_eq!(&links["digest"], digest, "{kind}");
        assert_eq!(links["policy_hash"].as_str().map(str::len), Some(64), "{kind}");
        let by = if entry["actor"] == "ana" { &Value::Null } else { &json!("dana") };
        assert_eq!(&entry["on_behalf_of"], by, "{kind}");
        let by_hand = ["vote_cast", "approval_approved", "permit_issued"].contains(&kind);
        assert_eq!(links["device_id"].is_string(), by_hand, "{kind}: whose signature it rests on");
        if kind != "decision" {
            assert_eq!(links["action_id"], asked["action_id"], "{kind}");
        }
    }
}

#[tokio::test]
async fn a_vote_that_its_device_did_not_sign_is_recorded_as_a_failed_login() {
    let app = TestApp::new();
    let (agent, ana) = (app.agent().await, app.person("ana", Role::Approver).await);
    let id = agent.evaluate(&medium()).await["approval_id"].as_str().unwrap().to_owned();
    let view = ana.view(&id).await;
    let mut vote = ana.sign(&view, navi_domain::vote::VoteVerdict::Approve, &ana.step_up);
    vote["signature"] = json!(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [7; 64]));
    ana.caller.send("POST", &format!("/approvals/{id}"), &vote).await.refused("invalid_vote");
    navi_server::refusals::record(&app.app).await.unwrap();
    let failed = app.payloads("login_failed").await;
    assert_eq!((&failed[0]["actor"], &failed[0]["times"]), (&json!("ana"), &json!(1)));
}
