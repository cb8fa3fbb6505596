//! From the syntax tree to invocations.

use std::cell::RefCell;
use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::nested::{self, Inner};
use super::word::{self, Variable, Variables};
use super::wrapper::{self, base_name};
use super::{Code, DEEPEST, Invocation, LONGEST, MOST_INVOCATIONS, Redirect, Script, Via, Word};
use super::{constant, crude};

/// Nodes nested deeper than this are read by the crude splitter.
const DEEPEST_NODE: u16 = 400;
/// Pipes and lists longer than this cost the grammar time that grows with their square.
const MOST_CHAINED: usize = 2048;
/// Parts named as unreadable, at most.
const MOST_UNREADABLE: usize = 16;

thread_local! {
    static PARSER: RefCell<Option<Parser>> = RefCell::new(bash());
}

fn bash() -> Option<Parser> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

fn tree(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        let parser = parser.as_mut()?;
        parser.reset();
        parser.parse(text, None)
    })
}

pub(super) fn script(text: &str) -> Script {
    let mut walk = Walk {
        script: Script::default(),
        budget: 4 * LONGEST,
        gaps: Vec::new(),
        variables: Variables::new(),
    };
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (read, rest) = text.split_at(end);
    if !rest.is_empty() {
        walk.unreadable(&format!("{} bytes behind the first {LONGEST}", rest.len()));
    }
    if read.contains('\0') {
        walk.unreadable("a zero byte");
    }
    walk.text(&read.replace('\0', " "), &Context::default());
    walk.script
}

/// What surrounds a command.
#[derive(Clone, Default)]
struct Context {
    depth: u8,
    node_depth: u16,
    via: Via,
    parent: Option<usize>,
    wrappers: Vec<String>,
    span: Option<(usize, usize)>,
    redirects: Vec<Redirect>,
    input: Option<String>,
}

/// A simple command as written.
#[derive(Default)]
struct Simple {
    words: Vec<Word>,
    assignments: Vec<(String, Word)>,
    redirects: Vec<Redirect>,
    input: Option<String>,
    text: String,
    span: (usize, usize),
}

struct Walk {
    script: Script,
    /// Bytes that may still be read, nested texts included.
    budget: usize,
    /// Line ends that the grammar put inside a command.
    gaps: Vec<usize>,
    variables: Variables,
}

fn source<'t>(node: Node<'_>, text: &'t str) -> &'t str {
    text.get(node.byte_range()).unwrap_or("")
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).collect()
}

impl Walk {
    fn unreadable(&mut self, what: &str) {
        if self.script.unreadable.len() < MOST_UNREADABLE {
            self.script.unreadable.push(what.trim().chars().take(120).collect());
        }
    }

    fn end(&self) -> usize {
        self.script.invocations.len()
    }

    /// Reads a text with the grammar; gives the invocations it added.
    fn text(&mut self, text: &str, context: &Context) -> Range<usize> {
        let from = self.end();
        let left = self.budget.checked_sub(text.len() + 1);
        self.budget = left.unwrap_or(0);
        let chained = text.bytes().filter(|b| matches!(b, b'|' | b'&')).count();
        if left.is_none() || context.depth > DEEPEST || chained > MOST_CHAINED {
            self.unreadable(text);
            // Once more without the grammar, then no deeper.
            if left.is_some() && context.depth <= DEEPEST + 2 {
                self.crude(text, context);
            }
            return from..self.end();
        }
        let Some(tree) = tree(text) else {
            self.unreadable(text);
            self.crude(text, context);
            return from..self.end();
        };
        let root = tree.root_node();
        let outer = std::mem::take(&mut self.gaps);
        self.statement(root, text, context);
        let gaps = std::mem::replace(&mut self.gaps, outer);
        if !gaps.is_empty() {
            // The grammar takes two lines for one command before some here-documents: read them apart.
            self.script.invocations.truncate(from);
            let mut start = 0;
            for gap in gaps.into_iter().chain([text.len()]) {
                if let Some(piece) = text.get(start..gap).filter(|p| !p.trim().is_empty()) {
                    self.text(piece, context);
                }
                start = gap;
            }
            return from..self.end();
        }
        if root.has_error() {
            self.name_errors(root, text);
            self.crude(text, context);
        }
        from..self.end()
    }

    fn name_errors(&mut self, root: Node<'_>, text: &str) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if self.script.unreadable.len() >= MOST_UNREADABLE {
                return;
            }
            if node.is_error() || node.is_missing() {
                let own = source(node, text);
                let parent = node.parent().map_or(text, |p| source(p, text));
                self.unreadable(if own.trim().is_empty() { parent } else { own });
            } else if node.has_error() {
                open.extend(children(node));
            }
        }
    }

    fn crude(&mut self, text: &str, context: &Context) {
        let context = Context { via: Via::Crude, depth: DEEPEST.max(context.depth), ..context.clone() };
        for chunk in crude::chunks(text) {
            let mut before = None;
            for stage in chunk.split('|').map(str::trim).filter(|s| !s.is_empty()) {
                let (command, targets) = crude::redirects(stage);
                let words = word::expand(&command, &self.variables);
                let redirects = targets
                    .into_iter()
                    .map(|(operator, raw)| Redirect {
                        operator: operator.to_owned(),
                        target: word::joined(raw, &self.variables),
                    })
                    .collect();
                let simple = Simple {
                    words,
                    redirects,
                    text: stage.to_owned(),
                    span: context.span.unwrap_or((0, 0)),
                    ..Simple::default()
                };
                let input = before.and_then(|b: usize| self.printed(&(b..b + 1)));
                let at = self.simple(simple, &Context { input, ..context.clone() });
                if let (Some(at), Some(before)) = (at, before) {
                    self.pipe(before..before + 1, at..at + 1);
                }
                before = at.or(before);
            }
        }
    }

    fn statement(&mut self, node: Node<'_>, text: &str, context: &Context) {
        if context.node_depth > DEEPEST_NODE {
            self.unreadable("too deeply nested");
            self.crude(source(node, text), context);
            return;
        }
        let inner = Context { node_depth: context.node_depth + 1, ..context.clone() };
        match node.kind() {
            "comment" | "heredoc_start" | "heredoc_end" => {}
            "command" | "declaration_command" | "unset_command" => self.command(node, text, &inner),
            "pipeline" => self.pipeline(&children(node), text, &inner, None),
            "redirected_statement" => self.redirected(node, text, &inner),
            "variable_assignment" => self.assign(node, text, &inner),
            "for_statement" => {
                let values: Vec<Node<'_>> = children(node);
                let listed = values.iter().filter(|n| n.is_named() && n.kind() != "variable_name");
                let raw: Vec<&str> =
                    listed.filter(|n| n.kind() != "do_group").map(|n| source(*n, text)).collect();
                if let Some(name) = node.child_by_field_name("variable") {
                    let value = word::joined(&raw.join(" "), &self.variables).text;
                    // A list that is not known stays a name.
                    if !value.is_empty() && !value.contains(['$', '`']) {
                        let variable = Variable { value, list: true };
                        self.variables.insert(source(name, text).to_owned(), variable);
                    }
                }
                self.each(node, text, &inner);
            }
            "function_definition" => {
                self.script.redefines = true;
                self.each(node, text, &inner);
            }
            "command_substitution" => {
                let inner = Context { via: stricter(inner.via, Via::Substitution), input: None, ..inner };
                // `$(<file)` prints the file.
                for child in children(node).into_iter().filter(|c| c.kind() == "file_redirect") {
                    let mut simple = Simple {
                        text: source(child, text).to_owned(),
                        span: (child.start_byte(), child.end_byte()),
                        ..Simple::default()
                    };
                    self.redirect(child, text, &mut simple.redirects);
                    self.simple(simple, &inner);
                }
                self.each(node, text, &inner);
            }
            "process_substitution" => {
                let via = stricter(inner.via, Via::ProcessSubstitution);
                self.each(node, text, &Context { via, input: None, ..inner });
            }
            _ => self.each(node, text, &inner),
        }
    }

    fn each(&mut self, node: Node<'_>, text: &str, context: &Context) {
        for child in children(node) {
            if child.is_named() {
                self.statement(child, text, context);
            }
        }
    }

    fn assign(&mut self, node: Node<'_>, text: &str, context: &Context) {
        self.each(node, text, context);
        if let Some((name, value)) = self.assignment(node, text) {
            let variable = Variable { value: value.text.clone(), list: false };
            self.variables.insert(name.clone(), variable);
            self.script.assignments.push((name, value));
        }
    }

    fn assignment(&self, node: Node<'_>, text: &str) -> Option<(String, Word)> {
        let (name, raw) = source(node, text).split_once('=')?;
        let (name, more) = name.strip_suffix('+').map_or((name, false), |n| (n, true));
        let raw = raw.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(raw);
        let mut value = word::joined(raw, &self.variables);
        if let (true, Some(before)) = (more, self.variables.get(name)) {
            value.text.insert_str(0, &before.value);
        }
        Some((name.to_owned(), value))
    }

    /// Stages of a pipe; `first` is a stage that was read already.
    fn pipeline(&mut self, nodes: &[Node<'_>], text: &str, context: &Context, first: Option<Range<usize>>) {
        let mut before = first;
        for node in nodes.iter().filter(|n| n.is_named() && n.kind() != "comment") {
            let input = match &before {
                None => context.input.clone(),
                Some(range) => self.printed(range),
            };
            let from = self.end();
            self.statement(*node, text, &Context { input, ..context.clone() });
            let range = from..self.end();
            if let Some(before) = before.filter(|b| !b.is_empty()) {
                self.pipe(before, range.clone());
            }
            before = Some(range);
        }
    }

    /// What a stage certainly prints: only a single simple command is followed.
    fn printed(&self, range: &Range<usize>) -> Option<String> {
        let head = self.script.invocations.get(range.start)?;
        let words: Vec<Word> = std::iter::once(&head.spoken).chain(&head.words).cloned().collect();
        constant::of_command(&words, head.input.as_deref())
    }

    fn pipe(&mut self, before: Range<usize>, after: Range<usize>) {
        if after.is_empty() || before.is_empty() {
            return;
        }
        let target = after.start;
        let outermost = before.start;
        let (first, second) = (before.start, after.start);
        for invocation in self.script.invocations.get_mut(before).unwrap_or_default() {
            if invocation.piped_to.is_none() && !inside(invocation, first) {
                invocation.piped_to = Some(target);
            }
        }
        for invocation in self.script.invocations.get_mut(after).unwrap_or_default() {
            if invocation.piped_from.is_none() && !inside(invocation, second) {
                invocation.piped_from = Some(outermost);
            }
        }
    }

    fn redirected(&mut self, node: Node<'_>, text: &str, context: &Context) {
        let mut inner = context.clone();
        let mut extra = Vec::new();
        let mut heredocs = Vec::new();
        let mut body = None;
        for child in children(node) {
            match child.kind() {
                "file_redirect" => extra.extend(self.redirect(child, text, &mut inner.redirects)),
                "herestring_redirect" => inner.input = Some(self.here_string(child, text)),
                "heredoc_redirect" => {
                    for part in children(child) {
                        match part.kind() {
                            "heredoc_body" => inner.input = Some(source(part, text).to_owned()),
                            "file_redirect" => {
                                extra.extend(self.redirect(part, text, &mut inner.redirects));
                            }
                            "herestring_redirect" => inner.input = Some(self.here_string(part, text)),
                            _ => {}
                        }
                    }
                    heredocs.push(child);
                }
                _ if child.is_named() && body.is_none() => body = Some(child),
                _ => {}
            }
        }
        for here in &heredocs {
            let arguments = children(*here).into_iter().filter(|n| is_argument(*n));
            for argument in arguments {
                extra.extend(word::expand(source(argument, text), &self.variables));
            }
        }
        let from = self.end();
        let whole = source(node, text);
        match body {
            Some(body) if body.kind() == "command" => {
                self.command_with(body, text, &inner, extra, Some(node))
            }
            Some(body) => self.statement(body, text, &inner),
            None => {
                let simple = Simple {
                    words: extra,
                    redirects: Vec::new(),
                    text: whole.to_owned(),
                    span: (node.start_byte(), node.end_byte()),
                    ..Simple::default()
                };
                self.simple(simple, &inner);
            }
        }
        let range = from..self.end();
        let after = Context { input: context.input.clone(), ..context.clone() };
        // Substitutions in targets, and what follows a here-document on its first line.
        for child in children(node) {
            match child.kind() {
                "file_redirect" | "herestring_redirect" => {
                    self.each(child, text, &Context { parent: Some(range.start), ..after.clone() });
                }
                "heredoc_redirect" => {
                    for part in children(child) {
                        match part.kind() {
                            "pipeline" => {
                                self.pipeline(&children(part), text, &after, Some(range.clone()));
                            }
                            "heredoc_body" => {
                                let inner = Context { parent: Some(range.start), ..after.clone() };
                                self.each(part, text, &inner);
                            }
                            _ if part.is_named() => self.statement(part, text, &after),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn here_string(&self, node: Node<'_>, text: &str) -> String {
        let raw = source(node, text);
        let raw = raw.split_once("<<<").map_or(raw, |(_, r)| r);
        word::joined(raw.trim(), &self.variables).text
    }

    /// Adds a redirection; gives the words the grammar wrongly counts to its target.
    fn redirect(&self, node: Node<'_>, text: &str, out: &mut Vec<Redirect>) -> Vec<Word> {
        let mut operator = String::new();
        let mut raw: Vec<&str> = Vec::new();
        for child in children(node) {
            match child.kind() {
                "file_descriptor" => {}
                _ if !child.is_named() => operator.push_str(source(child, text)),
                _ => {
                    let word = source(child, text);
                    // The grammar takes the descriptor of the next redirection for a word.
                    let next = text.as_bytes().get(child.end_byte());
                    let descriptor =
                        word.bytes().all(|b| b.is_ascii_digit()) && matches!(next, Some(b'<' | b'>'));
                    if raw.is_empty() || !descriptor {
                        raw.push(word);
                    }
                }
            }
        }
        let mut targets = raw.into_iter();
        if let Some(target) = targets.next() {
            out.push(Redirect { operator, target: word::joined(target, &self.variables) });
        }
        targets.flat_map(|r| word::expand(r, &self.variables)).collect()
    }

    fn command(&mut self, node: Node<'_>, text: &str, context: &Context) {
        self.command_with(node, text, context, Vec::new(), None);
    }

    fn command_with(
        &mut self,
        node: Node<'_>,
        text: &str,
        context: &Context,
        extra: Vec<Word>,
        around: Option<Node<'_>>,
    ) {
        let shown = around.unwrap_or(node);
        let mut simple = Simple {
            text: source(shown, text).to_owned(),
            span: (shown.start_byte(), shown.end_byte()),
            ..Simple::default()
        };
        let mut extra = extra;
        let mut touching: Option<Range<usize>> = None;
        let mut raws: Vec<Range<usize>> = Vec::new();
        let declaration = node.kind() != "command";
        for child in children(node) {
            match child.kind() {
                "variable_assignment" if !declaration => {
                    simple.assignments.extend(self.assignment(child, text))
                }
                "file_redirect" => extra.extend(self.redirect(child, text, &mut simple.redirects)),
                "herestring_redirect" => simple.input = Some(self.here_string(child, text)),
                "comment" => {}
                _ => {
                    let range = child.byte_range();
                    match touching.take() {
                        Some(before) if before.end == range.start && !before.is_empty() => {
                            touching = Some(before.start..range.end);
                        }
                        before => {
                            raws.extend(before);
                            touching = Some(range);
                        }
                    }
                    if declaration && child.kind() == "variable_assignment" {
                        self.assign(child, text, &Context { input: None, ..context.clone() });
                    }
                }
            }
        }
        raws.extend(touching);
        for (before, after) in raws.iter().zip(raws.iter().skip(1)) {
            let gap = text.get(before.end..after.start).unwrap_or("");
            if let Some(at) = gap.find('\n').filter(|at| !gap.get(..*at).is_some_and(|g| g.ends_with('\\'))) {
                let at = before.end + at;
                if at > 0 && self.gaps.last().is_none_or(|last| *last < at) {
                    self.gaps.push(at);
                }
            }
        }
        for raw in raws {
            simple.words.extend(word::expand(text.get(raw).unwrap_or(""), &self.variables));
        }
        simple.words.extend(extra);
        let at = self.simple(simple, context);
        let inner = Context { parent: at.or(context.parent), redirects: Vec::new(), ..context.clone() };
        self.substitutions(node, text, &inner);
    }

    fn substitutions(&mut self, node: Node<'_>, text: &str, context: &Context) {
        let inner = Context { node_depth: context.node_depth + 1, ..context.clone() };
        for child in children(node) {
            match child.kind() {
                "command_substitution" | "process_substitution" => self.statement(child, text, &inner),
                _ if child.is_named() && child.child_count() > 0 => {
                    if inner.node_depth > DEEPEST_NODE {
                        self.unreadable("too deeply nested");
                        return;
                    }
                    self.substitutions(child, text, &inner);
                }
                _ => {}
            }
        }
    }

    /// Adds a simple command and everything inside its words; gives its place.
    fn simple(&mut self, simple: Simple, context: &Context) -> Option<usize> {
        let at = self.end();
        if at >= MOST_INVOCATIONS {
            if at == MOST_INVOCATIONS && !self.script.unreadable.iter().any(|u| u.starts_with("more than")) {
                self.script.unreadable.push(format!("more than {MOST_INVOCATIONS} commands"));
            }
            return None;
        }
        let mut redirects = simple.redirects;
        redirects.extend(context.redirects.iter().cloned());
        let whole: Vec<Word> = simple
            .assignments
            .iter()
            .map(|(n, v)| Word { text: format!("{n}={}", v.text), dynamic: v.dynamic })
            .chain(simple.words.iter().cloned())
            .collect();
        let stripped = wrapper::strip(simple.words);
        let mut wrappers = context.wrappers.clone();
        wrappers.extend(stripped.wrappers);
        let mut assignments = simple.assignments;
        assignments.extend(stripped.assignments);
        let input = simple.input.or_else(|| context.input.clone());
        let mut words = stripped.words;
        let spoken = if words.is_empty() { Word::default() } else { words.remove(0) };
        let mut program = base_name(&spoken.text);
        if let Some((name, _)) = program.split_once('@').filter(|(n, _)| !n.is_empty()) {
            program = name.to_owned();
        }
        if program.is_empty() && wrappers.len() > context.wrappers.len() {
            program = wrappers.pop().unwrap_or_default();
        }
        let span = context.span.unwrap_or(simple.span);
        let mut inner = nested::inside(&program, &words, input.as_deref(), &assignments, &self.variables);
        if let Some(split) = stripped.split {
            inner.parts.push((Inner::Text(split), Via::Inline));
            inner.transparent = true;
        }
        if program == "alias" {
            self.script.redefines = true;
        }
        let code = inner.code.take().map(|(language, text)| Code { language, text });
        let invocation = Invocation {
            program,
            spoken,
            words,
            whole,
            redirects: redirects.clone(),
            wrappers: wrappers.clone(),
            assignments,
            input,
            code,
            piped_from: None,
            piped_to: None,
            parent: context.parent,
            transparent: inner.transparent,
            depth: context.depth,
            span,
            text: simple.text.trim().chars().take(400).collect(),
            via: context.via,
        };
        let text = invocation.text.clone();
        self.script.invocations.push(invocation);
        for (part, via) in inner.parts {
            let context = Context {
                depth: context.depth + 1,
                node_depth: context.node_depth,
                via: stricter(context.via, via),
                parent: Some(at),
                wrappers: wrappers.clone(),
                span: Some(span),
                redirects: if inner.transparent { redirects.clone() } else { Vec::new() },
                input: None,
            };
            match part {
                Inner::Text(text) => {
                    self.text(&text, &context);
                }
                Inner::Words(words) if context.depth <= DEEPEST + 2 => {
                    let simple = Simple { words, text: text.clone(), span, ..Simple::default() };
                    self.simple(simple, &context);
                }
                Inner::Words(_) => self.unreadable(&text),
            }
        }
        Some(at)
    }
}

/// Commands in words of a member of the pipe are no members themselves.
fn inside(invocation: &Invocation, first: usize) -> bool {
    matches!(invocation.via, Via::Substitution | Via::ProcessSubstitution)
        && invocation.parent.is_some_and(|p| p >= first)
}

/// The way that is kept when ways nest: the remote and the crude one stay.
fn stricter(outer: Via, inner: Via) -> Via {
    match outer {
        Via::Remote | Via::Crude => outer,
        _ => inner,
    }
}

fn is_argument(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "word"
            | "string"
            | "raw_string"
            | "concatenation"
            | "number"
            | "simple_expansion"
            | "expansion"
            | "ansi_c_string"
            | "command_substitution"
            | "process_substitution"
            | "translated_string"
    )
}
