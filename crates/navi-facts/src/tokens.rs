//! Words of a name: `loginForm_v2.tsx` → login, form, v2, tsx.

/// Lower-case word tokens; cut at anything that is no letter or digit, and at `camelCase` humps.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let hump = c.is_uppercase()
            && (before.is_lowercase()
                || before.is_uppercase() && chars.peek().is_some_and(|n| n.is_lowercase()));
        if (!c.is_alphanumeric() || hump) && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_people_see_words() {
        assert_eq!(tokens("loginForm_v2.tsx"), ["login", "form", "v2", "tsx"]);
        assert_eq!(tokens("HTTPAuthHandler"), ["http", "auth", "handler"]);
        assert_eq!(tokens("docs/authors.md"), ["docs", "authors", "md"]);
        assert_eq!(tokens("--"), Vec::<String>::new());
    }
}
