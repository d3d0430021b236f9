//! Stands between a client and a WebSocket of the server, and passes on what a mutant makes of each message.

use std::sync::Arc;

use conformance::mutants::{Applied, SocketClose, SocketMessage};
use edge::Wire;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// A closing frame without a code is told of by this one, which is never sent.
const NO_CODE: u16 = 1005;

/// Carries messages both ways until either side is closed or gone. Pings are answered here.
pub(super) async fn relay(mutant: Arc<Applied>, client: Wire, dialect: Wire) {
    // What is too long is for the dialect to say.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let mut client = WebSocketStream::from_raw_socket(client, Role::Server, Some(config)).await;
    let mut dialect = WebSocketStream::from_raw_socket(dialect, Role::Client, Some(config)).await;
    if let Some(greeting) = mutant.greeting()
        && client.send(sent(greeting)).await.is_err()
    {
        return;
    }
    loop {
        let passed = tokio::select! {
            told = dialect.next() => match told {
                Some(Ok(Message::Close(frame))) => return close(&mutant, frame, client, dialect).await,
                Some(Ok(message)) => tell(&mutant, message, &mut client).await,
                Some(Err(_)) | None => return,
            },
            said = client.next() => match said {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(message)) => dialect.send(message).await,
                Some(Err(_)) | None => return,
            },
        };
        if passed.is_err() {
            return;
        }
    }
}

async fn tell(mutant: &Applied, message: Message, client: &mut WebSocketStream<Wire>) -> Result<(), Error> {
    let message = match message {
        Message::Text(text) => SocketMessage { is_text: true, bytes: text.into() },
        Message::Binary(bytes) => SocketMessage { is_text: false, bytes },
        _ => return Ok(()),
    };
    for message in mutant.message(message) {
        client.send(sent(message)).await?;
    }
    Ok(())
}

fn sent(message: SocketMessage) -> Message {
    match message.is_text {
        true => Message::text(String::from_utf8_lossy(&message.bytes).into_owned()),
        false => Message::binary(message.bytes),
    }
}

/// The dialect closes: so is the client's side, unless the mutant cuts it off, and its goodbye is waited for.
async fn close(
    mutant: &Applied,
    frame: Option<CloseFrame>,
    mut client: WebSocketStream<Wire>,
    mut dialect: WebSocketStream<Wire>,
) {
    // The goodbye to the dialect is on its way already and only has to be sent off.
    let _ = dialect.flush().await;
    let told = frame.map_or_else(
        || SocketClose { code: NO_CODE, reason: String::new() },
        |frame| SocketClose { code: frame.code.into(), reason: frame.reason.to_string() },
    );
    let Some(told) = mutant.closing(told) else { return };
    let frame =
        (told.code != NO_CODE).then(|| CloseFrame { code: told.code.into(), reason: told.reason.into() });
    if client.send(Message::Close(frame)).await.is_ok() {
        while let Some(Ok(_)) = client.next().await {}
    }
}
