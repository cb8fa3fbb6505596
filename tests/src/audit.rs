//! Ways to tamper with an exported bundle, from outside, on its text.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// An exported bundle in memory.
#[derive(Clone, Debug)]
pub struct Bundle {
    lines: Vec<String>,
}

impl Bundle {
    /// Reads an uncompressed export.
    ///
    /// # Errors
    /// When it is no text.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Ok(Self { lines: text.lines().map(ToOwned::to_owned).collect() })
    }

    /// Line numbers of the entries, in the file's order.
    #[must_use]
    pub fn entry_lines(&self) -> Vec<usize> {
        let is_entry = |line: &str| {
            serde_json::from_str::<Value>(line)
                .is_ok_and(|v| v.get("leaf_hash").is_some_and(Value::is_string))
        };
        (0..self.lines.len()).filter(|&n| self.lines.get(n).is_some_and(|l| is_entry(l))).collect()
    }

    /// How many entries it holds.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entry_lines().len()
    }

    fn line_of(&self, entry: usize) -> Result<usize> {
        self.entry_lines().get(entry).copied().with_context(|| format!("there is no entry {entry}"))
    }

    /// Changes one byte inside the payload of an entry.
    ///
    /// # Errors
    /// When it has no payload.
    pub fn flip_a_byte(&mut self, entry: usize) -> Result<()> {
        let n = self.line_of(entry)?;
        let line = self.lines.get_mut(n).context("no line")?;
        let value: Value = serde_json::from_str(line)?;
        let payload = value["payload"].as_str().with_context(|| format!("entry {entry} has no payload"))?;
        // The last letter or digit of the payload, found in the line as it is written there.
        let inner = serde_json::to_string(payload)?;
        let inner = inner.trim_matches('"');
        let start = line.find(inner).context("the payload is written otherwise")?;
        let at = inner.rfind(|c: char| c.is_ascii_alphanumeric()).context("an empty payload")?;
        let old = line.as_bytes().get(start + at).copied().context("no byte")?;
        let new = if old == b'7' { '8' } else { '7' };
        line.replace_range(start + at..=start + at, &new.to_string());
        Ok(())
    }

    /// Takes one entry out.
    ///
    /// # Errors
    /// When it is not there.
    pub fn delete(&mut self, entry: usize) -> Result<()> {
        let n = self.line_of(entry)?;
        self.lines.remove(n);
        Ok(())
    }

    /// Exchanges an entry with the next one.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn swap_with_next(&mut self, entry: usize) -> Result<()> {
        let (a, b) = (self.line_of(entry)?, self.line_of(entry + 1)?);
        self.lines.swap(a, b);
        Ok(())
    }

    /// Leaves the last entries out, from this one on.
    ///
    /// # Errors
    /// When it is not there.
    pub fn cut_off_from(&mut self, entry: usize) -> Result<()> {
        let cut: Vec<usize> = self.entry_lines().into_iter().skip(entry).collect();
        ensure!(!cut.is_empty(), "there is no entry {entry}");
        let mut n = 0;
        self.lines.retain(|_| {
            n += 1;
            !cut.contains(&(n - 1))
        });
        Ok(())
    }

    /// Writes it as a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: PathBuf) -> Result<PathBuf> {
        std::fs::write(&path, self.lines.join("\n") + "\n")?;
        Ok(path)
    }
}
