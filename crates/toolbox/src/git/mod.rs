//! Repositories (toolbox-files-git-desktop.md §3).
//!
//! | module | holds |
//! |---|---|
//! | `work` | what happens in a repository: state, history, branches, index |
//! | `remotes` | clone, push, pull, the list of remotes |
//! | `settings` | init, configuration, credentials |
//!
//! An operation that has begun goes to its end, whether the client waits for it or not ([`finished`]): git leaves locks
//! behind when it is cut off.

mod remotes;
mod settings;
mod work;

use std::sync::Arc;

use dialect::Routes;
use engine::Engine;
use engine::git::GitError;
use http::{StatusCode, Uri};

use crate::Shared;
use crate::errors::Failure;

/// Registers the operations of this capability.
pub(crate) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("GetStatus", work::status)
        .serve("GetCommitHistory", work::history)
        .serve("ListBranches", work::branches)
        .serve("CreateBranch", work::create_branch)
        .serve("DeleteBranch", work::delete_branch)
        .serve("CheckoutBranch", work::checkout)
        .serve("AddFiles", work::add)
        .serve("CommitChanges", work::commit)
        .serve("ResetChanges", work::reset)
        .serve("RestoreFiles", work::restore)
        .serve("CloneRepository", remotes::clone)
        .serve("PullChanges", remotes::pull)
        .serve("PushChanges", remotes::push)
        .serve("ListRemotes", remotes::list)
        .serve("AddRemote", remotes::add)
        .serve("InitRepository", settings::init)
        .serve("GetGitConfig", settings::get)
        .serve("SetGitConfig", settings::set)
        .serve("ConfigureUser", settings::set_user)
        .serve("Authenticate", settings::store_credentials)
}

/// Goes through with an operation, also when the client leaves.
async fn finished<T, F>(toolbox: Shared, operation: impl FnOnce(Arc<Engine>) -> F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, GitError>> + Send + 'static,
{
    let going = tokio::spawn(operation(Arc::clone(&toolbox.engine)));
    let finished = going.await.map_err(|_| Failure::internal("the work was interrupted"))?;
    finished.map_err(Failure::from)
}

/// As [`finished`], for operations that have nothing to say but that they are done.
async fn done<F>(
    toolbox: Shared,
    status: StatusCode,
    operation: impl FnOnce(Arc<Engine>) -> F,
) -> Result<StatusCode, Failure>
where
    F: Future<Output = Result<(), GitError>> + Send + 'static,
{
    finished(toolbox, operation).await.map(|()| status)
}

/// A value of the query, empty when it is left out.
fn parameter(uri: &Uri, name: &str) -> String {
    contract::bind::daemon::query(uri.query()).first(name).to_owned()
}

/// A value of the query that cannot be left out.
fn required(uri: &Uri, name: &str) -> Result<String, Failure> {
    let value = parameter(uri, name);
    if value.is_empty() { Err(Failure::bad_request(&format!("{name} is required"))) } else { Ok(value) }
}
