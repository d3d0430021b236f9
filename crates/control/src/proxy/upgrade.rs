//! WebSockets: once both sides switched protocols, the agent goes on with the client by itself. Nothing is looked at.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use dialect::Connection;
use http::header::UPGRADE;
use hyper::upgrade::{OnUpgrade, Parts, Upgraded};
use hyper_util::rt::TokioIo;
use sandbox::handover::AgentEnd;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;

use crate::control::Shared;

/// How often an open connection counts as use (control-plane.md §2.7).
const ACTIVITY_EVERY: Duration = Duration::from_secs(45);

/// Buffers of an open connection, in bytes: clients type, sandboxes print.
const FROM_CLIENT: usize = 4 * 1024;
const FROM_AGENT: usize = 64 * 1024;

/// The client's side of an upgrade, when the request asks for one.
pub(super) fn asked(request: &mut Request) -> Option<OnUpgrade> {
    request.headers().contains_key(UPGRADE).then(|| hyper::upgrade::on(request))
}

/// Joins both sides as soon as they have switched.
pub(super) fn splice(shared: Arc<Shared>, id: String, client: OnUpgrade, response: &mut Response<Body>) {
    let agent = hyper::upgrade::on(response);
    tokio::spawn(async move {
        let joined = async {
            let (client, agent) = tokio::try_join!(client, agent).map_err(io::Error::other)?;
            join(client, agent).await
        };
        tokio::pin!(joined);
        let mut ticks = tokio::time::interval(ACTIVITY_EVERY);
        let ended = loop {
            tokio::select! {
                ended = &mut joined => break ended,
                _ = ticks.tick() => shared.registry.touch(&id, shared.now()),
            }
        };
        // Either side may go away without a word; there is nobody left to tell.
        if let Err(error) = ended {
            tracing::debug!(sandbox = id, %error, "a connection that had switched protocols broke");
        }
    });
}

/// Lets the two talk until they have done.
async fn join(client: Upgraded, agent: Upgraded) -> io::Result<()> {
    let client = match client.downcast::<TokioIo<Connection>>() {
        Ok(client) => return give(client, agent).await,
        Err(client) => client,
    };
    match client.downcast::<TokioIo<TcpStream>>() {
        Ok(client) => give(client, agent).await,
        // A hook stands in between.
        Err(client) => copy(TokioIo::new(client), TokioIo::new(agent)).await,
    }
}

/// Gives a client's own connection to the agent, which then needs nobody in between.
async fn give<C>(client: Parts<TokioIo<C>>, agent: Upgraded) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite + AsFd + Unpin,
{
    let (client, heard) = (client.io.into_inner(), client.read_buf);
    match AgentEnd::new(agent) {
        Ok(agent) => agent.take_over(client, &heard).await?.ended().await,
        Err(agent) => {
            let mut agent = TokioIo::new(agent);
            agent.write_all(&heard).await?;
            copy(client, agent).await?;
        }
    }
    Ok(())
}

async fn copy(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut agent: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    copy_bidirectional_with_sizes(&mut client, &mut agent, FROM_CLIENT, FROM_AGENT).await?;
    Ok(())
}
