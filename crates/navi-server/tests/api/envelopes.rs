//! Sealed envelopes: who may hold one, what a gate hears, and what it brings back — in order, once, or reported.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use navi_domain::envelope::contact::{Contact, GateHead};
use navi_domain::envelope::gate::{enrolment_bytes, gate_id};
use navi_domain::envelope::spool::{Happened, Head, RunEnd, SpoolRecord, Spooled};
use navi_domain::envelope::{Opening, sha256};
use navi_domain::people::Role;
use navi_domain::{MINUTE, evidence};
use serde_json::{Value, json};

use crate::app::{Answer, Caller, Person, TestApp, low};

/// A gate with its own key and what it recorded.
struct Gate<'a> {
    caller: Caller<'a>,
    key: SigningKey,
    id: String,
    records: Vec<Spooled>,
    head: Head,
}

impl<'a> Gate<'a> {
    async fn known(caller: Caller<'a>, seed: u8) -> Self {
        let key = SigningKey::from_bytes(&[seed; 32]);
        let public = hex::encode(key.verifying_key().to_bytes());
        let proof = hex::encode(key.sign(&enrolment_bytes(&public, "laptop")).to_bytes());
        let body = json!({"key": public, "name": "laptop", "proof": proof});
        let view = caller.send("POST", "/gates", &body).await.ok();
        assert_eq!(view["id"], gate_id(&public));
        assert_eq!(caller.send("POST", "/gates", &body).await.ok(), view, "once is enough");
        Self { caller, key, id: gate_id(&public), records: Vec::new(), head: Head::default() }
    }

    fn says(&self, happened: Happened, envelope: &str, at: i64, material: Option<Value>) -> Spooled {
        let record = SpoolRecord {
            gate_id: self.id.clone(),
            seq: self.head.size,
            prev: self.head.hash.clone(),
            envelope_id: envelope.into(),
            at,
            happened,
        };
        let signature = hex::encode(self.key.sign(&record.bytes().unwrap()).to_bytes());
        Spooled { record, signature, material }
    }

    /// Records without any check, as a lying gate would.
    fn add(&mut self, spooled: Spooled) {
        let bytes = spooled.record.bytes().unwrap();
        self.head.size += 1;
        self.head.hash = sha256(&bytes);
        self.records.push(spooled);
    }

    fn opens(&mut self, envelope: &Value, by: &Person<'_>, at: i64) {
        let bytes = STANDARD.decode(envelope["envelope"].as_str().unwrap()).unwrap();
        let opening = Opening {
            envelope_sha256: sha256(&bytes),
            gate_id: self.id.clone(),
            nonce: "0badcafe".into(),
            incident: "INC-7".into(),
            reason: "the shop takes no orders since noon".into(),
        };
        let signature = hex::encode(by.step_up.sign(&opening.bytes().unwrap()));
        let happened = Happened::Opened { ends_at: at + 15 * MINUTE, opening, signature };
        let spooled = self.says(happened, envelope["id"].as_str().unwrap(), at, None);
        self.add(spooled);
    }

    fn runs(&mut self, envelope: &Value, repo: &str, at: i64) {
        let material = json!({
            "v": 1, "org": "acme", "agent": "nova", "on_behalf_of": "dana", "action_type": "command_run",
            "command": "make release", "repo": repo, "target_state": {"none": "not a git work tree"},
            "salt": "00112233445566778899aabbccddeeff",
        });
        let digest = navi_domain::canonical::digest_of_material(&material).unwrap();
        let id = envelope["id"].as_str().unwrap();
        let spooled = self.says(Happened::Ran { digest }, id, at, Some(material));
        self.add(spooled);
    }

    fn ends(&mut self, envelope: &Value, at: i64) {
        let happened =
            Happened::Finished { ran: self.head.size - 1, status: RunEnd::Succeeded, exit_code: Some(0) };
        let spooled = self.says(happened, envelope["id"].as_str().unwrap(), at, None);
        self.add(spooled);
    }

    async fn contact_with(&self, from: u64, records: &[Spooled]) -> Answer {
        let (size, hash) = (self.head.size, self.head.hash.clone());
        let head = GateHead { gate_id: self.id.clone(), size, hash: hash.clone(), at: 1 };
        let signature = hex::encode(self.key.sign(&head.bytes().unwrap()).to_bytes());
        let body = json!({
            "size": size, "hash": hash, "at": 1, "signature": signature, "from": from, "records": records,
        });
        self.caller.send("POST", &format!("/gates/{}/contact", self.id), &body).await
    }

    async fn contact(&self) -> Value {
        self.contact_with(0, &self.records).await.ok()
    }
}

/// A server, a gate of dana's nova, and ana and bo on call.
struct Scene<'a> {
    app: &'a TestApp,
    gate: Gate<'a>,
    ana: Person<'a>,
    bo: Person<'a>,
}

impl<'a> Scene<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let gate = Gate::known(app.agent().await, 1).await;
        let ana = app.person("ana", Role::Oncall).await;
        let bo = app.person("bo", Role::Oncall).await;
        Self { app, gate, ana, bo }
    }

    fn wish(&self) -> Value {
        json!({"gate_id": self.gate.id, "holder": "ana", "scope": "repo", "name": "shop", "minutes": 15, "hours": 24})
    }

    /// Bo hands ana one.
    async fn issue(&self) -> Value {
        self.bo.caller.send("POST", "/envelopes", &self.wish()).await.ok()
    }

    fn now(&self) -> i64 {
        self.app.app.store.now()
    }
}

fn heard(view: &Value) -> Contact {
    let bytes = STANDARD.decode(view["contact"].as_str().unwrap()).unwrap();
    let signature = hex::decode(view["signature"].as_str().unwrap()).unwrap();
    assert!(evidence::verifies(view["server_key"].as_str().unwrap(), &bytes, &signature));
    Contact::parse(&bytes).unwrap()
}

#[tokio::test]
async fn one_is_for_somebody_on_call_from_somebody_else_and_within_limits() {
    let app = TestApp::new();
    let scene = Scene::new(&app).await;
    let cy = app.person("cy", Role::Approver).await;
    app.device("eve", Role::Oncall, "desktop", true, true).await.unwrap();
    let with = async |by: &Person<'_>, change: Value| {
        let mut wish = scene.wish();
        for (name, value) in change.as_object().unwrap() {
            wish[name] = value.clone();
        }
        by.caller.send("POST", "/envelopes", &wish).await
    };
    with(&scene.ana, json!({})).await.refused("forbidden");
    with(&cy, json!({})).await.refused("forbidden");
    with(&scene.bo, json!({"holder": "cy"})).await.refused("forbidden");
    with(&scene.bo, json!({"holder": "eve"})).await.refused("forbidden");
    with(&scene.bo, json!({"device_id": scene.bo.device_id})).await.refused("forbidden");
    with(&scene.bo, json!({"holder": "nobody"})).await.refused("not_found");
    with(&scene.bo, json!({"gate_id": "x"})).await.refused("not_found");
    with(&scene.bo, json!({"minutes": 20})).await.refused("invalid");
    with(&scene.bo, json!({"hours": 169})).await.refused("invalid");
    with(&scene.bo, json!({"scope": "everything"})).await.refused("invalid");
    for _ in 0..4 {
        scene.issue().await;
    }
    with(&scene.bo, json!({})).await.refused("not_grantable");
    let first = scene.ana.caller.get("/envelopes").await.ok()[0]["id"].as_str().unwrap().to_owned();
    let back = scene.bo.caller.send("DELETE", &format!("/envelopes/{first}"), &json!({})).await.ok();
    assert_eq!(back["status"], "revoked");
    scene.bo.caller.send("DELETE", &format!("/envelopes/{first}"), &json!({})).await.refused("already_ended");
    scene.issue().await;
    let contact = heard(&scene.gate.contact().await);
    assert!(contact.revoked_envelopes.contains(&first));
    app.settle(|settings| settings.bypass.solo = true).await;
    let back = scene.ana.caller.get("/envelopes").await.ok()[1]["id"].as_str().unwrap().to_owned();
    scene.bo.caller.send("DELETE", &format!("/envelopes/{back}"), &json!({})).await.ok();
    with(&scene.ana, json!({})).await.ok();
}

#[tokio::test]
async fn a_gate_hears_what_holds_and_is_told_whenever_that_changes() {
    let app = TestApp::new();
    let scene = Scene::new(&app).await;
    let news = async || {
        let said = format!("{} 0", scene.gate.id);
        let body = low().to_string();
        let path = "/api/governance/evaluate";
        let secret = Some(scene.gate.caller.secret.as_str());
        let answer = app.call("POST", path, secret, &body, &[("navi-gate", &said)]).await;
        assert!(answer.status.is_success());
        answer.headers["navi-news"].to_str().unwrap().to_owned()
    };
    let mut seen = vec![news().await];
    assert_eq!(news().await, seen[0], "nothing is new");
    let mut changed = async |what: &str| {
        let now = news().await;
        assert!(!seen.contains(&now), "{what} was not told");
        seen.push(now);
    };
    scene.issue().await;
    changed("an envelope").await;
    let contact = heard(&scene.gate.contact().await);
    assert_eq!((contact.user.as_str(), contact.agent.as_deref()), ("dana", Some("nova")));
    assert!(contact.repo_policies.contains_key("shop") && contact.revoked_keys.is_empty());
    scene.bo.caller.send("PUT", "/freeze", &json!({"scope": "everything", "reason": "x"})).await.ok();
    changed("a freeze").await;
    let path = format!("/devices/{}", scene.ana.device_id);
    scene.ana.caller.send("DELETE", &path, &json!({})).await.ok();
    changed("a revoked device").await;
    assert_eq!(heard(&scene.gate.contact().await).revoked_keys.len(), 1);
    let root = app.person("root", Role::Admin).await;
    root.caller.send("PUT", "/policy/dana", &json!({"level": "minimal"})).await.ok();
    changed("a policy").await;
}

#[tokio::test]
async fn records_enter_in_order_once_and_before_anything_else_is_answered() {
    let app = TestApp::new();
    let mut scene = Scene::new(&app).await;
    let (envelope, now) = (scene.issue().await, scene.now());
    scene.gate.opens(&envelope, &scene.ana, now);
    scene.gate.runs(&envelope, "shop", now + 1);
    scene.gate.ends(&envelope, now + 2);
    let said = format!("{} 3 {}", scene.gate.id, scene.gate.head.hash);
    let secret = Some(scene.gate.caller.secret.as_str());
    let asked = async || {
        let headers = [("navi-gate", said.as_str())];
        app.call("POST", "/api/governance/evaluate", secret, &low().to_string(), &headers).await
    };
    asked().await.refused("records_pending");
    // Two of three: the third is asked for, and comes alone.
    let part = scene.gate.contact_with(0, &scene.gate.records[..2]).await.ok();
    assert_eq!(part["resend_from"], 2);
    asked().await.refused("records_pending");
    let gap = scene.gate.contact_with(3, &[]).await.ok();
    assert_eq!(gap["resend_from"], 2);
    // The answer was lost: all of it again changes nothing.
    for _ in 0..3 {
        let view = scene.gate.contact().await;
        assert_eq!((&view["resend_from"], &view["reported"]), (&Value::Null, &Value::Null));
    }
    asked().await.ok();
    let kinds = app.kinds().await;
    let about: Vec<&str> =
        kinds.iter().map(String::as_str).filter(|k| k.starts_with("envelope_") || *k == "decision").collect();
    let wanted = ["envelope_issued", "envelope_opened", "envelope_used", "envelope_run_ended", "decision"];
    assert_eq!(about, wanted);
    let used = app.payloads("envelope_used").await.remove(0);
    assert_eq!(used["title"], "Run make release in shop");
    assert!(used["would"]["verdict"].is_string());
    let opened = app.payloads("envelope_opened").await.remove(0);
    assert_eq!((&opened["told"], &opened["concerns"]), (&json!(["ana", "bo"]), &json!([])));
    let bypasses = scene.bo.caller.get("/bypass").await.ok();
    assert_eq!((&bypasses["open"][0]["by"], &bypasses["open"][0]["state"]), (&json!("ana"), &json!("ended")));
    // Its review stands in the way of the next one.
    scene.bo.caller.send("POST", "/envelopes", &scene.wish()).await.refused("bypass_unreviewed");
    let list = scene.bo.caller.get("/envelopes").await.ok();
    assert_eq!(list[0]["status"], "opened");
}

/// What a gate brings that cannot be, and how the report begins.
async fn reported(what: &str, bring: impl AsyncFnOnce(&mut Scene<'_>, &Value)) {
    let app = TestApp::new();
    let mut scene = Scene::new(&app).await;
    let envelope = scene.issue().await;
    bring(&mut scene, &envelope).await;
    let answer = scene.gate.contact().await;
    let why = answer["reported"].as_str().unwrap_or_default().to_owned();
    assert!(why.contains(what), "{what:?}: {answer}");
    scene.gate.contact().await;
    let reports = app.payloads("gate_suspected").await;
    assert_eq!(reports.len(), 1, "told once");
    assert_eq!(reports[0]["why"], why.as_str());
    assert_eq!(reports[0]["told"], json!(["ana", "bo"]));
    assert!(heard(&answer).suspected);
    let gates = scene.bo.caller.get("/gates").await.ok();
    assert_eq!(gates[0]["suspected"], true);
    scene.bo.caller.send("POST", "/envelopes", &scene.wish()).await.refused("not_grantable");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_reported() {
    reported("restored from a copy", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.runs(envelope, "shop", now);
        scene.gate.contact().await;
        scene.gate.records.clear();
        scene.gate.head = Head::default();
    })
    .await;
    reported("or two gates share one key", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.contact().await;
        scene.gate.records.clear();
        scene.gate.head = Head::default();
        scene.gate.opens(envelope, &scene.ana, now + 5);
        scene.gate.runs(envelope, "shop", now + 6);
    })
    .await;
    reported("its holder did not sign that", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.bo, now);
    })
    .await;
    reported("it was never handed out", async |scene, envelope| {
        let now = scene.now();
        let mut forged = envelope.clone();
        forged["id"] = "e-forged".into();
        scene.gate.opens(&forged, &scene.ana, now);
    })
    .await;
    reported("opens an envelope for the second time", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.opens(envelope, &scene.ana, now + 1);
    })
    .await;
    reported("under no open envelope", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.runs(envelope, "shop", now + 16 * MINUTE);
    })
    .await;
    reported("the envelope is not for that", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.runs(envelope, "bank", now + 1);
    })
    .await;
    reported("what it says is not what its digest covers", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.runs(envelope, "shop", now + 1);
        if let Some(material) = scene.gate.records[1].material.as_mut() {
            material["command"] = "make harmless".into();
        }
    })
    .await;
    reported("was not signed by this gate", async |scene, envelope| {
        let now = scene.now();
        scene.gate.opens(envelope, &scene.ana, now);
        scene.gate.records[0].record.at += 1;
        scene.gate.head.hash = sha256(&scene.gate.records[0].record.bytes().unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_envelope_of_another_gate_is_reported_and_another_credential_is_none_of_the_gate() {
    let app = TestApp::new();
    let mut scene = Scene::new(&app).await;
    let envelope = scene.issue().await;
    let mut other = Gate::known(app.token("dana", Role::Agent, Some("other")).await, 2).await;
    other.opens(&envelope, &scene.ana, scene.now());
    let answer = other.contact().await;
    assert!(answer["reported"].as_str().unwrap().contains("it is for another gate"), "{answer}");
    let stranger = app.token("eve", Role::Agent, Some("nova")).await;
    scene.gate.caller = stranger;
    scene.gate.contact_with(0, &[]).await.refused("not_found");
}

#[tokio::test]
async fn what_was_taken_back_unheard_counts_and_is_told() {
    let app = TestApp::new();
    let mut scene = Scene::new(&app).await;
    let (envelope, now) = (scene.issue().await, scene.now());
    let id = envelope["id"].as_str().unwrap();
    scene.bo.caller.send("DELETE", &format!("/envelopes/{id}"), &json!({})).await.ok();
    let path = format!("/devices/{}", scene.ana.device_id);
    scene.ana.caller.send("DELETE", &path, &json!({})).await.ok();
    scene.gate.opens(&envelope, &scene.ana, now + 9 * MINUTE);
    assert_eq!(scene.gate.contact().await["reported"], Value::Null);
    let opened = app.payloads("envelope_opened").await.remove(0);
    let concerns = opened["concerns"].to_string();
    for odd in
        ["bo had taken the envelope back", "device was revoked", "clock differs from the server's by 9"]
    {
        assert!(concerns.contains(odd), "{odd:?}: {concerns}");
    }
}

#[tokio::test]
async fn a_store_that_fails_takes_nothing_in() {
    let app = TestApp::new();
    let mut scene = Scene::new(&app).await;
    let (envelope, now) = (scene.issue().await, scene.now());
    scene.gate.opens(&envelope, &scene.ana, now);
    scene.gate.runs(&envelope, "shop", now + 1);
    app.fail_next(navi_store::fault::Fault::Fail);
    scene.gate.contact_with(0, &scene.gate.records).await.refused("unavailable");
    assert!(app.payloads("envelope_opened").await.is_empty());
    scene.gate.contact().await;
    assert_eq!(app.payloads("envelope_used").await.len(), 1);
}
