//! What the window may ask is one list in three places: the handlers, the permission, and the capability.

use std::collections::BTreeSet;

const HANDLERS: &str = include_str!("../lib.rs");
const PERMISSION: &str = include_str!("../../permissions/console.toml");
const CAPABILITY: &str = include_str!("../../capabilities/main.json");

#[test]
fn the_permission_names_every_command_and_no_other() {
    let handlers = HANDLERS.split_once("generate_handler![").unwrap().1;
    let handlers = handlers.split_once(']').unwrap().0;
    let commands: BTreeSet<&str> = handlers
        .split(',')
        .map(|path| path.trim().rsplit("::").next().unwrap())
        .filter(|c| !c.is_empty())
        .collect();
    let allowed = PERMISSION.split_once("commands.allow = [").unwrap().1;
    let allowed: BTreeSet<&str> = allowed.split('"').skip(1).step_by(2).collect();
    assert_eq!(commands, allowed);
    assert!(commands.contains("decide") && commands.len() > 20, "{commands:?}");
}

#[test]
fn the_window_is_granted_our_commands_and_hearing_events_only() {
    let capability: serde_json::Value = serde_json::from_str(CAPABILITY).unwrap();
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    let granted = serde_json::json!(["core:event:allow-listen", "core:event:allow-unlisten", "console"]);
    assert_eq!(capability["permissions"], granted);
    assert!(capability.get("remote").is_none(), "no page from elsewhere may ask anything");
}
