//! What the sandbox uses of processor, memory and disk at this moment (toolbox-files-git-desktop.md §5).
//!
//! Measured over the sandbox's own processes. Nothing runs while nobody asks: the first question takes a short sample, a
//! later one the time since an earlier question.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Engine, own_processes};

/// How long the processor is watched when no earlier sample is of use.
const SHORT: Duration = Duration::from_millis(200);
/// An earlier sample is of use when it is this old, at least and at most.
const USEFUL: std::ops::RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(30);
/// The window the real platform averages over: an earlier sample is kept until it is older.
const WINDOW: Duration = Duration::from_secs(5);

/// Sizes are in bytes; what cannot be read is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Processors the sandbox may use.
    pub cpu_count: usize,
    /// How much of them it used lately, 0 to 100.
    pub cpu_used_percent: f64,
    /// Memory its processes hold; what they share with others counts in shares.
    pub memory_used: u64,
    /// Memory there is for it.
    pub memory_total: u64,
    /// Page cache that is the sandbox's alone; it cannot be told apart without a control group.
    pub memory_cache: u64,
    /// Taken on the file system its files are on.
    pub disk_used: u64,
    /// Size of that file system.
    pub disk_total: u64,
    /// What an ordinary user may still take there.
    pub disk_free: u64,
}

/// Remembers what the processor had done.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<Option<Sample>>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    taken: Instant,
    used: Duration,
}

impl Sample {
    fn take() -> Self {
        let ticks: u64 = own_processes::all().into_iter().filter_map(ticks).sum();
        let nanoseconds = 1_000_000_000 / rustix::param::clock_ticks_per_second().max(1);
        Self { taken: Instant::now(), used: Duration::from_nanos(ticks * nanoseconds) }
    }

    /// Percent of `processors` used since `earlier`. Processes that took their time along when they ended count as none.
    fn percent_since(self, earlier: Self, processors: usize) -> f64 {
        let passed = self.taken.duration_since(earlier.taken).as_secs_f64() * processors.max(1) as f64;
        let used = self.used.saturating_sub(earlier.used).as_secs_f64();
        if passed > 0.0 { (100.0 * used / passed).clamp(0.0, 100.0) } else { 0.0 }
    }
}

impl Meter {
    /// The earlier sample to compare `now` with, if there is one of use. Keeps `now` for later when its turn has come.
    fn exchange(&self, now: Sample) -> Option<Sample> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = kept.map(|sample| now.taken.duration_since(sample.taken));
        let useful = kept.filter(|_| age.is_some_and(|age| USEFUL.contains(&age)));
        if age.is_none_or(|age| age > WINDOW) {
            *kept = Some(now);
        }
        useful
    }
}

impl Engine {
    /// Measures the sandbox.
    pub async fn metrics(&self) -> Metrics {
        let cpu_count = std::thread::available_parallelism().map_or(1, usize::from);
        let mut sample = sampled().await;
        let mut earlier = self.meter.exchange(sample);
        if earlier.is_none() {
            let first = sample;
            tokio::time::sleep(SHORT).await;
            sample = sampled().await;
            earlier = Some(first);
        }
        let cpu_used_percent = earlier.map_or(0.0, |earlier| sample.percent_since(earlier, cpu_count));
        let home = self.config.home.clone();
        let rest = tokio::task::spawn_blocking(move || memory_and_disk(&home)).await;
        Metrics { cpu_count, cpu_used_percent, ..rest.unwrap_or_default() }
    }
}

async fn sampled() -> Sample {
    let sample = tokio::task::spawn_blocking(Sample::take).await;
    sample.unwrap_or_else(|_| Sample { taken: Instant::now(), used: Duration::ZERO })
}

fn memory_and_disk(home: &std::path::Path) -> Metrics {
    let memory_used = own_processes::all().into_iter().map(memory).sum();
    let mut metrics = Metrics { memory_used, memory_total: memory_total(), ..Metrics::default() };
    if let Ok(disk) = rustix::fs::statvfs(home) {
        metrics.disk_total = disk.f_blocks * disk.f_frsize;
        metrics.disk_used = disk.f_blocks.saturating_sub(disk.f_bfree) * disk.f_frsize;
        metrics.disk_free = disk.f_bavail * disk.f_frsize;
    }
    metrics
}

/// Processor time of a process and of the children it has seen end, in clock ticks.
fn ticks(pid: i32) -> Option<u64> {
    let stat = own_processes::stat(pid)?;
    // The list begins with the third field; these are the fourteenth to the seventeenth.
    let times = stat.split_whitespace().skip(11).take(4);
    Some(times.filter_map(|time| time.parse::<u64>().ok()).sum())
}

/// What a process holds of memory, in bytes: its share where the kernel tells, all of it otherwise.
fn memory(pid: i32) -> u64 {
    let share = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok();
    share.and_then(|text| kibibytes(&text, "Pss:")).unwrap_or_else(|| resident(pid).unwrap_or_default())
}

fn resident(pid: i32) -> Option<u64> {
    let pages: u64 = std::fs::read_to_string(format!("/proc/{pid}/statm"))
        .ok()?
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

fn memory_total() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    kibibytes(&text, "MemTotal:").unwrap_or_default()
}

/// A line such as `MemTotal:  16384 kB`, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Engine {
        Engine::new(crate::Config::new("test", "/tmp".into(), "/tmp".into(), "/tmp".into()))
    }

    #[tokio::test]
    async fn work_shows_and_everything_stays_within_its_bounds() {
        let engine = engine();
        let busy = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
        let worker = std::thread::spawn({
            let busy = std::sync::Arc::clone(&busy);
            move || while busy.load(std::sync::atomic::Ordering::Relaxed) {}
        });
        let mut metrics = engine.metrics().await;
        // A machine with more to do may leave the worker waiting for a sample.
        for _ in 0..50 {
            if metrics.cpu_used_percent > 0.0 {
                break;
            }
            metrics = engine.metrics().await;
        }
        busy.store(false, std::sync::atomic::Ordering::Relaxed);
        worker.join().unwrap();
        assert!(metrics.cpu_used_percent > 0.0 && metrics.cpu_used_percent <= 100.0, "{metrics:?}");
        assert!(metrics.cpu_count >= 1);
        assert!(metrics.memory_used > 0 && metrics.memory_used <= metrics.memory_total, "{metrics:?}");
        assert!(metrics.disk_used <= metrics.disk_total && metrics.disk_free <= metrics.disk_total);
        assert!(metrics.disk_total > 0);
    }

    #[test]
    fn use_is_a_share_of_all_processors_over_the_time_that_passed() {
        let start = Instant::now();
        let at = |passed: u64, used: u64| Sample {
            taken: start + Duration::from_millis(passed),
            used: Duration::from_millis(used),
        };
        assert!((at(1000, 500).percent_since(at(0, 0), 1) - 50.0).abs() < 1e-9);
        assert!((at(1000, 500).percent_since(at(0, 0), 2) - 25.0).abs() < 1e-9);
        assert!((at(1000, 9000).percent_since(at(0, 0), 2) - 100.0).abs() < 1e-9);
        assert!(at(1000, 10).percent_since(at(0, 20), 2).abs() < 1e-9);
        assert!(at(0, 10).percent_since(at(0, 0), 2).abs() < 1e-9);
    }

    #[test]
    fn a_sample_serves_until_it_is_older_than_the_window() {
        let meter = Meter::default();
        let start = Instant::now();
        let at = |passed: u64| Sample { taken: start + Duration::from_millis(passed), used: Duration::ZERO };
        let taken =
            |earlier: Option<Sample>| earlier.map(|sample| sample.taken.duration_since(start).as_millis());
        assert_eq!(taken(meter.exchange(at(0))), None);
        assert_eq!(taken(meter.exchange(at(100))), None, "too young");
        assert_eq!(taken(meter.exchange(at(3000))), Some(0));
        assert_eq!(taken(meter.exchange(at(6000))), Some(0));
        assert_eq!(taken(meter.exchange(at(8000))), Some(6000));
        assert_eq!(taken(meter.exchange(at(60_000))), None, "too old");
    }
}
