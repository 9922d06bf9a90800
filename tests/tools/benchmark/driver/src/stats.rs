//! Statistics of samples.

use std::time::Duration;

/// The smallest sample that is not below `part` of them: 0.5 for the median, 0.99 for the 99th percentile.
pub(crate) fn quantile(samples: &[Duration], part: f64) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let place = (part * (sorted.len() - 1) as f64).round() as usize;
    sorted[place]
}

/// The median.
pub(crate) fn median(samples: &[Duration]) -> Duration {
    quantile(samples, 0.5)
}
