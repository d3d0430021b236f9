//! Ports that programs of the sandbox listen on (toolbox-files-git-desktop.md §5).

use std::ops::RangeInclusive;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{IsPortInUseResponse, PortList};
use dialect::{PathParams, Routes};
use http::StatusCode;

use crate::errors::Failure;
use crate::{Shared, go_json};

/// Ports that may be asked for.
const ASKABLE: RangeInclusive<i64> = 3000..=9999;

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("GetPorts", list).serve("IsPortInUse", is_in_use)
}

async fn list(State(_toolbox): State<Shared>) -> Result<Response, Failure> {
    let listening = blocking(engine::ports::listening).await?;
    let ports = listening.into_iter().map(i64::from).collect();
    Ok(go_json::response(StatusCode::OK, &PortList { ports: Some(ports) }))
}

async fn is_in_use(State(_toolbox): State<Shared>, parameters: PathParams) -> Result<Response, Failure> {
    let number: i64 = parameters
        .at(0)
        .parse()
        .map_err(|_| Failure::bad_request("invalid port: must be a number between 3000 and 9999"))?;
    let port = u16::try_from(number).ok().filter(|port| ASKABLE.contains(&i64::from(*port)));
    let port =
        port.ok_or_else(|| Failure::bad_request("port out of range: must be between 3000 and 9999"))?;
    let is_in_use = blocking(move || engine::ports::is_in_use(port)).await?;
    Ok(go_json::response(StatusCode::OK, &IsPortInUseResponse { is_in_use: Some(is_in_use) }))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::internal("the work was interrupted"))
}
