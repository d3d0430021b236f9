//! Time as the emulator sees it.

use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A wait for a moment; it may be dropped at any time.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The machine's clock may be set while somebody waits, and does not stand still while the machine sleeps; so waits look
/// at it again at least this often.
const LONGEST_NAP: Duration = Duration::from_secs(60);

/// Tells the time of day.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Ends once this moment has come.
    fn wait_until(&self, moment: Timestamp) -> Wait<'_>;

    /// Ends when this much time has passed.
    fn pause(&self, length: Duration) -> Wait<'_> {
        let end =
            SignedDuration::try_from(length).ok().and_then(|length| self.now().checked_add(length).ok());
        self.wait_until(end.unwrap_or(Timestamp::MAX))
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wait_until(&self, moment: Timestamp) -> Wait<'_> {
        Box::pin(async move {
            loop {
                let left = Duration::try_from(moment.duration_since(Timestamp::now())).unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST_NAP)).await;
            }
        })
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(watch::Sender<Timestamp>);

impl FixedClock {
    /// A clock standing at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(watch::Sender::new(start))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX));
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn wait_until(&self, moment: Timestamp) -> Wait<'_> {
        let mut time = self.0.subscribe();
        Box::pin(async move {
            // The sender lives as long as this clock, which the wait borrows.
            let _ = time.wait_for(|now| *now >= moment).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[tokio::test]
    async fn a_wait_on_a_standing_clock_ends_when_it_is_moved_far_enough() {
        let clock = FixedClock::new(moment(0));
        clock.wait_until(moment(0)).await;
        let mut wait = clock.wait_until(moment(10));
        clock.advance(Duration::from_secs(9));
        assert!(futures_now(&mut wait).await.is_none(), "not yet");
        clock.advance(Duration::from_secs(1));
        wait.await;
        assert_eq!(clock.now(), moment(10));
    }

    #[tokio::test]
    async fn the_machines_clock_is_waited_for_and_the_past_not() {
        SystemClock.wait_until(moment(0)).await;
        let before = Timestamp::now();
        SystemClock.pause(Duration::from_millis(20)).await;
        assert!(Timestamp::now().duration_since(before) >= SignedDuration::from_millis(20));
    }

    /// What a future gives at once.
    async fn futures_now<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = std::future::ready(()) => None,
        }
    }
}
