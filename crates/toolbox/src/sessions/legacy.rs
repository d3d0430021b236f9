//! Sessions as the older addresses show them: a command has its id under two names, and what it has printed
//! (legacy-clients.md §4.3).

use std::sync::Arc;

use axum::response::Response;
use engine::session::{Command, Session};

use crate::go_json;
use crate::logs::Outputs;

pub(super) fn sessions(sessions: &[Arc<Session>]) -> Response {
    let mut outputs = Outputs::default();
    outputs.json("[");
    for (position, session) in sessions.iter().enumerate() {
        outputs.json(if position == 0 { "" } else { "," });
        add_session(&mut outputs, session);
    }
    outputs.json("]");
    outputs.answer()
}

pub(super) fn session(session: &Session) -> Response {
    let mut outputs = Outputs::default();
    add_session(&mut outputs, session);
    outputs.answer()
}

pub(super) fn command(command: &Arc<Command>) -> Response {
    let mut outputs = Outputs::default();
    add_command(&mut outputs, command);
    outputs.answer()
}

fn add_session(outputs: &mut Outputs, session: &Session) {
    outputs.json(format!("{{\"sessionId\":{},\"commands\":[", quoted(session.id())));
    for (position, command) in session.commands().iter().enumerate() {
        outputs.json(if position == 0 { "" } else { "," });
        add_command(outputs, command);
    }
    outputs.json("]}");
}

fn add_command(outputs: &mut Outputs, command: &Arc<Command>) {
    let (id, text) = (quoted(command.id()), quoted(command.text()));
    // Looked at before the output is: what has an exit code shows all it printed.
    let exit_code = command.exit_code().map(|code| format!(",\"exitCode\":{code}"));
    outputs.json(format!("{{\"id\":{id},\"cmdId\":{id},\"command\":{text},\"output\":"));
    outputs.output(command);
    outputs.json(exit_code.unwrap_or_default() + "}");
}

fn quoted(text: &str) -> String {
    String::from_utf8(go_json::to_vec(&text)).unwrap_or_default()
}
