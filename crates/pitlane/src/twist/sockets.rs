//! Sends every message of a WebSocket in fragments, with pings between them.

use bytes::Bytes;
use conformance::trial::Twisted;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::relay::Between;

impl Between for Twisted {
    fn told(&self, message: Message) -> Vec<Message> {
        let (kind, bytes) = match message {
            Message::Text(text) => (Data::Text, Bytes::from(text)),
            Message::Binary(bytes) => (Data::Binary, bytes),
            other => return vec![other],
        };
        let size = self.fragment(bytes.len()).unwrap_or(bytes.len()).max(1);
        let count = bytes.len().div_ceil(size).max(1);
        let mut sent = Vec::with_capacity(2 * count);
        for place in 0..count {
            if place > 0 {
                sent.push(Message::Ping(Bytes::from_static(b"still there?")));
            }
            let kind = if place == 0 { kind } else { Data::Continue };
            let piece = bytes.slice(place * size..bytes.len().min((place + 1) * size));
            sent.push(Message::Frame(Frame::message(piece, OpCode::Data(kind), place + 1 == count)));
        }
        sent
    }
}
