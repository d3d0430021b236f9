//! One case from its first step to its clean-up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::judge::{self, Judge};
use super::request::{Caller, Prepared};
use super::{Server, Trouble};
use crate::case::{Side, Span, Step, StepKind};
use crate::client::{Answer, Opening, Socket};
use crate::exchange::{Exchange, OperationName};
use crate::matcher;
use crate::variables::Variables;

/// Pauses between the tries of a waiting step grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The state of a case while it runs. Kept outside the future that runs it, so that a case that is stopped for being too
/// slow still shows what it did.
#[derive(Debug)]
pub(super) struct CaseRun<'a> {
    pub(super) server: &'a Server,
    pub(super) side: Side,
    pub(super) key: Option<&'a str>,
    pub(super) toolbox: Option<String>,
    pub(super) variables: Variables,
    pub(super) exchanges: Vec<Exchange>,
    /// In mutexes only because an open connection may not be looked at from two threads.
    pub(super) sockets: HashMap<String, Mutex<Socket>>,
    /// What is being done, for messages.
    pub(super) place: String,
}

impl CaseRun<'_> {
    /// Runs steps up to the first trouble.
    pub(super) async fn steps(&mut self, label: &str, steps: &[Step]) -> Result<(), Trouble> {
        for (position, step) in steps.iter().enumerate() {
            self.place = format!("{label} {}", position + 1);
            if let Some(name) = &step.name {
                self.place = format!("{} ({name})", self.place);
            }
            self.step(step).await?;
        }
        Ok(())
    }

    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        let step = self.fill(step)?;
        match step.kind().map_err(Trouble::Error)? {
            StepKind::Http(line) => self.http(line, &step).await,
            StepKind::Sse(line) => self.sse(line, &step).await,
            StepKind::WebSocket(path) => self.websocket(path, &step).await,
            StepKind::Socket(name) => self.socket(name, &step).await,
            StepKind::Together(steps) => self.together(steps).await,
            StepKind::Pause(span) => {
                sleep(span.0).await;
                Ok(())
            }
        }
    }

    fn fill(&self, step: &Step) -> Result<Step, Trouble> {
        let value = serde_json::to_value(step).map_err(|error| Trouble::Error(error.to_string()))?;
        let filled = self.variables.fill_step(&value).map_err(Trouble::Error)?;
        serde_json::from_value(filled).map_err(|error| Trouble::Error(format!("with its variables: {error}")))
    }

    fn prepare(&self, line: &str, step: &Step) -> Result<Prepared, Trouble> {
        let (method, path) = line.split_once(' ').unwrap_or(("GET", line));
        let caller = Caller { server: self.server, key: self.key, toolbox: self.toolbox.as_deref() };
        caller.prepare(method, path, self.side, step).map_err(Trouble::Error)
    }

    fn limit(&self, step: &Step) -> Duration {
        step.timeout.map_or(self.server.request_limit, |limit| limit.0)
    }

    async fn http(&mut self, line: &str, step: &Step) -> Result<(), Trouble> {
        let deadline = step.wait.map(|Span(wait)| Instant::now() + wait);
        let mut pause = Duration::from_millis(50);
        loop {
            let tried = self.http_once(line, step).await;
            let over = deadline.is_none_or(|deadline| Instant::now() + pause >= deadline);
            match tried {
                Err(Trouble::Fail(mut reasons)) if over => {
                    if let Some(wait) = step.wait {
                        reasons.insert(0, format!("did not come true within {wait}"));
                    }
                    return Err(Trouble::Fail(reasons));
                }
                Err(Trouble::Fail(_)) => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                settled => return settled,
            }
        }
    }

    async fn http_once(&mut self, line: &str, step: &Step) -> Result<(), Trouble> {
        let prepared = self.prepare(line, step)?;
        let judge = self.judge(&prepared);
        let (answer, exchange) = self.ask(prepared, step).await;
        self.exchanges.push(exchange);
        let answer = answer?;
        // Kept first, so that clean-up finds what was made although it was made wrong.
        let kept = judge::capture(step, &answer, &mut self.variables);
        judge.answer(&step.expect, &answer).and(kept)
    }

    fn judge<'b>(&self, prepared: &Prepared) -> Judge<'b>
    where
        Self: 'b,
    {
        Judge { server: self.server, side: prepared.side, operation: prepared.operation }
    }

    async fn ask(&self, prepared: Prepared, step: &Step) -> (Result<Answer, Trouble>, Exchange) {
        let redactor = &self.server.redactor;
        let mut exchange =
            Exchange::begin(redactor, &self.place, &prepared.request, operation_name(&prepared));
        let enough = |read: &[u8]| {
            let text = || Value::String(String::from_utf8_lossy(read).into_owned());
            step.until.as_ref().is_some_and(|until| matcher::matches(until, &text()))
        };
        let sent = self.server.client.send(prepared.request, self.limit(step), enough).await;
        match sent {
            Ok(answer) => {
                exchange.answered(redactor, &answer);
                (Ok(answer), exchange)
            }
            Err(error) => {
                exchange.failed(redactor, &error.to_string());
                (Err(error.into()), exchange)
            }
        }
    }

    async fn sse(&mut self, line: &str, step: &Step) -> Result<(), Trouble> {
        let prepared = self.prepare(line, step)?;
        let judge = self.judge(&prepared);
        let server = self.server;
        let redactor = &server.redactor;
        let mut exchange =
            Exchange::begin(redactor, &self.place, &prepared.request, operation_name(&prepared));
        let opened = server.client.events(prepared.request, self.limit(step)).await;
        let result = match opened {
            Err(error) => {
                exchange.failed(redactor, &error.to_string());
                Err(error.into())
            }
            Ok(Err(answer)) => {
                exchange.answered(redactor, &answer);
                let refused = judge.answer(&step.expect, &answer);
                refused.and_then(|()| match &step.events {
                    Some(_) => Err(Trouble::fail("the answer is no stream of events")),
                    None => Ok(()),
                })
            }
            Ok(Ok(mut reader)) => {
                exchange.opened(redactor, reader.status.as_u16(), &reader.headers, Duration::ZERO);
                let mut answer = answer_without_body(reader.status, &reader.headers, Duration::ZERO);
                answer.cut = true;
                match judge.answer(&step.expect, &answer) {
                    Ok(()) => read_events(&mut reader, step, judge, &mut exchange).await,
                    refused => refused,
                }
            }
        };
        self.exchanges.push(exchange);
        result
    }

    async fn websocket(&mut self, path: &str, step: &Step) -> Result<(), Trouble> {
        let prepared = self.prepare(&format!("GET {path}"), step)?;
        let judge = self.judge(&prepared);
        let server = self.server;
        let redactor = &server.redactor;
        let mut exchange =
            Exchange::begin(redactor, &self.place, &prepared.request, operation_name(&prepared));
        let opened = server.client.websocket(prepared.request, &step.subprotocols, self.limit(step)).await;
        let result = match opened {
            Err(error) => {
                exchange.failed(redactor, &error.to_string());
                Err(error.into())
            }
            Ok(Opening::Refused(answer)) => {
                exchange.answered(redactor, &answer);
                let mut expect = step.expect.clone();
                expect.status = expect.status.or_else(|| serde_json::from_value(101.into()).ok());
                let refused = judge.answer(&expect, &answer);
                refused.and_then(|()| judge::capture(step, &answer, &mut self.variables))
            }
            Ok(Opening::Open(mut socket)) => {
                exchange.opened(redactor, 101, &socket.headers, socket.elapsed);
                match opened_well(step, &socket, judge) {
                    Ok(()) => {
                        let played = self.play(&mut socket, step, judge, &mut exchange).await;
                        if let (Ok(()), Some(name)) = (&played, &step.keep_as) {
                            self.sockets.insert(name.clone(), Mutex::new(*socket));
                        }
                        played
                    }
                    refused => refused,
                }
            }
        };
        self.exchanges.push(exchange);
        result
    }

    async fn socket(&mut self, name: &str, step: &Step) -> Result<(), Trouble> {
        let Some(socket) = self.sockets.remove(name) else {
            return Err(Trouble::Error(format!("no WebSocket is open as `{name}`")));
        };
        let mut socket = socket.into_inner().unwrap_or_else(PoisonError::into_inner);
        let judge = Judge { server: self.server, side: self.side, operation: None };
        let request = http::Request::builder().uri(format!("ws:{name}")).body(bytes::Bytes::new());
        let request = request.unwrap_or_default();
        let mut exchange = Exchange::begin(&self.server.redactor, &self.place, &request, None);
        let played = self.play(&mut socket, step, judge, &mut exchange).await;
        self.exchanges.push(exchange);
        self.sockets.insert(name.to_owned(), Mutex::new(socket));
        played
    }

    /// Runs steps at the same time; each sees what was known before, and what they keep is known afterwards.
    async fn together(&mut self, steps: &[Step]) -> Result<(), Trouble> {
        let runs = steps.iter().enumerate().map(|(position, step)| {
            let mut run = CaseRun {
                server: self.server,
                side: self.side,
                key: self.key,
                toolbox: self.toolbox.clone(),
                variables: self.variables.clone(),
                exchanges: Vec::new(),
                sockets: HashMap::new(),
                place: format!("{}.{}", self.place, position + 1),
            };
            async move {
                let result = Box::pin(run.step(step)).await;
                (result, run.variables, run.exchanges)
            }
        });
        let mut settled = Ok(());
        for (result, variables, exchanges) in futures_util::future::join_all(runs).await {
            self.variables.merge(variables);
            self.exchanges.extend(exchanges);
            settled = settled.and(result);
        }
        settled
    }
}

fn operation_name(prepared: &Prepared) -> Option<OperationName> {
    prepared.operation.map(|operation| OperationName { contract: prepared.side, id: operation.id })
}

fn answer_without_body(status: http::StatusCode, headers: &http::HeaderMap, elapsed: Duration) -> Answer {
    Answer { status, headers: headers.clone(), body: bytes::Bytes::new(), elapsed, cut: true }
}

/// Judges a handshake that was accepted.
fn opened_well(step: &Step, socket: &Socket, judge: Judge<'_>) -> Result<(), Trouble> {
    let answer = answer_without_body(http::StatusCode::SWITCHING_PROTOCOLS, &socket.headers, socket.elapsed);
    let mut expect = step.expect.clone();
    expect.status = expect.status.or_else(|| serde_json::from_value(101.into()).ok());
    judge.answer(&expect, &answer)?;
    let Some(matcher) = &step.expect.subprotocol else { return Ok(()) };
    let chosen = answer.header("sec-websocket-protocol").map(Value::from);
    let wrong = judge.matched(matcher, chosen.as_ref());
    if wrong.is_empty() { Ok(()) } else { Err(Trouble::Fail(wrong)) }
}

async fn read_events(
    reader: &mut crate::client::EventReader,
    step: &Step,
    judge: Judge<'_>,
    exchange: &mut Exchange,
) -> Result<(), Trouble> {
    for (position, wanted) in step.events.iter().flatten().enumerate() {
        loop {
            let event = reader.next().await.map_err(Trouble::from)?;
            let Some(event) = event else {
                return Err(Trouble::fail(format!("the stream ended before event {}", position + 1)));
            };
            let text = format!("← {}: {}", event.event, event.data);
            exchange.messages.push(judge.server.redactor.body(text.as_bytes()));
            if judge.is_event(wanted, &event) {
                break;
            }
        }
    }
    Ok(())
}
