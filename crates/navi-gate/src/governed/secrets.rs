//! What of this process's environment is a secret: the gate's own credentials, which no command gets, and the values that
//! by their names are secrets of others, which the command keeps and its record does not.

use std::ffi::OsString;

/// Variables that let whoever has them speak as the gate, or for the person whose terminal it is.
const OURS: [&str; 3] = ["NAVI_TOKEN", "NAVI_KEYSTORE", "NAVI_CONSOLE_KEYSTORE"];
/// Ends of the names whose values are secrets; `KEY` only as a word of its own.
const SECRET: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "_KEY"];
/// A shorter value is no secret, or is found in too much that is none.
const SHORTEST: usize = 8;

/// Takes the gate's own credentials from a command's environment: with them it could report, or ask, in the gate's name.
pub fn withhold(command: &mut std::process::Command) {
    OURS.iter().for_each(|name| {
        command.env_remove(name);
    });
}

/// Whether no command gets the variable of this name.
#[must_use]
pub fn is_withheld(name: &str) -> bool {
    OURS.contains(&name)
}

/// Values that are replaced wherever they stand.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Kind and value, the longest value first: one may hold another.
    values: Vec<(String, String)>,
}

impl Known {
    /// Those of this process's environment, and the gate's own token wherever it came from.
    #[must_use]
    pub fn here(token: Option<&str>) -> Self {
        Self::of(std::env::vars_os(), token)
    }

    fn of(environment: impl Iterator<Item = (OsString, OsString)>, token: Option<&str>) -> Self {
        let token = token.map(|token| ("navi_token".to_owned(), token.to_owned()));
        let named = environment.filter_map(|(name, value)| {
            let name = name.to_str()?.to_ascii_uppercase();
            let is_secret = name == "KEY" || SECRET.iter().any(|end| name.ends_with(end));
            is_secret.then(|| (name.to_ascii_lowercase(), value.to_string_lossy().into_owned()))
        });
        let mut values: Vec<(String, String)> = token.into_iter().chain(named).flat_map(lines).collect();
        values.retain(|(_, value)| value.trim().len() >= SHORTEST);
        values.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| (&a.1, &a.0).cmp(&(&b.1, &b.0))));
        values.dedup_by(|a, b| a.1 == b.1);
        Self { values }
    }

    /// The text without them, and how many there were.
    #[must_use]
    pub fn hide(&self, mut text: String) -> (String, usize) {
        let mut found = 0;
        for (kind, value) in &self.values {
            if text.contains(value.as_str()) {
                found += text.matches(value.as_str()).count();
                text = text.replace(value.as_str(), &format!("{{secret: {kind}}}"));
            }
        }
        (text, found)
    }
}

/// A value of several lines, and each of its lines: an output that was cut holds only some.
fn lines((kind, value): (String, String)) -> Vec<(String, String)> {
    let mut all = vec![(kind.clone(), value.trim_end_matches('\n').to_owned())];
    if value.trim().contains('\n') {
        // The frame of a key block is the same in all of them, and tells the patterns where it is.
        let own = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        all.extend(own.map(|line| (kind.clone(), line.to_owned())));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(environment: &[(&str, &str)], token: Option<&str>) -> Known {
        Known::of(environment.iter().map(|(name, value)| (name.into(), value.into())), token)
    }

    #[test]
    fn values_are_hidden_by_their_names_and_everything_else_stays() {
        let known = known(
            &[
                ("GITHUB_TOKEN", "plain words of no pattern"),
                ("db_password", "correct horse"),
                ("DEPLOY_KEY", "short"),
                ("MONKEY", "azerty-and-more"),
                ("HOME", "/home/alice"),
                ("SECRET", "correct horse battery"),
            ],
            Some("nvt_0123456789"),
        );
        let text = "plain words of no pattern; correct horse; correct horse battery; short; azerty-and-more; \
                    /home/alice; nvt_0123456789";
        assert_eq!(
            known.hide(text.to_owned()),
            (
                "{secret: github_token}; {secret: db_password}; {secret: secret}; short; azerty-and-more; \
                 /home/alice; {secret: navi_token}"
                    .to_owned(),
                4
            )
        );
    }

    #[test]
    fn a_part_of_a_value_of_many_lines_is_hidden_as_well() {
        let value = "-----BEGIN X-----\nfirst line of it\nsecond line of it\n-----END X-----\n";
        let known = known(&[("SIGNING_KEY", value)], None);
        assert_eq!(known.hide(format!("a {value}b")).0, "a {secret: signing_key}\nb");
        assert_eq!(known.hide("second line of it\nrest".into()).0, "{secret: signing_key}\nrest");
        assert_eq!(known.hide("-----BEGIN X-----".into()).1, 0);
    }

    #[test]
    fn a_command_gets_none_of_the_gates_credentials() {
        let mut command = std::process::Command::new("env");
        command.env_clear().envs(OURS.map(|name| (name, "x"))).env("OTHER_TOKEN", "stays");
        withhold(&mut command);
        let out = command.output().unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), "OTHER_TOKEN=stays\n");
    }
}
