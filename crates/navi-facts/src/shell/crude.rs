//! A splitter that needs no grammar, for text the grammar refuses: it errs on the side of finding more.

/// Parts between list operators and brackets, quotes ignored: an unbalanced quote hides nothing. Pipes stay inside, and
/// so do brace lists (`{rm,-rf,/}`).
pub(super) fn chunks(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ';', '&', '(', ')', '`'])
        .map(|chunk| {
            let chunk = chunk.trim();
            let first = chunk.split_whitespace().next().unwrap_or("");
            let list = first.contains(',') && first.contains('}');
            if list { chunk } else { chunk.trim_matches(['{', '}', ' ']) }
        })
        .filter(|s| !s.is_empty())
}

/// A command without its redirections, and their operators and targets.
pub(super) fn redirects(stage: &str) -> (String, Vec<(&'static str, &str)>) {
    let mut targets = Vec::new();
    let mut pieces = stage.split('>');
    let mut command = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        let piece = piece.trim_start_matches(['|', '!']).trim_start();
        let (target, rest) = piece.split_once(char::is_whitespace).unwrap_or((piece, ""));
        if !target.is_empty() {
            targets.push((">", target));
        }
        command.push(' ');
        command.push_str(rest);
    }
    // A quote that does not close would swallow the words behind it.
    for quote in ['"', '\''] {
        if command.matches(quote).count() % 2 == 1 {
            command = command.replace(quote, " ");
        }
    }
    (command.replace('<', " "), targets)
}

/// Stages of a pipeline: split at `|` outside quotes and substitutions.
pub(super) fn pipeline(text: &str) -> Vec<&str> {
    let (mut quote, mut depth, mut from, mut skip) = (None, 0_u32, 0, false);
    let mut stages = Vec::new();
    for (i, c) in text.char_indices() {
        if skip {
            skip = false;
            continue;
        }
        match (quote, c) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => skip = true,
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (_, '(' | '{') => depth += 1,
            (_, ')' | '}') => depth = depth.saturating_sub(1),
            (None, '|') if depth == 0 => {
                stages.extend(text.get(from..i));
                from = i + 1;
            }
            _ => {}
        }
    }
    stages.extend(text.get(from..));
    stages
}
