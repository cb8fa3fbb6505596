//! What a script certainly prints: `echo`, `printf`, `base64 -d` and the like on literal words.
//!
//! Only for seeing through disguises; what is not certain is `None`.

use super::Word;
use super::crude;
use super::word::{self, Variables};

/// What `script` prints when it is a pipeline of literal printers and decoders.
pub(super) fn output(script: &str, variables: &Variables, depth: u8) -> Option<String> {
    if script.len() > 4096 || script.contains([';', '&', '\n']) {
        return None;
    }
    let mut printed = None;
    let stages = crude::pipeline(script);
    for stage in &stages {
        let words = word::expand_at(stage, variables, depth);
        printed = Some(of_command(&words, printed.as_deref())?);
    }
    printed
}

/// What one command prints on this input.
pub(super) fn of_command(words: &[Word], input: Option<&str>) -> Option<String> {
    let (program, arguments) = words.split_first()?;
    if words.iter().any(|w| w.text.contains('$') || w.text.contains('`')) && program.text != "printf" {
        return None;
    }
    let flagged = |flags: &[&str]| arguments.iter().any(|a| flags.contains(&a.text.as_str()));
    let operands = || arguments.iter().filter(|a| !a.text.starts_with('-') || a.text == "-");
    match program.text.rsplit('/').next().unwrap_or("") {
        "echo" => {
            let escapes = flagged(&["-e", "-ne", "-en"]);
            let shown =
                arguments.iter().skip_while(|a| matches!(a.text.as_str(), "-e" | "-n" | "-ne" | "-en"));
            let text = shown.map(|a| a.text.as_str()).collect::<Vec<_>>().join(" ");
            Some(if escapes { unescape(&text) } else { text })
        }
        "printf" => {
            let mut texts = arguments.iter().map(|a| a.text.as_str());
            let format = unescape(texts.next()?);
            if !format.contains('%') {
                return Some(format);
            }
            let values: Vec<&str> = texts.collect();
            let mut out = String::new();
            let mut left = values.iter();
            let mut parts = format.split("%s");
            out.push_str(parts.next()?);
            let holes = parts.clone().count();
            for part in parts {
                out.push_str(left.next().copied().unwrap_or(""));
                out.push_str(part);
            }
            // The format is used again for further values.
            if holes == 1 {
                for value in left {
                    out.push_str(&format.replace("%s", value));
                }
            }
            (!out.contains('%')).then_some(out)
        }
        "cat" | "tee" if operands().all(|a| a.text == "-") || program.text == "tee" => {
            input.map(str::to_owned)
        }
        "base64" | "gbase64" if flagged(&["-d", "-D", "--decode", "-di"]) => base64(input?),
        "xxd" if flagged(&["-r", "-p", "-rp", "-pr", "-ps"]) => hexadecimal(input?),
        "rev" => Some(input?.lines().map(|l| l.chars().rev().collect()).collect::<Vec<String>>().join("\n")),
        "tr" => {
            let sets: Vec<&str> = operands().map(|a| a.text.as_str()).collect();
            rotate(input?, sets.first()?, sets.get(1)?)
        }
        _ => None,
    }
}

/// Only the rotation by thirteen, the usual disguise.
fn rotate(input: &str, from: &str, to: &str) -> Option<String> {
    let rot13 = from.eq_ignore_ascii_case("a-za-z") && to.eq_ignore_ascii_case("n-za-mn-za-m");
    rot13.then(|| {
        input
            .bytes()
            .map(|b| match b {
                b'a'..=b'z' => char::from((b - b'a' + 13) % 26 + b'a'),
                b'A'..=b'Z' => char::from((b - b'A' + 13) % 26 + b'A'),
                b => char::from(b),
            })
            .collect()
    })
}

fn unescape(text: &str) -> String {
    let quoted = text.replace('\'', "\\'");
    word::joined(&format!("$'{quoted}'"), &Variables::new()).text
}

/// Base64 text decoded (either alphabet, white space and padding ignored); `None` when it is not text.
pub(super) fn base64(input: &str) -> Option<String> {
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for c in input.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xFF).ok()?);
        }
    }
    // PowerShell's encoded commands are UTF-16.
    if bytes.len() > 3 && bytes.iter().skip(1).step_by(2).all(|b| *b == 0) {
        bytes = bytes.into_iter().step_by(2).collect();
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(input: &str) -> Option<String> {
    let digits: String = input.chars().filter(char::is_ascii_hexdigit).collect();
    String::from_utf8(hex::decode(digits).ok()?).ok()
}
