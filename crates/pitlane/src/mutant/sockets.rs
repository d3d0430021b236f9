//! What a mutant makes of a server's words on a WebSocket.

use conformance::mutants::{Applied, SocketClose, SocketMessage};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::relay::Between;

/// A closing frame without a code is told of by this one, which is never sent.
const NO_CODE: u16 = 1005;

impl Between for Applied {
    fn greeting(&self) -> Option<Message> {
        Self::greeting(self).map(sent)
    }

    fn told(&self, message: Message) -> Vec<Message> {
        let message = match message {
            Message::Text(text) => SocketMessage { is_text: true, bytes: text.into() },
            Message::Binary(bytes) => SocketMessage { is_text: false, bytes },
            other => return vec![other],
        };
        self.message(message).into_iter().map(sent).collect()
    }

    fn closing(&self, frame: Option<CloseFrame>) -> Option<Option<CloseFrame>> {
        let told = frame.map_or_else(
            || SocketClose { code: NO_CODE, reason: String::new() },
            |frame| SocketClose { code: frame.code.into(), reason: frame.reason.to_string() },
        );
        let told = Self::closing(self, told)?;
        Some(
            (told.code != NO_CODE).then(|| CloseFrame { code: told.code.into(), reason: told.reason.into() }),
        )
    }
}

fn sent(message: SocketMessage) -> Message {
    match message.is_text {
        true => Message::text(String::from_utf8_lossy(&message.bytes).into_owned()),
        false => Message::binary(message.bytes),
    }
}
