//! The process that would run it, told beside the action for whoever decides: who it runs as, where, and the names of the
//! variables it would see. Told, not material: it is shown as the gate's word and no vote is bound to it.

use std::path::Path;

use crate::governed::secrets;

/// More names than this are not told.
const MOST_NAMES: usize = 200;
/// Name of the context's field.
pub const FIELD: &str = "process";

/// This process, for the request's context. Values of variables are never told.
pub fn told() -> (String, serde_json::Value) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let user = user(rustix::process::geteuid().as_raw(), Path::new("/etc/passwd"));
    let said = serde_json::json!({"user": user, "host": host(), "env": listed(names.collect())});
    (FIELD.to_owned(), said)
}

fn listed(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !secrets::is_withheld(name));
    names.sort_unstable();
    names.truncate(MOST_NAMES);
    names
}

/// The name of a user id, or the number where the file does not name it.
fn user(id: u32, passwd: &Path) -> String {
    let text = std::fs::read_to_string(passwd).unwrap_or_default();
    let name = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(id)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| id.to_string())
}

fn host() -> Option<String> {
    let read = |path| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let name = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"));
    name.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_named_or_numbered() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("passwd");
        std::fs::write(&file, "root:x:0:0::/:/bin/sh\nnova:x:1001:10::/home/nova:/bin/sh\n").unwrap();
        assert_eq!((user(1001, &file), user(7, &file)), ("nova".to_owned(), "7".to_owned()));
        assert_eq!(user(3, Path::new("/nowhere")), "3");
    }

    #[test]
    fn names_are_told_in_order_and_values_never() {
        let many = (0..300).rev().map(|n| format!("V{n:03}")).collect();
        let names = listed(many);
        assert_eq!((names.len(), names.first().map(String::as_str)), (MOST_NAMES, Some("V000")));
        assert_eq!(
            listed(vec!["PATH".into(), "NAVI_TOKEN".into()]),
            ["PATH"],
            "what the command does not get"
        );
        let (name, said) = told();
        assert_eq!(name, FIELD);
        let path = std::env::var("PATH").unwrap();
        assert!(said["env"].as_array().unwrap().contains(&"PATH".into()));
        assert!(!said.to_string().contains(&path));
    }
}
