//! Feature flags are put back at their provider: a server that follows LaunchDarkly's contract, and a flagd file.

use anyhow::Result;
use navi_tests::provider::{Flagd, LaunchDarkly};
use serde_json::{Value, json};

use super::rollback::Desk;

fn declare(desk: &Desk, text: &str) -> Result<()> {
    let folder = desk.gate.home().join(".config/navi");
    std::fs::create_dir_all(&folder)?;
    let text = text.replace("$WORK", &desk.gate.work().display().to_string());
    std::fs::write(folder.join("undo.toml"), text)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_at_its_provider_is_put_back_and_read_back() -> Result<()> {
    let desk = Desk::new().await?;
    let provider = LaunchDarkly::start(&desk.gate.home()).await?;
    let declared = format!(
        "[[flag]]\nfolder = \"$WORK\"\nprovider = \"launchdarkly\"\nurl = \"{}\"\nproject = \"shop\"\n\
         environment = \"staging\"\nfeature = \"checkout\"\ntoken_env = \"LD_TOKEN\"\n",
        provider.url()
    );
    declare(&desk, &declared)?;
    let env = [("LD_TOKEN", "api-secret")];
    let patch = |instructions: Value| {
        let body = json!({"environmentKey": "staging", "instructions": instructions});
        format!(
            "curl -sf -X PATCH -H 'authorization: api-secret' -o /dev/null \
             -H 'content-type: application/json; domain-model=launchdarkly.semanticpatch' -d '{body}' \
             {}/api/v2/flags/shop/checkout",
            provider.url()
        )
    };
    let before = provider.environment()?;
    let on = json!([{"kind": "turnFlagOn"}, {"kind": "updateFallthroughVariationOrRollout", "variationId": "id-false"}]);
    let execution = desk.run("feature_flag_change", &patch(on), &env).await?;
    assert_eq!(provider.environment()?["on"], true);
    let _runner = desk.start_runner(&env)?;
    // Somebody changes it meanwhile: that is not written over.
    let touched = std::process::Command::new("sh")
        .args(["-c", &patch(json!([{"kind": "updateOffVariation", "variationId": "id-true"}]))])
        .status()?;
    assert!(touched.success());
    let dry = desk.ask(&execution, true).await?;
    let rehearsed = desk.until(&dry, "rehearsed").await?;
    assert!(
        rehearsed["plan"]["why"].as_str().is_some_and(|w| w.contains("was changed after the run")),
        "{rehearsed}"
    );
    let back = json!([{"kind": "updateOffVariation", "variationId": "id-false"}]);
    assert!(std::process::Command::new("sh").args(["-c", &patch(back)]).status()?.success());
    let done = desk.roll_back(&execution, "succeeded").await?;
    assert!(done["proof"].to_string().contains("reads back as it was before the run (off)"), "{done}");
    let now = provider.environment()?;
    for field in ["on", "fallthrough", "offVariation"] {
        assert_eq!(now[field], before[field], "{field}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_flag_of_a_file_is_put_back_and_the_others_stay() -> Result<()> {
    let desk = Desk::new().await?;
    let file = desk.gate.work().join("flags.json");
    std::fs::write(desk.gate.work().join(".git/info/exclude"), "*\n")?;
    let flag =
        |state: &str| json!({"state": state, "variants": {"on": true, "off": false}, "defaultVariant": "on"});
    let document =
        |checkout: &str, banner: &str| json!({"flags": {"checkout": flag(checkout), "banner": flag(banner)}});
    std::fs::write(&file, document("ENABLED", "ENABLED").to_string())?;
    let declared = "[[flag]]\nfolder = \"$WORK\"\nprovider = \"flagd\"\nfile = \"$WORK/flags.json\"\nfeature = \"checkout\"\n";
    declare(&desk, declared)?;
    let script = format!("printf '%s' '{}' > flags.json", document("DISABLED", "ENABLED"));
    let execution = desk.run("feature_flag_change", &script, &[]).await?;
    let _runner = desk.start_runner(&[])?;
    std::fs::write(&file, document("DISABLED", "DISABLED").to_string())?;
    desk.roll_back(&execution, "succeeded").await?;
    let now: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    assert_eq!(now, document("ENABLED", "DISABLED"), "the other flag's later change stays");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_provider_gives_the_value_from_before_again() -> Result<()> {
    let desk = Desk::new().await?;
    let file = desk.gate.work().join("flags.json");
    std::fs::write(desk.gate.work().join(".git/info/exclude"), "*\n")?;
    let in_europe = json!({"if": [{"==": [{"var": "region"}, "eu"]}, "on", "off"]});
    let checkout = json!({
        "state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": in_europe,
    });
    std::fs::write(&file, json!({"flags": {"checkout": checkout}}).to_string())?;
    let declared = "[[flag]]\nfolder = \"$WORK\"\nprovider = \"flagd\"\nfile = \"$WORK/flags.json\"\nfeature = \"checkout\"\n";
    declare(&desk, declared)?;
    let flagd = Flagd::start(&file, "checkout", &desk.gate.home())?;
    assert_eq!(flagd.until(true).await?, "TARGETING_MATCH");

    let script = "python3 -c 'import json; d = json.load(open(\"flags.json\")); del d[\"flags\"][\"checkout\"][\"targeting\"]; \
                  json.dump(d, open(\"flags.json\", \"w\"))'";
    let execution = desk.run("feature_flag_change", script, &[]).await?;
    assert_eq!(flagd.until(false).await?, "STATIC");
    let _runner = desk.start_runner(&[])?;
    let done = desk.roll_back(&execution, "succeeded").await?;
    assert!(done["plan"].to_string().contains("targeting"), "what differs is shown: {done}");
    assert_eq!(flagd.until(true).await?, "TARGETING_MATCH");
    let now: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    assert_eq!(now["flags"]["checkout"], checkout);
    Ok(())
}
