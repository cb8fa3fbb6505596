//! What counts as looser risk settings: never more than what is told.

use navi_domain::action::{ActionType, KNOWN_TYPES};
use navi_domain::fact::{Fact, FactKind, Severity};
use navi_domain::risk::{FactorName, LevelBounds, RiskOverrides, RiskSettings, assess, change};
use proptest::prelude::*;

fn settings() -> impl Strategy<Value = RiskSettings> {
    let weights =
        prop::collection::btree_map(prop::sample::select(FactorName::ALL.to_vec()), 200..=1000u16, 0..4);
    let kinds = prop::sample::select(KNOWN_TYPES).prop_map(ActionType::parse);
    let base = prop::collection::btree_map(kinds, 0..=1000u16, 0..3);
    let levels = prop::option::of((100..=400u16, 401..=599u16, 600..=950u16))
        .prop_map(|bounds| bounds.map(|(medium, high, critical)| LevelBounds { medium, high, critical }));
    (weights, base, levels).prop_map(|(weights, base, levels)| {
        RiskSettings::merged(&[RiskOverrides { weights, base, levels, labels: Default::default() }])
    })
}

proptest! {
    #[test]
    fn a_lower_score_or_level_is_never_left_unsaid(
        old in settings(), new in settings(), kind in prop::sample::select(KNOWN_TYPES),
        kinds in prop::collection::vec(prop::sample::select(FactKind::ALL.to_vec()), 0..4),
    ) {
        let kind = ActionType::parse(kind);
        for severity in [Severity::Minor, Severity::Serious, Severity::Grave] {
            let facts: Vec<Fact> = kinds.iter().map(|k| Fact { severity, ..Fact::new(*k, "") }).collect();
            let (before, after) = (assess(&kind, &facts, &old), assess(&kind, &facts, &new));
            if after.score < before.score || after.level < before.level {
                prop_assert!(!change::loosens(&old, &new).is_empty());
            }
        }
        prop_assert!(change::loosens(&old, &old).is_empty() && change::differences(&new, &new).is_empty());
    }
}

#[test]
fn lower_weights_and_later_levels_are_looser() {
    let of = |json: &str| RiskSettings::merged(&[serde_json::from_str::<RiskOverrides>(json).unwrap()]);
    let shipped = RiskSettings::default();
    let lower = of(r#"{"weights": {"auth": 300}, "base": {"deploy": 200}}"#);
    assert_eq!(
        change::loosens(&shipped, &lower),
        [
            "the weight of auth goes down from 0.400 to 0.300",
            "the base risk of deploy goes down from 0.250 to 0.200"
        ]
    );
    assert!(change::loosens(&lower, &shipped).is_empty());
    let later = of(r#"{"levels": {"medium": 300, "high": 750, "critical": 900}}"#);
    assert_eq!(change::loosens(&shipped, &later), ["where high begins goes up from 0.700 to 0.750"]);
    let named = of(r#"{"labels": {"high": "red"}}"#);
    assert!(change::loosens(&shipped, &named).is_empty());
    assert_eq!(change::differences(&shipped, &named), ["high is called \"red\" instead of \"high\""]);
}
