//! Samples of time, and the machine's own cost of making bytes durable.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Durations in milliseconds, sorted.
pub struct Sample(Vec<f64>);

impl Sample {
    /// Sorts what was measured.
    pub fn new(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut millis: Vec<f64> =
            durations.into_iter().map(|duration| duration.as_secs_f64() * 1e3).collect();
        millis.sort_by(f64::total_cmp);
        Self(millis)
    }

    /// The value below which `share` of the sample lies; 0 for an empty one.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a sample of some thousands"
        )]
        let index = (last as f64 * share).round() as usize;
        self.0.get(index).copied().unwrap_or_default()
    }

    /// The middle of the sample.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// How many were measured.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// How long it takes to append 4 KiB to a file in `folder` and flush it, `count` times.
pub fn fsync(folder: &Path, count: usize) -> Result<Sample> {
    let path = folder.join("fsync");
    let mut file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let page = [0x5a_u8; 4096];
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        taken.push(started.elapsed());
    }
    Ok(Sample::new(taken))
}

/// A text field of a JSON object.
pub fn text(object: &serde_json::Value, field: &str) -> Result<String> {
    let value = object.get(field).and_then(serde_json::Value::as_str);
    Ok(value.with_context(|| format!("no text field {field} in {object}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_from_the_sorted_sample() {
        let sample = Sample::new([5, 1, 3, 2, 4].map(Duration::from_millis));
        assert_eq!([sample.quantile(0.0), sample.median(), sample.quantile(1.0)], [1.0, 3.0, 5.0]);
        assert_eq!(Sample::new([]).median(), 0.0);
    }
}
