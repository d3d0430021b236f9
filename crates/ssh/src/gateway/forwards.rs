//! Listeners in the sandbox whose visitors are led to the client.

use std::collections::HashMap;
use std::sync::Arc;

use russh::server::Handle;
use tokio::task::AbortHandle;

use super::lanes::Lanes;
use super::tunnel;
use crate::wire::{Address, Frame, Incoming, Purpose};
use crate::{Guest, OpenError};

/// The listeners of a connection. They end with it.
#[derive(Default)]
pub(super) struct Forwards(HashMap<Address, AbortHandle>);

/// Listeners a connection may have.
const MOST: usize = 64;

impl Forwards {
    /// Listens, and gives the port.
    pub(super) async fn open(
        &mut self,
        guest: &Arc<dyn Guest>,
        lanes: &Lanes,
        handle: Handle,
        address: &Address,
    ) -> Result<u16, OpenError> {
        if self.0.len() >= MOST {
            return Err(OpenError::Refused("too many listeners".to_owned()));
        }
        let opened = tunnel::open(guest, Purpose::Listen(address.clone())).await?;
        let port = opened.port;
        let address = match address {
            Address::Tcp(host, _) => Address::Tcp(host.clone(), port),
            Address::Unix(_) => address.clone(),
        };
        let leading = lead_all(opened, Arc::clone(guest), lanes.clone(), handle, address.clone());
        if let Some(before) = self.0.insert(address, tokio::spawn(leading).abort_handle()) {
            before.abort();
        }
        Ok(port)
    }

    /// Listens no more; false when nothing did.
    pub(super) fn close(&mut self, address: &Address) -> bool {
        self.0.remove(address).map(|task| task.abort()).is_some()
    }
}

impl Drop for Forwards {
    fn drop(&mut self) {
        self.0.values().for_each(AbortHandle::abort);
    }
}

async fn lead_all(
    opened: tunnel::Opened,
    guest: Arc<dyn Guest>,
    lanes: Lanes,
    handle: Handle,
    address: Address,
) {
    let mut frames = opened.into_frames();
    while let Ok(Some(Frame::Incoming(incoming))) = frames.next().await {
        let (guest, lanes, handle) = (Arc::clone(&guest), lanes.clone(), handle.clone());
        tokio::spawn(lead(incoming, guest, lanes, handle, address.clone()));
    }
}

/// Leads one visitor to the client. One that the client does not take is fetched all the same, and dropped.
async fn lead(incoming: Incoming, guest: Arc<dyn Guest>, lanes: Lanes, handle: Handle, address: Address) {
    let Incoming { id, host, port } = incoming;
    let channel = match address {
        Address::Tcp(listened, listened_port) => {
            handle.channel_open_forwarded_tcpip(listened, listened_port.into(), host, port.into()).await
        }
        Address::Unix(path) => handle.channel_open_forwarded_streamlocal(path).await,
    };
    let fetched = tunnel::open(&guest, Purpose::Accept(id)).await;
    let Ok(channel) = channel else { return };
    // What comes is told to the connection's own callbacks.
    let (_, sender) = channel.split();
    let channel_id = sender.id();
    let (Some((input, _)), Ok(opened)) = (lanes.outlet(channel_id), fetched) else {
        let _ = handle.close(channel_id).await;
        return;
    };
    let carrying = tokio::spawn(tunnel::carry(opened, handle, sender, input, false));
    lanes.serve(channel_id, carrying.abort_handle());
}
