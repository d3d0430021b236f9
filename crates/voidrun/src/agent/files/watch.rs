//! Watches: begun by one request, read by one connection (voidrun.md §2.8).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::voidrun::types::{FileEvent, FileEventType, StartWatchRequest, WatchSession};
use dialect::PathParams;
use engine::watch::{Change, Watch, WatchOptions};

use crate::agent::Shared;
use crate::agent::home::Spot;
use crate::agent::pty::{close, upgrade};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// How long a watch waits for its connection.
const UNCLAIMED: Duration = Duration::from_secs(60);

/// Watches that wait for their connection.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<HashMap<String, Waiting>>);

#[derive(Debug)]
struct Waiting {
    watch: Watch,
    spot: Spot,
}

impl Watches {
    fn put(&self, id: &str, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), waiting);
    }

    fn take(&self, id: &str) -> Option<Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

pub(super) async fn start(
    State(inside): State<Shared>,
    Bound(request): Bound<StartWatchRequest>,
) -> Result<Response, Failure> {
    let spot = inside.spot(&request.path);
    let options = WatchOptions {
        recursive: request.recursive.unwrap_or(false),
        ignore_hidden: request.ignore_hidden.unwrap_or(true),
    };
    let (engine, clock, real) = (Arc::clone(&inside.engine), Arc::clone(&inside.clock), spot.real.clone());
    let begin = move || Watch::begin(engine.paths(), real, options, move || clock.now());
    let begun = tokio::task::spawn_blocking(begin).await;
    let refused = |text: String| Failure::bad_gateway("Sandbox error").with_details(spot.in_its_names(text));
    let watch =
        begun.map_err(|error| refused(error.to_string()))?.map_err(|error| refused(error.to_string()))?;
    let id = inside.ids.uuid();
    inside.watches.put(&id, Waiting { watch, spot });
    let (forgetting, forgotten) = (Arc::clone(&inside), id.clone());
    tokio::spawn(async move {
        tokio::time::sleep(UNCLAIMED).await;
        drop(forgetting.watches.take(&forgotten));
    });
    Ok(reply::data("watch started", WatchSession { session_id: id }))
}

pub(super) async fn stream(
    State(inside): State<Shared>,
    path: PathParams,
    request: Request,
) -> Result<Response, Failure> {
    let upgrade = upgrade(request).await?;
    let waiting = inside.watches.take(path.at(1));
    let waiting = waiting.ok_or_else(|| Failure::not_found("Watch session not found"))?;
    Ok(upgrade.on_upgrade(async move |socket| tell(socket, waiting).await).into_response())
}

async fn tell(mut socket: WebSocket, waiting: Waiting) {
    let Waiting { mut watch, spot } = waiting;
    loop {
        tokio::select! {
            event = watch.next() => {
                let Some(event) = event else { return close(socket).await };
                let text = serde_json::to_string(&described(&spot, &event)).unwrap_or_default();
                if socket.send(Message::Text(Utf8Bytes::from(text))).await.is_err() {
                    return;
                }
            }
            // What the client says does not matter, only that it is there.
            message = socket.recv() => if !matches!(message, Some(Ok(_))) {
                return;
            },
        }
    }
}

fn described(spot: &Spot, event: &engine::watch::FileEvent) -> FileEvent {
    let name = |path: &std::path::Path| spot.name_of(path).to_string_lossy().into_owned();
    let size = std::fs::symlink_metadata(&event.path).map(|metadata| metadata.len());
    FileEvent {
        r#type: match event.change {
            Change::Created => FileEventType::Created,
            Change::Modified => FileEventType::Modified,
            Change::Deleted => FileEventType::Deleted,
            Change::Renamed => FileEventType::Renamed,
            Change::Permissions => FileEventType::Chmod,
        },
        path: name(&event.path),
        old_path: event.old_path.as_deref().map(name),
        size: size.ok().and_then(|size| i64::try_from(size).ok()),
        timestamp: event.at.to_string(),
    }
}
