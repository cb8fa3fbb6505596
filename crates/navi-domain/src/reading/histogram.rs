//! Durations in buckets a sixteenth wide, so that a median over a year is read from a few hundred counters.

/// The bucket of a duration in milliseconds. Below 16 ms each has its own; above, sixteen to each power of two.
#[must_use]
pub fn bucket(millis: u64) -> u16 {
    let power = 63 - millis.max(1).leading_zeros();
    if power < 4 {
        return u16::try_from(millis).unwrap_or_default();
    }
    let step = (millis >> (power - 4)) & 15;
    u16::try_from((u64::from(power - 3) << 4) | step).unwrap_or(u16::MAX)
}

/// The middle of a bucket in milliseconds: at most a thirty-second off what was put in.
#[must_use]
pub fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < 16 {
        return bucket;
    }
    let shift = ((bucket >> 4) - 1).min(59);
    ((16 + (bucket & 15)) << shift) + ((1 << shift) >> 1)
}

/// The value below or at which `share` thousandths of everything counted lie; `None` when nothing was counted.
/// `counted`: (value, how often), ascending.
#[must_use]
pub fn quantile(counted: &[(u64, u64)], share: u64) -> Option<u64> {
    let total: u64 = counted.iter().map(|(_, n)| n).sum();
    // The smallest rank that covers the share: of one, the first; of all, the last.
    let rank = (total * share).div_ceil(1000).max(1);
    let mut seen = 0;
    counted
        .iter()
        .find(|(_, n)| {
            seen += n;
            seen >= rank
        })
        .map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_never_more_than_a_thirty_second_off() {
        for millis in (0..5_000).chain((1..60).map(|n| 1 << n)).chain([u64::MAX >> 1]) {
            let found = middle(bucket(millis));
            assert!(found.abs_diff(millis) <= millis / 32 + 1, "{millis} became {found}");
        }
        assert!((1..5_000).all(|millis| bucket(millis) >= bucket(millis - 1)));
    }

    #[test]
    fn quantiles_are_values_that_were_counted() {
        assert_eq!(quantile(&[], 500), None);
        assert_eq!(quantile(&[(7, 1)], 500), Some(7));
        assert_eq!(quantile(&[(1, 1), (2, 1), (3, 1)], 500), Some(2));
        assert_eq!(quantile(&[(1, 95), (9, 5)], 950), Some(1));
        assert_eq!(quantile(&[(1, 94), (9, 6)], 950), Some(9));
        assert_eq!(quantile(&[(1, 1), (9, 1)], 1000), Some(9));
    }
}
