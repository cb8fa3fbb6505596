//! Unleash, by its Admin API: a feature in one environment is on or off, with strategies in an order, and, where an older
//! server has them, with variants of its own.
//!
//! No call of the API changes all of it at once. So what is still right stays, in place and with its id; the order of the
//! calls never lets the feature be on with less than one of the two states; and a rollback that was cut off between two
//! calls is known by [`is_between`].

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::super::declared::UnleashRule;
use super::{Call, segment, token};

/// Fields of a strategy that say what it does; ids and times differ without meaning anything.
const MEANT: [&str; 7] = ["name", "title", "disabled", "parameters", "constraints", "segments", "variants"];

fn feature(rule: &UnleashRule) -> String {
    format!(
        "{}/api/admin/projects/{}/features/{}",
        rule.url.trim_end_matches('/'),
        segment(&rule.project),
        segment(&rule.feature),
    )
}

/// A call below the feature's environment.
async fn call(rule: &UnleashRule, method: Method, below: &str, body: Option<Value>) -> Result<Value> {
    let url = format!("{}/environments/{}{below}", feature(rule), segment(&rule.environment));
    Call::new(method, url, &token(&rule.token_env)?, body).send().await
}

/// The environment, as the feature lists it: only there strategies come with their segments, in one answer with all else.
async fn environment(rule: &UnleashRule) -> Result<Value> {
    let url = format!("{}?variantEnvironments=true", feature(rule));
    let answer = Call::new(Method::GET, url, &token(&rule.token_env)?, None).send().await?;
    let all = answer.get("environments").and_then(Value::as_array).into_iter().flatten();
    let mut named = all.filter(|e| e.get("name").and_then(Value::as_str) == Some(&rule.environment));
    let mut found =
        named.next().cloned().with_context(|| format!("there is no environment {}", rule.environment))?;
    if let Some(strategies) = found.get_mut("strategies").and_then(Value::as_array_mut) {
        strategies.sort_by_key(|strategy| strategy.get("sortOrder").and_then(Value::as_i64));
    }
    Ok(found)
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_on(state: &Value) -> bool {
    state.get("enabled").and_then(Value::as_bool).unwrap_or(false)
}

fn id(strategy: &Value) -> Option<&str> {
    strategy.get("id").and_then(Value::as_str)
}

/// A strategy without its id, and without what is empty: servers leave that out or not.
fn meant(strategy: &Value) -> Value {
    let fields = MEANT.iter().filter_map(|name| {
        let value = strategy.get(*name)?;
        let empty = value.is_null() || *value == json!([]) || *value == json!("") || *value == json!(false);
        (!empty).then(|| ((*name).to_owned(), value.clone()))
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

/// The same strategy with everything that is empty named: what a change leaves out, the server keeps.
fn whole(strategy: &Value) -> Value {
    let mut whole = json!({
        "title": "", "disabled": false, "parameters": {}, "constraints": [], "segments": [], "variants": [],
    });
    if let (Some(fields), Some(meant)) = (whole.as_object_mut(), meant(strategy).as_object()) {
        fields.extend(meant.clone());
    }
    whole
}

/// On or off, its strategies in their order, and variants if it has some.
fn state(environment: &Value) -> Value {
    let mut state = json!({
        "enabled": is_on(environment),
        "strategies": list(environment, "strategies").iter().map(meant).collect::<Vec<_>>(),
    });
    let variants = list(environment, "variants");
    if let (false, Some(fields)) = (variants.is_empty(), state.as_object_mut()) {
        fields.insert("variants".to_owned(), json!(variants));
    }
    state
}

/// A strategy in a few words.
pub fn brief(strategy: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let name = text(strategy.get("name")).unwrap_or_default();
    let share = text(strategy.pointer("/parameters/rollout"));
    let mut words = share.map_or_else(|| name.clone(), |percent| format!("{name} {percent}%"));
    if strategy.get("disabled").is_some() {
        words.push_str(" disabled");
    }
    words
}

pub async fn read(rule: &UnleashRule) -> Result<Value> {
    Ok(state(&environment(rule).await?))
}

/// Whether the server can be told to go back.
pub fn possible(after: &Value, before: &Value) -> Result<()> {
    let switched_on = is_on(before) && !is_on(after);
    let works = list(before, "strategies").iter().any(|strategy| strategy.get("disabled").is_none());
    // Unleash would add a strategy that lets everybody in.
    ensure!(!switched_on || works, "it was on without a strategy, which Unleash does not bring back");
    Ok(())
}

/// Whether a state is one that [`write`] leaves between two of its calls: everything in it is of one of the two.
pub fn is_between(now: &Value, after: &Value, before: &Value) -> bool {
    let known = [list(after, "strategies"), list(before, "strategies")];
    let variants = list(now, "variants");
    list(now, "strategies").iter().all(|strategy| known.iter().any(|of| of.contains(strategy)))
        && [after, before].iter().any(|of| list(of, "variants") == variants)
}

/// Off first and on last, so that the flag is never on with what it should not have.
pub async fn write(rule: &UnleashRule, before: &Value) -> Result<()> {
    let now = environment(rule).await?;
    if is_on(&now) && !is_on(before) {
        call(rule, Method::POST, "/off", None).await?;
    }
    if state(&now).get("strategies") != before.get("strategies") {
        strategies(rule, list(&now, "strategies"), list(before, "strategies")).await?;
    }
    if list(&now, "variants") != list(before, "variants") {
        let variants = json!(list(before, "variants"));
        call(rule, Method::PUT, "/variants", Some(variants)).await?;
    }
    // The server switches a feature off by itself while none of its strategies works.
    let now = environment(rule).await?;
    if is_on(&now) != is_on(before) {
        let way = if is_on(before) { "/on" } else { "/off" };
        call(rule, Method::POST, way, None).await?;
    }
    Ok(())
}

/// Makes the strategies those from before: what is there is changed, what is missing added, and only then what is too
/// much removed.
async fn strategies(rule: &UnleashRule, now: &[Value], before: &[Value]) -> Result<()> {
    let paired = paired(now, before);
    let mut ids = Vec::new();
    for (wanted, there) in before.iter().zip(&paired) {
        let there = there.and_then(|at| now.get(at));
        let answer = match there {
            Some(there) if meant(there) == *wanted => there.clone(),
            Some(there) => {
                let below = format!("/strategies/{}", segment(id(there).context("a strategy has no id")?));
                call(rule, Method::PUT, &below, Some(whole(wanted))).await?
            }
            None => call(rule, Method::POST, "/strategies", Some(whole(wanted))).await?,
        };
        ids.push(id(&answer).context("a strategy has no id")?.to_owned());
    }
    for (at, extra) in now.iter().enumerate().filter(|(at, _)| !paired.contains(&Some(*at))) {
        let id = id(extra).with_context(|| format!("strategy {at} has no id"))?;
        call(rule, Method::DELETE, &format!("/strategies/{}", segment(id)), None).await?;
    }
    let left = environment(rule).await?;
    if !list(&left, "strategies").iter().filter_map(id).eq(ids.iter().map(String::as_str)) {
        let order: Vec<Value> =
            ids.iter().enumerate().map(|(at, id)| json!({"id": id, "sortOrder": at})).collect();
        call(rule, Method::POST, "/strategies/set-sort-order", Some(json!(order))).await?;
    }
    Ok(())
}

/// Which strategy that is there becomes which of those from before: one that means the same, else one of the same kind.
fn paired(now: &[Value], before: &[Value]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; before.len()];
    let same = |there: &Value, wanted: &Value| meant(there) == *wanted;
    let kind = |there: &Value, wanted: &Value| there.get("name") == wanted.get("name");
    for fits in [&same as &dyn Fn(&Value, &Value) -> bool, &kind] {
        for at in 0..before.len() {
            let (Some(None), Some(wanted)) = (pairs.get(at), before.get(at)) else { continue };
            let mut free = now.iter().enumerate().filter(|(n, _)| !pairs.contains(&Some(*n)));
            let found = free.find(|(_, there)| fits(there, wanted)).map(|(n, _)| n);
            if let Some(pair) = pairs.get_mut(at) {
                *pair = found;
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(percent: &str) -> Value {
        json!({"name": "flexibleRollout", "parameters": {"rollout": percent}})
    }

    #[test]
    fn ids_and_what_is_empty_are_no_part_of_the_state() {
        let one = json!({"enabled": true, "strategies": [
            {"id": "a", "name": "default", "constraints": [], "parameters": {"rollout": "10"}, "sortOrder": 1}]});
        let two = json!({"enabled": true, "strategies": [{"id": "b", "name": "default", "parameters": {"rollout": "10"}}]});
        assert_eq!(state(&one), state(&two));
        let other =
            json!({"enabled": true, "strategies": [{"name": "default", "parameters": {"rollout": "20"}}]});
        assert_ne!(state(&one), state(&other));
        assert_eq!(state(&json!({})), json!({"enabled": false, "strategies": []}));
    }

    #[test]
    fn what_a_state_left_empty_is_named_when_it_is_written() {
        let written = whole(&rollout("50"));
        assert_eq!(written["segments"], json!([]));
        assert_eq!(written["parameters"], json!({"rollout": "50"}));
        assert_eq!(meant(&written), rollout("50"));
    }

    #[test]
    fn a_strategy_that_is_right_keeps_its_place_and_a_changed_one_is_changed() {
        let default = json!({"name": "default"});
        let now = [rollout("100"), rollout("20"), json!({"id": "x", "name": "default", "segments": []})];
        assert_eq!(paired(&now, &[default, rollout("20"), rollout("50")]), [Some(2), Some(1), Some(0)]);
        assert_eq!(paired(&now, &[json!({"name": "userWithId"})]), [None]);
    }

    #[test]
    fn between_is_only_what_one_of_the_two_had() {
        let of = |on: bool, strategies: Value| json!({"enabled": on, "strategies": strategies});
        let (before, after) = (of(true, json!([rollout("50")])), of(false, json!([rollout("100")])));
        assert!(is_between(&of(false, json!([rollout("50")])), &after, &before));
        assert!(is_between(&of(true, json!([rollout("50"), rollout("100")])), &after, &before));
        assert!(!is_between(&of(false, json!([rollout("7")])), &after, &before));
        let variants = json!({"enabled": false, "strategies": [], "variants": [{"name": "mine"}]});
        assert!(!is_between(&variants, &after, &before));
    }

    #[test]
    fn what_was_on_without_a_strategy_is_not_offered() {
        let (on, off) =
            (json!({"enabled": true, "strategies": []}), json!({"enabled": false, "strategies": []}));
        assert!(possible(&off, &on).is_err());
        assert!(possible(&on, &off).is_ok());
        let disabled = json!({"enabled": true, "strategies": [{"name": "default", "disabled": true}]});
        assert!(possible(&off, &disabled).is_err());
    }
}
