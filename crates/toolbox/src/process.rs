//! Commands and code runs (toolbox-processes.md §2, §3).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{CodeRunRequest, ExecuteRequest};
use dialect::{ClientGeneration, LegacyRoute, Routes};
use engine::code_run::{CodeRequest, Language};
use engine::command::{CommandError, Request, Script};
use engine::output::Output;
use http::HeaderMap;
use serde_json::Value;

use crate::Shared;
use crate::errors::Failure;
use crate::go_json;
use crate::request::Bound;

const EXIT_CODE: &str = "exitCode";

/// First version whose server gave commands to a shell; clients before it bring a shell along.
const SHELL_SINCE: &str = "0.156.0-0";

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("ExecuteCommand", execute).serve("CodeRun", run_code)
}

async fn execute(
    State(toolbox): State<Shared>,
    headers: HeaderMap,
    Bound(request): Bound<ExecuteRequest>,
) -> Result<Response, Failure> {
    let exit_code_name = exit_code_name(&headers);
    let command = Request {
        script: script(request.command, &headers),
        directory: request.cwd.unwrap_or_default(),
        environment: variables(request.envs),
        timeout: request.timeout.map(seconds),
    };
    match toolbox.engine.execute_known(command, toolbox.clock.now()).await {
        Ok(outcome) => Ok(go_json::outcome(exit_code_name, outcome.exit_code, outcome.output, &[])),
        Err(error) => not_started(exit_code_name, error),
    }
}

/// The first clients know the exit code by another name.
fn exit_code_name(headers: &HeaderMap) -> &'static str {
    match LegacyRoute::of(headers) {
        Some(LegacyRoute::Project) => "code",
        Some(LegacyRoute::Sandbox) | None => EXIT_CODE,
    }
}

async fn run_code(
    State(toolbox): State<Shared>,
    Bound(request): Bound<CodeRunRequest>,
) -> Result<Response, Failure> {
    let Some(language) = Language::parse(&request.language) else {
        return Err(Failure::bad_request(&format!("unsupported language: {}", request.language)));
    };
    let code = CodeRequest {
        language,
        code: request.code,
        arguments: request.argv.unwrap_or_default(),
        environment: variables(request.envs),
        timeout: request.timeout.map(seconds),
    };
    match toolbox.engine.run_code(code).await {
        Ok(outcome) => {
            let artifacts = artifacts(outcome.charts);
            Ok(go_json::outcome(EXIT_CODE, outcome.exit_code, outcome.output, &artifacts))
        }
        Err(error) => not_started(EXIT_CODE, error),
    }
}

/// A command that cannot be started is an outcome to clients, not an error (toolbox-processes.md §2.3).
fn not_started(exit_code_name: &str, error: CommandError) -> Result<Response, Failure> {
    match error {
        CommandError::Start(error) => {
            Ok(go_json::outcome(exit_code_name, -1, Output::from(error.to_string().into_bytes()), &[]))
        }
        error => Err(error.into()),
    }
}

/// Clients from before there was a shell around commands wrap them in `sh -c` themselves, with substitutions that only
/// the inner shell may see (legacy-clients.md §6.15).
fn script(command: String, headers: &HeaderMap) -> Script {
    let client = ClientGeneration::from_headers(headers);
    let old = match client.version.as_deref() {
        Some(version) => !version.contains("dev") && client.is_before(SHELL_SINCE),
        None => LegacyRoute::of(headers).is_some(),
    };
    if old && command.starts_with("sh -c \"") { Script::Words(command) } else { Script::Shell(command) }
}

fn variables(envs: Option<BTreeMap<String, String>>) -> Vec<(String, String)> {
    envs.unwrap_or_default().into_iter().collect()
}

/// The binder has refused what is negative or too large.
fn seconds(timeout: i64) -> Duration {
    Duration::from_secs(timeout.unsigned_abs())
}

/// Members after the result; none without charts.
fn artifacts(charts: Vec<Value>) -> Vec<(&'static str, Value)> {
    if charts.is_empty() {
        return Vec::new();
    }
    let charts = serde_json::Map::from_iter([("charts".to_owned(), Value::Array(charts))]);
    vec![("artifacts", Value::Object(charts))]
}
