//! What a case says and hears on a WebSocket.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Trouble;
use super::case_run::CaseRun;
use super::judge::{self, Judge};
use crate::case::{Closed, Frame, Incoming, Outgoing, Span, Step, Typed};
use crate::client::{Message, Socket};
use crate::exchange::Exchange;
use crate::matcher::brief;

/// One script being played.
struct Play<'a> {
    socket: &'a mut Socket,
    exchange: &'a mut Exchange,
    judge: Judge<'a>,
    limit: Duration,
    ended: Option<Message>,
}

impl CaseRun<'_> {
    pub(super) async fn play(
        &mut self,
        socket: &mut Socket,
        step: &Step,
        judge: Judge<'_>,
        exchange: &mut Exchange,
    ) -> Result<(), Trouble> {
        let limit = step.timeout.map_or(self.server.request_limit, |limit| limit.0);
        let mut play = Play { socket, exchange, judge, limit, ended: None };
        for (position, frame) in step.script.iter().enumerate() {
            let kept = play.frame(frame).await.map_err(|trouble| at(position, trouble))?;
            for (name, value) in kept {
                self.variables.set(&name, value);
            }
        }
        Ok(())
    }
}

fn at(position: usize, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Fail(reasons) => Trouble::Fail(
            reasons.into_iter().map(|reason| format!("move {}: {reason}", position + 1)).collect(),
        ),
        other => other,
    }
}

impl Play<'_> {
    async fn frame(&mut self, frame: &Frame) -> Result<Vec<(String, Value)>, Trouble> {
        match frame {
            Frame::Send(outgoing) => self.send(outgoing).await?,
            Frame::Receive(wanted) => return self.receive(wanted).await,
            Frame::Until(wanted) => return self.until(wanted).await,
            Frame::Collect(matcher) => self.collect(matcher).await?,
            Frame::Closed(wanted) => self.closed(wanted).await?,
            Frame::Silence(span) => self.silence(span.0).await?,
            Frame::Pause(span) => sleep(span.0).await,
            Frame::Ping(payload) => self.ping(payload).await?,
            Frame::Close(code) => self.socket.close(*code).await?,
        }
        Ok(Vec::new())
    }

    async fn send(&mut self, outgoing: &Outgoing) -> Result<(), Trouble> {
        let (text, bytes) = match outgoing {
            Outgoing::Plain(text) | Outgoing::Typed(Typed::Text(text)) => (text.clone(), None),
            Outgoing::Typed(Typed::Json(value)) => (value.to_string(), None),
            Outgoing::Typed(Typed::Binary(text)) => (text.clone(), Some(text.clone().into_bytes())),
            Outgoing::Typed(Typed::Base64(text)) => {
                let bytes =
                    STANDARD.decode(text).map_err(|error| Trouble::Error(format!("`{text}`: {error}")))?;
                (text.clone(), Some(bytes))
            }
        };
        self.exchange.sent(&self.judge.server.redactor, &text);
        match bytes {
            Some(bytes) => self.socket.send_binary(bytes).await?,
            None => self.socket.send_text(text).await?,
        }
        Ok(())
    }

    /// The next message; the end of the connection is one that comes for ever.
    async fn next(&mut self, limit: Duration) -> Option<Message> {
        if let Some(end) = &self.ended {
            return Some(end.clone());
        }
        let message = self.socket.next(limit).await?;
        self.exchange.received(&self.judge.server.redactor, &message);
        if matches!(message, Message::Closed { .. } | Message::Gone(_)) {
            self.ended = Some(message.clone());
        }
        Some(message)
    }

    /// How long a message may take.
    fn longest(&self, within: Option<Span>) -> Duration {
        within.map_or(self.limit, |span| span.0).min(self.judge.server.message_limit)
    }

    async fn receive(&mut self, wanted: &Incoming) -> Result<Vec<(String, Value)>, Trouble> {
        let limit = self.longest(wanted.within);
        let Some(message) = self.next(limit).await else {
            return Err(Trouble::fail(format!("no message came within {limit:?}")));
        };
        let wrong = self.judge.message(wanted, &message);
        if wrong.is_empty() { keep(wanted, &message) } else { Err(Trouble::Fail(wrong)) }
    }

    async fn until(&mut self, wanted: &Incoming) -> Result<Vec<(String, Value)>, Trouble> {
        let limit = self.longest(wanted.within);
        let deadline = Instant::now() + limit;
        loop {
            let Some(message) = self.next(deadline.saturating_duration_since(Instant::now())).await else {
                return Err(Trouble::fail(format!("no such message came within {limit:?}")));
            };
            if self.judge.message(wanted, &message).is_empty() {
                return keep(wanted, &message);
            }
            Self::still_open(&message)?;
        }
    }

    async fn collect(&mut self, matcher: &Value) -> Result<(), Trouble> {
        let deadline = Instant::now() + self.limit;
        let mut bytes = Vec::new();
        loop {
            let text = Value::from(String::from_utf8_lossy(&bytes).into_owned());
            if self.judge.matched(matcher, Some(&text)).is_empty() {
                return Ok(());
            }
            let so_far = || brief(&text);
            match self.next(deadline.saturating_duration_since(Instant::now())).await {
                None => {
                    return Err(Trouble::fail(format!("{} did not come; {} did", brief(matcher), so_far())));
                }
                Some(Message::Text(text)) => bytes.extend_from_slice(text.as_bytes()),
                Some(Message::Binary(more)) => bytes.extend_from_slice(&more),
                Some(Message::Pong(_)) => {}
                Some(end) => {
                    let problem = format!("{end:?} came before {}; until then {}", brief(matcher), so_far());
                    return Err(Trouble::fail(problem));
                }
            }
        }
    }

    fn still_open(message: &Message) -> Result<(), Trouble> {
        match message {
            Message::Closed { .. } | Message::Gone(_) => {
                Err(Trouble::fail(format!("{message:?} came first")))
            }
            _ => Ok(()),
        }
    }

    async fn closed(&mut self, wanted: &Closed) -> Result<(), Trouble> {
        let limit = self.longest(wanted.within);
        let deadline = Instant::now() + limit;
        let (code, reason) = loop {
            match self.next(deadline.saturating_duration_since(Instant::now())).await {
                None => return Err(Trouble::fail(format!("the server did not close within {limit:?}"))),
                Some(Message::Closed { code, reason }) => break (code, reason),
                Some(Message::Gone(why)) => {
                    return Err(Trouble::fail(format!(
                        "the connection ended without a closing frame: {why}"
                    )));
                }
                Some(_) => {}
            }
        };
        let mut wrong = Vec::new();
        let label = |wrong: Vec<String>, what: &str| {
            wrong.into_iter().map(|text| format!("{what}: {text}")).collect::<Vec<_>>()
        };
        if let Some(matcher) = &wanted.code {
            wrong.extend(label(self.judge.matched(matcher, Some(&code.into())), "the closing code"));
        }
        if let Some(matcher) = &wanted.reason {
            wrong.extend(label(
                self.judge.matched(matcher, Some(&reason.as_str().into())),
                "the closing reason",
            ));
        }
        if let Some(matcher) = &wanted.json {
            let value = serde_json::from_str::<Value>(&reason).ok();
            wrong.extend(label(self.judge.matched(matcher, value.as_ref()), "the closing reason"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Trouble::Fail(wrong)) }
    }

    async fn silence(&mut self, span: Duration) -> Result<(), Trouble> {
        match self.next(span).await {
            None => Ok(()),
            Some(message) => Err(Trouble::fail(format!("{message:?} came; silence was expected"))),
        }
    }

    async fn ping(&mut self, payload: &str) -> Result<(), Trouble> {
        self.socket.ping(payload).await?;
        let deadline = Instant::now() + self.limit;
        loop {
            match self.next(deadline.saturating_duration_since(Instant::now())).await {
                None => return Err(Trouble::fail("no pong came")),
                Some(Message::Pong(answer)) if answer == payload.as_bytes() => return Ok(()),
                Some(message) => Self::still_open(&message)?,
            }
        }
    }
}

fn keep(wanted: &Incoming, message: &Message) -> Result<Vec<(String, Value)>, Trouble> {
    let payload = message.payload().unwrap_or_default();
    let one = |(name, path): (&String, &String)| {
        let value = judge::json_value(path, payload.as_bytes());
        value
            .map(|value| (name.clone(), value))
            .map_err(|problem| Trouble::fail(format!("`{name}`: {problem}")))
    };
    wanted.capture.iter().map(one).collect()
}
