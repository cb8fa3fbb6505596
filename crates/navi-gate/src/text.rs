//! Words for people: errors with their causes on one line, durations, shell quoting, visible characters.

use navi_client::ClientError;

/// One line: what failed, and why.
pub fn one_line(error: &ClientError) -> String {
    let mut line = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = cause.source();
    }
    visible(&line.replace('\n', " "))
}

/// Minutes and seconds.
pub fn left(micros: i64) -> String {
    let secs = (micros / 1_000_000).max(0);
    if secs >= 3600 {
        format!("{} h {:02} min", secs / 3600, secs / 60 % 60)
    } else {
        format!("{}:{:02}", secs / 60, secs % 60)
    }
}

/// An instant by this machine's clock, with the day of the week and the offset.
pub fn at(micros: i64) -> String {
    let at = chrono::DateTime::<chrono::Utc>::from_timestamp_micros(micros).unwrap_or_default();
    at.with_timezone(&chrono::Local).format("%a %Y-%m-%d %H:%M %z").to_string()
}

/// One argument so that a POSIX shell reads it back as it is.
pub fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

/// Control and bidirectional characters, made visible.
pub fn visible(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if hides(c) { format!("<U+{:04X}>", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_survives_a_shell() {
        for argument in ["plain", "", "two words", "it's", "$HOME", "a\nb", "-rf"] {
            let out = std::process::Command::new("sh")
                .arg("-c")
                .arg(format!("printf %s {}", quoted(argument)))
                .output();
            assert_eq!(String::from_utf8(out.unwrap().stdout).unwrap(), argument);
        }
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\u{202e}b\u{1b}"), "a<U+202E>b<U+001B>");
    }
}
