//! Consoles are witnesses: what they cosign is kept, shown, counted and never goes back.

use navi_domain::SECOND;
use navi_domain::people::Role;
use navi_ledger::bundle;
use navi_ledger::checkpoint::{Verifier, signature_lines};
use navi_ledger::cosignature::Cosigner;
use navi_ledger::tlog_proof::TlogProof;
use navi_ledger::tree;
use serde_json::{Value, json};

use crate::app::{Answer, Person, TestApp, low};

const COSIGNATURE: &str = "/ledger/acme/cosignature";

fn key(name: &str, seed: u8) -> Cosigner {
    Cosigner::from_seed(name, [seed; 32]).unwrap()
}

fn own(person: &Person<'_>, seed: u8) -> Cosigner {
    key(&format!("{}/0011aabb", person.device_id), seed)
}

async fn note(person: &Person<'_>, query: &str) -> String {
    person.caller.get(&format!("/ledger/acme/checkpoint{query}")).await.ok().as_str().unwrap().to_owned()
}

fn size(note: &str) -> u64 {
    note.lines().nth(1).unwrap().parse().unwrap()
}

fn now(app: &TestApp) -> u64 {
    u64::try_from(app.app.store.now() / SECOND).unwrap()
}

async fn post(person: &Person<'_>, key: &Cosigner, note: &str, at_secs: u64) -> Answer {
    let line = key.cosign(note, at_secs).unwrap();
    let body = json!({"vkey": key.witness().vkey(), "size": size(note), "line": line});
    person.caller.send("POST", COSIGNATURE, &body).await
}

#[tokio::test]
async fn what_consoles_cosign_is_shown_and_counted() {
    let app = TestApp::new();
    let (ana, ben) = (app.person("ana", Role::Approver).await, app.person("ben", Role::Approver).await);
    let (a, b) = (own(&ana, 1), own(&ben, 2));
    let first = note(&ana, "?fresh=true").await;
    let before = app.kinds().await.len();
    assert_eq!(post(&ana, &a, &first, now(&app)).await.ok()["cosignatures"], 1);
    assert_eq!(post(&ana, &a, &first, now(&app)).await.ok()["cosignatures"], 1, "again is harmless");
    ana.caller.get("/ledger/acme/checkpoint?cosigned=2").await.refused("not_found");
    assert_eq!(post(&ben, &b, &first, now(&app)).await.ok()["cosignatures"], 2);
    assert_eq!(app.kinds().await[before..], ["witness_joined", "witness_joined"], "only joining is an event");

    let shown = note(&ana, "?cosigned=2").await;
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    assert_eq!(verifier.open(&shown).unwrap(), verifier.open(&first).unwrap());
    assert_eq!(signature_lines(&shown).unwrap().len(), 3);
    for cosigner in [&a, &b] {
        assert_eq!(cosigner.witness().cosigned_at(&shown).unwrap(), Some(now(&app)));
    }

    app.agent().await.evaluate(&low()).await;
    app.pass(2);
    let second = note(&ana, "").await;
    assert!(size(&second) > size(&first));
    assert_eq!(signature_lines(&second).unwrap().len(), 1, "nobody cosigned that one yet");
    post(&ana, &a, &second, now(&app)).await.ok();
    assert_eq!(size(&note(&ana, "?cosigned=1").await), size(&second));
    assert_eq!(size(&note(&ana, "?cosigned=2").await), size(&first));
    post(&ana, &a, &first, now(&app)).await.refused("version_conflict");

    let witnesses = ana.caller.get("/ledger/acme/witnesses").await.ok();
    let known: Vec<_> =
        witnesses.as_array().unwrap().iter().map(|w| (&w["device_id"], &w["last_size"])).collect();
    assert_eq!(
        known,
        [(&json!(ana.device_id), &json!(size(&second))), (&json!(ben.device_id), &json!(size(&first)))]
    );
}

#[tokio::test]
async fn what_does_not_hold_is_refused_and_leaves_nothing() {
    let app = TestApp::new();
    let (ana, ben) = (app.person("ana", Role::Approver).await, app.person("ben", Role::Approver).await);
    let auditor = app.token("aud", Role::Auditor, None).await;
    let (a, b) = (own(&ana, 1), own(&ben, 2));
    let note = note(&ana, "?fresh=true").await;
    let (at, before) = (now(&app), app.kinds().await);
    post(&ana, &b, &note, at).await.refused("invalid");
    post(&ana, &key("somebody", 1), &note, at).await.refused("invalid");
    post(&ana, &key(&format!("{}x", ana.device_id), 1), &note, at).await.refused("invalid");
    post(&ana, &a, &note, at + 700).await.refused("invalid");
    post(&ana, &a, &note, at - 700).await.refused("invalid");
    post(&ana, &a, &note, u64::MAX).await.refused("invalid");
    let good = json!({"vkey": a.witness().vkey(), "size": size(&note), "line": a.cosign(&note, at).unwrap()});
    let bad = |change: fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body
    };
    let refused =
        async |body: Value, code: &str| ana.caller.send("POST", COSIGNATURE, &body).await.refused(code);
    refused(bad(|b| b["size"] = 9999.into()), "not_found").await;
    refused(bad(|b| b["line"] = "x".into()), "invalid").await;
    refused(bad(|b| b["line"] = "".into()), "invalid").await;
    refused(bad(|b| b["line"] = format!("{}\n", b["line"].as_str().unwrap()).into()), "invalid").await;
    refused(bad(|b| b["vkey"] = "x".into()), "invalid").await;
    auditor.send("POST", COSIGNATURE, &good).await.refused("forbidden");
    let other = a.cosign(&note.replacen("test\n", "tost\n", 1), at).unwrap();
    let other = json!({"vkey": a.witness().vkey(), "size": size(&note), "line": other});
    ana.caller.send("POST", COSIGNATURE, &other).await.refused("invalid");
    assert_eq!(app.kinds().await, before);
    assert_eq!(ana.caller.get("/ledger/acme/witnesses").await.ok(), json!([]));
    ana.caller.send("POST", COSIGNATURE, &good).await.ok();
}

#[tokio::test]
async fn an_entrys_proof_is_a_file_that_needs_no_server() {
    let app = TestApp::new();
    let ana = app.person("ana", Role::Approver).await;
    app.agent().await.evaluate(&low()).await;
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    let entries = app.app.store.entries(0, 100).await.unwrap();
    for entry in &entries {
        let path = format!("/ledger/acme/entries/{}/proof", entry.index);
        let text = ana.caller.get(&path).await.ok().as_str().unwrap().to_owned();
        let proof = TlogProof::parse(&text).unwrap();
        proof.verify(&tree::leaf_hash(&entry.leaf), &verifier).unwrap();
        assert!(proof.verify(&tree::leaf_hash(b"another"), &verifier).is_err());
    }
    ana.caller.get(&format!("/ledger/acme/entries/{}/proof", entries.len())).await.refused("not_found");
    ana.caller.get("/ledger/acme/entries/last/proof").await.refused("not_found");
}

#[tokio::test]
async fn the_organisation_says_how_many_witnesses_it_wants() {
    let app = TestApp::new();
    let admin = app.person("root", Role::Admin).await;
    assert_eq!(admin.caller.get("/session").await.ok()["cosignatures_required"], 0);
    admin.caller.send("PUT", "/settings", &json!({"cosignatures_required": 10})).await.refused("invalid");
    admin.caller.send("PUT", "/settings", &json!({"cosignatures_required": 2})).await.ok();
    assert_eq!(admin.caller.get("/session").await.ok()["cosignatures_required"], 2);
}

#[tokio::test]
async fn a_bundle_carries_what_witnesses_cosigned() {
    let app = TestApp::new();
    let (ana, ben) = (app.person("ana", Role::Approver).await, app.person("ben", Role::Approver).await);
    let (a, b) = (own(&ana, 1), own(&ben, 2));
    let first = note(&ana, "?fresh=true").await;
    post(&ana, &a, &first, now(&app)).await.ok();
    let text = ana.caller.get("/ledger/acme/bundle").await.ok().as_str().unwrap().to_owned();
    let verifier = Verifier::from_vkey(&app.app.notary.vkey()).unwrap();
    let report = bundle::verify(text.as_bytes(), Some(&verifier), &mut |_| Ok(())).unwrap();
    assert!(report.size > size(&first));
    let covered = report.notes.covered_by(a.witness(), report.size).unwrap();
    assert_eq!(covered, Some((size(&first), now(&app))));
    assert_eq!(report.notes.covered_by(b.witness(), report.size).unwrap(), None);
}
