//! One connection: who it is, its channels, what it asks for.
//!
//! The user name is the token, and it is all the proof there is: no password and no key is asked for, and whichever a
//! client brings is as good as none (control-plane.md §3.3). Callbacks never wait for the sandbox, except where the
//! answer is the port a listener got: everything else on the connection would wait too.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use engine::spawn::is_variable_name;
use russh::keys::Certificate;
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Error, MethodKind, MethodSet, Pty, Sig};
use tokio::sync::watch;

use super::Gateway;
use super::forwards::Forwards;
use super::lanes::{Control, Lanes};
use super::{program, tunnel};
use crate::wire::{Address, Purpose};
use crate::{Gate, Guest};

/// Variables a channel may bring.
const MOST_VARIABLES: usize = 256;
/// How long a listener in the sandbox may take to be there.
const LISTEN_PATIENCE: Duration = Duration::from_secs(5);
/// Clients that name a link before what it leads to, unless they believe to speak with OpenSSH.
const LINKS_FIRST: [&str; 4] = ["AsyncSSH", "ssh2js", "libssh_", "russh"];

/// Who was let in, once somebody was.
pub(super) type Admitted = watch::Receiver<Option<Arc<dyn Guest>>>;

/// The callbacks of one connection.
pub(super) struct Visitor {
    gate: Arc<dyn Gate>,
    guest: Option<Arc<dyn Guest>>,
    admitted: watch::Sender<Option<Arc<dyn Guest>>>,
    lanes: Lanes,
    forwards: Forwards,
}

impl Visitor {
    pub(super) fn new(gateway: &Gateway) -> (Self, Admitted) {
        let (admitted, told) = watch::channel(None);
        let (gate, lanes) = (Arc::clone(&gateway.gate), Lanes::new(gateway.spool.clone()));
        (Self { gate, guest: None, admitted, lanes, forwards: Forwards::default() }, told)
    }

    /// Whether the user name opens a sandbox. Whoever is refused is told nothing, and asked for nothing they could type.
    fn knows(&mut self, token: &str) -> Auth {
        self.guest = self.gate.admit(token);
        if self.guest.is_some() {
            return Auth::Accept;
        }
        let proceed_with_methods = Some(MethodSet::from(&[MethodKind::PublicKey][..]));
        Auth::Reject { proceed_with_methods, partial_success: false }
    }

    fn guest(&self) -> Result<Arc<dyn Guest>, Error> {
        self.guest.clone().ok_or(Error::NotAuthenticated)
    }

    /// Runs a command, or a shell.
    fn run(&mut self, id: ChannelId, command: Option<String>, session: &mut Session) -> Result<(), Error> {
        let guest = self.guest()?;
        let (Some(preparation), Some((input, controls))) = (self.lanes.begin(id), self.lanes.outlet(id))
        else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let running = program::run(guest, session.handle(), preparation, command, input, controls);
        self.lanes.serve(id, tokio::spawn(running).abort_handle());
        Ok(())
    }

    /// Serves files. Where there is no sandbox to serve them, a program says so that never ran.
    fn serve_files(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        let guest = self.guest()?;
        let (Some(preparation), Some((input, controls))) = (self.lanes.begin(id), self.lanes.outlet(id))
        else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let client = String::from_utf8_lossy(session.remote_sshid()).into_owned();
        let links_first = LINKS_FIRST.iter().any(|name| client.contains(name));
        let handle = session.handle();
        let serving = async move {
            match tunnel::open(&guest, Purpose::Sftp { links_first }).await {
                Ok(opened) => tunnel::carry(opened, handle, preparation.sender, input, true).await,
                Err(_) => {
                    program::run(guest, handle, preparation, Some("exit 1".to_owned()), input, controls)
                        .await;
                }
            }
        };
        self.lanes.serve(id, tokio::spawn(serving).abort_handle());
        Ok(())
    }

    /// Reaches something in the sandbox for the client.
    fn dial(
        &mut self,
        channel: Channel<Msg>,
        address: Address,
        reply: ChannelOpenHandle,
        session: &Session,
    ) -> Result<(), Error> {
        let guest = self.guest()?;
        if self.lanes.is_full() {
            tokio::spawn(reply.reject(ChannelOpenFailure::ResourceShortage));
            return Ok(());
        }
        let (_, sender) = channel.split();
        let (id, handle, lanes) = (sender.id(), session.handle(), self.lanes.clone());
        let Some((input, _)) = lanes.outlet(id) else { return Ok(()) };
        let dialling = async move {
            match tunnel::open(&guest, Purpose::Dial(address)).await {
                Ok(opened) => {
                    reply.accept().await;
                    tunnel::carry(opened, handle, sender, input, false).await;
                }
                Err(_) => {
                    reply.reject(ChannelOpenFailure::ConnectFailed).await;
                    // Never was a channel.
                    lanes.close(id);
                }
            }
        };
        self.lanes.serve(id, tokio::spawn(dialling).abort_handle());
        Ok(())
    }

    /// Listens in the sandbox for the client; nothing when that cannot be.
    async fn listen(&mut self, address: &Address, handle: Handle) -> Result<Option<u16>, Error> {
        let guest = self.guest()?;
        let opening = self.forwards.open(&guest, &self.lanes, handle, address);
        let opened = tokio::time::timeout(LISTEN_PATIENCE, opening).await;
        Ok(opened.ok().and_then(Result::ok))
    }
}

fn narrow(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl Handler for Visitor {
    type Error = Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_password(&mut self, user: &str, _password: &str) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        _offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_publickey(&mut self, user: &str, _key: VerifiedPublicKey<'_>) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_openssh_certificate(
        &mut self,
        user: &str,
        _certificate: &Certificate,
    ) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        _response: Option<Response<'a>>,
    ) -> Result<Auth, Error> {
        Ok(self.knows(user))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Error> {
        self.admitted.send_replace(self.guest.clone());
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        if self.lanes.is_full() {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        // What comes is told to the callbacks here.
        let (_, sender) = channel.split();
        self.lanes.prepare(sender);
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _from: &str,
        _from_port: u32,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Error> {
        self.dial(channel, Address::Tcp(host.to_owned(), narrow(port)), reply, session)
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        path: &str,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Error> {
        self.dial(channel, Address::Unix(path.to_owned()), reply, session)
    }

    async fn data(&mut self, id: ChannelId, data: &[u8], _session: &mut Session) -> Result<(), Error> {
        self.lanes.intake(id).push(Bytes::copy_from_slice(data)).await.map_err(Error::IO)
    }

    async fn channel_eof(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Error> {
        self.lanes.intake(id).finish();
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Error> {
        self.lanes.close(id);
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Error> {
        let terminal = (term.to_owned(), narrow(columns), narrow(rows));
        match self.lanes.adjust(id, |preparation| preparation.terminal = Some(terminal)) {
            true => session.channel_success(id),
            false => session.channel_failure(id),
        }
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        let mut taken = is_variable_name(name) && !value.contains('\0');
        if taken {
            let added = self.lanes.adjust(id, |preparation| {
                let environment = &mut preparation.environment;
                let room = environment.len() < MOST_VARIABLES;
                if room {
                    environment.push((name.to_owned(), value.to_owned()));
                }
                taken = room;
            });
            taken &= added;
        }
        if taken { session.channel_success(id) } else { session.channel_failure(id) }
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Error> {
        self.run(id, None, session)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        match String::from_utf8(command.to_vec()) {
            Ok(command) if !command.contains('\0') => self.run(id, Some(command), session),
            _ => session.channel_failure(id),
        }
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Error> {
        match name {
            "sftp" => self.serve_files(id, session),
            _ => session.channel_failure(id),
        }
    }

    async fn x11_request(
        &mut self,
        id: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Error> {
        session.channel_failure(id)
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _session: &mut Session,
    ) -> Result<(), Error> {
        let (columns, rows) = (narrow(columns), narrow(rows));
        let early = self.lanes.adjust(id, |preparation| {
            if let Some((_, known_columns, known_rows)) = &mut preparation.terminal {
                (*known_columns, *known_rows) = (columns, rows);
            }
        });
        if !early {
            self.lanes.control(id, Control::Resize(columns, rows));
        }
        Ok(())
    }

    async fn signal(&mut self, id: ChannelId, signal: Sig, _session: &mut Session) -> Result<(), Error> {
        if let Some(number) = program::number(&signal) {
            self.lanes.control(id, Control::Signal(number));
        }
        Ok(())
    }

    async fn tcpip_forward(
        &mut self,
        host: &str,
        port: &mut u32,
        session: &mut Session,
    ) -> Result<bool, Error> {
        let Ok(wanted) = u16::try_from(*port) else { return Ok(false) };
        let listened = self.listen(&Address::Tcp(host.to_owned(), wanted), session.handle()).await?;
        if let Some(listened) = listened {
            *port = listened.into();
        }
        Ok(listened.is_some())
    }

    async fn cancel_tcpip_forward(
        &mut self,
        host: &str,
        port: u32,
        _session: &mut Session,
    ) -> Result<bool, Error> {
        Ok(self.forwards.close(&Address::Tcp(host.to_owned(), narrow(port))))
    }

    async fn streamlocal_forward(&mut self, path: &str, session: &mut Session) -> Result<bool, Error> {
        Ok(self.listen(&Address::Unix(path.to_owned()), session.handle()).await?.is_some())
    }

    async fn cancel_streamlocal_forward(
        &mut self,
        path: &str,
        _session: &mut Session,
    ) -> Result<bool, Error> {
        Ok(self.forwards.close(&Address::Unix(path.to_owned())))
    }
}
