//! Language servers: programs that know the symbols of a project and what may be typed where
//! (toolbox-files-git-desktop.md §4).
//!
//! ```text
//! Engine ─▶ Servers: (language, project) ─▶ Server ─▶ Connection ══ standard streams ══ program
//!                                              └─ workspace: symbols of single documents, searched
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `language` | which programs serve which language |
//! | `server` | one server from start to end, and the documents it was told of |
//! | `connection`, `framing` | calls and their answers; messages on the wire |
//! | `document` | what clients, this machine and servers call a document |
//! | `symbol` | symbols and completions out of the forms servers give them in |
//! | `workspace` | symbols of a project where the server knows single documents only |
//!
//! A server that ended by itself counts as one that was never started; the next start brings a new one.

mod connection;
mod document;
mod framing;
mod language;
mod server;
mod symbol;
mod workspace;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::time::timeout;

pub use connection::CallError;
pub use symbol::{Completion, Completions, Position, Range, Symbol};

use document::Document;
use language::Language;
use server::Server;

use crate::Engine;
use crate::files;
use crate::spawn::SpawnError;

/// Why something cannot be asked of a language server.
#[derive(Debug, thiserror::Error)]
pub enum LspError {
    /// No server is known for the language.
    #[error("unsupported language: {0}")]
    Language(String),
    /// No server was started for this language and project, or it has ended.
    #[error("server not initialized")]
    NotStarted,
    /// The program is missing.
    #[error("error starting LSP server")]
    Start(#[from] SpawnError),
    /// The program ended, or did not answer, before it could be asked anything.
    #[error("error starting LSP server")]
    NotBegun,
    /// There is none to stop.
    #[error("error stopping LSP server")]
    NothingToStop,
    /// The document cannot be read.
    #[error("failed to read file: {0}")]
    Document(#[from] files::Error),
    /// The server did not answer with a result.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// A language and a project, exactly as the client writes them.
type Pair = (String, String);

/// The servers of a sandbox.
#[derive(Debug, Default)]
pub(crate) struct Servers(Mutex<HashMap<Pair, Arc<Server>>>);

impl Servers {
    fn lock(&self) -> MutexGuard<'_, HashMap<Pair, Arc<Server>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a server, unless another has taken its place.
    fn forget(&self, pair: &Pair, server: &Arc<Server>) {
        let mut servers = self.lock();
        if servers.get(pair).is_some_and(|known| Arc::ptr_eq(known, server)) {
            servers.remove(pair);
        }
    }
}

fn pair(language: &str, project: &str) -> Pair {
    (language.to_owned(), project.to_owned())
}

fn parse(language: &str) -> Result<Language, LspError> {
    Language::parse(language).ok_or_else(|| LspError::Language(language.to_owned()))
}

impl Engine {
    /// Starts the language server of a project and waits until it can be asked. Does nothing when it runs already.
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::Start`], [`LspError::NotBegun`]; nothing runs then.
    pub async fn start_language_server(&self, language: &str, project: &str) -> Result<(), LspError> {
        let known = parse(language)?;
        let pair = pair(language, project);
        let server = {
            let mut servers = self.language_servers.lock();
            match servers.get(&pair).filter(|server| server.is_alive()) {
                Some(server) => Arc::clone(server),
                None => {
                    let server = Server::start(self, known, self.directory(project)?)?;
                    servers.insert(pair.clone(), Arc::clone(&server));
                    server
                }
            }
        };
        if server.ready().await {
            return Ok(());
        }
        self.language_servers.forget(&pair, &server);
        Err(LspError::NotBegun)
    }

    /// Ends the language server of a project and waits until its process is gone.
    ///
    /// # Errors
    ///
    /// [`LspError::NothingToStop`].
    pub async fn stop_language_server(&self, language: &str, project: &str) -> Result<(), LspError> {
        let server = self.language_servers.lock().remove(&pair(language, project));
        server.ok_or(LspError::NothingToStop)?.stop().await;
        Ok(())
    }

    /// Opens a document in the server, with its text as it is on disk now.
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::NotStarted`], [`LspError::Document`], [`LspError::Call`].
    pub async fn open_document(&self, language: &str, project: &str, uri: &str) -> Result<(), LspError> {
        let server = self.running(language, project).await?;
        let document = Document::called(&self.paths, uri)?;
        let (paths, read) = (self.paths.clone(), document.clone());
        let text = tokio::task::spawn_blocking(move || read.text(&paths)).await;
        // Only a runtime that shuts down takes such a task back.
        let text = text.map_err(|_| CallError::Closed)??;
        Ok(server.open(document, text).await?)
    }

    /// Closes a document in the server.
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::NotStarted`], [`LspError::Document`], [`LspError::Call`].
    pub async fn close_document(&self, language: &str, project: &str, uri: &str) -> Result<(), LspError> {
        let server = self.running(language, project).await?;
        let document = Document::called(&self.paths, uri)?;
        Ok(server.close(&document).await?)
    }

    /// What may be typed at a place of a document. `context` says what asks for it, in the protocol's own form.
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::NotStarted`], [`LspError::Document`], [`LspError::Call`].
    pub async fn completions(
        &self,
        language: &str,
        project: &str,
        uri: &str,
        position: Position,
        context: Option<Value>,
    ) -> Result<Completions, LspError> {
        let server = self.running(language, project).await?;
        let document = Document::called(&self.paths, uri)?;
        Ok(server.completions(&document, position, context).await?)
    }

    /// What a document defines.
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::NotStarted`], [`LspError::Document`], [`LspError::Call`].
    pub async fn document_symbols(
        &self,
        language: &str,
        project: &str,
        uri: &str,
    ) -> Result<Vec<Symbol>, LspError> {
        let server = self.running(language, project).await?;
        let document = Document::called(&self.paths, uri)?;
        Ok(server.document_symbols(self, &document).await?)
    }

    /// What a project defines under names that fit the query. Where the server cannot tell, the symbols of the project's
    /// documents are searched (decisions.md, LSP).
    ///
    /// # Errors
    ///
    /// [`LspError::Language`], [`LspError::NotStarted`], [`LspError::Call`].
    pub async fn workspace_symbols(
        &self,
        language: &str,
        project: &str,
        query: &str,
    ) -> Result<Vec<Symbol>, LspError> {
        let server = self.running(language, project).await?;
        if server.finds_symbols() {
            match server.workspace_symbols(self, query).await {
                Err(error) if error.is_unsupported() => {}
                outcome => return Ok(outcome?),
            }
        }
        let patience = self.config.language_server_patience;
        let searched = timeout(patience, workspace::symbols(self, &server, query)).await;
        Ok(searched.map_err(|_| CallError::TimedOut(patience))??)
    }

    /// The server of a pair, once it can be asked.
    async fn running(&self, language: &str, project: &str) -> Result<Arc<Server>, LspError> {
        parse(language)?;
        let server = self.language_servers.lock().get(&pair(language, project)).cloned();
        let server = server.ok_or(LspError::NotStarted)?;
        if server.is_alive() && server.ready().await { Ok(server) } else { Err(LspError::NotStarted) }
    }
}
