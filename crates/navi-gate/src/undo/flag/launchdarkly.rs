//! LaunchDarkly and what speaks its REST API: one environment of a flag, changed by a semantic patch.

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::super::declared::LaunchDarklyRule;
use super::{Call, segment, token};

/// The content type that makes a patch a semantic one.
const SEMANTIC: &str = "application/json; domain-model=launchdarkly.semanticpatch";
/// What of an environment is its state.
const MEANT: [&str; 7] =
    ["on", "fallthrough", "offVariation", "rules", "targets", "contextTargets", "prerequisites"];
/// What of it a patch can bring back.
const RESTORED: [&str; 3] = ["on", "fallthrough", "offVariation"];

fn address(rule: &LaunchDarklyRule) -> String {
    let (url, project) = (rule.url.trim_end_matches('/'), segment(&rule.project));
    format!("{url}/api/v2/flags/{project}/{}", segment(&rule.feature))
}

pub async fn read(rule: &LaunchDarklyRule) -> Result<Value> {
    let url = format!("{}?env={}", address(rule), segment(&rule.environment));
    let flag = Call::new(Method::GET, url, &token(&rule.token_env)?, None).send().await?;
    let environment = flag
        .pointer(&format!("/environments/{}", rule.environment))
        .with_context(|| format!("the flag has no environment {}", rule.environment))?;
    let ids: Vec<Value> = flag
        .get("variations")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|variation| variation.get("_id").cloned().unwrap_or_default())
        .collect();
    let mut state = json!({ "variations": ids });
    if let Some(fields) = state.as_object_mut() {
        fields.extend(
            MEANT.iter().filter_map(|name| Some(((*name).to_owned(), environment.get(*name)?.clone()))),
        );
    }
    Ok(state)
}

/// The instructions that lead from one state to another.
pub fn changes(from: &Value, to: &Value) -> Result<Vec<Value>> {
    let differs = |name: &&&str| from.get(**name) != to.get(**name);
    if let Some(name) = MEANT.iter().filter(|n| !RESTORED.contains(n)).find(differs) {
        bail!("its {name} changed too, which is not restored; undo it at the provider");
    }
    if from.get("variations") != to.get("variations") {
        bail!("its variations changed too, which is not restored; undo it at the provider");
    }
    let id_of = |variation: Option<&Value>| -> Result<Value> {
        let at = variation
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
            .context("no variation is named")?;
        let id = to.get("variations").and_then(|all| all.get(at)).context("there is no such variation")?;
        Ok(id.clone())
    };
    let mut instructions = Vec::new();
    if from.get("fallthrough") != to.get("fallthrough") {
        let fallthrough = to.get("fallthrough").context("there was no fallthrough before")?;
        let kind = "updateFallthroughVariationOrRollout";
        let instruction = match fallthrough.pointer("/rollout/variations").and_then(Value::as_array) {
            Some(weights) => {
                let mut by_id = serde_json::Map::new();
                for weight in weights {
                    let id = id_of(weight.get("variation"))?;
                    by_id.insert(
                        id.as_str().unwrap_or_default().to_owned(),
                        weight.get("weight").cloned().unwrap_or_default(),
                    );
                }
                json!({"kind": kind, "rolloutWeights": by_id})
            }
            None => json!({"kind": kind, "variationId": id_of(fallthrough.get("variation"))?}),
        };
        instructions.push(instruction);
    }
    if from.get("offVariation") != to.get("offVariation") {
        instructions
            .push(json!({"kind": "updateOffVariation", "variationId": id_of(to.get("offVariation"))?}));
    }
    if from.get("on") != to.get("on") {
        let on = to.get("on") == Some(&json!(true));
        instructions.push(json!({"kind": if on { "turnFlagOn" } else { "turnFlagOff" }}));
    }
    Ok(instructions)
}

pub async fn write(rule: &LaunchDarklyRule, after: &Value, before: &Value) -> Result<()> {
    let patch = json!({
        "environmentKey": rule.environment, "comment": "rolled back", "instructions": changes(after, before)?,
    });
    let call = Call::new(Method::PATCH, address(rule), &token(&rule.token_env)?, Some(patch));
    Call { content_type: SEMANTIC, ..call }.send().await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(on: bool, fallthrough: Value) -> Value {
        json!({"variations": ["v0", "v1"], "on": on, "fallthrough": fallthrough, "offVariation": 1, "rules": []})
    }

    #[test]
    fn a_patch_says_each_thing_that_changed() {
        let (before, after) = (state(true, json!({"variation": 0})), state(false, json!({"variation": 1})));
        let told = changes(&after, &before).unwrap();
        let expected = [
            json!({"kind": "updateFallthroughVariationOrRollout", "variationId": "v0"}),
            json!({"kind": "turnFlagOn"}),
        ];
        assert_eq!(told, expected);
        let rollout = json!({"rollout": {"variations": [{"variation": 0, "weight": 40000}, {"variation": 1, "weight": 60000}]}});
        let told = changes(&after, &state(false, rollout)).unwrap();
        assert_eq!(told[0]["rolloutWeights"], json!({"v0": 40000, "v1": 60000}));
        assert!(changes(&before, &before).unwrap().is_empty());
    }

    #[test]
    fn rules_and_targets_are_left_to_the_provider() {
        let before = state(true, json!({"variation": 0}));
        let mut after = before.clone();
        after["rules"] = json!([{"clauses": []}]);
        assert!(changes(&after, &before).unwrap_err().to_string().contains("its rules changed too"));
    }
}
