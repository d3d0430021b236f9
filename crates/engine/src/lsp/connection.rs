//! Calls to a language server and the answers to them, in any order.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::framing::{Frames, frame};

/// Messages that wait until the server reads them.
const QUEUE: usize = 64;
/// What a server is told that asks for something clients of this API have not.
const METHOD_NOT_FOUND: i64 = -32601;

/// Why a call brought no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The server answered with an error.
    #[error("jsonrpc2: code {code} message: {message}")]
    Answer {
        /// Number of JSON-RPC and of the language server protocol.
        code: i64,
        /// The server's own words.
        message: String,
    },
    /// The server ended before it answered.
    #[error("jsonrpc2: connection is closed")]
    Closed,
    /// The server did not answer in time.
    #[error("the language server did not answer within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
}

impl CallError {
    /// Whether the server does not know what it was asked for.
    pub(super) fn is_unsupported(&self) -> bool {
        matches!(self, Self::Answer { code: METHOD_NOT_FOUND, .. })
    }
}

/// The way to a server. Dropping it closes the server's input.
#[derive(Debug)]
pub(super) struct Connection {
    outgoing: mpsc::Sender<Vec<u8>>,
    calls: Arc<Calls>,
    patience: Duration,
}

/// The calls that wait for an answer.
#[derive(Debug, Default)]
struct Calls(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    closed: bool,
    last_id: i64,
    answers: HashMap<i64, oneshot::Sender<Result<Value, CallError>>>,
}

/// What a server sends: an answer, a request of its own, or a notification.
#[derive(Deserialize)]
struct Incoming {
    id: Option<Value>,
    method: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    result: Value,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    #[serde(default)]
    message: String,
}

/// The other half of a connection: what the server says. Ends when the server says no more.
pub(super) struct Listener {
    output: pipe::Receiver,
    calls: Arc<Calls>,
    /// Weak, because the server's input has to close with the connection.
    outgoing: mpsc::WeakSender<Vec<u8>>,
}

impl Connection {
    /// Over the server's standard input and output. Nothing takes longer than `patience`.
    pub(super) fn open(input: pipe::Sender, output: pipe::Receiver, patience: Duration) -> (Self, Listener) {
        let (outgoing, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write(input, queue));
        let calls = Arc::new(Calls::default());
        let listener = Listener { output, calls: Arc::clone(&calls), outgoing: outgoing.downgrade() };
        (Self { outgoing, calls, patience }, listener)
    }

    /// Whether the server has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.calls.lock().closed
    }

    /// Tells the server something, after everything it was told before.
    pub(super) async fn notify(&self, method: &str, params: Value) -> Result<(), CallError> {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await
    }

    /// Asks the server. Giving the wait up tells the server that nobody wants the answer.
    pub(super) async fn request(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.request_within(self.patience, method, params).await
    }

    pub(super) async fn request_within(
        &self,
        patience: Duration,
        method: &str,
        params: Value,
    ) -> Result<Value, CallError> {
        let (id, answer) = self.calls.begin()?;
        let _asked = Asked { connection: self, id };
        let exchange = async {
            self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
            answer.await.unwrap_or(Err(CallError::Closed))
        };
        timeout(patience, exchange).await.unwrap_or(Err(CallError::TimedOut(patience)))
    }

    async fn send(&self, message: Value) -> Result<(), CallError> {
        match timeout(self.patience, self.outgoing.send(frame(&message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(CallError::Closed),
            Err(_) => Err(CallError::TimedOut(self.patience)),
        }
    }
}

/// Takes a call back whose answer nobody waits for any more.
struct Asked<'a> {
    connection: &'a Connection,
    id: i64,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.connection.calls.lock().answers.remove(&self.id).is_some() {
            let params = json!({ "id": self.id });
            let cancel = json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": params });
            // A server that does not read would not heed it either.
            let _unread = self.connection.outgoing.try_send(frame(&cancel));
        }
    }
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Result<(i64, oneshot::Receiver<Result<Value, CallError>>), CallError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(CallError::Closed);
        }
        waiting.last_id += 1;
        let id = waiting.last_id;
        let (sender, answer) = oneshot::channel();
        waiting.answers.insert(id, sender);
        Ok((id, answer))
    }

    fn answered(&self, id: i64, answer: Result<Value, CallError>) {
        if let Some(sender) = self.lock().answers.remove(&id) {
            // Nobody may be left who wants to know.
            let _unheard = sender.send(answer);
        }
    }

    fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.answers.clear();
    }
}

async fn write(mut input: pipe::Sender, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = queue.recv().await {
        if input.write_all(&frame).await.is_err() {
            return;
        }
    }
}

impl Listener {
    /// Passes on what the server says, until it says no more or nothing that can be understood.
    pub(super) async fn listen(&mut self) {
        if let Err(error) = self.try_listen().await {
            tracing::info!(%error, "a language server is not listened to any more");
        }
    }

    async fn try_listen(&mut self) -> io::Result<()> {
        let mut frames = Frames::default();
        loop {
            while let Some(content) = frames.next().map_err(io::Error::other)? {
                self.heard(serde_json::from_slice(&content)?);
            }
            if self.output.read_buf(&mut frames.received).await? == 0 {
                return Ok(());
            }
        }
    }

    fn heard(&self, message: Incoming) {
        match (message.method, message.id) {
            (None, Some(id)) => {
                let Some(id) = id.as_i64() else { return };
                let answer = match message.error {
                    Some(ErrorObject { code, message }) => Err(CallError::Answer { code, message }),
                    None => Ok(message.result),
                };
                self.calls.answered(id, answer);
            }
            (Some(method), Some(id)) => self.reply(&method, &message.params, &id),
            // Diagnostics, progress and log messages: this API has no place for them.
            (_, None) => {}
        }
    }

    /// Servers ask for settings and the like, and some wait for the answer.
    fn reply(&self, method: &str, params: &Value, id: &Value) {
        let result = match method {
            "workspace/configuration" => {
                let asked = params["items"].as_array().map_or(0, Vec::len);
                Value::Array(vec![Value::Null; asked])
            }
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/showMessageRequest"
            | "window/workDoneProgress/create"
            | "workspace/workspaceFolders" => Value::Null,
            "workspace/applyEdit" => json!({ "applied": false }),
            _ => {
                let error =
                    json!({ "code": METHOD_NOT_FOUND, "message": format!("Method Not Found: {method}") });
                return self.send(&json!({ "jsonrpc": "2.0", "id": id, "error": error }));
            }
        };
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
    }

    /// Never waits: a server that does not read while it writes must not be left unread as well.
    fn send(&self, message: &Value) {
        if let Some(outgoing) = self.outgoing.upgrade() {
            let _unread = outgoing.try_send(frame(message));
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.calls.close();
    }
}
