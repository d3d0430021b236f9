//! Operations that are programs run in the sandbox. A program that fails is an answer with its exit code, not an error;
//! with strict answers it is one, of the status the official document has.

use std::path::Path;
use std::time::Duration;

use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use contract::voidrun::types::{CreateFileRequest, ExecData};
use engine::files::Uploading;
use engine::processes::ProcessRequest;
use http::StatusCode;
use serde_json::json;

use crate::agent::exec::{not_started, outcome};
use crate::agent::home::{ROOT, Spot};
use crate::agent::{Inside, Shared};
use crate::reply::{self, Failure};
use crate::request::{MaybeBound, Query};

/// How long a program may take, in seconds.
const SECONDS: u64 = 300;
const DEFAULT_LINES: u64 = 10;
const MOST_LINES: u64 = 10_000;
/// Longest pattern of a search, in bytes.
const LONGEST_PATTERN: usize = 1024;
/// Longest mode, in characters.
const LONGEST_MODE: usize = 10;
/// Files below `$1` whose names match `$2`, a hundred at most; what cannot be read is passed over.
const FIND: &str = r#"find "$1" -type f -name "$2" 2>/dev/null | head -n 100; exit 0"#;

const PATH_REQUIRED: &str = "path is required";

pub(super) async fn delete(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let done = inside.program("Failed to delete file", "rm", &["-rf", "--", &spot.text()]).await?;
    inside.answer(done, &[&spot], StatusCode::NOT_FOUND)
}

pub(super) async fn make_directory(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let done = inside.program("Failed to create directory", "mkdir", &["-p", "--", &spot.text()]).await?;
    inside.answer(done, &[&spot], StatusCode::BAD_REQUEST)
}

/// Real servers ignore a content; the official document has it, in the query and in the body.
pub(super) async fn create(
    State(inside): State<Shared>,
    query: Query,
    request: Request,
) -> Result<Response, Failure> {
    const FAILED: &str = "Failed to create file";
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let MaybeBound(body) = MaybeBound::<CreateFileRequest>::from_request(request, &()).await?;
    let from_query = Some(query.text("content")).filter(|content| !content.is_empty());
    let Some(content) = body.content.or_else(|| from_query.map(ToOwned::to_owned)) else {
        let parents = inside.parents(FAILED, &spot).await?;
        if failed(&parents) {
            return inside.answer(parents, &[&spot], StatusCode::BAD_REQUEST);
        }
        let done = inside.program(FAILED, "touch", &["--", &spot.text()]).await?;
        return inside.answer(done, &[&spot], StatusCode::BAD_REQUEST);
    };
    let written = async {
        let mut file = Uploading::begin(inside.engine.paths(), spot.real.clone(), 0o755).await?;
        file.write(content.into()).await?;
        file.commit().await
    };
    let done = match written.await {
        Ok(_) => ExecData { exit_code: Some(0), ..silent() },
        Err(error) => ExecData { exit_code: Some(1), stderr: Some(format!("{error}\n")), ..silent() },
    };
    inside.answer(done, &[&spot], StatusCode::BAD_REQUEST)
}

pub(super) async fn copy(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    const REQUIRED: &str = "from and to required";
    let (from, to) = inside.two(&query, REQUIRED)?;
    inside.put("Failed to copy file", "cp", "-r", &from, &to).await
}

pub(super) async fn relocate(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    const REQUIRED: &str = "from and to query params are required";
    let (from, to) = inside.two(&query, REQUIRED)?;
    inside.put("Failed to move file", "mv", "-f", &from, &to).await
}

pub(super) async fn change_mode(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    const REQUIRED: &str = "path and mode required";
    let spot = inside.spot(&query.path("path", REQUIRED)?);
    let mode = query.required("mode", REQUIRED)?;
    if mode.chars().count() > LONGEST_MODE {
        return Err(Failure::bad_request("mode exceeds maximum length"));
    }
    let done = inside.program("Failed to change permissions", "chmod", &["--", &mode, &spot.text()]).await?;
    inside.answer(done, &[&spot], StatusCode::BAD_REQUEST)
}

pub(super) async fn stat(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", PATH_REQUIRED)?);
    let words = ["-c", "%s %f %Y %F", "--", &spot.text()];
    let mut done = inside.program("Failed to get file info", "stat", &words).await?;
    if !failed(&done) {
        done.stdout = described(&spot, done.stdout.as_deref().unwrap_or_default());
    }
    inside.answer(done, &[&spot], StatusCode::NOT_FOUND)
}

/// What `stat` said, as the JSON clients read: names may hold anything, so that the program does not write it itself.
fn described(spot: &Spot, said: &str) -> Option<String> {
    let mut words = said.trim_end().splitn(4, ' ');
    let (size, mode, modified, kind) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let number = |text: &str| text.parse::<i64>().ok();
    let (size, modified) = (number(size)?, number(modified)?);
    let path = spot.named.to_string_lossy();
    let described = json!({ "path": path, "size": size, "mode": mode, "mtime": modified, "type": kind });
    Some(format!("{described}\n"))
}

pub(super) async fn head_tail(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", "path required")?);
    let lines = query.positive("lines").unwrap_or(DEFAULT_LINES).min(MOST_LINES).to_string();
    // Anything but the text `true` means the end of the file.
    let program = match query.text("head") {
        "" | "true" => "head",
        _ => "tail",
    };
    let done = inside.program("Failed to read file", program, &["-n", &lines, "--", &spot.text()]).await?;
    inside.answer(done, &[&spot], StatusCode::NOT_FOUND)
}

pub(super) async fn search(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let pattern = query.required("pattern", "pattern required")?;
    if pattern.len() > LONGEST_PATTERN {
        return Err(Failure::bad_request("pattern exceeds maximum length"));
    }
    let spot = inside.spot(&inside.path_or_root(&query)?);
    let words = ["-c", FIND, "find", &spot.text(), &format!("*{pattern}*")];
    let done = inside.program("Failed to search files", "sh", &words).await?;
    inside.answer(done, &[&spot], StatusCode::NOT_FOUND)
}

pub(super) async fn disk_usage(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&inside.path_or_root(&query)?);
    let mut done = inside.program("Failed to get disk usage", "du", &["-sh", "--", &spot.text()]).await?;
    // One client reads nothing but K, M and G.
    if let Some(bare) = done.stdout.as_deref().and_then(|said| said.strip_prefix("0\t")) {
        done.stdout = Some(format!("0K\t{bare}"));
    }
    inside.answer(done, &[&spot], StatusCode::NOT_FOUND)
}

pub(super) fn silent() -> ExecData {
    ExecData { stdout: Some(String::new()), stderr: Some(String::new()), ..ExecData::default() }
}

pub(super) fn failed(done: &ExecData) -> bool {
    done.exit_code != Some(0)
}

impl Spot {
    /// The real path as an argument. Absolute, so that it is never taken for an option.
    pub(super) fn text(&self) -> String {
        self.real.to_string_lossy().into_owned()
    }
}

impl Inside {
    pub(super) fn spot(&self, path: &str) -> Spot {
        self.home.spot(&self.engine, path)
    }

    /// `path`, or the home directory where that may be left out.
    pub(super) fn path_or_root(&self, query: &Query) -> Result<String, Failure> {
        if self.manner.is_strict() { query.path("path", PATH_REQUIRED) } else { query.path_or("path", ROOT) }
    }

    fn two(&self, query: &Query, complaint: &str) -> Result<(Spot, Spot), Failure> {
        let (from, to) = (query.path("from", complaint)?, query.path("to", complaint)?);
        Ok((self.spot(&from), self.spot(&to)))
    }

    /// Runs a program to its end. `what` is the answer when it cannot even be started.
    pub(super) async fn program(&self, what: &str, name: &str, words: &[&str]) -> Result<ExecData, Failure> {
        let request = ProcessRequest {
            text: name.to_owned(),
            directory: String::new(),
            environment: vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())],
            limit: Some(Duration::from_secs(SECONDS)),
            started: self.clock.now(),
            registered: false,
        };
        let arguments = words.iter().map(|word| (*word).to_owned()).collect();
        let started = self.engine.start_program(name.to_owned(), arguments, request);
        let (process, reader) = started
            .map_err(|error| Failure { status: StatusCode::BAD_GATEWAY, ..not_started(what, &error) })?;
        Ok(outcome(&process, reader, SECONDS).await)
    }

    /// Makes the directories a path lies in.
    pub(super) async fn parents(&self, what: &str, spot: &Spot) -> Result<ExecData, Failure> {
        let parent = spot.real.parent().unwrap_or(Path::new("/")).to_string_lossy();
        self.program(what, "mkdir", &["-p", "--", &parent]).await
    }

    /// Copies or moves; directories above the target are made.
    async fn put(
        &self,
        what: &str,
        program: &str,
        option: &str,
        from: &Spot,
        to: &Spot,
    ) -> Result<Response, Failure> {
        let parents = self.parents(what, to).await?;
        let done = match failed(&parents) {
            true => parents,
            false => self.program(what, program, &[option, "--", &from.text(), &to.text()]).await?,
        };
        self.answer(done, &[from, to], StatusCode::BAD_REQUEST)
    }

    /// The answer to what a program did, in the client's own names.
    pub(super) fn answer(
        &self,
        done: ExecData,
        spots: &[&Spot],
        strict: StatusCode,
    ) -> Result<Response, Failure> {
        let named = |text: Option<String>| {
            text.map(|text| spots.iter().fold(text, |text, spot| spot.in_its_names(text)))
        };
        let done = ExecData { stdout: named(done.stdout), stderr: named(done.stderr), ..done };
        if self.manner.is_strict() && failed(&done) {
            let said = done.stderr.unwrap_or_default();
            let code = done.exit_code.unwrap_or_default();
            let error =
                if said.trim().is_empty() { format!("exit code {code}") } else { said.trim().to_owned() };
            return Err(Failure::new(strict, error));
        }
        Ok(reply::data("ok", done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stat_says_becomes_json_whatever_the_name_is() {
        let spot = Spot { named: "/root/a \"b\"".into(), real: "/x".into() };
        let text = described(&spot, "12 81a4 1700000000 regular empty file\n").unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["path"], "/root/a \"b\"");
        assert_eq!(value["mode"], "81a4");
        assert_eq!(value["type"], "regular empty file");
        assert_eq!((value["size"].as_i64(), value["mtime"].as_i64()), (Some(12), Some(1_700_000_000)));
    }
}
