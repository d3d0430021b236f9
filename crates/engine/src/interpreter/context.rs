//! The task that owns a context's worker: takes one job after the other, and outlives workers.
//!
//! ```text
//! jobs (first come, first served) ─▶ run ─▶ worker
//!                                     ├─ time is up: SIGINT, and SIGKILL to whoever ignores it
//!                                     ├─ worker ends: the job ends with it, the next one gets a fresh worker
//!                                     └─ context deleted: SIGTERM, then SIGKILL
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::worker::{Message, Worker, request};
use super::{Event, Job, Outcome};
use crate::Engine;

/// How long code may go on after it was interrupted, and a worker after it was asked to end.
const GRACE: Duration = Duration::from_secs(2);
/// How long what a dead worker has left may wait for a slow client.
const FAREWELL: Duration = Duration::from_secs(10);

pub(super) struct Owner {
    pub(super) engine: std::sync::Weak<Engine>,
    pub(super) directory: String,
    pub(super) worker: Option<Worker>,
    pub(super) active: Arc<AtomicBool>,
    pub(super) jobs: mpsc::Receiver<Job>,
    /// True once the context is deleted.
    pub(super) deleted: watch::Receiver<bool>,
    /// Dropped when nothing of the context runs any more.
    pub(super) gone: oneshot::Sender<()>,
}

impl Owner {
    pub(super) async fn work(mut self) {
        while let Some(job) = self.next_job().await {
            let outcome = self.run(&job).await;
            let _unheard = job.events.send(Event::Ended(outcome)).await;
        }
        self.end_worker().await;
        self.jobs.close();
        while let Some(job) = self.jobs.recv().await {
            let _unheard = job.events.send(Event::Ended(Outcome::Deleted)).await;
        }
        drop(self.gone);
    }

    /// The next job; `None` when the context is deleted.
    async fn next_job(&mut self) -> Option<Job> {
        loop {
            let died = async {
                match &mut self.worker {
                    Some(worker) => worker.child.wait().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = deletion(&mut self.deleted) => return None,
                _ = died => {}
                job = self.jobs.recv() => return job,
            }
            self.worker = None;
            self.active.store(false, Ordering::Release);
        }
    }

    async fn run(&mut self, job: &Job) -> Outcome {
        let Some(message) = request(&job.code, &job.environment) else { return Outcome::NotActive };
        let started = match self.worker.take() {
            Some(worker) => Some(worker),
            None => self.engine.upgrade().and_then(|engine| Worker::start(&engine, &self.directory).ok()),
        };
        let Some(mut worker) = started else { return Outcome::NotActive };
        self.active.store(true, Ordering::Release);
        let deleted = self.deleted.clone();
        let (outcome, survives) = Execution { job, worker: &mut worker, deleted }.watch(&message).await;
        if survives {
            self.worker = Some(worker);
        } else {
            worker.child.kill_group();
            self.active.store(false, Ordering::Release);
        }
        outcome
    }

    async fn end_worker(&mut self) {
        let Some(mut worker) = self.worker.take() else { return };
        self.active.store(false, Ordering::Release);
        let leash = worker.child.leash();
        leash.signal(Signal::TERM);
        if timeout(GRACE, worker.child.wait()).await.is_err() {
            leash.kill_group();
        }
    }
}

/// Waits until the context is deleted, or forgotten.
async fn deletion(deleted: &mut watch::Receiver<bool>) {
    let _forgotten = deleted.wait_for(|deleted| *deleted).await;
}

/// What the end of its worker is to a job.
fn died(timed_out: bool) -> Outcome {
    if timed_out { Outcome::TimedOut } else { Outcome::WorkerEnded }
}

struct Execution<'a> {
    job: &'a Job,
    worker: &'a mut Worker,
    deleted: watch::Receiver<bool>,
}

impl Execution<'_> {
    /// Runs the job to its end; whether the worker can run another.
    async fn watch(mut self, message: &[u8]) -> (Outcome, bool) {
        let leash = self.worker.child.leash();
        let mut deadline = self.job.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut timed_out = false;
        let mut unsent = message;
        let mut pending: Option<Event> = None;
        loop {
            let late = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            let Worker { child, line } = &mut *self.worker;
            tokio::select! {
                biased;
                () = deletion(&mut self.deleted) => return self.cancel().await,
                () = late => {
                    if timed_out {
                        leash.kill_group();
                        return (Outcome::TimedOut, false);
                    }
                    timed_out = true;
                    deadline = Some(Instant::now() + GRACE);
                    leash.signal(Signal::INT);
                }
                // Before anything new is read: a client that left stops nothing, what is printed has no reader then.
                permit = self.job.events.reserve(), if pending.is_some() => {
                    if let (Ok(permit), Some(event)) = (permit, pending.take()) {
                        permit.send(event);
                    } else {
                        pending = None;
                    }
                }
                message = line.exchange(&mut unsent), if pending.is_none() => match message {
                    Ok(Message::Completed) => return (Outcome::Completed, true),
                    Ok(Message::Interrupted) if timed_out => return (Outcome::TimedOut, true),
                    Ok(Message::Interrupted) => return (Outcome::Interrupted, true),
                    Ok(message) => pending = Event::of(message),
                    Err(_) => return (died(timed_out), false),
                },
                _ = child.wait() => {
                    self.drain(pending.take()).await;
                    return (died(timed_out), false);
                }
            }
        }
    }

    /// Passes on what a dead worker has left.
    async fn drain(&mut self, pending: Option<Event>) {
        let passing = async {
            let mut next = pending;
            loop {
                let Some(event) = next.or_else(|| Event::of(self.worker.line.next_at_once()?)) else {
                    return;
                };
                if self.job.events.send(event).await.is_err() {
                    return;
                }
                next = None;
            }
        };
        if timeout(FAREWELL, passing).await.is_err() {
            tracing::debug!("a client was too slow for the last words of its worker");
        }
    }

    /// The context is deleted under the job.
    async fn cancel(self) -> (Outcome, bool) {
        let leash = self.worker.child.leash();
        leash.signal(Signal::TERM);
        if timeout(GRACE, self.worker.child.wait()).await.is_err() {
            leash.kill_group();
        }
        (Outcome::Deleted, false)
    }
}
