//! Rules over the text of the tracked files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::stage::output;

/// The text files that git tracks or would track.
pub struct Tree {
    root: PathBuf,
    files: Vec<(String, String)>,
}

impl Tree {
    /// Reads the files below `root`. What is ignored and what is not UTF-8 is left out.
    pub fn read(root: &Path) -> Result<Self> {
        let mut git = std::process::Command::new("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let listing = output(&mut git).context("the repository rules need git")?;
        let files = listing
            .lines()
            .filter_map(|path| Some((path.to_owned(), fs::read_to_string(root.join(path)).ok()?)))
            .collect();
        Ok(Self { root: root.to_path_buf(), files })
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    fn with_endings<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(|(path, _)| endings.iter().any(|ending| path.ends_with(ending)))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn code(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_endings(&[".rs", ".ts", ".tsx", ".js", ".mjs", ".py", ".sql", ".sh"])
            .filter(|(path, _)| !path.ends_with(".gen.ts"))
    }
}

pub fn too_long(tree: &Tree) -> Vec<String> {
    tree.code()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > 800)
        .map(|(path, lines)| format!("{path} has {lines}"))
        .collect()
}

pub fn undescribed(tree: &Tree) -> Vec<String> {
    tree.with_endings(&[".rs"])
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path.to_owned())
        .collect()
}

pub fn desktop_in_page(tree: &Tree) -> Vec<String> {
    tree.with_endings(&[".ts", ".tsx"])
        .filter(|(path, _)| path.starts_with("ui/src/") && *path != "ui/src/api/tauri.ts")
        .filter(|(_, text)| ["\"@tauri-apps/", "'@tauri-apps/"].iter().any(|import| text.contains(import)))
        .filter(|(path, _)| !path.contains(".test."))
        .map(|(path, _)| path.to_owned())
        .collect()
}

pub fn unfinished(tree: &Tree) -> Vec<String> {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    lines_with(tree.code(), |line| marks.iter().any(|mark| line.contains(mark)))
}

pub fn vague_names(tree: &Tree) -> Vec<String> {
    let vague = ["Manager", "Helper", "Helpers", "Util", "Utils", "Processor"];
    lines_with(tree.code(), |line| {
        let mut words =
            line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if ["struct", "enum", "trait", "class", "interface"].contains(&word) {
                return words.next().is_some_and(|name| vague.iter().any(|ending| name.ends_with(ending)));
            }
        }
        false
    })
}

pub fn machine_paths(tree: &Tree) -> Vec<String> {
    let root = tree.root.to_string_lossy();
    // A clone right below the root of the file system has a name too short to search for.
    if tree.root.components().count() < 3 {
        return Vec::new();
    }
    lines_with(tree.with_endings(&[""]), |line| line.contains(root.as_ref()))
}

pub fn mirrors(tree: &Tree) -> Vec<String> {
    let cargo = "registry+https://github.com/rust-lang/crates.io-index";
    let cargo_lines = tree.with_endings(&["Cargo.lock"]);
    let mut breaches = lines_with(cargo_lines, |line| line.starts_with("source = ") && !line.contains(cargo));
    breaches
        .extend(lines_with(tree.with_endings(&["package-lock.json"]), |line| line.contains("\"resolved\":")));
    let npmrc = tree.with_endings(&[".npmrc"]);
    breaches.extend(lines_with(npmrc, |line| line.contains("registry") && line.contains("://")));
    breaches
}

pub fn loose_versions(tree: &Tree) -> Vec<String> {
    let is_range = |line: &str| {
        ["\": \"^", "\": \"~", "\": \"*", "\": \"latest"].iter().any(|range| line.contains(range))
    };
    lines_with(tree.with_endings(&["package.json"]), is_range)
}

fn lines_with<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    is_breach: impl Fn(&str) -> bool,
) -> Vec<String> {
    files
        .flat_map(|(path, text)| text.lines().enumerate().map(move |(index, line)| (path, index + 1, line)))
        .filter(|(_, _, line)| is_breach(line))
        .map(|(path, number, line)| format!("{path}:{number}: {}", line.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(path: &str, text: &str) -> Tree {
        Tree { root: PathBuf::from("/somewhere/deep/clone"), files: vec![(path.to_owned(), text.to_owned())] }
    }

    #[test]
    fn each_rule_finds_its_breach() {
        let long = "x\n".repeat(801);
        let todo = concat!("// TO", "DO later");
        type Find = fn(&Tree) -> Vec<String>;
        let cases: [(Find, &str, &str); 10] = [
            (too_long, "crates/a/src/lib.rs", &long),
            (undescribed, "crates/a/src/lib.rs", "fn main() {}"),
            (desktop_in_page, "ui/src/App.tsx", "import { invoke } from \"@tauri-apps/api/core\";"),
            (unfinished, "ui/src/App.tsx", todo),
            (vague_names, "crates/a/src/lib.rs", concat!("pub struct Vote", "Manager {")),
            (machine_paths, "README.md", "see /somewhere/deep/clone/docs"),
            (mirrors, "Cargo.lock", "source = \"registry+http://127.0.0.1/index\""),
            (mirrors, "ui/package-lock.json", "  \"resolved\": \"http://127.0.0.1/a.tgz\""),
            (loose_versions, "ui/package.json", "\"react\": \"^19.0.0\""),
            (mirrors, "ui/.npmrc", "registry=http://127.0.0.1"),
        ];
        for (rule, path, text) in cases {
            assert_eq!(rule(&tree(path, text)).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn what_keeps_the_rules_is_left_alone() {
        assert!(undescribed(&tree("a.rs", "//! Owns a.\n")).is_empty());
        assert!(desktop_in_page(&tree("ui/src/api/tauri.ts", "from \"@tauri-apps/api/core\"")).is_empty());
        assert!(vague_names(&tree("a.rs", "/// The struct of the utility.\nfn manager() {}")).is_empty());
        assert!(loose_versions(&tree("ui/package.json", "\"node\": \">=20.19\"")).is_empty());
    }
}
