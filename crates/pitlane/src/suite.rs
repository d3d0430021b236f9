//! `pitlane conformance`: the suite, and the servers it needs: broken on purpose for its own test, hard to bear for
//! clients.

use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use conformance::Error;
use conformance::mutants::Mutant;
use conformance::self_test::{Connection, Running, Target};
use edge::BoxFuture;
use tokio::process::{Child, Command};

use crate::announce::Ready;
use crate::exec::announced;
use crate::failure::Failure;
use crate::workshop::OwnWorkshop;

pub(crate) fn run(command: conformance::cli::Command) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::io("start the program's runtime"))?;
    Ok(ExitCode::from(runtime.block_on(command.run(&OwnServers, &|client| Box::new(OwnWorkshop(client))))))
}

/// Starts this very program as a server.
struct OwnServers;

impl Target for OwnServers {
    fn start(&self, mutant: Option<Arc<Mutant>>) -> BoxFuture<'_, Result<Box<dyn Running>, Error>> {
        Box::pin(async move {
            let server = start(mutant.as_deref()).await;
            server
                .map(|server| Box::new(server) as Box<dyn Running>)
                .map_err(|error| Error::Target(error.to_string()))
        })
    }
}

async fn start(mutant: Option<&Mutant>) -> Result<OwnServer, Failure> {
    let program = std::env::current_exe().map_err(Failure::io("find this program's own file"))?;
    let mut command = Command::new(program);
    command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--second-tenant", "--until-stdin-ends"]);
    if let Some(mutant) = mutant {
        let text = serde_json::to_string(mutant).map_err(|error| Failure::Mutant(error.to_string()))?;
        command.args(["--mutant", &text]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(Failure::io("start a server"))?;
    let ready = announced(&mut child).await?;
    Ok(OwnServer { child, ready })
}

struct OwnServer {
    child: Child,
    ready: Ready,
}

impl Running for OwnServer {
    fn connection(&self) -> Connection {
        Connection {
            url: self.ready.api_url.clone(),
            keys: vec![self.ready.api_key.clone()],
            other_key: self.ready.other_api_key.clone(),
        }
    }

    fn stop(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            drop(self.child.stdin.take());
            if let Err(error) = self.child.wait().await {
                tracing::warn!(%error, "failed to wait for a server");
            }
        })
    }
}
