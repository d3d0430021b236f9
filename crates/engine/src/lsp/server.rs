//! One running server: its process, its beginning, its documents and its end.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::unix::pipe;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::connection::{CallError, Connection, Listener};
use super::document::{Document, address, file_at, wire_address};
use super::language::Language;
use super::symbol::{self, Completions, Position, Symbol};
use crate::Engine;
use crate::spawn::{Child, Leash, Program, SpawnError, Streams};

/// How long a server may take to clear up once it is told to stop; then it is killed.
const FAREWELL: Duration = Duration::from_secs(2);

/// How far a server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Starting,
    Ready { finds_symbols: bool },
    Failed,
}

/// A server of one project. Dropping it kills its process.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) language: Language,
    /// The project, on this machine.
    pub(super) project: PathBuf,
    connection: Connection,
    leash: Leash,
    progress: watch::Sender<Progress>,
    ended: watch::Receiver<bool>,
    open: Mutex<HashMap<PathBuf, Opened>>,
}

/// A document the server was told of.
#[derive(Debug)]
struct Opened {
    called: String,
    version: i64,
}

impl Server {
    /// Starts the program; [`Self::ready`] tells when it can be asked.
    pub(super) fn start(
        engine: &Engine,
        language: Language,
        project: PathBuf,
    ) -> Result<Arc<Self>, SpawnError> {
        let config = engine.config();
        let directory = if project.is_dir() { project.clone() } else { config.work_dir.clone() };
        let (name, arguments) = language.program(&engine.variable("PATH").unwrap_or_default());
        let program = Program {
            name: name.to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            environment: engine.environment(&directory, &[]),
            directory,
        };
        let (read_by_server, input) = io::pipe()?;
        let (output, written_by_server) = io::pipe()?;
        let input = pipe::Sender::from_owned_fd(input.into())?;
        let output = pipe::Receiver::from_owned_fd(output.into())?;
        let streams =
            Streams { input: read_by_server.into(), output: written_by_server.into(), errors: Stdio::null() };
        let child = engine.children().spawn(&program, streams)?;
        let (connection, listener) = Connection::open(input, output, config.language_server_patience);
        let leash = child.leash();
        let (over, ended) = watch::channel(false);
        tokio::spawn(attend(child, listener, over));
        let progress = watch::Sender::new(Progress::Starting);
        let open = Mutex::default();
        let server = Arc::new(Self { language, project, connection, leash, progress, ended, open });
        // On its own, so that a client that leaves while the server starts leaves no half-started server behind.
        let starting = Arc::clone(&server);
        tokio::spawn(async move {
            let progress = match starting.initialize().await {
                Ok(finds_symbols) => Progress::Ready { finds_symbols },
                Err(error) => {
                    tracing::info!(%error, "a language server did not begin");
                    starting.leash.kill_group();
                    Progress::Failed
                }
            };
            starting.progress.send_replace(progress);
        });
        Ok(server)
    }

    /// Whether it runs, as far as is known.
    pub(super) fn is_alive(&self) -> bool {
        !self.connection.is_closed() && *self.progress.borrow() != Progress::Failed
    }

    /// Waits until it can be asked; false when it never will.
    pub(super) async fn ready(&self) -> bool {
        let mut progress = self.progress.subscribe();
        let settled = progress.wait_for(|progress| *progress != Progress::Starting).await;
        settled.is_ok_and(|progress| *progress != Progress::Failed)
    }

    /// Whether it can find the symbols of a whole project.
    pub(super) fn finds_symbols(&self) -> bool {
        matches!(*self.progress.borrow(), Progress::Ready { finds_symbols: true })
    }

    async fn initialize(&self) -> Result<bool, CallError> {
        let root = address(&self.project);
        let name = self.project.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let parameters = json!({
            "processId": null,
            "clientInfo": { "name": "pitlane" },
            "rootUri": root,
            "workspaceFolders": [{ "uri": root, "name": name }],
            "capabilities": {
                "textDocument": {
                    "completion": {
                        "completionItem": { "snippetSupport": true },
                        "contextSupport": true,
                    },
                    // Answers of this API are flat.
                    "documentSymbol": { "hierarchicalDocumentSymbolSupport": false },
                },
                "workspace": { "symbol": {} },
            },
            // Types are fetched from a registry otherwise, for every project, unasked.
            "initializationOptions": { "disableAutomaticTypingAcquisition": true },
        });
        let answer = self.connection.request("initialize", parameters).await?;
        self.connection.notify("initialized", json!({})).await?;
        let offered = &answer["capabilities"]["workspaceSymbolProvider"];
        Ok(offered.is_object() || offered.as_bool().unwrap_or_default())
    }

    /// Tells it of a document's text, or of a new text of a document it knows.
    pub(super) async fn open(&self, document: Document, text: String) -> Result<(), CallError> {
        let mut open = self.open.lock().await;
        let uri = document.address();
        let version = open.get(&document.host).map_or(1, |opened| opened.version + 1);
        if version == 1 {
            let language = self.language.of_document(&document.host);
            let told = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
            self.connection.notify("textDocument/didOpen", json!({ "textDocument": told })).await?;
        } else {
            let told = json!({ "uri": uri, "version": version });
            let changes = json!([{ "text": text }]);
            let parameters = json!({ "textDocument": told, "contentChanges": changes });
            self.connection.notify("textDocument/didChange", parameters).await?;
        }
        open.insert(document.host, Opened { called: document.called, version });
        Ok(())
    }

    /// Tells it that a document is done with; nothing when it was not open.
    pub(super) async fn close(&self, document: &Document) -> Result<(), CallError> {
        let mut open = self.open.lock().await;
        if !open.contains_key(&document.host) {
            return Ok(());
        }
        let told = json!({ "textDocument": { "uri": document.address() } });
        self.connection.notify("textDocument/didClose", told).await?;
        open.remove(&document.host);
        Ok(())
    }

    /// The files that are open.
    pub(super) async fn open_files(&self) -> Vec<PathBuf> {
        self.open.lock().await.keys().cloned().collect()
    }

    /// What may be typed at a place of a document. `context` is passed on as it is.
    pub(super) async fn completions(
        &self,
        document: &Document,
        position: Position,
        context: Option<Value>,
    ) -> Result<Completions, CallError> {
        let mut parameters = json!({
            "textDocument": { "uri": document.address() },
            "position": { "line": position.line, "character": position.character },
        });
        if let Some(context) = context {
            parameters["context"] = context;
        }
        let answer = self.connection.request("textDocument/completion", parameters).await?;
        Ok(symbol::completions(answer))
    }

    /// What a document defines.
    pub(super) async fn document_symbols(
        &self,
        engine: &Engine,
        document: &Document,
    ) -> Result<Vec<Symbol>, CallError> {
        let address = document.address();
        let asked = json!({ "textDocument": { "uri": address } });
        let answer = self.connection.request("textDocument/documentSymbol", asked).await?;
        let called = |uri: &str| match file_at(uri) {
            Some(host) if host == document.host => document.called.clone(),
            Some(host) => wire_address(engine.paths(), &host),
            None => uri.to_owned(),
        };
        Ok(symbol::symbols(answer, &address, &called))
    }

    /// What the project defines under such a name.
    pub(super) async fn workspace_symbols(
        &self,
        engine: &Engine,
        query: &str,
    ) -> Result<Vec<Symbol>, CallError> {
        let answer = self.connection.request("workspace/symbol", json!({ "query": query })).await?;
        let open = self.open.lock().await;
        let called = |uri: &str| match file_at(uri) {
            Some(host) => name_of(engine, &open, &host),
            None => uri.to_owned(),
        };
        Ok(symbol::symbols(answer, &address(&self.project), &called))
    }

    /// What clients call a file: as the one that opened it did.
    pub(super) async fn document_at(&self, engine: &Engine, host: PathBuf) -> Document {
        let called = name_of(engine, &*self.open.lock().await, &host);
        Document { called, host }
    }

    /// Ends it; returns when its process is gone.
    pub(super) async fn stop(&self) {
        if matches!(*self.progress.borrow(), Progress::Ready { .. }) && self.say_farewell().await.is_ok() {
            let _in_time = timeout(FAREWELL, self.gone()).await;
        }
        self.leash.kill_group();
        self.gone().await;
    }

    async fn say_farewell(&self) -> Result<(), CallError> {
        self.connection.request_within(FAREWELL, "shutdown", Value::Null).await?;
        self.connection.notify("exit", Value::Null).await
    }

    async fn gone(&self) {
        // An error means that the task that would tell is gone, and so is what it attended.
        let mut ended = self.ended.clone();
        let _told = ended.wait_for(|ended| *ended).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.leash.kill_group();
    }
}

fn name_of(engine: &Engine, open: &HashMap<PathBuf, Opened>, host: &Path) -> String {
    match open.get(host) {
        Some(opened) => opened.called.clone(),
        None => wire_address(engine.paths(), host),
    }
}

/// Listens to the server as long as it runs; one that speaks no more, or nothing that can be understood, is ended.
async fn attend(mut child: Child, mut listener: Listener, over: watch::Sender<bool>) {
    let fell_silent = tokio::select! {
        _ = child.wait() => false,
        () = listener.listen() => true,
    };
    drop(listener);
    if fell_silent {
        child.kill_group();
        child.wait().await;
    }
    over.send_replace(true);
}
