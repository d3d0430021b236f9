//! A piece of source code run as a command (toolbox-processes.md §3).
//!
//! The code travels inside a small shell script, encoded so that nothing in it means anything to the shell, and goes
//! through [`Engine::execute`] like any other command: same pipe, same process group, same rules for timeouts and
//! background children. Charts are lines of the output; see [`charts`].
//!
//! Python code that draws with matplotlib runs inside `code_run/capture.py`, which describes each figure it shows in such
//! a line; see [`capture`] for which code that is.

mod capture;
pub mod charts;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::Engine;
use crate::command::{CommandError, Outcome, Request, Script};
use crate::output::Output;
use crate::spawn;

/// Removes the script's own name from what the program sees as its arguments. One line, so that line numbers move by
/// one only.
const DROP_SCRIPT_NAME: &str = "process.argv.splice(1, 1);\n";

const NO_TS_NODE: &str = "ts-node: command not found\n\
    TypeScript runs through ts-node, which is neither on the PATH nor in a node_modules directory above the work \
    directory.\nInstall it with: npm install -g ts-node typescript\n";
const NOT_FOUND: i32 = 127;

/// Languages code can be run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `python3`.
    Python,
    /// `node`.
    JavaScript,
    /// `ts-node`.
    TypeScript,
}

impl Language {
    /// The language of this exact name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "python" => Some(Self::Python),
            "javascript" => Some(Self::JavaScript),
            "typescript" => Some(Self::TypeScript),
            _ => None,
        }
    }
}

/// Code to run.
#[derive(Clone, Debug)]
pub struct CodeRequest {
    /// Language of the code.
    pub language: Language,
    /// The source text.
    pub code: String,
    /// Arguments. They become shell text as they are: spaces cut them, variables are expanded.
    pub arguments: Vec<String>,
    /// Variables added to the sandbox's environment; they win.
    pub environment: Vec<(String, String)>,
    /// Time until the program is killed. `None` takes the sandbox's default, zero means no limit.
    pub timeout: Option<Duration>,
}

/// How a run ended.
#[derive(Debug)]
pub struct CodeOutcome {
    /// Status of the program; −1 when a signal ended the shell around it.
    pub exit_code: i32,
    /// What it printed, without artifact lines.
    pub output: Output,
    /// Charts it drew, in order, as the objects of toolbox-processes.md §3.2.
    pub charts: Vec<Value>,
}

impl Engine {
    /// Runs code in the work directory and waits for its end. It goes on when the returned future is dropped.
    ///
    /// # Errors
    ///
    /// See [`CommandError`]. Code that fails is an outcome, not an error.
    pub async fn run_code(self: &Arc<Self>, request: CodeRequest) -> Result<CodeOutcome, CommandError> {
        let Some(script) = self.script(&request) else {
            let output = Output::from(NO_TS_NODE);
            return Ok(CodeOutcome { exit_code: NOT_FOUND, output, charts: Vec::new() });
        };
        let command = Request {
            script: Script::Shell(script),
            directory: String::new(),
            environment: request.environment,
            timeout: request.timeout,
        };
        let Outcome { exit_code, output } = self.execute(command).await?;
        let (output, charts) = charts::extract(output);
        Ok(CodeOutcome { exit_code, output, charts })
    }

    /// The shell text around the code; `None` when nothing can run it.
    fn script(&self, request: &CodeRequest) -> Option<String> {
        let arguments = request.arguments.join(" ");
        let script = match request.language {
            Language::Python => {
                let program = capture::around(&request.code);
                let code = encode("", program.as_deref().unwrap_or(&request.code));
                format!("printf %s '{code}' | base64 -d | python3 -u - {arguments}\n")
            }
            Language::JavaScript => {
                format!(
                    "printf %s '{}' | base64 -d | node - {arguments}\n",
                    encode(DROP_SCRIPT_NAME, &request.code)
                )
            }
            Language::TypeScript => {
                let ts_node = quote(&self.find_ts_node(&request.environment)?);
                let directory = quote(&self.config.temp_dir);
                let code = encode(DROP_SCRIPT_NAME, &request.code);
                format!(
                    "f={directory}/dtn_$$.ts\n\
                     printf %s '{code}' | base64 -d > \"$f\"\n\
                     {ts_node} -T -D 5107 -O '{{\"module\":\"CommonJS\"}}' \"$f\" {arguments}\n\
                     s=$?\nrm -f \"$f\"\nexit $s\n"
                )
            }
        };
        Some(script)
    }

    /// Where npx would find it without asking the network: beside the project, or installed for all.
    fn find_ts_node(&self, added: &[(String, String)]) -> Option<PathBuf> {
        let in_project =
            self.config.work_dir.ancestors().map(|directory| directory.join("node_modules/.bin/ts-node"));
        let path = added.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.clone());
        let path = path.or_else(|| self.variable("PATH")).unwrap_or_default();
        in_project
            .into_iter()
            .find(|file| spawn::is_executable(file))
            .or_else(|| spawn::find_executable("ts-node", &path))
    }
}

fn encode(first_line: &str, code: &str) -> String {
    STANDARD.encode([first_line, code].concat())
}

/// The path as one word of a shell line.
fn quote(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        assert_eq!(quote(Path::new("/it's/here")), r"'/it'\''s/here'");
    }

    #[test]
    fn language_names_are_exact() {
        assert_eq!(Language::parse("python"), Some(Language::Python));
        assert_eq!(Language::parse("Python"), None);
        assert_eq!(Language::parse("ruby"), None);
    }
}
