//! Applies one mutant to what a server says on a WebSocket.

use bytes::Bytes;

use super::{Applied, Break};

/// A message on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketMessage {
    /// Whether it is text; otherwise it is binary.
    pub is_text: bool,
    /// What it says.
    pub bytes: Bytes,
}

/// How the server closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketClose {
    /// The code; 1005 for a closing frame without one.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

impl SocketMessage {
    fn has(&self, text: &str) -> bool {
        memchr::memmem::find(&self.bytes, text.as_bytes()).is_some()
    }

    fn replaced(&self, from: &str, to: &str) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut rest = 0;
        for found in memchr::memmem::find_iter(&self.bytes, from.as_bytes()) {
            bytes.extend_from_slice(&self.bytes[rest..found]);
            bytes.extend_from_slice(to.as_bytes());
            rest = found + from.len();
        }
        bytes.extend_from_slice(&self.bytes[rest..]);
        Self { bytes: bytes.into(), ..*self }
    }
}

impl Applied {
    /// Whether what is said on WebSockets is broken, and answers are not.
    #[must_use]
    pub fn breaks_sockets(&self) -> bool {
        matches!(
            self.mutant().r#break,
            Break::DropMessage { .. }
                | Break::RepeatMessage { .. }
                | Break::SwapMessageKind { .. }
                | Break::ReplaceInMessage { .. }
                | Break::ForgeMessage { .. }
                | Break::Greet { .. }
                | Break::CloseCode { .. }
                | Break::CloseReason { .. }
                | Break::CutOff
        )
    }

    /// What a socket begins with, beside what the server says.
    #[must_use]
    pub fn greeting(&self) -> Option<SocketMessage> {
        match &self.mutant().r#break {
            Break::Greet { text } => Some(SocketMessage { is_text: true, bytes: text.clone().into() }),
            _ => None,
        }
    }

    /// What is sent instead of a message.
    #[must_use]
    pub fn message(&self, message: SocketMessage) -> Vec<SocketMessage> {
        match &self.mutant().r#break {
            Break::DropMessage { with } if message.has(with) => Vec::new(),
            Break::RepeatMessage { with } if message.has(with) => vec![message.clone(), message],
            Break::SwapMessageKind { with } if message.has(with) => {
                vec![SocketMessage { is_text: !message.is_text, ..message }]
            }
            Break::ReplaceInMessage { from, to } => vec![message.replaced(from, to)],
            Break::ForgeMessage { from, to } if message.has(from) => {
                vec![message.replaced(from, to), message]
            }
            _ => vec![message],
        }
    }

    /// How a socket is closed instead; not at all when nothing is given.
    #[must_use]
    pub fn closing(&self, close: SocketClose) -> Option<SocketClose> {
        match &self.mutant().r#break {
            Break::CloseCode { from, code } if from.is_none_or(|from| from == close.code) => {
                Some(SocketClose { code: *code, ..close })
            }
            Break::CloseReason { text } => Some(SocketClose { reason: text.clone(), ..close }),
            Break::CutOff => None,
            _ => Some(close),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;

    fn mutant(made: &Value) -> Applied {
        let whole = json!({
            "id": "x", "contract": "control", "operation": "connectEvents", "break": made,
            "kills": "DT-CTL-EVT-001",
        });
        Applied::new(Arc::new(serde_json::from_value(whole).unwrap()))
    }

    fn text(text: &str) -> SocketMessage {
        SocketMessage { is_text: true, bytes: text.to_owned().into() }
    }

    #[test]
    fn every_break_of_a_message_is_what_its_name_says() {
        let binary = SocketMessage { is_text: false, ..text("a b a") };
        let table = [
            (json!({"kind": "drop-message", "with": "b"}), vec![]),
            (json!({"kind": "drop-message", "with": "c"}), vec![text("a b a")]),
            (json!({"kind": "repeat-message", "with": "b"}), vec![text("a b a"), text("a b a")]),
            (json!({"kind": "swap-message-kind", "with": "b"}), vec![binary]),
            (json!({"kind": "replace-in-message", "from": "a", "to": "xy"}), vec![text("xy b xy")]),
            (json!({"kind": "forge-message", "from": "b", "to": ""}), vec![text("a  a"), text("a b a")]),
            (json!({"kind": "cut-off"}), vec![text("a b a")]),
        ];
        for (made, expected) in table {
            let mutant = mutant(&made);
            assert!(mutant.breaks_sockets() && mutant.greeting().is_none(), "{made}");
            assert_eq!(mutant.message(text("a b a")), expected, "{made}");
        }
        let greeting = mutant(&json!({"kind": "greet", "text": "hello"})).greeting();
        assert_eq!(greeting, Some(text("hello")));
        assert!(!mutant(&json!({"kind": "empty-body"})).breaks_sockets());
    }

    #[test]
    fn closings_have_another_code_or_reason_or_do_not_come() {
        let close = |code: u16, reason: &str| SocketClose { code, reason: reason.to_owned() };
        let closed = |made: Value, code: u16| mutant(&made).closing(close(code, "r"));
        assert_eq!(closed(json!({"kind": "close-code", "code": 1011}), 1000), Some(close(1011, "r")));
        let only = json!({"kind": "close-code", "from": 1009, "code": 1011});
        assert_eq!(closed(only.clone(), 1009), Some(close(1011, "r")));
        assert_eq!(closed(only, 1000), Some(close(1000, "r")));
        assert_eq!(closed(json!({"kind": "close-reason", "text": ""}), 1000), Some(close(1000, "")));
        assert_eq!(closed(json!({"kind": "cut-off"}), 1000), None);
        assert_eq!(closed(json!({"kind": "drop-message", "with": "x"}), 1000), Some(close(1000, "r")));
    }
}
