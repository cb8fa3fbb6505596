//! What derived facts and weighed factors say, as sentences with codes. Headlines of shipped rules go by the rule's id; what an
//! organisation's own rules say is its own text, in its language, and has no code.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use navi_domain::decision::DecisionRecord;
use navi_domain::fact::Fact;
use navi_domain::risk::{Counterfactual, Factor, FactorName};
use navi_domain::words::{Said, Slot, phrases, recognised, score};

use crate::catalogue::SHIPPED;

/// Headlines of facts that no pattern of the catalogue finds.
const HEADLINES: [(&str, &str); 23] = [
    ("production_branch", "Production branch"),
    ("production_environment", "Production environment"),
    ("production_deployment", "Production deployment"),
    ("changes_schema", "Changes the database schema"),
    ("changes_infrastructure", "Changes infrastructure"),
    ("touches_secrets", "Touches secrets"),
    ("carries_secret", "Carries a secret"),
    ("outside_directory", "Reaches outside the working directory"),
    ("deletes_test", "Deletes a test"),
    ("fewer_assertions", "Leaves a test with fewer assertions"),
    ("fewer_tests", "Leaves a file with fewer tests"),
    ("forgets_resource", "Leaves a resource to itself"),
    ("changes_permissions", "Changes who may do what"),
    ("unknown_change", "Does what is not known here"),
    ("replaces_infrastructure", "Replaces infrastructure"),
    ("destroys_infrastructure", "Destroys infrastructure"),
    ("destroys_data", "Destroys what keeps data"),
    ("fetched_file", "Runs a file fetched by the same command"),
    ("cloned_script", "Runs a script of a repository cloned by the same command"),
    ("computed_program", "The program's name is computed"),
    ("unreadable", "The command could not be read completely"),
    ("unseen", "Holds characters that are not seen, or change what is seen"),
    ("mixed_alphabets", "The program's name mixes alphabets"),
];

/// What a shipped rule says.
#[derive(Default)]
struct Says {
    headline: Option<String>,
    without: Option<String>,
}

fn shipped() -> &'static BTreeMap<String, Says> {
    static READ: OnceLock<BTreeMap<String, Says>> = OnceLock::new();
    READ.get_or_init(|| SHIPPED.iter().flat_map(|text| rules(text)).collect())
}

fn rules(text: &str) -> Vec<(String, Says)> {
    let tables: toml::Table = toml::from_str(text).unwrap_or_default();
    let rules = tables.values().filter_map(toml::Value::as_array).flatten();
    let said = |rule: &toml::Value, name: &str| rule.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    rules
        .filter_map(|rule| {
            let id = said(rule, "id")?;
            Some((id, Says { headline: said(rule, "headline"), without: said(rule, "without") }))
        })
        .collect()
}

fn headline_of(id: &str, text: &str) -> Said {
    Said::constant(format!("rule.{id}"), text)
}

fn without_of(id: &str, text: &str) -> Said {
    Said::constant(format!("rule.{id}.without"), text)
}

/// The sentence that stands for a fact's factor; `None`: an organisation's own.
#[must_use]
pub fn headline(fact: &Fact) -> Option<Said> {
    let Some(text) = &fact.headline else { return Some(FactorName::of(fact.kind).said()) };
    let own = fact.rule.as_ref().and_then(|id| shipped().get_key_value(id));
    if let Some((id, _)) = own.filter(|(_, says)| says.headline.as_ref() == Some(text)) {
        return Some(headline_of(id, text));
    }
    let known = HEADLINES.iter().find(|(_, english)| english == text)?;
    Some(Said::constant(format!("headline.{}", known.0), known.1))
}

/// What would avoid a fact; `None`: an organisation's own words.
#[must_use]
pub fn without(fact: &Fact) -> Option<Said> {
    let Some(text) = &fact.without else { return Some(FactorName::of(fact.kind).said_without()) };
    let own = fact.rule.as_ref().and_then(|id| shipped().get_key_value(id));
    match own.filter(|(_, says)| says.without.as_ref() == Some(text)) {
        Some((id, _)) => Some(without_of(id, text)),
        None => recognised(phrases::UNLESS, text),
    }
}

/// What a fact rests on; `None`: it holds no words (a line of a diff), or is none of these.
#[must_use]
pub fn evidence(text: &str) -> Option<Said> {
    let Some((step, rest)) = text.strip_prefix("step ").and_then(|rest| rest.split_once(": ")) else {
        return recognised(phrases::EVIDENCE, text);
    };
    let inner = evidence(rest).map_or_else(|| rest.into(), Slot::from);
    Some(phrases::ON_STEP.with([("step", step.into()), ("evidence", inner)]))
}

/// Every sentence about the facts and factors of a decision.
#[must_use]
pub fn of_decision(record: &DecisionRecord) -> Vec<Said> {
    record.assessment.factors.iter().flat_map(|factor| of_factor(factor, record)).collect()
}

fn of_factor(factor: &Factor, record: &DecisionRecord) -> Vec<Said> {
    if factor.name == FactorName::Base {
        let kind = record.action.action_type.as_str();
        let by_itself = phrases::BY_ITSELF.with([("type", kind.into())]);
        return vec![by_itself, phrases::ON_TYPE.with([("type", kind.into())])];
    }
    let mine = || record.facts.iter().filter(|fact| FactorName::of(fact.kind) == factor.name);
    let lower = |counterfactual: &Counterfactual| {
        let lower_by = counterfactual.lower_by;
        let said = move |without: Said| {
            phrases::LOWER_BY.with([("score", score(lower_by)), ("without", without.into())])
        };
        mine().filter_map(without).map(said).collect::<Vec<_>>()
    };
    mine()
        .filter_map(headline)
        .chain(factor.evidence.iter().filter_map(|text| evidence(text)))
        .chain(factor.counterfactual.as_ref().map(lower).unwrap_or_default())
        .collect()
}

/// Every sentence that facts bring: code and English text, in no order.
#[must_use]
pub fn all() -> Vec<(String, String)> {
    let constants =
        HEADLINES.iter().map(|(code, english)| (format!("headline.{code}"), (*english).to_owned()));
    let of_rules = shipped().iter().flat_map(|(id, says)| {
        let headline = says.headline.as_ref().map(|text| (format!("rule.{id}"), text.clone()));
        let without = says.without.as_ref().map(|text| (format!("rule.{id}.without"), text.clone()));
        headline.into_iter().chain(without)
    });
    constants.chain(of_rules).collect()
}

#[cfg(test)]
mod tests {
    use navi_domain::fact::FactKind;

    use super::*;

    #[test]
    fn a_shipped_rules_headline_goes_by_its_id_and_an_organisations_own_has_no_code() {
        let found = |id: &str, headline: &str| {
            let fact = Fact::said(FactKind::HardToUndo, "command: x", headline);
            super::headline(&Fact { rule: Some(id.to_owned()), ..fact }).map(|said| said.code)
        };
        assert_eq!(
            found("git-force-push", "Overwrites published history").as_deref(),
            Some("rule.git-force-push")
        );
        assert_eq!(found("git-force-push", "Überschreibt alles"), None);
        assert_eq!(found("ours", "Touches the crown jewels"), None);
        assert_eq!(
            found("terraform-plan", "Replaces infrastructure").as_deref(),
            Some("headline.replaces_infrastructure")
        );
    }

    #[test]
    fn evidence_of_a_plan_names_its_step_and_the_rest_is_said_too() {
        let said = serde_json::to_value(evidence("step deploy: command: make deploy")).unwrap();
        assert_eq!(said["code"], "evidence.step");
        assert_eq!(said["with"]["step"], "deploy");
        assert_eq!(said["with"]["evidence"]["code"], "evidence.command");
        assert_eq!(said["with"]["evidence"]["with"]["command"], "make deploy");
    }
}
