//! Sums samples up.

use std::time::Duration;

/// Samples of one figure.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// The value that `percent` of the samples stay below.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let position = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(position).copied().unwrap_or_default()
    }

    /// Prints median and 99th percentile, and the median as a multiple of the floor's.
    pub(crate) fn print(&self, name: &str, floor: Option<&Self>) {
        let (median, high) = (self.percentile(50), self.percentile(99));
        let ratio = floor.map(|floor| median.as_secs_f64() / floor.percentile(50).as_secs_f64());
        let ratio = ratio.map_or_else(String::new, |ratio| format!("  {ratio:>6.2} x floor"));
        println!(
            "  {name:<44} p50 {:>8.3} ms  p99 {:>8.3} ms{ratio}",
            milliseconds(median),
            milliseconds(high)
        );
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
