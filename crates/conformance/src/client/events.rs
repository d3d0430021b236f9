//! Server-sent events, read as they come.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::{Answer, Client, ClientError, Driver, collect};

/// One event of the stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    /// `message` where the server names none.
    pub(crate) event: String,
    pub(crate) data: String,
    pub(crate) id: Option<String>,
}

/// An open stream of events.
#[derive(Debug)]
pub(crate) struct EventReader {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    parser: Parser,
    deadline: Instant,
    limit: Duration,
    _driver: Driver,
}

impl Client {
    /// Sends `request`; a refusal comes back as a whole answer instead of a stream.
    pub(crate) async fn events(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<Result<EventReader, Answer>, ClientError> {
        let begin = Instant::now();
        let deadline = begin + limit;
        let (response, driver) = self.begin(request, limit, deadline).await?;
        let (parts, body) = response.into_parts();
        let is_stream = parts
            .headers
            .get(http::header::CONTENT_TYPE)
            .is_some_and(|value| value.to_str().is_ok_and(|value| value.starts_with("text/event-stream")));
        if parts.status.is_success() && is_stream {
            let (status, headers) = (parts.status, parts.headers);
            let parser = Parser::default();
            return Ok(Ok(EventReader { status, headers, body, parser, deadline, limit, _driver: driver }));
        }
        let read = timeout_at(deadline, collect(body, |_| false)).await;
        let (body, cut) = read.map_err(|_| ClientError::TooSlow(limit))??;
        Ok(Err(Answer { status: parts.status, headers: parts.headers, body, elapsed: begin.elapsed(), cut }))
    }
}

impl EventReader {
    /// The next event; `None` when the server ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<ServerEvent>, ClientError> {
        loop {
            if let Some(event) = self.parser.ready.pop_front() {
                return Ok(Some(event));
            }
            let frame = timeout_at(self.deadline, self.body.frame()).await;
            match frame.map_err(|_| ClientError::TooSlow(self.limit))? {
                None => return Ok(None),
                Some(Err(error)) => return Err(ClientError::Cut(error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.parser.feed(&data);
                    }
                }
            }
        }
    }
}

/// The stream's grammar, fed in pieces of any size.
#[derive(Debug, Default)]
struct Parser {
    ready: VecDeque<ServerEvent>,
    line: Vec<u8>,
    after_return: bool,
    event: String,
    data: Vec<String>,
    id: Option<String>,
}

impl Parser {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    self.end_line(&String::from_utf8_lossy(&line));
                }
                other => {
                    self.after_return = false;
                    self.line.push(*other);
                }
            }
        }
    }

    fn end_line(&mut self, line: &str) {
        if line.is_empty() {
            self.dispatch();
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => self.data.push(value.to_owned()),
            "id" => self.id = Some(value.to_owned()),
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let event = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return;
        }
        let event = if event.is_empty() { "message".to_owned() } else { event };
        self.ready.push_back(ServerEvent { event, data: data.join("\n"), id: self.id.clone() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &[u8] =
        b": hello\r\nevent: state\r\nid: 1\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\ndata:x\n\nevent: none\n\n";

    #[test]
    fn events_have_a_type_an_id_and_joined_data() {
        let mut parser = Parser::default();
        parser.feed(STREAM);
        let event = |event: &str, data: &str| ServerEvent {
            event: event.to_owned(),
            data: data.to_owned(),
            id: Some("1".to_owned()),
        };
        assert_eq!(Vec::from(parser.ready), [event("state", "{\"a\":\n1}"), event("message", "x")]);
    }

    proptest! {
        #[test]
        fn where_the_stream_is_cut_does_not_matter(cut in 0..STREAM.len()) {
            let mut whole = Parser::default();
            whole.feed(STREAM);
            let mut pieces = Parser::default();
            pieces.feed(&STREAM[..cut]);
            pieces.feed(&STREAM[cut..]);
            prop_assert_eq!(whole.ready, pieces.ready);
        }
    }
}
