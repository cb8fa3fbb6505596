//! The window of the record: what is kept, what falls out, and verifying it without the server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use navi_domain::people::Role;
use navi_domain::vote::VoteVerdict;
use navi_ledger::bundle;
use navi_ledger::checkpoint::{Checkpoint, Signer, Verifier};
use navi_replica::window::{Export, ExportKind, Held, Verdict};
use navi_replica::{EntryFilter, OutboxState, Replica, Verification, Watched, Window};

use super::server::{Desk, TestServer};
use super::{draft, knows, outbox_is, until};

fn verified(replica: &Replica) -> Verification {
    let cancelled = AtomicBool::new(false);
    replica.verify_window(Watched { progress: &|_, _| {}, cancelled: &cancelled }).unwrap().unwrap()
}

fn of_file(replica: &Replica, path: &std::path::Path, vkey: Option<&str>) -> Verification {
    let cancelled = AtomicBool::new(false);
    let watched = Watched { progress: &|_, _| {}, cancelled: &cancelled };
    replica.verify_file(path, vkey, watched).unwrap().unwrap()
}

/// Whether everything up to a size is here.
fn filled(size: u64) -> impl Fn(&Replica) -> bool {
    move |r| {
        let status = r.window_status().unwrap();
        status.hashes >= size && status.to_fetch == 0
    }
}

/// A server with a few actions in two repositories and a vote, and a desk that was away meanwhile.
async fn scene() -> (TestServer, Desk, u64) {
    let server = TestServer::start().await;
    let mut ana = Desk::enrolled(&server, "ana", Role::Approver).await;
    ana.connect();
    let id = server.ask_medium("s1").await;
    until(&ana.replica, "the request", knows(&id)).await;
    let item = ana.replica.decide(&draft(&ana, &id, VoteVerdict::Approve), &ana.vote_key).unwrap();
    until(&ana.replica, "the vote recorded", outbox_is(&item.id, OutboxState::Recorded)).await;
    ana.disconnect().await;
    ana.forget();
    server.ask_high().await;
    for n in 0..10 {
        server.ask_medium(&format!("more{n}")).await;
    }
    let size = server.size().await;
    (server, ana, size)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_comes_late_fetches_its_window_and_verifies_it_alone() {
    let (server, mut ana, size) = scene().await;
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    ana.disconnect().await;
    drop(server);
    let found = verified(&ana.replica);
    assert_eq!((found.verdict, found.kept), (Verdict::Whole, found.size), "{found:?}");
    assert!(found.size >= size);
    assert!(found.sentences.iter().any(|s| s.starts_with("1 vote carries a signature")), "{found:?}");
    assert_eq!(ana.replica.window_status().unwrap().last, Some(found.clone()));

    // Searching and following a chain, as the server would answer.
    let repo = BTreeMap::from([("repo".to_owned(), vec!["auth-service".to_owned()])]);
    let filter = EntryFilter { facets: repo, limit: 50, ..EntryFilter::default() };
    let (of_repo, more) = ana.replica.search(&filter).unwrap();
    assert!(!of_repo.is_empty() && more.is_none());
    let decision = of_repo.iter().find(|e| e.kind == "decision").unwrap();
    let trail = ana.replica.trail(&decision.subject).unwrap();
    assert_eq!(trail[0].kind, "decision");
    assert!(trail.iter().any(|e| e.kind == "approval_requested"));
    let text = |text: &str| EntryFilter { text: Some(text.into()), limit: 5, ..EntryFilter::default() };
    assert!(ana.replica.search(&text("login aut")).unwrap().0.iter().any(|e| e.subject == decision.subject));
    assert!(ana.replica.search(&text("nowhere")).unwrap().0.is_empty());
    let (page, more) = ana.replica.search(&EntryFilter { limit: 3, ..EntryFilter::default() }).unwrap();
    assert_eq!(page.len(), 3);
    let rest = EntryFilter { limit: 1000, before: more, ..EntryFilter::default() };
    // An entry that came after the checkpoint is kept, and found, too.
    let kept = ana.replica.window_status().unwrap().kept;
    assert!(kept >= found.size);
    assert_eq!(ana.replica.search(&rest).unwrap().0.len() as u64, kept - 3);

    let outcome = BTreeMap::from([("outcome".to_owned(), vec!["approved".to_owned()])]);
    let approved = EntryFilter { facets: outcome, limit: 5, ..EntryFilter::default() };
    let (approved, _) = ana.replica.search(&approved).unwrap();
    assert_eq!(approved.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["approval_approved"]);

    // What it exports is a whole bundle.
    let file = ana.path.with_file_name("window.navi");
    assert_eq!(ana.replica.export(&file, &Export::bundle()).unwrap(), (found.size, found.size));
    assert!(ana.replica.export(&file, &Export::bundle()).is_err(), "nothing is overwritten");
    let agreed = Export { replaces: true, ..Export::bundle() };
    assert_eq!(
        ana.replica.export(&file, &agreed).unwrap(),
        (found.size, found.size),
        "unless it was agreed to"
    );
    let own = of_file(&ana.replica, &file, None);
    assert_eq!(own.verdict, Verdict::Whole, "{own:?}");
    assert!(own.sentences.last().unwrap().starts_with("It agrees with what this console saw"), "{own:?}");
    let other = Signer::from_seed("other", [3; 32]).unwrap().vkey();
    let refused = of_file(&ana.replica, &file, Some(&other));
    assert_eq!(refused.verdict, Verdict::Broken);

    // A bundle of a ledger that this console does not know.
    ana.set_vkey(&other);
    assert_eq!(of_file(&ana.replica, &file, None).verdict, Verdict::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_shrinks_and_grows_and_its_bundle_says_that_it_is_a_part() {
    let (server, mut ana, size) = scene().await;
    ana.replica.set_window(&Window { days: Some(30), repos: vec!["auth-service".into()] }).unwrap();
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    let decisions = |r: &Replica| {
        let kind = BTreeMap::from([("kind".to_owned(), vec!["decision".to_owned()])]);
        r.search(&EntryFilter { facets: kind, limit: 1000, ..EntryFilter::default() }).unwrap().0.len()
    };
    until(&ana.replica, "only one repository", |r| decisions(r) == 1).await;
    let part = verified(&ana.replica);
    assert_eq!(part.verdict, Verdict::Partial, "{part:?}");
    assert!(part.kept < part.size);
    let file = ana.path.with_file_name("part.navi");
    let (kept, of) = ana.replica.export(&file, &Export::bundle()).unwrap();
    assert!(kept < of);
    let told = of_file(&ana.replica, &file, None);
    assert_eq!((told.verdict, told.kept), (Verdict::Partial, kept), "{told:?}");
    let log = Verifier::from_vkey(&told.vkey).unwrap();
    let report = bundle::verify(std::fs::File::open(&file).unwrap(), Some(&log), &mut |_| Ok(())).unwrap();
    assert!(report.partial && report.left_out == of - kept);

    ana.replica.set_window(&Window { days: None, repos: vec![] }).unwrap();
    until(&ana.replica, "everything", |r| decisions(r) == 12).await;
    until(&ana.replica, "nothing left to fetch", filled(size)).await;
    assert_eq!(verified(&ana.replica).verdict, Verdict::Whole);

    ana.replica.set_window(&Window { days: Some(0), repos: vec![] }).unwrap();
    until(&ana.replica, "only keys", |r| decisions(r) == 0).await;
    let keys = verified(&ana.replica);
    assert_eq!(keys.verdict, Verdict::Partial, "{keys:?}");
    assert!((1..10).contains(&keys.kept), "{keys:?}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_in_the_copy_is_found_and_located() {
    let (_server, mut ana, size) = scene().await;
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    ana.disconnect().await;
    assert_eq!(verified(&ana.replica).verdict, Verdict::Whole);
    let cases: [(&str, &str, Option<u64>); 5] = [
        (
            "UPDATE entry SET body = replace(body, '\"kind\\\":\\\"', '\"kind\\\": \\\"') WHERE seq = 7",
            "entry 7",
            Some(7),
        ),
        ("UPDATE entry SET body = json_set(body, '$.payload', '{}') WHERE seq = 8", "entry 8", Some(8)),
        (
            "UPDATE entry SET body = json_remove(body, '$.payload', '$.nonce') WHERE seq = 9",
            "entry 9",
            Some(9),
        ),
        (
            "UPDATE entry SET body = json_set(body, '$.kind', 'vote_cast') WHERE seq = 10",
            "entry 10",
            Some(10),
        ),
        (
            "UPDATE leaf_tile SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB)",
            "Broken in entries",
            None,
        ),
    ];
    for (damage, said, place) in cases {
        ana.damaged(damage, |replica| {
            let found = verified(replica);
            assert_eq!(found.verdict, Verdict::Broken, "{damage}: {found:?}");
            assert!(found.headline.contains(said), "{damage}: {found:?}");
            if let Some(place) = place {
                assert_eq!(found.place.map(|p| (p.first, p.last)), Some((place, place)), "{damage}");
            }
        });
    }
    assert_eq!(verified(&ana.replica).verdict, Verdict::Whole, "as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_tells_how_far_it_is_and_can_be_ended() {
    let (_server, mut ana, size) = scene().await;
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    let last = AtomicU64::new(0);
    let progress = |done: u64, total: u64| {
        assert!(done <= total);
        last.store(total - done, Ordering::Relaxed);
    };
    let cancelled = AtomicBool::new(false);
    last.store(9, Ordering::Relaxed);
    assert!(
        ana.replica.verify_window(Watched { progress: &progress, cancelled: &cancelled }).unwrap().is_some()
    );
    assert_eq!(last.load(Ordering::Relaxed), 0, "the last call says that all is done");
    cancelled.store(true, Ordering::Relaxed);
    let watched = Watched { progress: &progress, cancelled: &cancelled };
    assert_eq!(ana.replica.verify_window(watched).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_is_cut_again_and_again_still_completes_its_window() {
    let (server, mut ana, _) = scene().await;
    server.grow(600).await;
    let size = server.size().await;
    for _ in 0..5 {
        ana.connect();
        until(&ana.replica, "some hashes", |r| r.window_status().unwrap().hashes > 0).await;
        ana.abort();
        ana.reopen();
        server.grow(100).await;
    }
    let size = size + 500;
    ana.connect();
    until(&ana.replica, "connected", |r| r.watch().borrow().online).await;
    // What happens is what makes a console look at the record again.
    server.grow(1).await;
    until(&ana.replica, "the window", filled(size)).await;
    let found = verified(&ana.replica);
    assert_eq!((found.verdict, found.kept), (Verdict::Whole, found.size), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_written_without_the_server_is_recorded_when_there_is_one_again() {
    let (server, mut ana, size) = scene().await;
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    ana.disconnect().await;
    let file = ana.path.with_file_name("lines.jsonl");
    let repo = BTreeMap::from([("repo".to_owned(), vec!["auth-service".to_owned()])]);
    let filter = EntryFilter { facets: repo, ..EntryFilter::default() };
    let kind = ExportKind::parse("jsonl").unwrap();
    let (lines, of) =
        ana.replica.export(&file, &Export { kind, bare: true, filter, replaces: false }).unwrap();
    assert!((1..of).contains(&lines), "{lines} of {of}");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count() as u64, lines);
    let noted = ana.replica.unsent_exports().unwrap();
    assert_eq!((noted.len(), noted[0].entries, noted[0].bare), (1, lines, true));
    ana.reopen();
    ana.connect();
    until(&ana.replica, "the note was sent", |r| r.unsent_exports().unwrap().is_empty()).await;
    let exported = BTreeMap::from([("kind".to_owned(), vec!["exported".to_owned()])]);
    let exported = EntryFilter { facets: exported, limit: 9, ..EntryFilter::default() };
    until(&ana.replica, "its entry", |r| r.search(&exported).unwrap().0.len() == 1).await;
    let (entries, _) = ana.replica.search(&exported).unwrap();
    assert_eq!(entries[0].actor, "ana");
    assert!(entries[0].payload.as_deref().unwrap().contains("\"made_from\":\"copy\""), "{entries:?}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_further_on_is_held_against_the_servers_proof() {
    let (server, mut ana, size) = scene().await;
    ana.connect();
    until(&ana.replica, "the window", filled(size)).await;
    ana.disconnect().await;
    let here = verified(&ana.replica);
    server.ask_medium("later").await;
    // The server signs in its own time.
    let note = loop {
        let note = ana.client.checkpoint("acme").await.unwrap();
        if Checkpoint::from_trusted_note(&note).unwrap().size > here.size {
            break note;
        }
    };
    assert_eq!(ana.replica.compare(&note).unwrap().held, Held::Larger, "nobody was asked");
    let told = ana.replica.compare_with(&ana.client, &note).await.unwrap();
    assert_eq!((told.held, told.signed, told.here), (Held::Further, true, here.size));
    let size = told.size.unwrap();
    let forged = format!("{size} {}", "ab".repeat(32));
    assert_eq!(ana.replica.compare_with(&ana.client, &forged).await.unwrap().held, Held::Different);
    let own = format!("{} {}", here.size, here.root);
    assert_eq!(ana.replica.compare_with(&ana.client, &own).await.unwrap().held, Held::Same);
}
