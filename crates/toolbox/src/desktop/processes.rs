//! Start, stop, state and output of the processes (toolbox-files-git-desktop.md §6.2).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    ComputerUseStatusResponse, ProcessErrorsResponse, ProcessLogsResponse, ProcessRestartResponse,
    ProcessStatusResponse,
};
use dialect::{PathParams, Routes};
use engine::desktop::{Activity, ProcessState};
use http::StatusCode;
use serde::Serialize;

use super::{Ready, at_work, going};
use crate::Shared;
use crate::errors::Failure;
use crate::go_json;

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("StartComputerUse", start)
        .serve("StopComputerUse", stop)
        .serve("GetComputerUseStatus", status)
        .serve("GetComputerUseSystemStatus", status)
        .serve("GetProcessStatus", process_status)
        .serve("RestartProcess", restart)
        .serve("GetProcessLogs", logs)
        .serve("GetProcessErrors", errors)
}

/// A state with its `pid` always there, as real daemons write it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessStatus {
    running: bool,
    priority: i64,
    auto_restart: bool,
    pid: Option<i32>,
}

#[derive(Serialize)]
struct Changed {
    message: &'static str,
    status: BTreeMap<&'static str, ProcessStatus>,
}

async fn start(_: Ready, State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let states = going(&toolbox, |engine| async move { engine.start_desktop().await }).await?;
    Ok(changed("Computer use processes started successfully", states))
}

async fn stop(_: Ready, State(toolbox): State<Shared>) -> Result<Response, Failure> {
    let states = going(&toolbox, |engine| async move { engine.stop_desktop().await }).await?;
    Ok(changed("Computer use processes stopped successfully", states))
}

fn changed(message: &'static str, states: Vec<ProcessState>) -> Response {
    let of = |state: ProcessState| {
        let ProcessState { kind, running, pid } = state;
        let status = ProcessStatus { running, priority: kind.priority(), auto_restart: kind.restarts(), pid };
        (kind.name(), status)
    };
    go_json::response(StatusCode::OK, &Changed { message, status: states.into_iter().map(of).collect() })
}

async fn status(_: Ready, State(toolbox): State<Shared>) -> Response {
    let status = match toolbox.engine.desktop_activity() {
        Activity::Active => "active",
        Activity::Partial => "partial",
        Activity::Inactive => "inactive",
    };
    go_json::response(StatusCode::OK, &ComputerUseStatusResponse { status: Some(status.to_owned()) })
}

async fn process_status(
    _: Ready,
    State(toolbox): State<Shared>,
    parameters: PathParams,
) -> Result<Response, Failure> {
    let name = parameters.at(0).to_owned();
    match toolbox.engine.desktop_process_runs(&name) {
        Ok(running) => {
            let answer = ProcessStatusResponse { process_name: Some(name), running: Some(running) };
            Ok(go_json::response(StatusCode::OK, &answer))
        }
        // Unlike everywhere else an unknown name counts as a service that is not there.
        Err(error) => Err(Failure {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: None,
            message: format!("failed to get process status: {error}"),
        }),
    }
}

async fn restart(
    _: Ready,
    State(toolbox): State<Shared>,
    parameters: PathParams,
) -> Result<Response, Failure> {
    let name = parameters.at(0).to_owned();
    let restarted = name.clone();
    going(&toolbox, |engine| async move { engine.restart_desktop_process(&restarted).await }).await?;
    let message = Some(format!("Process {name} restarted successfully"));
    Ok(go_json::response(StatusCode::OK, &ProcessRestartResponse { message, process_name: Some(name) }))
}

async fn logs(_: Ready, State(toolbox): State<Shared>, parameters: PathParams) -> Result<Response, Failure> {
    let name = parameters.at(0).to_owned();
    let process_name = Some(name.clone());
    let logs = Some(at_work(&toolbox, move |engine| engine.desktop_log(&name)).await?);
    Ok(go_json::response(StatusCode::OK, &ProcessLogsResponse { process_name, logs }))
}

async fn errors(
    _: Ready,
    State(toolbox): State<Shared>,
    parameters: PathParams,
) -> Result<Response, Failure> {
    let name = parameters.at(0).to_owned();
    let process_name = Some(name.clone());
    let errors = Some(at_work(&toolbox, move |engine| engine.desktop_errors(&name)).await?);
    Ok(go_json::response(StatusCode::OK, &ProcessErrorsResponse { process_name, errors }))
}
