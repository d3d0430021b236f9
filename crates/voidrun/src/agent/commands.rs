//! Commands that go on by themselves, by process id (voidrun.md §2.6).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use contract::voidrun::types::{
    CommandKillResponse, CommandListResponse, CommandRunResponse, CommandWaitResponse,
    KillBackgroundProcessRequest, ProcessInfo, RunBackgroundCommandRequest,
};
use dialect::Routes;
use engine::processes::{Ended, Process, ProcessRequest};
use futures_util::stream;

use super::exec::{TIMED_OUT, command, not_started};
use super::{Inside, Shared, events};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// Longest time limit the official document knows, in seconds.
const MOST_SECONDS: i64 = 900;
/// How long a waiting client is left without a sign: some give up after five minutes.
const SILENCE: Duration = Duration::from_secs(60);

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("runBackgroundCommand", run)
        .serve("listBackgroundProcesses", list)
        .serve("killBackgroundProcess", kill)
        .serve("attachToBackgroundProcess", attach)
        .serve("waitForBackgroundProcess", wait)
}

async fn run(
    State(inside): State<Shared>,
    Bound(request): Bound<RunBackgroundCommandRequest>,
) -> Result<Response, Failure> {
    let text = command(&request.command)?;
    let seconds = request.timeout.unwrap_or_default();
    if inside.manner.is_strict() && !(0..=MOST_SECONDS).contains(&seconds) {
        return Err(Failure::bad_request(format!("timeout must be between 0 and {MOST_SECONDS}")));
    }
    let wanted = ProcessRequest {
        text,
        directory: inside.home.directory(&inside.engine, request.cwd.as_deref()),
        environment: request.env.unwrap_or_default().into_iter().collect(),
        limit: (seconds > 0).then(|| Duration::from_secs(seconds.unsigned_abs())),
        started: inside.clock.now(),
        registered: true,
    };
    let started = inside.engine.start_process(wanted);
    let (process, _) = started.map_err(|error| not_started("Failed to run command", &error))?;
    Ok(reply::ok(&CommandRunResponse {
        success: true,
        pid: process.pid().into(),
        command: process.text().to_owned(),
    }))
}

async fn list(State(inside): State<Shared>) -> Response {
    let processes = inside.engine.running_processes().iter().map(|process| info(process)).collect();
    reply::ok(&CommandListResponse { success: true, processes })
}

fn info(process: &Process) -> ProcessInfo {
    ProcessInfo {
        pid: process.pid().into(),
        command: process.text().to_owned(),
        start_time: process.started().to_string(),
        running: true,
        exit_code: None,
    }
}

async fn kill(
    State(inside): State<Shared>,
    Bound(request): Bound<KillBackgroundProcessRequest>,
) -> Result<Response, Failure> {
    if !find(&inside, &request)?.kill().await {
        return Err(unknown(request.pid));
    }
    Ok(reply::ok(&CommandKillResponse { success: true, message: "Process killed".to_owned() }))
}

async fn attach(
    State(inside): State<Shared>,
    Bound(request): Bound<KillBackgroundProcessRequest>,
) -> Result<Response, Failure> {
    let process = find(&inside, &request)?;
    let reader = process.attach();
    Ok(events::follow(process, reader))
}

async fn wait(
    State(inside): State<Shared>,
    Bound(request): Bound<KillBackgroundProcessRequest>,
) -> Result<Response, Failure> {
    let process = find(&inside, &request)?;
    if !process.is_running() {
        return Ok(reply::ok(&how(process.ended().await)));
    }
    // The head goes out at once, and blanks before the JSON keep the connection alive.
    let waiting = stream::unfold(Some(process), async |process| {
        let process: Arc<Process> = process?;
        let bytes = match tokio::time::timeout(SILENCE, process.ended()).await {
            Err(_elapsed) => return Some((Ok(Bytes::from_static(b" ")), Some(process))),
            Ok(ended) => serde_json::to_vec(&how(ended)).unwrap_or_default().into(),
        };
        Some((Ok::<Bytes, std::convert::Infallible>(bytes), None))
    });
    Ok(reply::streamed("application/json; charset=utf-8", Body::from_stream(waiting)))
}

fn how(ended: Ended) -> CommandWaitResponse {
    let (exit_code, error) = match ended.timed_out {
        true => (TIMED_OUT, Some("command timed out".to_owned())),
        false => (ended.exit.shell_code(), None),
    };
    CommandWaitResponse { success: true, exit_code: exit_code.into(), error }
}

fn find(inside: &Inside, request: &KillBackgroundProcessRequest) -> Result<Arc<Process>, Failure> {
    if request.pid < 1 {
        return Err(Failure::bad_request("Invalid request"));
    }
    inside.engine.process(request.pid).ok_or_else(|| unknown(request.pid))
}

fn unknown(pid: i64) -> Failure {
    Failure::not_found(format!("agent error: process {pid} not found"))
}
