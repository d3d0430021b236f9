//! `pitlane agent`: the program inside every sandbox. Serves the toolbox, and beside it the inner halves of VoidRun's API
//! and of SSH over the same engine, until the server asks for its end.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use dialect::Dispatcher;
use engine::Engine;
use engine::paths::{PathMap, PathRules};
use http::Request;
use http::uri::PathAndQuery;
use lab::{RandomIds, SystemClock};
use sandbox::Directories;
use sandbox::agent::{AgentConfig, inherited_socket};
use serde::{Deserialize, Serialize};
use toolbox::WithPorts;
use tower::ServiceExt as _;

use crate::cli::ServerOptions;
use crate::failure::Failure;

/// Largest JSON body read, in bytes; files are streamed and not limited by it.
const BODY_LIMIT: usize = 64 << 20;

pub(crate) fn run() -> ExitCode {
    let ended = inherited_socket().and_then(|socket| sandbox::agent::run(socket, Dialects::new));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pitlane agent: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The APIs served in one sandbox.
#[derive(Clone)]
struct Dialects {
    toolbox: WithPorts,
    voidrun: Dispatcher,
    ssh: ssh::agent::Inner,
}

impl Dialects {
    fn new(config: AgentConfig) -> Self {
        let settings = AgentSettings::from_json(config.settings.clone());
        let toolbox = toolbox(config);
        let engine = Arc::new(Engine::new(toolbox.engine.clone()));
        let voidrun = voidrun::agent::app(voidrun::agent::Config {
            engine: Arc::clone(&engine),
            manner: manner(settings.voidrun_strict),
            clock: Arc::clone(&toolbox.clock),
            ids: Arc::clone(&toolbox.ids),
        });
        let ssh = ssh::agent::Inner::new(Arc::clone(&engine));
        Self { toolbox: toolbox::service_on(engine, toolbox), voidrun, ssh }
    }

    /// Streams of the SSH gateway have a path of their own, VoidRun's requests a prefix; all others are the toolbox's.
    async fn respond(&self, mut request: Request<Body>) -> Response {
        if request.uri().path() == ssh::wire::PATH {
            return self.ssh.respond(request).await;
        }
        let inner = request.uri().path_and_query().and_then(|target| {
            let rest = target.as_str().strip_prefix(voidrun::INNER_PREFIX)?;
            rest.starts_with('/').then(|| PathAndQuery::try_from(rest).ok())?
        });
        let Some(inner) = inner else {
            return match self.toolbox.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
        };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = Some(inner);
        if let Ok(uri) = http::Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
        self.voidrun.respond(request).await
    }
}

impl tower::Service<Request<Body>> for Dialects {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let dialects = self.clone();
        Box::pin(async move { Ok(dialects.respond(request).await) })
    }
}

/// Whose side VoidRun's API takes.
pub(crate) fn manner(strict: bool) -> voidrun::Manner {
    if strict { voidrun::Manner::Strict } else { voidrun::Manner::Lenient }
}

/// What the command line says about the toolbox; goes to every agent with its configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct AgentSettings {
    /// Seconds a command may take when the client names no limit.
    execute_timeout_default: Option<u64>,
    /// Settings of the operator for git: keys and values.
    #[serde(default)]
    git_settings: Vec<(String, String)>,
    /// Whether VoidRun's API takes the official document's side where servers disagree with it.
    #[serde(default)]
    voidrun_strict: bool,
}

impl AgentSettings {
    pub(crate) fn new(options: &ServerOptions) -> Result<Self, Failure> {
        let seconds = options.execute_timeout_default;
        let git_settings = options.git_config.as_deref().map(git_settings).transpose()?;
        Ok(Self {
            execute_timeout_default: (seconds > 0).then_some(u64::from(seconds)),
            git_settings: git_settings.unwrap_or_default(),
            voidrun_strict: options.voidrun_strict,
        })
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn from_json(value: serde_json::Value) -> Self {
        serde_json::from_value(value).unwrap_or_default()
    }
}

/// What a configuration file of git says. Read once by git itself and handed on as text: a sandbox need not see the file.
fn git_settings(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let action = || format!("read {} with git", file.display());
    let asked = std::process::Command::new("git")
        .args(["config", "--list", "-z", "--includes", "--file"])
        .arg(file)
        .output();
    let output = asked.map_err(Failure::io(action()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::io(action())(std::io::Error::other(said)));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let settings = text.split_terminator('\0').map(|entry| entry.split_once('\n').unwrap_or((entry, "true")));
    Ok(settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn toolbox(config: AgentConfig) -> toolbox::Config {
    toolbox::Config {
        engine: engine(config),
        version: format!("v{}", contract::toolbox::DOCUMENT.release()),
        body_limit: BODY_LIMIT,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

/// A directory, or another one where it is not there any more.
fn existing(directory: PathBuf, otherwise: &Path) -> PathBuf {
    if directory.is_dir() { directory } else { otherwise.to_owned() }
}

fn engine(config: AgentConfig) -> engine::Config {
    let Directories { tree, home, temp, workspace, .. } = config.directories;
    let work_dir = config.workdir.map_or_else(|| home.clone(), PathBuf::from);
    let mut engine = engine::Config::new(&config.id, home.clone(), home.clone(), temp.clone());
    engine.paths = if config.own_root {
        engine.work_dir = existing(work_dir, &home);
        PathRules::whole_root(engine.work_dir.clone())
    } else {
        // The server's own directory, two levels up: it holds the other sandboxes' trees and what the server remembers,
        // and the file API never answers for any of it.
        let server = tree.ancestors().nth(2).unwrap_or(&tree).to_owned();
        let rules = |work_dir| {
            PathRules::process(home.clone(), workspace.clone(), temp.clone(), work_dir, server.clone())
        };
        // Where an image says its programs run is a name of the API's here.
        let named = PathMap::new(rules(home.clone())).host_path(&work_dir).unwrap_or_else(|_| home.clone());
        engine.work_dir = existing(named, &home);
        let mut rules = rules(engine.work_dir.clone());
        rules.own.extend(config.volumes);
        rules
    };
    let settings = AgentSettings::from_json(config.settings);
    engine.git_settings = settings.git_settings;
    engine.execute_timeout_default = settings.execute_timeout_default.map(Duration::from_secs);
    engine.entrypoint = Some(config.entrypoint).filter(|words| !words.is_empty());
    engine.default_shell = Some(config.shell.to_string_lossy().into_owned());
    engine.env = config.env.into_iter().collect();
    engine
}
