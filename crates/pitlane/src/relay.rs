//! Stands between a client and a WebSocket of the server, and passes on what somebody makes of each message.

use std::sync::Arc;

use edge::Wire;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};

/// What is made of a server's words.
pub(crate) trait Between: Send + Sync + 'static {
    /// A first message nobody asked for.
    fn greeting(&self) -> Option<Message> {
        None
    }

    /// What is sent instead of a text or binary message.
    fn told(&self, message: Message) -> Vec<Message>;

    /// How the connection is closed instead; nothing when it is cut off.
    fn closing(&self, frame: Option<CloseFrame>) -> Option<Option<CloseFrame>> {
        Some(frame)
    }
}

/// Carries messages both ways until either side is closed or gone. Pings are answered here.
pub(crate) async fn relay(between: Arc<impl Between>, client: Wire, dialect: Wire) {
    // What is too long is for the dialect to say.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let mut client = WebSocketStream::from_raw_socket(client, Role::Server, Some(config)).await;
    let mut dialect = WebSocketStream::from_raw_socket(dialect, Role::Client, Some(config)).await;
    if let Some(greeting) = between.greeting()
        && client.send(greeting).await.is_err()
    {
        return;
    }
    loop {
        let passed = tokio::select! {
            told = dialect.next() => match told {
                Some(Ok(Message::Close(frame))) => return close(&*between, frame, client, dialect).await,
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    send(&mut client, between.told(message)).await
                }
                Some(Ok(_)) => Ok(()),
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

async fn send(
    client: &mut WebSocketStream<Wire>,
    messages: Vec<Message>,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    for message in messages {
        client.send(message).await?;
    }
    Ok(())
}

/// The dialect closes: so is the client's side, unless it is to be cut off, and its goodbye is waited for.
async fn close(
    between: &impl Between,
    frame: Option<CloseFrame>,
    mut client: WebSocketStream<Wire>,
    mut dialect: WebSocketStream<Wire>,
) {
    // The goodbye to the dialect is on its way already and only has to be sent off.
    let _ = dialect.flush().await;
    let Some(frame) = between.closing(frame) else { return };
    if client.send(Message::Close(frame)).await.is_ok() {
        while let Some(Ok(_)) = client.next().await {}
    }
}
