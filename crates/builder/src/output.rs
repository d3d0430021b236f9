//! Lines as a build tool writes them: `#4 [2/5] RUN …`, output with the seconds since, `#4 DONE 0.3s`.

use std::sync::Arc;

use jiff::Timestamp;
use lab::Clock;

use crate::{BuildError, Log};

/// Numbers what is done.
pub(crate) struct Output {
    log: Log,
    clock: Arc<dyn Clock>,
    last: usize,
}

impl Output {
    pub(crate) fn new(log: Log, clock: Arc<dyn Clock>) -> Self {
        Self { log, clock, last: 0 }
    }

    /// Something that begins.
    pub(crate) fn begin(&mut self, title: &str) -> Vertex {
        self.last += 1;
        let separator = if self.last > 1 { "\n" } else { "" };
        self.log.append(format!("{separator}#{} {title}\n", self.last).as_bytes());
        Vertex {
            log: self.log.clone(),
            clock: Arc::clone(&self.clock),
            number: self.last,
            started: self.clock.now(),
            line: Vec::new(),
        }
    }

    /// Why there is no image, with the lines of the Dockerfile around the place.
    pub(crate) fn failed(&self, dockerfile: &str, error: &BuildError) {
        let mut text = String::from("\n");
        let (place, reason) = match error {
            BuildError::Line { line, reason } => (Some(*line), reason.clone()),
            BuildError::Failed { line, command, code } => {
                let reason =
                    format!("process \"{command}\" did not complete successfully: exit code: {code}");
                (Some(*line), reason)
            }
            other => (None, other.to_string()),
        };
        if let Some(place) = place {
            text.push_str(&format!("Dockerfile:{place}\n--------------------\n"));
            let around = place.saturating_sub(3)..place + 2;
            for (at, line) in dockerfile.lines().enumerate().filter(|(at, _)| around.contains(at)) {
                let mark = if at + 1 == place { ">>>" } else { "   " };
                text.push_str(&format!("{:4} | {mark} {line}\n", at + 1));
            }
            text.push_str("--------------------\n");
        }
        text.push_str(&format!("ERROR: failed to solve: {reason}\n"));
        self.log.append(text.as_bytes());
    }
}

/// Something being done.
pub(crate) struct Vertex {
    log: Log,
    clock: Arc<dyn Clock>,
    number: usize,
    started: Timestamp,
    /// What is not a whole line yet.
    line: Vec<u8>,
}

impl Vertex {
    fn seconds(&self) -> f64 {
        self.clock.now().duration_since(self.started).as_secs_f64().max(0.0)
    }

    /// What a program printed; whole lines are written.
    pub(crate) fn print(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let mut text = format!("#{} {:.3} ", self.number, self.seconds()).into_bytes();
        text.append(&mut self.line);
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        self.log.append(&text);
    }

    /// Something the reader has to know.
    pub(crate) fn note(&mut self, text: &str) {
        self.flush();
        self.log.append(format!("#{} {text}\n", self.number).as_bytes());
    }

    pub(crate) fn done(mut self) {
        self.flush();
        self.log.append(format!("#{} DONE {:.1}s\n", self.number, self.seconds()).as_bytes());
    }

    pub(crate) fn failed(mut self, reason: &str) {
        self.flush();
        self.log.append(format!("#{} ERROR: {reason}\n", self.number).as_bytes());
    }
}
