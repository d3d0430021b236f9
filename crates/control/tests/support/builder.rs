//! A builder whose images are words: what a Dockerfile says after `ENV`, `ENTRYPOINT` and `RUN fail`, nothing is run.

use std::sync::{Arc, Mutex};

use builder::ImageConfig;
use control::{Builder, Made, Order};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Semaphore;

#[derive(Default)]
pub struct FakeBuilder {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    begun: Vec<String>,
    given_up: Vec<String>,
    gate: Option<Arc<Semaphore>>,
}

impl FakeBuilder {
    /// Dockerfiles it was asked to build, in order.
    pub fn begun(&self) -> Vec<String> {
        self.inner.lock().unwrap().begun.clone()
    }

    /// Ids of builds that were dropped before their end.
    pub fn given_up(&self) -> Vec<String> {
        self.inner.lock().unwrap().given_up.clone()
    }

    /// Makes builds wait until the gate gets a permit for each.
    pub fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.inner.lock().unwrap().gate = Some(Arc::clone(&gate));
        gate
    }
}

struct Watched {
    inner: Arc<Mutex<Inner>>,
    id: Option<String>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            self.inner.lock().unwrap().given_up.push(id);
        }
    }
}

impl Builder for FakeBuilder {
    fn build(&self, order: Order) -> BoxFuture<'static, Result<Made, String>> {
        let inner = Arc::clone(&self.inner);
        async move {
            let mut watched = Watched { inner: Arc::clone(&inner), id: Some(order.id.clone()) };
            let gate = {
                let mut inner = inner.lock().unwrap();
                inner.begun.push(order.dockerfile.clone());
                inner.gate.clone()
            };
            order.log.append(b"#1 begun\n");
            if let Some(gate) = gate {
                gate.acquire().await.unwrap().forget();
            }
            let result = built(&order);
            watched.id = None;
            result
        }
        .boxed()
    }
}

fn built(order: &Order) -> Result<Made, String> {
    let mut config = ImageConfig::default();
    for line in order.dockerfile.lines() {
        order.log.append(format!("#2 {line}\n").as_bytes());
        match line.split_once(' ') {
            Some(("FROM", name)) => {
                config = (order.snapshot)(name).map(|base| base.config).unwrap_or_default();
            }
            Some(("ENV", pair)) => {
                let (name, value) = pair.split_once('=').unwrap();
                config.env.insert(name.to_owned(), value.to_owned());
            }
            Some(("WORKDIR", place)) => config.workdir = Some(place.to_owned()),
            Some(("ENTRYPOINT", words)) => config.entrypoint = serde_json::from_str(words).unwrap(),
            Some(("RUN", "fail")) => {
                return Err("process \"fail\" did not complete successfully: exit code: 1".to_owned());
            }
            _ => {}
        }
    }
    Ok(Made { config, size: 3 << 30 })
}
