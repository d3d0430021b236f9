//! What a sandbox cannot do to its neighbours and its host, by capability: on each rung of this host what the rung claims
//! in `/health` is put to the test, and what it does not claim is not asked for.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

#[path = "../support/mod.rs"]
mod support;

mod death;
mod files;
mod hosts;
mod network;
mod processes;
mod roots;
mod tenants;
mod volumes;

use serde_json::{Value, json};
use support::{Answer, TestServer};

/// A server on one rung, with two sandboxes.
pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) attacker: String,
    pub(crate) victim: String,
    capabilities: Vec<String>,
}

impl World {
    /// One on each rung this host has; where the test is privileged, one more by an ordinary user each.
    pub(crate) async fn all() -> Vec<Self> {
        let mut worlds = Vec::new();
        for rung in support::rungs().await {
            worlds.push(Self::of(TestServer::start_with(&["--runtime", rung])).await);
        }
        let Some(best) = TestServer::start_as_ordinary_user(&["--runtime", "auto"]) else { return worlds };
        worlds.push(Self::of(best).await);
        if worlds.last().unwrap().claims("own-root") {
            let process = TestServer::start_as_ordinary_user(&["--runtime", "process"]);
            worlds.push(Self::of(process.unwrap()).await);
        }
        worlds
    }

    async fn of(server: TestServer) -> Self {
        let (attacker, victim) = (server.sandbox().await, server.sandbox().await);
        let health = server.request("GET", "/health", Value::Null).await.json();
        let capabilities = health["capabilities"].as_array().unwrap().iter();
        let capabilities = capabilities.map(|name| name.as_str().unwrap().to_owned()).collect();
        Self { server, attacker, victim, capabilities }
    }

    pub(crate) fn claims(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name == capability)
    }

    /// Runs a command in the attacker's sandbox; what it printed, complaints included.
    pub(crate) async fn attack(&self, command: &str) -> String {
        self.server.execute(&self.attacker, command).await
    }

    /// Runs a command in the victim's sandbox.
    pub(crate) async fn victim(&self, command: &str) -> String {
        self.server.execute(&self.victim, command).await
    }

    /// The directory of all sandboxes of the server, as the host sees it.
    pub(crate) fn sandboxes(&self) -> std::path::PathBuf {
        let roots = support::leftovers(self.server.temp.path());
        roots.first().expect("the server's root").join("sandboxes")
    }

    /// Asks the file API of the attacker's sandbox for a path.
    pub(crate) async fn download(&self, path: &str) -> Answer {
        let encoded: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let path = format!("/toolbox/{}/files/download?path={encoded}", self.attacker);
        self.server.request("GET", &path, Value::Null).await
    }
}

pub(crate) async fn rung(server: &TestServer) -> String {
    let health = server.request("GET", "/health", Value::Null).await.json();
    health["runtime"]["rung"].as_str().unwrap().to_owned()
}

pub(crate) async fn sandbox(server: &TestServer, body: Value) -> String {
    let created = server.request("POST", "/api/sandbox", body).await;
    assert_eq!(created.status, 200, "{}", created.text());
    created.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn lifecycle(server: &TestServer, id: &str, step: &str) {
    let answer = server.request("POST", &format!("/api/sandbox/{id}/{step}"), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let wanted = if step == "stop" { "stopped" } else { "started" };
    support::eventually(wanted, async || state(server, id).await["state"] == wanted).await;
}

pub(crate) async fn state(server: &TestServer, id: &str) -> Value {
    server.request("GET", &format!("/api/sandbox/{id}"), Value::Null).await.json()
}
