//! The repository's own rules: what no lint of the language can hold. Each rule is a function over the tracked files or
//! over cargo's metadata that returns every breach it finds; `check` prints them all, the tests hold each alone.

mod edges;
mod files;

use std::path::Path;

use anyhow::{Result, bail};

pub use self::files::Tree;

type Rule = (&'static str, fn(&Tree) -> Vec<String>);

/// The rules over files, by name.
const FILE_RULES: &[Rule] = &[
    ("no file has more than 800 lines", files::too_long),
    ("every Rust file opens with its //! description", files::undescribed),
    ("@tauri-apps is imported in ui/src/api/tauri.ts alone", files::desktop_in_page),
    ("nothing is left to be done in the code", files::unfinished),
    ("no type is called after doing anything", files::vague_names),
    ("no file names the folder of this clone", files::machine_paths),
    ("lock files name no download address of a mirror", files::mirrors),
    ("the versions of npm modules are exact", files::loose_versions),
];

/// Fails with every breach of every rule.
pub fn enforce(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut breaches: Vec<String> = FILE_RULES
        .iter()
        .flat_map(|(rule, find)| find(&tree).into_iter().map(move |breach| format!("{rule}: {breach}")))
        .collect();
    breaches
        .extend(edges::undrawn(root)?.into_iter().map(|breach| format!("dependency direction: {breach}")));
    breaches.extend(edges::impure(root)?.into_iter().map(|breach| format!("dependency direction: {breach}")));
    if breaches.is_empty() {
        println!("{} rules hold over {} files", FILE_RULES.len() + 2, tree.len());
        return Ok(());
    }
    bail!("{} breaches:\n  {}", breaches.len(), breaches.join("\n  "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places;

    #[test]
    fn the_repository_keeps_its_rules() {
        if let Err(breaches) = enforce(&places::root()) {
            panic!("{breaches:#}");
        }
    }
}
