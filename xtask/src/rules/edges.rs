//! Who may depend on whom: what cargo says is held against what ARCHITECTURE.md draws.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

type Edges = BTreeMap<String, BTreeSet<String>>;

/// What pure crates may not have, since it brings time, randomness, or the outside in.
const OUTSIDE: [&str; 9] =
    ["tokio", "reqwest", "rusqlite", "axum", "getrandom", "rand", "uuid", "tracing", "async-trait"];
/// The only crates that may open a database: the server's store, the approver's replica, and the tests that edit below both.
const DATABASE: [&str; 3] = ["navi-store", "navi-replica", "navi-tests"];

/// Edges between the members that are not drawn, and drawn ones that are not there.
pub fn undrawn(root: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).context("cannot read ARCHITECTURE.md")?;
    Ok(differences(&drawn(&text), &members(root)?))
}

/// Pure crates that reach outside, and databases opened where none may be.
pub fn impure(root: &Path) -> Result<Vec<String>> {
    let all = dependencies(root)?;
    let of = |name: &str| all.get(name).cloned().unwrap_or_default();
    let mut breaches = Vec::new();
    for pure in ["navi-domain", "navi-ledger"] {
        let found = of(pure);
        breaches.extend(
            OUTSIDE
                .iter()
                .filter(|name| found.contains(**name))
                .map(|name| format!("{pure} is pure, {name} is not")),
        );
    }
    for (name, found) in &all {
        if found.contains("rusqlite") && !DATABASE.contains(&name.as_str()) {
            breaches.push(format!("{name} opens a database"));
        }
    }
    Ok(breaches)
}

/// The edges drawn in the block of ARCHITECTURE.md that is fenced as `edges`: `from -> to to to`, or `from` alone.
fn drawn(text: &str) -> Edges {
    text.lines()
        .skip_while(|line| *line != "```edges")
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let (from, to) = line.split_once("->").unwrap_or((line, ""));
            (from.trim().to_owned(), to.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

fn differences(drawn: &Edges, there: &Edges) -> Vec<String> {
    let names: BTreeSet<&String> = drawn.keys().chain(there.keys()).collect();
    let mut breaches = Vec::new();
    for from in names {
        let (Some(wanted), Some(found)) = (drawn.get(from), there.get(from)) else {
            breaches.push(format!("{from} is not both drawn and there"));
            continue;
        };
        breaches
            .extend(found.difference(wanted).map(|to| format!("{from} depends on {to}, which is not drawn")));
        breaches.extend(
            wanted.difference(found).map(|to| format!("{from} does not depend on {to}, but it is drawn")),
        );
    }
    breaches
}

fn members(root: &Path) -> Result<Edges> {
    let all = dependencies(root)?;
    let names: BTreeSet<String> = all.keys().cloned().collect();
    Ok(all.into_iter().map(|(from, to)| (from, to.intersection(&names).cloned().collect())).collect())
}

/// Every member's direct dependencies, those of its tests and build script left out.
fn dependencies(root: &Path) -> Result<Edges> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    let of = |package: &cargo_metadata::Package| {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name.clone()).collect()
    };
    Ok(metadata.packages.iter().map(|package| (package.name.to_string(), of(package))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_that_is_not_drawn_is_found() {
        let there = drawn("```edges\na -> b c\nb\nc\n```\n");
        assert_eq!(
            differences(&drawn("```edges\na -> b\nb\nc\n```\n"), &there),
            ["a depends on c, which is not drawn"]
        );
        assert_eq!(
            differences(&drawn("```edges\na -> b c\nb -> c\nc\n```"), &there),
            ["b does not depend on c, but it is drawn"]
        );
        assert_eq!(
            differences(&drawn("```edges\na -> b c\nb\n```"), &there),
            ["c is not both drawn and there"]
        );
    }
}
