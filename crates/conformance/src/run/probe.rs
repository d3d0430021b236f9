//! Capabilities: found out by asking, once a run, and only when a case needs to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OnceCell};

use super::Trouble;
use super::workers::Session;
use crate::case::{Capability, Side};

/// What became of asking.
#[derive(Clone, Debug)]
pub(super) enum Presence {
    Present,
    /// With the first thing that did not hold.
    Absent(String),
    /// The server broke down over it, or could not even give a sandbox to ask in.
    Unknown(Trouble),
}

/// Everything that can be asked for, and what is known so far.
#[derive(Debug)]
pub(crate) struct Probes {
    capabilities: BTreeMap<String, Capability>,
    known: Mutex<BTreeMap<String, Arc<OnceCell<Presence>>>>,
}

impl Probes {
    pub(crate) fn new(capabilities: BTreeMap<String, Capability>) -> Self {
        Self { capabilities, known: Mutex::default() }
    }

    /// Whether the server has the capability.
    pub(super) async fn ask(&self, name: &str, session: &mut Session) -> Presence {
        let cell = Arc::clone(self.known.lock().await.entry(name.to_owned()).or_default());
        cell.get_or_init(|| self.probe(name, session)).await.clone()
    }

    /// What was found out.
    pub(crate) async fn findings(&self) -> BTreeMap<String, bool> {
        let known = self.known.lock().await;
        let settled = known.iter().filter_map(|(name, cell)| Some((name.clone(), cell.get()?)));
        settled.map(|(name, presence)| (name, matches!(presence, Presence::Present))).collect()
    }

    async fn probe(&self, name: &str, session: &mut Session) -> Presence {
        let Some(capability) = self.capabilities.get(name) else {
            return Presence::Absent("nothing says how to ask for it".to_owned());
        };
        let server = Arc::clone(&session.server);
        if capability.contract != Side::Toolbox && server.control.is_none() {
            return Presence::Absent("there is no control plane".to_owned());
        }
        let sandbox = match capability.contract {
            Side::Control | Side::Workspace | Side::VoidRun => None,
            Side::Toolbox => match session.shared_sandbox().await {
                Ok(sandbox) => Some(sandbox),
                Err((Trouble::Absent(reason), _)) => return Presence::Absent(reason),
                Err((trouble, _)) => return Presence::Unknown(trouble),
            },
        };
        let key = session.key.clone();
        let unique = format!("{}-probe-{name}", server.run_name);
        let mut run =
            Session::case_run(&server, key.as_deref(), capability.contract, sandbox.as_ref(), &unique);
        let asked = tokio::time::timeout(server.case_limit, run.steps("probe", &capability.probe)).await;
        let _ = tokio::time::timeout(server.case_limit, run.steps("cleanup", &capability.cleanup)).await;
        match asked {
            Ok(Ok(())) => Presence::Present,
            Ok(Err(Trouble::Fail(reasons))) => Presence::Absent(reasons.join("; ")),
            Ok(Err(Trouble::Absent(reason))) => Presence::Absent(reason),
            Ok(Err(trouble @ Trouble::Error(_))) => Presence::Unknown(trouble),
            Err(_) => Presence::Absent(format!("no answer within {:?}", server.case_limit)),
        }
    }
}
