//! The time a client has for the head of a request.
//!
//! HTTP begins a wait before every head and drops it when the head is there, and next to none of them ever ends. Telling
//! the runtime's timer of each would be a good part of what a short request costs. So a connection has one wait that goes
//! on through all of them: it ends too early for the head that is waited for by then, and is set anew for that one.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// The timer of one connection, which waits for one thing at a time.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadTimer(Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>);

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait { deadline: deadline.into(), timer: self.clone() })
    }
}

/// The wait for one head.
struct Wait {
    deadline: tokio::time::Instant,
    timer: HeadTimer,
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let mut lasting = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lasting = lasting.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if lasting.deadline() > deadline {
            lasting.as_mut().reset(deadline);
        }
        while lasting.deadline() < deadline {
            ready!(lasting.as_mut().poll(context));
            lasting.as_mut().reset(deadline);
        }
        lasting.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    /// Begins a wait as every head does, and drops it when the head comes after `pause`.
    async fn head_after(timer: &HeadTimer, pause: Duration) {
        let wait = timer.sleep(PATIENCE);
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => {}
            () = wait => panic!("the wait ended before its time"),
        }
    }

    /// How long a wait for a head takes that never comes.
    async fn whole(timer: &HeadTimer, patience: Duration) -> Duration {
        let began = Instant::now();
        timer.sleep(patience).await;
        began.elapsed()
    }

    #[tokio::test]
    async fn every_head_has_its_own_time_whatever_came_before() {
        let timer = HeadTimer::default();
        for _ in 0..4 {
            head_after(&timer, PATIENCE / 2).await;
        }
        assert!(whole(&timer, PATIENCE).await >= PATIENCE);
        assert!(whole(&timer, PATIENCE).await >= PATIENCE, "also after one that ended");
    }

    #[tokio::test]
    async fn a_wait_that_is_shorter_than_the_one_before_ends_in_its_own_time() {
        let timer = HeadTimer::default();
        let long = timer.sleep(Duration::from_secs(3600));
        tokio::select! {
            biased;
            () = long => panic!("the wait ended before its time"),
            () = std::future::ready(()) => {}
        }
        let taken = whole(&timer, PATIENCE).await;
        assert!(taken >= PATIENCE && taken < Duration::from_secs(60), "{taken:?}");
    }
}
