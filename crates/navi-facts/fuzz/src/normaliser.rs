//! The normalisers: action types, effects and redaction, for any action.
#![no_main]

use libfuzzer_sys::fuzz_target;
use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::risk::{RiskSettings, assess};
use navi_facts::Catalogue;
use navi_facts::redact::redact;

fuzz_target!(|parts: (&str, &str, &str, &str)| {
    let (kind, command, path, diff) = parts;
    let action_type = ActionType::parse(kind);
    assert_eq!(ActionType::parse(action_type.as_str()), action_type, "normalising twice is normalising once");
    let catalogue = Catalogue::shipped();
    let clean = redact(diff, b"key", &catalogue.secrets);
    assert_eq!(
        redact(&clean.text, b"key", &catalogue.secrets).text,
        clean.text,
        "redacting twice is redacting once"
    );
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let action = Action {
        org: "o".into(),
        agent: None,
        on_behalf_of: "p".into(),
        session_id: None,
        action_type,
        tool: some(kind),
        args: serde_json::from_str(diff).ok(),
        command: some(command),
        cwd: None,
        files: vec![FileChange { path: path.into(), op: FileOp::Edit, before: None, after: None }],
        diff: some(&clean.text),
        repo: None,
        branch: some(path),
        environment: some(kind),
        target_state: TargetState::None(String::new()),
    };
    let facts = navi_facts::derive(&action, &Claims::default(), 0, catalogue);
    assert!(facts.len() < 3_000, "facts stay few enough to be read");
    assert!(assess(&action.action_type, &facts, &RiskSettings::default()).score <= 1000);
    assert_eq!(navi_facts::effect(&action), navi_facts::effect(&action));
});
