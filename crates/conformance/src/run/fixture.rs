//! Sandboxes a case finds ready.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Trouble;
use super::case_run::CaseRun;
use crate::case::{Expect, Side, StatusSet, Statuses, Step};

/// A started sandbox.
#[derive(Clone, Debug)]
pub(super) struct Sandbox {
    /// The id, when it was made over the control plane.
    pub(super) id: Option<String>,
    /// What the control plane said of it when it was ready.
    pub(super) description: Value,
    /// Base address of its toolbox.
    pub(super) toolbox: String,
}

impl CaseRun<'_> {
    /// Makes a sandbox and waits until it is started.
    pub(super) async fn create_sandbox(&mut self, extra: Option<&Value>) -> Result<Sandbox, Trouble> {
        "fixture".clone_into(&mut self.place);
        // A server that forgets to clean up, or a suite that was killed, leaves things that stop by themselves.
        let mut body = json!({
            "labels": { "conformance-run": self.server.run_name },
            "autoStopInterval": 15,
        });
        for (name, value) in extra.and_then(Value::as_object).into_iter().flatten() {
            body[name] = self.variables.fill(value).map_err(Trouble::Error)?;
        }
        let created = self.call("POST /sandbox", Some(body), self.server.start_limit).await?;
        let id = created.get("id").and_then(Value::as_str).map(ToOwned::to_owned);
        let Some(id) = id else {
            return Err(Trouble::fail("the sandbox created has no `id`"));
        };
        match self.started(&id, created).await {
            Ok(description) => {
                let toolbox = self.toolbox_address(&id, &description).await;
                match toolbox {
                    Ok(toolbox) => Ok(Sandbox { id: Some(id), description, toolbox }),
                    Err(trouble) => self.gave_up(&id, trouble).await,
                }
            }
            Err(trouble) => self.gave_up(&id, trouble).await,
        }
    }

    async fn gave_up(&mut self, id: &str, trouble: Trouble) -> Result<Sandbox, Trouble> {
        // The first trouble is the one worth telling.
        let _ = self.delete_sandbox(id).await;
        Err(trouble)
    }

    async fn started(&mut self, id: &str, mut description: Value) -> Result<Value, Trouble> {
        let deadline = Instant::now() + self.server.start_limit;
        let mut pause = Duration::from_millis(50);
        loop {
            let state = description.get("state").and_then(Value::as_str).unwrap_or_default().to_owned();
            match state.as_str() {
                "started" => return Ok(description),
                "error" | "build_failed" | "destroyed" => {
                    return Err(Trouble::fail(format!("the sandbox went to `{state}` instead of `started`")));
                }
                _ if Instant::now() >= deadline => {
                    let limit = self.server.start_limit;
                    return Err(Trouble::fail(format!(
                        "the sandbox is `{state}` after {limit:?}, not `started`"
                    )));
                }
                _ => {}
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
            description = self.call(&format!("GET /sandbox/{id}"), None, self.server.request_limit).await?;
        }
    }

    /// Clients append the id to the address the sandbox names (control-plane.md §3).
    async fn toolbox_address(&mut self, id: &str, description: &Value) -> Result<String, Trouble> {
        if let Some(address) = description.get("toolboxProxyUrl").and_then(Value::as_str) {
            return Ok(format!("{}/{id}", address.trim_end_matches('/')));
        }
        let line = format!("GET /sandbox/{id}/toolbox-proxy-url");
        let found = self.call(&line, None, self.server.request_limit).await?;
        match found.get("url").and_then(Value::as_str) {
            Some(address) => Ok(format!("{}/{id}", address.trim_end_matches('/'))),
            None => Err(Trouble::fail("the sandbox has no `toolboxProxyUrl`")),
        }
    }

    /// Deletes a sandbox of the fixture.
    pub(super) async fn delete_sandbox(&mut self, id: &str) -> Result<(), Trouble> {
        let step = Step { http: Some(format!("DELETE /sandbox/{id}")), ..Step::default() };
        self.fixture_step(&step).await
    }

    async fn call(&mut self, line: &str, body: Option<Value>, limit: Duration) -> Result<Value, Trouble> {
        let step = Step {
            http: Some(line.to_owned()),
            json: body,
            timeout: Some(crate::case::Span(limit)),
            capture: [("fixture".to_owned(), crate::case::Capture::Json("$".to_owned()))].into(),
            ..Step::default()
        };
        self.fixture_step(&step).await?;
        self.variables.get("fixture").cloned().map_err(Trouble::Error)
    }

    async fn fixture_step(&mut self, step: &Step) -> Result<(), Trouble> {
        // What the answers look like is judged by cases of their own; here a sandbox is all that is wanted.
        let status = Statuses::One(StatusSet::Class("2xx".to_owned()));
        let expect = Expect { status: Some(status), contract: Some(false), ..Expect::default() };
        let step = Step { to: Some(Side::Control), expect, ..step.clone() };
        Box::pin(self.step(&step)).await
    }
}
