//! Foreign witnesses: given each checkpoint with a proof, believed only with a signature, and heard when they saw a fork.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use navi_domain::people::Role;
use navi_ledger::checkpoint::Verifier;
use navi_ledger::cosignature::Cosigner;
use navi_ledger::proof::verify_consistency;
use navi_ledger::tree;
use navi_server::foreign::{Foreign, Given, client, give};

use crate::app::{TestApp, low};

/// A witness as C2SP tlog-witness describes one, for one log.
struct Witness {
    log: Verifier,
    key: Cosigner,
    seen: Mutex<(u64, [u8; 32])>,
    asked: Mutex<Vec<String>>,
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: String) -> (StatusCode, String) {
    witness.asked.lock().unwrap().push(body.lines().next().unwrap().to_owned());
    let refused = |status| (status, String::new());
    let Some((head, note)) = body.split_once("\n\n") else { return refused(StatusCode::BAD_REQUEST) };
    let mut lines = head.lines();
    let old: u64 = lines.next().and_then(|l| l.strip_prefix("old ")).unwrap().parse().unwrap();
    let proof: Vec<[u8; 32]> = lines.map(|l| STANDARD.decode(l).unwrap().try_into().unwrap()).collect();
    let Ok(new) = witness.log.open(note) else { return refused(StatusCode::FORBIDDEN) };
    let mut seen = witness.seen.lock().unwrap();
    if old != seen.0 {
        return (StatusCode::CONFLICT, format!("{}\n", seen.0));
    }
    let holds = if old == 0 {
        proof.is_empty()
    } else {
        verify_consistency(seen.0, &seen.1, new.size, &new.root, &proof).is_ok()
    };
    if !holds {
        return refused(StatusCode::UNPROCESSABLE_ENTITY);
    }
    *seen = (new.size, new.root);
    let stranger = Cosigner::from_seed("stranger.example", [99; 32]).unwrap();
    let at = 1_790_000_000;
    let lines = [&stranger, &witness.key].map(|key| format!("{}\n", key.cosign(note, at).unwrap()));
    (StatusCode::OK, lines.concat())
}

async fn witness(app: &TestApp, named: &Cosigner, key: Cosigner) -> (Foreign, Arc<Witness>) {
    let witness = Arc::new(Witness {
        log: Verifier::from_vkey(&app.app.notary.vkey()).unwrap(),
        key,
        seen: Mutex::new((0, tree::empty_root())),
        asked: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/w1", listener.local_addr().unwrap());
    let router = Router::new().route("/w1/add-checkpoint", post(add_checkpoint));
    let router = router.with_state(Arc::clone(&witness));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("{url}/={}", named.witness().vkey()).parse().unwrap(), witness)
}

fn key(seed: u8) -> Cosigner {
    Cosigner::from_seed("witness.example/w1", [seed; 32]).unwrap()
}

async fn sign(app: &TestApp) -> u64 {
    app.pass(2);
    app.app.notary.newest(app.app.store.as_ref(), true).await.unwrap().0
}

#[tokio::test]
async fn a_foreign_witness_follows_the_log_and_stands_behind_it() {
    let app = TestApp::new();
    let (agent, auditor) = (app.agent().await, app.token("aud", Role::Auditor, None).await);
    let (foreign, witness) = witness(&app, &key(1), key(1)).await;
    let client = client().unwrap();
    assert_eq!(give(&app.app, &client, &foreign).await.unwrap(), Given::Nothing, "nothing is signed yet");
    agent.evaluate(&low()).await;
    let first = sign(&app).await;
    assert_eq!(give(&app.app, &client, &foreign).await.unwrap(), Given::Cosigned(first));
    assert_eq!(give(&app.app, &client, &foreign).await.unwrap(), Given::Nothing);
    assert_eq!(app.payloads("witness_joined").await.len(), 1);
    for _ in 0..7 {
        agent.evaluate(&low()).await;
    }
    let second = sign(&app).await;
    assert_eq!(give(&app.app, &client, &foreign).await.unwrap(), Given::Cosigned(second));
    assert_eq!(app.payloads("witness_joined").await.len(), 1);
    let note = auditor.get("/ledger/acme/checkpoint?cosigned=1").await.ok().as_str().unwrap().to_owned();
    assert_eq!(witness.log.open(&note).unwrap().size, second);
    assert!(witness.key.witness().cosigned_at(&note).unwrap().is_some());
    assert!(!note.contains("stranger"), "only the key that the operator named");

    // Somebody else told the witness more than our answer got to know: it names its size, and we prove from there.
    agent.evaluate(&low()).await;
    let third = sign(&app).await;
    let root = tree::root_of(&app.app.store.leaf_hashes(third - 1).await.unwrap());
    *witness.seen.lock().unwrap() = (third - 1, root);
    assert_eq!(give(&app.app, &client, &foreign).await.unwrap(), Given::Cosigned(third));
    let asked = witness.asked.lock().unwrap().clone();
    assert_eq!(asked[asked.len() - 2..], [format!("old {second}"), format!("old {}", third - 1)]);
}

#[tokio::test]
async fn a_witness_that_saw_another_history_is_heard() {
    let app = TestApp::new();
    let agent = app.agent().await;
    let (foreign, witness) = witness(&app, &key(1), key(1)).await;
    let client = client().unwrap();
    let first = sign(&app).await;
    give(&app.app, &client, &foreign).await.unwrap();
    agent.evaluate(&low()).await;
    let second = sign(&app).await;
    let fork = async |seen: (u64, [u8; 32])| {
        *witness.seen.lock().unwrap() = seen;
        let given = give(&app.app, &client, &foreign).await.unwrap();
        assert!(matches!(given, Given::Fork(_)), "{given:?}");
    };
    fork((first, [7; 32])).await;
    fork((second, [7; 32])).await;
    fork((second + 100, [7; 32])).await;
    assert_eq!(app.app.store.cosignatures(second).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_witness_without_the_named_key_is_not_believed() {
    let app = TestApp::new();
    let (foreign, _witness) = witness(&app, &key(1), key(2)).await;
    sign(&app).await;
    let given = give(&app.app, &client().unwrap(), &foreign).await.unwrap();
    assert!(matches!(given, Given::Refused(_)), "{given:?}");
    assert!(app.app.store.witnesses().await.unwrap().is_empty());
    assert!(app.payloads("witness_joined").await.is_empty());
    for text in ["", "http://x", "ftp://x=y", "http://x=no+key"] {
        assert!(text.parse::<Foreign>().is_err(), "{text}");
    }
    let log = format!("http://x={}", app.app.notary.vkey());
    assert!(log.parse::<Foreign>().is_err(), "the log's own key is no witness");
}
