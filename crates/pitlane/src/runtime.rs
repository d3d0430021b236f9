//! The choice of a rung: what was asked for, or the highest that works here.

use std::path::PathBuf;
use std::sync::Arc;

use sandbox::{NamespaceRuntime, ProcessRuntime, Root, Runtime, RuntimeConfig, StartError};

use crate::cli::{RuntimeOption, ServerOptions};
use crate::failure::Failure;

/// A rung, and why it is this one.
pub(crate) struct Chosen {
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) reason: String,
}

/// Takes the rung asked for, if it works; by itself the highest that does. Working is found out by doing.
pub(crate) async fn choose(
    option: RuntimeOption,
    root: Root,
    config: RuntimeConfig,
) -> Result<Chosen, Failure> {
    let root = Arc::new(root);
    let asked = || "asked for by --runtime".to_owned();
    match option {
        RuntimeOption::Process => Ok(Chosen { runtime: process(root, config)?, reason: asked() }),
        RuntimeOption::Namespace => match namespace(root, config).await {
            Ok(runtime) => Ok(Chosen { runtime, reason: asked() }),
            Err(error) => Err(Failure::Runtime(format!("{error}; `pitlane doctor` tells what to change"))),
        },
        RuntimeOption::Auto => match namespace(Arc::clone(&root), config.clone()).await {
            Ok(runtime) => Ok(Chosen { runtime, reason: "the highest rung, and it works here".to_owned() }),
            Err(error) => {
                let reason = format!("namespace does not work here: {error}; see `pitlane doctor`");
                Ok(Chosen { runtime: process(root, config)?, reason })
            }
        },
    }
}

fn process(root: Arc<Root>, config: RuntimeConfig) -> Result<Arc<dyn Runtime>, Failure> {
    let runtime = ProcessRuntime::open(root, config).map_err(|error| Failure::Runtime(error.to_string()))?;
    Ok(Arc::new(runtime))
}

/// The namespace rung, once a sandbox has been made and taken down on it.
pub(crate) async fn namespace(
    root: Arc<Root>,
    config: RuntimeConfig,
) -> Result<Arc<dyn Runtime>, StartError> {
    let runtime = NamespaceRuntime::open(root, config).map_err(StartError::Spawn)?;
    runtime.probe().await?;
    Ok(Arc::new(runtime))
}

/// Where sandboxes live that nobody keeps. Not in a temporary folder by default: those are shared with every sandbox
/// of the process rung, so that one could write to the files of another.
pub(crate) fn run_directory(options: &ServerOptions) -> PathBuf {
    if let Some(directory) = &options.run_dir {
        return directory.clone();
    }
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let usable = |cache: &PathBuf| std::fs::create_dir_all(cache).is_ok() && is_writable(cache);
    cache.filter(usable).unwrap_or_else(std::env::temp_dir)
}

fn is_writable(directory: &std::path::Path) -> bool {
    nix::unistd::access(directory, nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK).is_ok()
}
