//! Every bypass can be told from the record alone, and no changed record is told as a good one.

use navi_domain::bypass::BypassScope;
use navi_domain::review::{BypassStory, Review};
use navi_server::usecase::bypass::settle;
use serde_json::{Value, json};

use super::{begun, in_shop, people, reviews, shop, wants, wish};
use crate::app::{TestApp, medium};

type Read = (u64, Vec<u8>, Option<Vec<u8>>);

async fn entries(app: &TestApp) -> Vec<Read> {
    let all = app.app.store.entries(0, 10_000).await.unwrap();
    all.into_iter().map(|e| (e.index, e.leaf, e.payload)).collect()
}

/// Reads entries whose hashes somebody has already made fit.
fn told(entries: &[Read]) -> Result<Vec<BypassStory>, String> {
    let mut review = Review::default();
    for (index, leaf, payload) in entries {
        review.visit(*index, leaf, payload.as_deref()).map_err(|why| format!("{index}: {why}"))?;
    }
    review
        .finish(false)
        .map(|found| found.bypasses)
        .map_err(|fault| format!("{}: {}", fault.index, fault.message))
}

/// The record, as it stands, is told without a fault.
pub async fn whole_and_told(app: &TestApp) {
    told(&entries(app).await).unwrap();
}

fn kind(entry: &Read) -> String {
    serde_json::from_slice::<Value>(&entry.1).unwrap()["kind"].as_str().unwrap().to_owned()
}

/// Changes the first entry of a kind, leaf and payload.
fn changed(entries: &[Read], of: &str, change: impl Fn(&mut Value, &mut Value)) -> Vec<Read> {
    let mut all = entries.to_vec();
    let entry = all.iter_mut().find(|e| kind(e) == of).unwrap();
    let mut leaf: Value = serde_json::from_slice(&entry.1).unwrap();
    let mut payload: Value = serde_json::from_slice(entry.2.as_ref().unwrap()).unwrap();
    change(&mut leaf, &mut payload);
    entry.1 = serde_json::to_vec(&leaf).unwrap();
    entry.2 = Some(serde_json::to_vec(&payload).unwrap());
    all
}

/// One that ran, ended and was reviewed.
async fn whole(app: &TestApp) -> String {
    let (eva, bo, ana) = people(app).await;
    let agent = app.agent().await;
    let id = begun(&eva, &bo, shop()).await;
    let runs = agent.evaluate(&in_shop(medium())).await;
    let permit = runs["permit"]["id"].as_str().unwrap();
    let run = agent.redeem(permit, &in_shop(medium()), "nonce-0001").await.ok();
    let done = json!({"status": "failed", "exit_code": 3});
    agent.send("PATCH", &format!("/executions/{}", run["id"].as_str().unwrap()), &done).await.ok();
    app.pass(15 * 60);
    settle::settle(&app.app).await.unwrap();
    reviews(&ana, &id).await.ok();
    id
}

#[tokio::test]
async fn from_the_wish_to_the_review_in_sentences() {
    let app = TestApp::new();
    let id = whole(&app).await;
    let stories = told(&entries(&app).await).unwrap();
    assert_eq!(stories.len(), 1);
    let at = |at: i64| format!("+{}", (at - stories[0].asked_at.unwrap()) / 1_000_000);
    let said = stories[0].sentences(&at);
    let lines: Vec<String> = said.iter().map(|line| line.replace(&id, "ID")).collect();
    let expected = [
        "bypass ID: eva asked at +0, for repository shop, 15 minutes, incident INC-7: the shop takes no orders since noon",
        "in force from +0 until +900 at the latest, with bo as the second person",
        "told: ana",
        "entry N, +0: Edit billing/charge.rs in shop by nova (failed); without it APPROVAL by sensitive_fact",
        "ended at +900, when its time was up",
        "reviewed at +900 by ana: was needed",
    ];
    let entry = format!("entry {},", stories[0].runs[0].index);
    let lines: Vec<String> = lines.iter().map(|line| line.replace(&entry, "entry N,")).collect();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn report_and_insights_know_it() {
    let app = TestApp::new();
    let (eva, bo, ana) = people(&app).await;
    let agent = app.agent().await;
    let id = begun(&eva, &bo, shop()).await;
    agent.evaluate(&in_shop(medium())).await;
    assert_eq!(ana.caller.get("/audit/insights").await.ok()["bypasses_in_force"], 1);
    app.pass(15 * 60);
    settle::settle(&app.app).await.unwrap();
    let open = ana.caller.get("/audit/insights").await.ok();
    assert_eq!((&open["bypasses_in_force"], &open["bypasses_to_review"]), (&json!(0), &json!(1)));
    let report = async || ana.caller.get("/audit/report").await.ok().as_str().unwrap().to_owned();
    let text = report().await;
    for said in [
        "1 bypass was asked for, 1 came into force (0 alone); 1 action ran by them",
        "1 not reviewed, 0 reviewed late",
        "<td>repository shop</td><td>INC-7</td><td>two people</td><td>1</td>",
        "<td>open</td>",
        "oversight was bypassed 1 time, and 0 of these were reviewed",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    reviews(&ana, &id).await.ok();
    assert_eq!(ana.caller.get("/audit/insights").await.ok()["bypasses_to_review"], 0);
    assert!(report().await.contains("<td>ana</td>"));
}

#[tokio::test]
async fn an_open_review_and_one_that_never_began_are_told_too() {
    let app = TestApp::new();
    let (eva, bo, _) = people(&app).await;
    wants(&eva, wish(BypassScope::Agent("nova".into()))).await.ok();
    app.pass(11 * 60);
    settle::settle(&app.app).await.unwrap();
    begun(&eva, &bo, shop()).await;
    app.pass(15 * 60);
    settle::settle(&app.app).await.unwrap();
    let stories = told(&entries(&app).await).unwrap();
    let last = |n: usize| stories[n].sentences(&|_| String::new()).pop().unwrap();
    assert!(last(0).starts_with("never in force"), "{}", last(0));
    assert_eq!(last(1), "REVIEW OPEN");
}

#[tokio::test]
async fn no_changed_record_is_told() {
    let app = TestApp::new();
    whole(&app).await;
    let good = entries(&app).await;
    told(&good).unwrap();
    let refused = |name: &str, entries: &[Read], why: &str| {
        let said = told(entries).expect_err(name);
        assert!(said.contains(why), "{name}: {said}");
    };
    let later = |leaf: &mut Value, by: i64| {
        let ends: i64 = leaf["links"]["ends_at"].as_str().unwrap().parse().unwrap();
        leaf["links"]["ends_at"] = (ends + by).to_string().into();
    };
    let longer = changed(&good, "bypass_begun", |leaf, _| later(leaf, 1));
    refused("an end later than its minutes", &longer, "longer than its 15 minutes");
    let hour = changed(&good, "bypass_begun", |leaf, payload| {
        leaf["links"]["minutes"] = "60".into();
        later(leaf, 45 * 60 * 1_000_000);
        payload["bypass"]["ends_at"] =
            (payload["bypass"]["ends_at"].as_i64().unwrap() + 45 * 60 * 1_000_000).into();
    });
    refused("an hour, though it ended after 15 minutes", &hour, "before that time was up");
    let open = |e: &&Read| !matches!(kind(e).as_str(), "bypass_ended" | "bypass_reviewed");
    let hour: Vec<Read> = hour.iter().filter(open).cloned().collect();
    refused("an hour instead", &hour, "lasts longer than what was signed for");
    let wider = changed(&good, "bypass_asked", |_, payload| payload["bypass"]["name"] = "bank".into());
    refused("another repository", &wider, "not the one that was signed for");
    let elsewhere = changed(&good, "decision", |_, payload| payload["action"]["repo"] = "bank".into());
    refused("what ran was elsewhere", &elsewhere, "outside the scope");
    let was_blocked = changed(&good, "decision", |_, payload| {
        payload["bypass"]["would"]["verdict"] = "BLOCKED".into();
    });
    refused("it lifted a BLOCKED", &was_blocked, "lifts what asks");
    let unnamed = changed(&good, "decision", |leaf, _| {
        leaf["links"].as_object_mut().unwrap().remove("bypass_id");
    });
    refused("a decision that names no bypass", &unnamed, "does not name");
    let nobody = changed(&good, "bypass_begun", |_, payload| {
        payload["bypass"]["signed"].as_array_mut().unwrap().pop();
    });
    refused("nobody confirmed", &nobody, "");
    let enveloped = changed(&good, "bypass_begun", |_, payload| payload["bypass"]["envelope"] = "e".into());
    refused("it says that an envelope began it", &enveloped, "an envelope begins no bypass");
    let alone = changed(&good, "bypass_begun", |_, payload| {
        payload["bypass"].as_object_mut().unwrap().remove("with");
    });
    refused("it says alone, and another signed", &alone, "not signed by who");
    let flipped = changed(&good, "bypass_asked", |_, payload| {
        let signature = payload["bypass"]["signed"][0]["signature"].as_str().unwrap().to_owned();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        payload["bypass"]["signed"][0]["signature"] = format!("{other}{}", &signature[1..]).into();
    });
    refused("a flipped signature", &flipped, "does not verify");
    let praised =
        changed(&good, "bypass_reviewed", |_, payload| payload["bypass"]["finding"] = "superb".into());
    refused("another finding", &praised, "review");
    let without = |name: &str| good.iter().filter(|e| kind(e) != name).cloned().collect::<Vec<_>>();
    refused("no entry of its use", &without("bypass_used"), "no entry of that bypass says so");
    let mut never = without("bypass_begun");
    refused("it was reviewed and never began", &never, "the review came before");
    never.retain(|e| kind(e) != "bypass_reviewed");
    refused("it never began", &never, "never began");
    let mut late = good.clone();
    let used = late.iter().position(|e| kind(e) == "execution_started").unwrap();
    let ended = late.iter().position(|e| kind(e) == "bypass_ended").unwrap();
    let moved = late.remove(used);
    late.insert(ended, moved);
    let last = late
        .iter()
        .map(|e| serde_json::from_slice::<Value>(&e.1).unwrap()["at"].clone())
        .nth(ended - 1)
        .unwrap();
    let mut renumbered = late;
    for (n, entry) in renumbered.iter_mut().enumerate() {
        entry.0 = n as u64;
    }
    let at_end = changed(&renumbered, "execution_started", |leaf, _| leaf["at"] = last.clone());
    refused("it ran after the end", &at_end, "outside its time");
}
