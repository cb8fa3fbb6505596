//! Feature flags are put back at a real Unleash server: whole, or not at all and with the reason.

use anyhow::{Context as _, Result};
use navi_tests::unleash::{TOKEN, Unleash};
use navi_tests::wait;
use reqwest::Method;
use serde_json::{Value, json};

use super::rollback::Desk;

const ENV: [(&str, &str); 1] = [("UNLEASH_ADMIN_TOKEN", TOKEN)];

/// A desk whose gate looks at `checkout` in development around what changes flags.
async fn desk() -> Result<(Desk, Unleash)> {
    let desk = Desk::new().await?;
    let unleash = Unleash::start(&desk.gate.home()).await?;
    let folder = desk.gate.home().join(".config/navi");
    std::fs::create_dir_all(&folder)?;
    let declared = format!(
        "[[flag]]\nfolder = \"{}\"\nprovider = \"unleash\"\nurl = \"{}\"\nenvironment = \"development\"\n\
         feature = \"checkout\"\ntoken_env = \"UNLEASH_ADMIN_TOKEN\"\n",
        desk.gate.work().display(),
        unleash.url()
    );
    std::fs::write(folder.join("undo.toml"), declared)?;
    unleash.create("checkout").await?;
    Ok((desk, unleash))
}

/// What an agent types to call the Admin API for `checkout`.
fn curl(unleash: &Unleash, method: &str, below: &str, body: &Value) -> String {
    let url = format!("{}/environments/{below}", unleash.feature("checkout"));
    format!(
        "curl -sf -o /dev/null -X {method} -H \"authorization: $UNLEASH_ADMIN_TOKEN\" \
         -H 'content-type: application/json' -d '{body}' {url}"
    )
}

fn half() -> Value {
    let variant = |name: &str, value: &str| {
        json!({"name": name, "weight": 500, "weightType": "variable", "stickiness": "default",
               "payload": {"type": "string", "value": value}})
    };
    json!({
        "name": "flexibleRollout", "title": "half of the testers",
        "parameters": {"rollout": "50", "stickiness": "default", "groupId": "checkout"},
        "constraints": [{"contextName": "region", "operator": "IN", "values": ["eu"]}],
        "variants": [variant("blue", "b"), variant("green", "g")], "segments": [1],
    })
}

fn everybody() -> Value {
    let parameters = json!({"rollout": "100", "stickiness": "default", "groupId": "checkout"});
    json!({"name": "flexibleRollout", "title": "", "parameters": parameters, "constraints": [], "variants": [],
           "segments": []})
}

/// The environment without the ids of its strategies and the numbers that order them.
fn without_ids(mut environment: Value) -> Value {
    for strategy in environment["strategies"].as_array_mut().into_iter().flatten() {
        let fields = strategy.as_object_mut();
        fields.map(|fields| ["id", "sortOrder"].map(|name| fields.remove(name)));
        // What is not titled is `null` or empty, as it was made.
        if strategy["title"] == "" {
            strategy["title"] = Value::Null;
        }
    }
    environment
}

#[tokio::test(flavor = "multi_thread")]
async fn strategies_segments_and_variants_come_back_as_they_were() -> Result<()> {
    let (desk, unleash) = desk().await?;
    let (feature, none) = (unleash.feature("checkout"), Value::Null);
    let development = format!("{feature}/environments/development");
    let strategies = format!("{development}/strategies");
    let first = unleash.call(Method::POST, &strategies, &half()).await?;
    let users = json!({"name": "flexibleRollout", "title": "ours", "disabled": true,
                       "parameters": {"rollout": "100", "stickiness": "userId", "groupId": "ours"}});
    let second = unleash.call(Method::POST, &strategies, &users).await?;
    let variants =
        json!([{"name": "old", "weight": 1000, "weightType": "variable", "stickiness": "default"}]);
    unleash.call(Method::PUT, &format!("{development}/variants"), &variants).await?;
    unleash.call(Method::POST, &format!("{development}/on"), &none).await?;
    let before = unleash.environment("checkout", "development").await?;
    assert_eq!((&before["enabled"], &before["strategies"][0]["segments"]), (&json!(true), &json!([1])));

    // The agent opens it to everybody, in every way that there is.
    let (one, two) = (first["id"].as_str().context("no id")?, second["id"].as_str().context("no id")?);
    let newer = json!([{"name": "new", "weight": 1000, "weightType": "variable", "stickiness": "default"}]);
    let changes = [
        curl(&unleash, "PUT", &format!("development/strategies/{one}"), &everybody()),
        curl(&unleash, "DELETE", &format!("development/strategies/{two}"), &json!({})),
        curl(&unleash, "POST", "development/strategies", &json!({"name": "default"})),
        curl(&unleash, "PUT", "development/variants", &newer),
        curl(&unleash, "POST", "development/off", &json!({})),
    ];
    let execution = desk.run("feature_flag_change", &changes.join(" && "), &ENV).await?;
    let changed = unleash.environment("checkout", "development").await?;
    assert_eq!(changed["strategies"].as_array().map(Vec::len), Some(2), "{changed}");
    assert_eq!((&changed["enabled"], &changed["variants"][0]["name"]), (&json!(false), &json!("new")));

    let _runner = desk.start_runner(&ENV)?;
    // Another environment is nobody's business here.
    unleash.call(Method::POST, &format!("{feature}/environments/production/on"), &none).await?;
    // Somebody changes this one meanwhile: that is not written over.
    unleash.call(Method::POST, &format!("{development}/on"), &none).await?;
    let dry = desk.ask(&execution, true).await?;
    let rehearsed = desk.until(&dry, "rehearsed").await?;
    assert_eq!(rehearsed["plan"]["truth"], "impossible", "{rehearsed}");
    let why = rehearsed["plan"]["why"].as_str().unwrap_or_default();
    assert!(why.contains("was changed after the run: it is on"), "{rehearsed}");
    assert_eq!(unleash.environment("checkout", "development").await?["strategies"], changed["strategies"]);
    unleash.call(Method::POST, &format!("{development}/off"), &none).await?;

    let done = desk.roll_back(&execution, "succeeded").await?;
    assert!(
        done["proof"].to_string().contains("reads back as it was before the run (on (flexible"),
        "{done}"
    );
    let now = unleash.environment("checkout", "development").await?;
    assert_eq!(now["strategies"][0]["id"], one, "what was changed in place keeps its id");
    assert_eq!(without_ids(now), without_ids(before));
    assert_eq!(unleash.environment("checkout", "production").await?["enabled"], true);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_offered_and_the_reason_is_told() -> Result<()> {
    let (desk, unleash) = desk().await?;
    let (on, wrong) = (
        curl(&unleash, "POST", "development/on", &json!({})).replace("$UNLEASH_ADMIN_TOKEN", TOKEN),
        [("UNLEASH_ADMIN_TOKEN", "*:*.wrong")],
    );
    let why = async |execution: &str| -> Result<String> {
        let path = format!("/rollback/available?execution_id={execution}");
        let offers = desk.bob.get(&path).await?.expect(200)?;
        assert_eq!(offers[0]["offered"], false, "{offers}");
        let asked = json!({"execution_id": execution, "reason": "x"});
        desk.bob.post("/rollback", &asked).await?.expect_problem(409, "not_offered")?;
        Ok(offers[0]["why_not"].as_str().unwrap_or_default().to_owned())
    };
    let unread = why(&desk.run("feature_flag_change", &on, &wrong).await?).await?;
    assert!(unread.contains("could not be read before the run") && unread.contains("401"), "{unread}");

    // The gate could read it; the runner's token is not accepted any more.
    let off = curl(&unleash, "POST", "development/off", &json!({}));
    let execution = desk.run("feature_flag_change", &off, &ENV).await?;
    let mut runner = desk.start_runner(&wrong)?;
    let asked = desk.ask(&execution, false).await?;
    let refused = desk.until(&asked, "refused").await?;
    assert!(refused["why"].as_str().is_some_and(|w| w.contains("could not be rehearsed")), "{refused}");
    assert!(refused["why"].as_str().is_some_and(|w| w.contains("401 Unauthorized")), "{refused}");
    assert_eq!(unleash.environment("checkout", "development").await?["enabled"], false);
    runner.kill().await?;

    // The agent archives it: the Admin API knows no such feature any more.
    let archive = format!(
        "curl -sf -o /dev/null -X DELETE -H \"authorization: $UNLEASH_ADMIN_TOKEN\" {}",
        unleash.feature("checkout")
    );
    let unread = why(&desk.run("feature_flag_change", &archive, &ENV).await?).await?;
    assert!(unread.contains("could not be read after the run") && unread.contains("404"), "{unread}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_in_the_middle_leaves_it_unknown_and_a_runner_finishes_it() -> Result<()> {
    let (desk, mut unleash) = desk().await?;
    let development = format!("{}/environments/development", unleash.feature("checkout"));
    let made = unleash.call(Method::POST, &format!("{development}/strategies"), &half()).await?;
    unleash.call(Method::POST, &format!("{development}/on"), &Value::Null).await?;
    let before = unleash.environment("checkout", "development").await?;
    let strategy = format!("development/strategies/{}", made["id"].as_str().context("no id")?);
    let changes = [
        curl(&unleash, "PUT", &strategy, &everybody()),
        curl(&unleash, "POST", "development/off", &json!({})),
    ];
    let execution = desk.run("feature_flag_change", &changes.join(" && "), &ENV).await?;

    // Its database keeps the server waiting where it would switch the flag on; the strategy is back by then.
    unleash.cluster.sql(
        "unleash",
        "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
         CREATE TRIGGER held BEFORE UPDATE ON feature_environments FOR EACH ROW
           WHEN (NEW.enabled AND NOT OLD.enabled) EXECUTE FUNCTION held()",
    )?;
    let _holder = unleash.cluster.hold("unleash", 7).await?;
    let mut runner = desk.start_runner(&ENV)?;
    let asked = desk.ask(&execution, false).await?;
    let waiting = desk.until(&asked, "waiting").await?;
    desk.eva.must_vote(waiting["approval_id"].as_str().context("no approval")?, "approve", "").await?;
    wait::until("the server is to switch the flag on", async || {
        let held = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND query ILIKE '%update%'";
        unleash.cluster.sql("unleash", held).ok().filter(|rows| !rows.is_empty())
    })
    .await?;
    unleash.kill().await?;
    let unknown = desk.until(&asked, "unknown").await?;
    assert!(unknown["why"].as_str().is_some_and(|w| w.contains(&unleash.url())), "{unknown}");
    runner.kill().await?;
    unleash.cluster.disconnect("unleash")?;

    // The server is back, with one half from before the run and the other from after it.
    unleash.restart().await?;
    let between = unleash.environment("checkout", "development").await?;
    assert_eq!((&between["enabled"], &between["strategies"]), (&json!(false), &before["strategies"]));
    let again = desk.start_runner(&ENV)?;
    let done = desk.until(&asked, "succeeded").await.with_context(|| again.log_text())?;
    assert!(done["proof"].to_string().contains("reads back as it was before the run"), "{done}");
    assert_eq!(unleash.environment("checkout", "development").await?, before);
    Ok(())
}
