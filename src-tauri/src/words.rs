//! Text that several surfaces share: levels by name, sentences, and foreign text made harmless to read. What is said in
//! which language is not here (`language`).

use navi_domain::risk::Level;

/// The level a server's spelling means; an unknown one is treated as critical.
pub(crate) fn level_of(name: &str) -> Level {
    [Level::Low, Level::Medium, Level::High]
        .into_iter()
        .find(|level| level.as_str() == name)
        .unwrap_or(Level::Critical)
}

/// Foreign text in one line of at most `most` characters: control, bidirectional and invisible characters are spelled out.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        if at == most {
            line.push('…');
            break;
        }
        if is_hidden(c) {
            line.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line
}

/// Characters that change how a line reads without being seen (Unicode Cc, Cf in use, line separators, fillers, tags).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// An error's words with a capital and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str().trim_end_matches('.'))
}

/// For a reader that takes markup.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out_and_long_lines_cut() {
        assert_eq!(shown("rm \u{202e}x\u{200b}\u{7}", 40), "rm ⟨U+202E⟩x⟨U+200B⟩⟨U+0007⟩");
        assert_eq!(shown("Größe 10 → 20", 40), "Größe 10 → 20");
        assert_eq!(shown("abcdef", 3), "abc…");
        assert_eq!(shown("abc", 3), "abc");
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("the keyring refused"), "The keyring refused.");
        assert_eq!(sentence("Ask again."), "Ask again.");
    }

    #[test]
    fn an_unknown_level_is_critical() {
        assert_eq!(level_of("medium"), Level::Medium);
        assert_eq!(level_of("harmless"), Level::Critical);
    }
}
