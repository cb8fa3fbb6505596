//! The command parser: no text makes it panic, hang, or forget what it saw.
#![no_main]

use libfuzzer_sys::fuzz_target;
use navi_domain::fact::FactKind;
use navi_facts::Catalogue;

fuzz_target!(|text: &str| {
    let catalogue = Catalogue::shipped();
    let facts = navi_facts::commands::facts(text, None, catalogue);
    assert_eq!(facts, navi_facts::commands::facts(text, None, catalogue), "the same text, the same facts");
    let _ = navi_facts::describe(text, catalogue);
    let repeatable = navi_facts::invocations(text);
    let unreadable = facts
        .iter()
        .any(|f| f.kind == FactKind::UnreadableCommand && f.rule.as_deref() == Some("unreadable"));
    if navi_facts::shell::parse(text).unreadable.is_empty() {
        // What was read completely and is one simple command is repeatable or says why not by having dynamic parts.
        let _ = navi_facts::is_simple(text);
    } else {
        assert!(unreadable, "what could not be read is a fact");
        assert!(repeatable.is_none(), "what could not be read cannot be granted");
    }
    // A second command never takes a fact away: padding dilutes nothing.
    if !text.contains(['\'', '"', '\\', '`', '#', '<', '(', '{', '$', '&', '\0']) {
        let kinds = |text: &str| {
            let mut kinds: Vec<FactKind> =
                navi_facts::commands::facts(text, None, catalogue).iter().map(|f| f.kind).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        let padded = kinds(&format!("true\n{text}"));
        let missing = kinds(text).into_iter().find(|kind| !padded.contains(kind));
        assert_eq!(missing, None, "padding took a fact away");
    }
});
