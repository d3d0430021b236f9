//! Commands that are waited for (voidrun.md §2.4, §2.5).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::{ExecData, ExecRequest};
use dialect::Routes;
use engine::command::CommandError;
use engine::processes::bus::{Piece, Reader, Source};
use engine::processes::{Process, ProcessRequest};

use super::{Inside, Shared, events};
use crate::reply::{self, Failure};
use crate::request::Bound;

/// Longest command, in bytes.
const LONGEST: usize = 100_000;
/// The same for streamed ones, with strict answers.
const LONGEST_STREAMED: usize = 4096;
/// Most arguments and words of a streamed one, with strict answers.
const MOST_WORDS: usize = 64;
const DEFAULT_SECONDS: i64 = 30;
const MOST_SECONDS: i64 = 300;
/// Exit code of a command its time limit ended, as `timeout` has it.
pub(super) const TIMED_OUT: i32 = 124;

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes.serve("execCommand", exec).serve("execCommandStream", exec_stream)
}

async fn exec(State(inside): State<Shared>, Bound(request): Bound<ExecRequest>) -> Result<Response, Failure> {
    let text = command(&request.command)?;
    if request.background == Some(true) {
        return in_background(&inside, &request, text);
    }
    let seconds = seconds(request.timeout);
    let wanted = wanted(&inside, &request, text, Some(Duration::from_secs(seconds)));
    let started = inside.engine.start_process(wanted);
    let (process, reader) = started.map_err(|error| not_started("Command execution failed", &error))?;
    Ok(reply::data("ok", outcome(&process, reader, seconds).await))
}

fn in_background(inside: &Inside, request: &ExecRequest, text: String) -> Result<Response, Failure> {
    let wanted = ProcessRequest { registered: true, ..wanted(inside, request, text, None) };
    let (process, _) = inside
        .engine
        .start_process(wanted)
        .map_err(|error| not_started("Failed to start background process", &error))?;
    let data = ExecData {
        success: Some(true),
        pid: Some(process.pid().into()),
        command: Some(process.text().to_owned()),
        ..ExecData::default()
    };
    Ok(reply::data("ok", data))
}

async fn exec_stream(
    State(inside): State<Shared>,
    Bound(request): Bound<ExecRequest>,
) -> Result<Response, Failure> {
    let text = command(&request.command)?;
    if inside.manner.is_strict() {
        refuse_long_streams(&text, request.args.as_deref().unwrap_or_default())?;
    }
    let limit = Duration::from_secs(seconds(request.timeout));
    let started = inside.engine.start_process(wanted(&inside, &request, text, Some(limit)));
    let (process, reader) = started.map_err(|error| not_started("Command execution failed", &error))?;
    Ok(events::follow(process, reader))
}

fn wanted(inside: &Inside, request: &ExecRequest, text: String, limit: Option<Duration>) -> ProcessRequest {
    ProcessRequest {
        text,
        directory: inside.home.directory(&inside.engine, request.cwd.as_deref()),
        environment: request.env.clone().unwrap_or_default().into_iter().collect(),
        limit,
        started: inside.clock.now(),
        registered: false,
    }
}

/// The text of a command, without blanks around it.
pub(super) fn command(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::bad_request("Command is required"));
    }
    if text.len() > LONGEST {
        return Err(Failure::bad_request("Command exceeds maximum length"));
    }
    Ok(text.to_owned())
}

/// A time limit: 30 s unless another is asked for, 300 s at most.
fn seconds(asked: Option<i64>) -> u64 {
    asked.filter(|asked| *asked > 0).unwrap_or(DEFAULT_SECONDS).min(MOST_SECONDS).unsigned_abs()
}

/// A name that is no variable's is the client's mistake, anything else is the sandbox's.
pub(super) fn not_started(what: &str, error: &CommandError) -> Failure {
    match error {
        CommandError::VariableName(_) => Failure::bad_request("Invalid request").with_details(error),
        CommandError::Blank => Failure::bad_request("Command is required"),
        _ => Failure::internal(what).with_details(error),
    }
}

/// Waits for everything a command prints and for its end.
pub(super) async fn outcome(process: &Arc<Process>, reader: Reader, seconds: u64) -> ExecData {
    let (output, mut errors) = collect(process, reader).await;
    let ended = process.ended().await;
    if ended.timed_out {
        if !errors.is_empty() && !errors.ends_with('\n') {
            errors.push('\n');
        }
        errors.push_str(&format!("command timed out after {seconds} seconds\n"));
    }
    let code = if ended.timed_out { TIMED_OUT } else { ended.exit.shell_code() };
    ExecData {
        stdout: Some(output),
        stderr: Some(errors),
        exit_code: Some(code.into()),
        ..ExecData::default()
    }
}

async fn collect(process: &Arc<Process>, mut reader: Reader) -> (String, String) {
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    loop {
        match reader.next().await {
            Piece::Chunk(chunk) => match chunk.source {
                Source::Output => output.extend_from_slice(&chunk.bytes),
                Source::Errors => errors.extend_from_slice(&chunk.bytes),
            },
            Piece::End => break,
            Piece::CutOff => reader = process.attach(),
        }
    }
    let text = |bytes: Vec<u8>| {
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    (text(output), text(errors))
}

/// Limits real servers put on streamed commands; they refuse much that plain ones take (voidrun.md §2.5).
fn refuse_long_streams(text: &str, arguments: &[String]) -> Result<(), Failure> {
    if text.len() > LONGEST_STREAMED {
        return Err(Failure::bad_request("command too long"));
    }
    if arguments.len() > MOST_WORDS {
        return Err(Failure::bad_request("too many arguments"));
    }
    if !arguments.is_empty() {
        return Ok(());
    }
    match count_words(text) {
        None => Err(Failure::bad_request("command parsing error: syntax error: unclosed quote")),
        Some(count) if count > MOST_WORDS => Err(Failure::bad_request("too many arguments after parsing")),
        Some(_) => Ok(()),
    }
}

/// Words between spaces and tabs outside quotes; a backslash takes the next character along, even inside quotes. `None`
/// when a quote stays open.
fn count_words(text: &str) -> Option<usize> {
    let (mut count, mut inside, mut quote) = (0, false, None);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (_, '\\') => drop(characters.next()),
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, ' ' | '\t') => {
                inside = false;
                continue;
            }
            _ => {}
        }
        if !inside {
            inside = true;
            count += 1;
        }
    }
    quote.is_none().then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_clamped_and_never_refused() {
        for (asked, limit) in [(None, 30), (Some(0), 30), (Some(-5), 30), (Some(7), 7), (Some(9999), 300)] {
            assert_eq!(seconds(asked), limit, "{asked:?}");
        }
    }

    #[test]
    fn strict_streams_count_words_as_servers_do() {
        assert_eq!(count_words("echo 'a b'  \"c d\"\\ e"), Some(3));
        assert_eq!(count_words("don't"), None);
        assert_eq!(count_words(r"'a\' b'"), Some(1));
        assert!(refuse_long_streams(&"a ".repeat(65), &[]).is_err());
        assert!(refuse_long_streams(&"a".repeat(4097), &[]).is_err());
        assert!(refuse_long_streams("a", &[]).is_ok());
    }
}
