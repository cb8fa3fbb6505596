//! The sentences of a view beside what they say.

use navi_domain::decision::DecisionRecord;
use navi_domain::learning::Kinds;
use navi_domain::policy::AutonomyLevel;
use navi_domain::risk::FactorName;
use navi_domain::words::{Said, Slot, phrases, recognised};
use navi_protocol::words::Worded;

/// Pairs each of these sentences with its meaning, as far as there is one: a sentence that is spelled otherwise than its meaning
/// is somebody's own and stays as it is. Each text once.
#[must_use]
pub fn of<'a>(sentences: impl IntoIterator<Item = &'a str>, known: &[Said]) -> Vec<Worded> {
    let mut found: Vec<Worded> = Vec::new();
    for text in sentences {
        if found.iter().any(|worded| worded.text == text) {
            continue;
        }
        found.extend(known.iter().find(|said| said.english() == text).map(Worded::from));
    }
    found
}

/// Everything that a decision's views may say of it, but for its title.
#[must_use]
pub fn known(record: &DecisionRecord) -> Vec<Said> {
    let mut known = record.sentences();
    known.extend(navi_facts::words::of_decision(record));
    let answers = [&record.guardrails.run, &record.guardrails.run_unattended];
    for policy in answers.into_iter().flat_map(|answer| &answer.determining) {
        known.push(policy.said());
        known.extend(policy.said_instead());
    }
    known.push(
        phrases::POLICY_LEVEL.with([
            ("scope", record.policy.scope.said().into()),
            ("level", record.policy.level.said().into()),
        ]),
    );
    known.extend(advised(record));
    known
}

/// What was learned: kept as a text, of which the numbers are read again. The kinds of facts are the decision's own.
fn advised(record: &DecisionRecord) -> Vec<Said> {
    let kinds: Kinds = record.facts.iter().map(|fact| fact.kind).collect();
    let (kinds, reasons) = (kinds.said(), record.advice.iter().flat_map(|advice| &advice.reasons));
    let read = |text: &String| {
        let said = recognised(phrases::ADVICE, text)?;
        let is_kinds = matches!(said.with.get("kinds"), Some(Slot::Text(text)) if text == kinds.english());
        Some(if is_kinds { said.slot("kinds", kinds.clone().into()) } else { said })
    };
    reasons.filter_map(read).collect()
}

/// What changes of a policy or of settings mean: recorded as texts, which are read again.
pub fn changes<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<Worded> {
    texts
        .into_iter()
        .filter_map(|text| recognised(phrases::CHANGES, text))
        .map(|said| (&named(said)).into())
        .collect()
}

/// With the levels, factors and amounts in its slots said too; other values are names in no language.
fn named(mut said: Said) -> Said {
    let slots: Vec<(&'static str, Said)> = said
        .with
        .iter()
        .filter_map(|(slot, value)| match value {
            Slot::Text(text) => Some((*slot, inner(slot, text)?)),
            _ => None,
        })
        .collect();
    for (slot, inner) in slots {
        said = said.slot(slot, inner.into());
    }
    said
}

fn inner(slot: &str, text: &str) -> Option<Said> {
    match slot {
        "level" | "class" | "from" | "to" => {
            let autonomy = || AutonomyLevel::ALL.into_iter().find(|level| level.as_str() == text);
            recognised(phrases::AMOUNTS, text).or_else(|| Some(autonomy()?.said()))
        }
        "factor" => {
            let factor = FactorName::ALL.into_iter().find(|factor| factor.as_str() == text)?;
            Some(Said::constant(factor.said().code, text))
        }
        _ => None,
    }
}

/// What can be undone and what cannot, in the words of the server, its gates and its runners.
pub fn undoing<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Worded> {
    let known: Vec<Said> = texts.into_iter().filter_map(undone).collect();
    of(known.iter().map(Said::english), &known)
}

/// One such sentence.
#[must_use]
pub fn undone(text: &str) -> Option<Said> {
    let said = recognised(phrases::UNDOING, text)?;
    let inner = said.with.iter().find_map(|(name, slot)| match (*name, slot) {
        ("why", Slot::Text(why)) => Some(("why", undone(why)?)),
        ("evidence", Slot::Text(evidence)) => Some(("evidence", navi_facts::words::evidence(evidence)?)),
        _ => None,
    });
    Some(match inner {
        Some((name, inner)) => said.slot(name, inner.into()),
        None => said,
    })
}

/// Every sentence that this server makes, as a JSON object: code to English text with its slots. What other languages must have.
///
/// # Errors
/// None in practice: strings always have a JSON form.
pub fn list() -> serde_json::Result<String> {
    let mut all: Vec<(String, String)> = navi_domain::words::all();
    all.extend(navi_facts::words::all());
    all.extend(navi_guardrail::words());
    let all: std::collections::BTreeMap<String, String> = all.into_iter().collect();
    serde_json::to_string_pretty(&all)
}
