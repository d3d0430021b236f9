//! A gateway with sandboxes of this very process behind it, and clients for it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses what it needs")]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{Config, Engine};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use russh::client::{self, AuthResult, ChannelOpenHandle, Handle, Msg, Session};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg, Sig};
use ssh::agent::Inner;
use ssh::{Gate, Gateway, Guest, HostKey, OpenError, Stream};
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::{mpsc, oneshot, watch};

pub const TOKEN: &str = "aTokenOfThirtyTwoLettersAndDigit";

/// How long anything may take in a test.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway at work.
pub struct Lab {
    pub address: SocketAddr,
    pub key: HostKey,
    pub gate: Arc<Tokens>,
    pub sandbox: Arc<Sandbox>,
    directory: TempDir,
    _stop: oneshot::Sender<()>,
}

/// Which token opens which sandbox.
#[derive(Default)]
pub struct Tokens(pub Mutex<HashMap<String, Arc<Sandbox>>>);

/// A sandbox that is a directory.
pub struct Sandbox {
    inner: Inner,
    pub engine: Arc<Engine>,
    /// Whether it runs; and why not, when it does not.
    pub runs: watch::Sender<Result<(), &'static str>>,
    pub touched: AtomicUsize,
}

impl Gate for Tokens {
    fn admit(&self, token: &str) -> Option<Arc<dyn Guest>> {
        let sandbox = self.0.lock().unwrap().get(token).cloned()?;
        Some(Arc::new(Somebody(sandbox)))
    }
}

struct Somebody(Arc<Sandbox>);

impl Guest for Somebody {
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Stream>, OpenError>> {
        async {
            (*self.0.runs.borrow()).map_err(|reason| OpenError::Refused(reason.to_owned()))?;
            let (ours, theirs) = UnixStream::pair()?;
            let (inner, mut runs) = (self.0.inner.clone(), self.0.runs.subscribe());
            tokio::spawn(async move {
                tokio::select! {
                    () = inner.serve(theirs) => {}
                    _ = runs.wait_for(Result::is_err) => {}
                }
            });
            Ok(Box::new(ours) as Box<dyn Stream>)
        }
        .boxed()
    }

    fn touch(&self) {
        self.0.touched.fetch_add(1, Ordering::Relaxed);
    }

    fn ended(&self) -> BoxFuture<'static, ()> {
        let mut runs = self.0.runs.subscribe();
        let ran = runs.borrow().is_ok();
        async move {
            if ran {
                let _ = runs.wait_for(Result::is_err).await;
            } else {
                std::future::pending::<()>().await;
            }
        }
        .boxed()
    }
}

impl Lab {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let [home, temp, spool] = ["home", "temp", "spool"].map(|name| directory.path().join(name));
        for place in [&home, &temp, &spool] {
            std::fs::create_dir(place).unwrap();
        }
        let mut config = Config::new("test", home.clone(), home.clone(), temp);
        let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
        config.env = [("PATH", path), ("HOME", home.to_string_lossy().into_owned())]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        adjust(&mut config);
        let engine = Arc::new(Engine::new(config));
        let inner = Inner::new(Arc::clone(&engine));
        let (runs, touched) = (watch::Sender::new(Ok(())), AtomicUsize::new(0));
        let sandbox = Arc::new(Sandbox { inner, engine, runs, touched });
        let gate = Arc::new(Tokens::default());
        gate.0.lock().unwrap().insert(TOKEN.to_owned(), Arc::clone(&sandbox));
        let key = HostKey::generate().unwrap();
        let gateway = Gateway::new(&key, Arc::clone(&gate) as _, spool);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move { gateway.serve(listener, async { drop(stopped.await) }).await });
        Self { address, key, gate, sandbox, directory, _stop: stop }
    }

    /// A path in the sandbox's home.
    pub fn home(&self, path: &str) -> PathBuf {
        self.directory.path().join("home").join(path)
    }

    /// A connection that says nothing about itself yet.
    pub async fn dial(&self) -> (Handle<Client>, mpsc::UnboundedReceiver<Visit>) {
        let (visits, visited) = mpsc::unbounded_channel();
        let client = Client { key: self.key.public_key(), visits };
        (client::connect(Arc::default(), self.address, client).await.unwrap(), visited)
    }

    /// A connection of somebody with the token.
    pub async fn connect(&self) -> Handle<Client> {
        self.connect_visited().await.0
    }

    pub async fn connect_visited(&self) -> (Handle<Client>, mpsc::UnboundedReceiver<Visit>) {
        let (mut handle, visited) = self.dial().await;
        assert!(matches!(handle.authenticate_none(TOKEN).await.unwrap(), AuthResult::Success));
        (handle, visited)
    }
}

/// Somebody who came to a listener in the sandbox.
pub struct Visit {
    pub channel: Channel<Msg>,
    pub at: String,
    pub port: u32,
}

/// A client that knows the gateway's key and no other.
pub struct Client {
    key: String,
    visits: mpsc::UnboundedSender<Visit>,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        Ok(key.to_openssh().unwrap().starts_with(&self.key))
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        channel: Channel<Msg>,
        at: &str,
        port: u32,
        _from: &str,
        _from_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        let _ = self.visits.send(Visit { channel, at: at.to_owned(), port });
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        let _ = self.visits.send(Visit { channel, at: path.to_owned(), port: 0 });
        Ok(())
    }
}

/// What came of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub output: String,
    pub errors: String,
    pub status: Option<u32>,
    pub signal: Option<String>,
}

/// Reads a channel to its end.
pub async fn outcome(channel: &mut Channel<Msg>) -> Outcome {
    let mut outcome = Outcome::default();
    let reading = async {
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => outcome.output += &String::from_utf8_lossy(&data),
                ChannelMsg::ExtendedData { data, ext: 1 } => {
                    outcome.errors += &String::from_utf8_lossy(&data);
                }
                ChannelMsg::ExitStatus { exit_status } => outcome.status = Some(exit_status),
                ChannelMsg::ExitSignal { signal_name, .. } => outcome.signal = Some(name(&signal_name)),
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the channel ends");
    outcome
}

fn name(signal: &Sig) -> String {
    match signal {
        Sig::Custom(name) => name.clone(),
        known => format!("{known:?}"),
    }
}

/// Reads a channel until its output holds a text, and gives all of it so far.
pub async fn until(channel: &mut Channel<Msg>, text: &str) -> String {
    let mut output = String::new();
    let reading = async {
        while !output.contains(text) {
            match channel.wait().await {
                Some(ChannelMsg::Data { data }) => output += &String::from_utf8_lossy(&data),
                Some(_) => {}
                None => panic!("ended before {text:?}: {output:?}"),
            }
        }
    };
    let reached = tokio::time::timeout(PATIENCE, reading).await.is_ok();
    assert!(reached, "never came to {text:?}: {output:?}");
    output
}

/// Runs a command to its end.
pub async fn exec(handle: &Handle<Client>, command: &str) -> Outcome {
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, command).await.unwrap();
    outcome(&mut channel).await
}

/// Waits until a file is there, and gives what it holds.
pub async fn file(path: &std::path::Path) -> String {
    let reading = async {
        loop {
            match std::fs::read_to_string(path) {
                Ok(text) if !text.is_empty() => return text,
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the file is written")
}

/// Waits until a process is gone.
pub async fn gone(pid: &str) {
    let ended = async {
        while std::path::Path::new("/proc").join(pid.trim()).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the process ends");
}
