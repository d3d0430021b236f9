//! The event socket: Socket.IO over WebSocket, as the clients speak it (control-plane.md §6.3, sdk-clients.md §a.4).
//!
//! ```text
//! GET /socket.io/ ─▶ upgrade ─▶ CONNECT with a token ─▶ whose? ─▶ one task a socket: announcements of its
//!                                       └─ nobody's: refused        organization, as that client is to see them
//! ```
//!
//! The protocol is the library's. Each socket gets what is announced with addresses built from its own handshake, so a
//! sandbox looks the same here as where that client reads it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use contract::control::types::{
    SandboxDesiredStateUpdatedEvent, SandboxStateUpdatedEvent, SnapshotStateUpdatedEvent,
};
use dialect::{Credential, OrganizationId, Tenants as _};
use http::StatusCode;
use serde_json::{Value, json};
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler as _;
use socketioxide::{SendError, SocketIo, TransportType};
use tokio::sync::broadcast::error::RecvError;
use tower::util::BoxCloneSyncService;
use tower::{Service as _, ServiceExt};

use crate::announcements::Announcement;
use crate::call;
use crate::control::Shared;
use crate::errors::{ApiError, json_response};
use crate::snapshots;
use crate::urls::BaseUrl;
use crate::wire;

/// Packets that may wait for a client that reads slowly.
const BACKLOG: usize = 1024;
const MAX_PAYLOAD: u64 = 1_000_000;

/// The socket clients listen on; nothing when the server announces nothing.
#[derive(Clone)]
pub(crate) struct EventSocket(Option<(SocketService, SocketIo)>);

type SocketService = BoxCloneSyncService<Request, Response, Infallible>;

/// Why a socket is not let in; its text is what the client is told.
#[derive(Debug)]
struct Unauthorized;

impl fmt::Display for Unauthorized {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unauthorized")
    }
}

impl EventSocket {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        if !shared.config.events {
            return Self(None);
        }
        let (service, io) = SocketIo::builder()
            .req_path("/socket.io")
            .transports([TransportType::Websocket])
            .max_payload(MAX_PAYLOAD)
            .max_buffer_size(BACKLOG)
            .build_svc();
        let (door, hall) = (Arc::clone(shared), Arc::clone(shared));
        let authenticate = async move |socket: SocketRef, TryData(auth): TryData<Value>| {
            listener(&door, &socket, auth.ok().as_ref()).map(drop).ok_or(Unauthorized)
        };
        let listen = async move |socket: SocketRef, TryData(auth): TryData<Value>| {
            if let Some(organization) = listener(&hall, &socket, auth.ok().as_ref()) {
                follow(&hall, &socket, organization);
            }
        };
        io.ns("/", listen.with(authenticate));
        let plain = |response: http::Response<_>| response.map(Body::new);
        let service = ServiceExt::<Request>::map_response(service, plain);
        Self(Some((BoxCloneSyncService::new(service), io)))
    }

    /// Answers the request that opens a socket.
    pub(crate) fn handler(
        &self,
    ) -> impl Fn(State<Arc<Shared>>, Request) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>>
    + Clone
    + Send
    + Sync
    + 'static {
        let socket = self.0.as_ref().map(|(service, _)| service.clone());
        move |State(shared), request| {
            let socket = socket.clone();
            Box::pin(async move { open(&shared, socket, request).await })
        }
    }

    /// Takes leave of every client.
    pub(crate) async fn close(&self) {
        if let Some((_, io)) = &self.0 {
            io.close().await;
        }
    }
}

async fn open(shared: &Shared, socket: Option<SocketService>, request: Request) -> Response {
    let Some(mut socket) = socket else {
        // As on a server that has no such channel: clients poll then.
        let missing = format!("Cannot GET {}", call::target(&request));
        return call::respond(shared, &ApiError::not_found(missing), &request);
    };
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let says = |name: &str, value: &str| {
        form_urlencoded::parse(query).any(|(known, given)| known == name && given == value)
    };
    // The library would answer with the code as a text.
    if !says("transport", "websocket") {
        return refusal(0, "Transport unknown");
    }
    if !says("EIO", "4") {
        return refusal(5, "Unsupported protocol version");
    }
    match socket.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn refusal(code: u8, message: &str) -> Response {
    json_response(StatusCode::BAD_REQUEST, &json!({"code": code, "message": message}))
}

/// The organization a socket may listen for: the key's own, or the one a token asks for in the query.
fn listener(shared: &Shared, socket: &SocketRef, auth: Option<&Value>) -> Option<OrganizationId> {
    let token = auth?.get("token")?.as_str()?;
    let query = socket.req_parts().uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| name == "organizationId" && !value.is_empty())
        .map(|(_, value)| value.into_owned());
    let credential = Credential::from_bearer(token, asked.as_deref());
    shared.tenants.identify(&credential).ok().map(|caller| caller.organization)
}

/// Tells a socket what is announced for its organization, until it closes.
fn follow(shared: &Arc<Shared>, socket: &SocketRef, organization: OrganizationId) {
    let base = BaseUrl::of(socket.req_parts());
    let mut announcements = shared.registry.announcements();
    let listener = socket.clone();
    let telling = tokio::spawn(async move {
        loop {
            match announcements.recv().await {
                Ok(told) if told.organization() == organization.as_str() => {
                    if let Err(SendError::Socket(error)) = tell(&listener, &told, &base) {
                        tracing::debug!(%error, "a client reads its events too slowly and misses one");
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => tracing::debug!(missed, "a client misses events"),
                Err(RecvError::Closed) => return,
            }
        }
    });
    let telling = telling.abort_handle();
    socket.on_disconnect(async move || telling.abort());
}

fn tell(socket: &SocketRef, told: &Announcement, base: &BaseUrl) -> Result<(), SendError> {
    match told {
        Announcement::Created(sandbox) => socket.emit("sandbox.created", &wire::sandbox(sandbox, base)),
        Announcement::State { sandbox, old, new } => {
            let sandbox = wire::sandbox(sandbox, base);
            let event = SandboxStateUpdatedEvent { sandbox, old_state: *old, new_state: *new };
            socket.emit("sandbox.state.updated", &event)
        }
        Announcement::DesiredState { sandbox, old, new } => {
            let sandbox = wire::sandbox(sandbox, base);
            let event =
                SandboxDesiredStateUpdatedEvent { sandbox, old_desired_state: *old, new_desired_state: *new };
            socket.emit("sandbox.desired-state.updated", &event)
        }
        Announcement::SnapshotCreated(snapshot) => socket.emit("snapshot.created", &snapshots::dto(snapshot)),
        Announcement::SnapshotState { snapshot, old, new } => {
            let snapshot = snapshots::dto(snapshot);
            let event = SnapshotStateUpdatedEvent { snapshot, old_state: *old, new_state: *new };
            socket.emit("snapshot.state.updated", &event)
        }
        Announcement::SnapshotRemoved(snapshot) => socket.emit("snapshot.removed", &snapshots::dto(snapshot)),
    }
}
