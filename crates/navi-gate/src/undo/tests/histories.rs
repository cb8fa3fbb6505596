//! Fifty generated histories with merges, renames, conflicts, dirty trees and submodules: after each rollback the state is
//! the state before, or it is refused with a reason and nothing was touched.

use super::*;

/// A small generator of numbers (xorshift), so that a seed names a history.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

struct History {
    root: PathBuf,
    library: PathBuf,
    dice: Dice,
    count: u32,
}

impl History {
    fn files(&self) -> Vec<String> {
        git(&self.root, &["ls-files", "-s"])
            .lines()
            .filter(|line| line.starts_with("100"))
            .filter_map(|line| line.split('\t').nth(1).map(str::to_owned))
            .filter(|name| name != ".gitmodules")
            .collect()
    }

    fn text(&mut self) -> String {
        let lines = 3 + self.dice.below(20);
        (0..lines).map(|_| format!("line {}\n", self.dice.below(1_000_000))).collect()
    }

    fn name(&mut self) -> String {
        self.count += 1;
        let folder = *self.dice.one_of(&["", "src/", "docs/deep/", "späte dateien/"]);
        format!("{folder}file {}", self.count)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Changes some files without committing.
    fn change(&mut self) {
        for _ in 0..=self.dice.below(3) {
            let files = self.files();
            match self.dice.below(6) {
                0 | 1 => {
                    let (name, text) = (self.name(), self.text());
                    self.write(&name, &text);
                }
                2 | 3 if !files.is_empty() => {
                    let name = self.dice.one_of(&files).clone();
                    if let Ok(old) = std::fs::read_to_string(self.root.join(&name)) {
                        let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
                        let at = usize::try_from(self.dice.below(lines.len().max(1) as u64)).unwrap();
                        lines.insert(at.min(lines.len()), format!("changed {}", self.dice.below(1_000)));
                        self.write(&name, &(lines.join("\n") + "\n"));
                    }
                }
                4 if files.len() > 2 => {
                    let name = self.dice.one_of(&files).clone();
                    let _ = std::fs::remove_file(self.root.join(name));
                }
                _ if !files.is_empty() => {
                    let (from, to) = (self.dice.one_of(&files).clone(), self.name());
                    if self.root.join(&from).exists() {
                        std::fs::create_dir_all(self.root.join(&to).parent().unwrap()).unwrap();
                        std::fs::rename(self.root.join(from), self.root.join(to)).unwrap();
                    }
                }
                _ => {}
            }
        }
    }

    fn commit(&mut self) {
        self.change();
        if git(&self.root, &["status", "--porcelain"]).is_empty() {
            let (name, text) = (self.name(), self.text());
            self.write(&name, &text);
        }
        self.count += 1;
        commit(&self.root, &format!("commit {}", self.count));
    }

    fn merge(&mut self) {
        let branch = git(&self.root, &["rev-parse", "--abbrev-ref", "HEAD"]);
        self.count += 1;
        let side = format!("side{}", self.count);
        git(&self.root, &["checkout", "-qb", &side]);
        self.commit();
        git(&self.root, &["checkout", "-q", &branch]);
        let (name, text) = (self.name(), self.text());
        self.write(&name, &text);
        commit(&self.root, "on this side");
        git(&self.root, &["merge", "-q", "--no-ff", "-m", "merge", &side]);
    }

    fn library(&mut self) {
        if self.root.join("lib").exists() {
            self.count += 1;
            std::fs::write(self.root.join("lib").join(format!("l{}", self.count)), "x\n").unwrap();
            commit(&self.root.join("lib"), "in the library");
        } else {
            let library = self.library.to_str().unwrap().to_owned();
            git(&self.root, &["submodule", "--quiet", "add", &library, "lib"]);
        }
        commit(&self.root, "library");
    }

    /// What an agent's run does: one to four commits of any kind, and perhaps changes beside them.
    fn run(&mut self) {
        for _ in 0..=self.dice.below(3) {
            match self.dice.below(6) {
                0 => self.merge(),
                1 => self.library(),
                _ => self.commit(),
            }
        }
    }
}

#[tokio::test]
async fn fifty_histories_come_back_or_say_why_not() {
    let (mut undone, mut refused) = (0, 0);
    for seed in 1..=50u64 {
        let desk = Desk::new();
        let mut history = History {
            root: desk.repo("shop"),
            library: desk.repo("library"),
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            count: 0,
        };
        for _ in 0..2 + history.dice.below(3) {
            history.commit();
        }
        if history.dice.below(3) == 0 {
            history.library();
        }
        if history.dice.below(3) == 0 {
            history.change();
        }
        let (before, old) = (whole(&history.root), tree(&history.root));
        let root = history.root.clone();
        let capture = desk.run(&root, &[], || history.run()).await.unwrap();
        let later = history.dice.below(3) == 0;
        if later {
            history.commit();
        }
        if history.dice.below(4) == 0 {
            history.change();
        }
        let disturbed = later || !git(&root, &["status", "--porcelain"]).is_empty();
        let (now, head) = (whole(&root), git(&root, &["rev-parse", "HEAD"]));
        let plan = desk.plan(&capture).await;
        assert_eq!(
            (whole(&root), git(&root, &["rev-parse", "HEAD"])),
            (now.clone(), head.clone()),
            "seed {seed}"
        );
        let outcome = desk.undo(&capture).await;
        match outcome.success {
            Some(true) => {
                undone += 1;
                assert_ne!(plan.truth.as_str(), "impossible", "seed {seed}: {plan:?}");
                if !disturbed {
                    assert_eq!((whole(&root), tree(&root)), (before, old), "seed {seed}: {outcome:?}");
                }
                git(&root, &["fsck", "--no-progress"]);
            }
            Some(false) => {
                refused += 1;
                assert!(disturbed, "seed {seed}: nobody disturbed it: {outcome:?}");
                assert!(
                    plan.truth.as_str() == "impossible" && outcome.why.is_some(),
                    "seed {seed}: {plan:?} {outcome:?}"
                );
                assert_eq!((whole(&root), git(&root, &["rev-parse", "HEAD"])), (now, head), "seed {seed}");
            }
            None => panic!("seed {seed}: {outcome:?}"),
        }
    }
    assert!(undone >= 25 && refused >= 3, "{undone} undone, {refused} refused: the histories are too tame");
}
