//! Many files in one form (toolbox-files-git-desktop.md §2.10).
//!
//! `files[<i>].path` names where `files[<i>].file` goes and comes before it, anywhere before. Files go to disk one after
//! the other as they arrive; one that fails does not stop the others.

use std::collections::HashMap;
use std::path::PathBuf;

use axum::body::BodyDataStream;
use axum::extract::{Request, State};
use axum::response::Response;
use contract::toolbox::types::FsFileResult;
use engine::files::{Step, UploadError, Uploading};
use engine::paths::clean;
use futures_util::stream::Fuse;
use http::StatusCode;
use serde::Serialize;

use super::form::Form;
use super::upload::{content_type, taken_apart};
use crate::errors::Failure;
use crate::{Shared, go_json};

const PARENTS: u32 = 0o755;

/// Longest path taken, in bytes: what the system takes, and room for white space around it.
const PATH_LIMIT: usize = 64 * 1024;

/// `files` is `null` rather than empty when there is none.
#[derive(Debug, Serialize)]
struct Outcome {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
    files: Option<Vec<FsFileResult>>,
}

pub(super) async fn upload(State(toolbox): State<Shared>, request: Request) -> Result<Response, Failure> {
    let (headers, mut stream) = taken_apart(request);
    let Ok(form) = Form::new(content_type(&headers), &mut stream) else {
        super::form::drain(&mut stream).await;
        return Err(Failure::bad_request("invalid multipart form"));
    };
    let mut batch = Batch { toolbox, form, paths: HashMap::new(), stored: Vec::new(), errors: Vec::new() };
    batch.take_in().await;
    let Batch { form, stored, errors, .. } = batch;
    form.drain().await;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let files = Some(stored).filter(|stored| !stored.is_empty());
    Ok(go_json::response(status, &Outcome { errors, files }))
}

struct Batch<'a> {
    toolbox: Shared,
    form: Form<&'a mut Fuse<BodyDataStream>>,
    /// Destinations by index.
    paths: HashMap<String, String>,
    stored: Vec<FsFileResult>,
    errors: Vec<String>,
}

impl Batch<'_> {
    async fn take_in(&mut self) {
        loop {
            let part = match self.form.next_part().await {
                Ok(Some(part)) => part,
                Ok(None) => return,
                Err(error) => {
                    self.errors.push(format!("reading part: {error}"));
                    return;
                }
            };
            let index = index(&part.name);
            let taken = if part.name.ends_with(".path") {
                self.take_path(index).await
            } else if part.name.ends_with(".file") {
                self.take_file(index).await
            } else {
                Ok(())
            };
            self.errors.extend(taken.err());
        }
    }

    async fn take_path(&mut self, index: &str) -> Result<(), String> {
        let value = self.form.whole(PATH_LIMIT).await.map_err(|error| format!("path[{index}]: {error}"))?;
        let value = String::from_utf8_lossy(&value);
        match value.trim() {
            "" => Err(format!("path[{index}]: empty path")),
            path => {
                self.paths.insert(index.to_owned(), path.to_owned());
                Ok(())
            }
        }
    }

    async fn take_file(&mut self, index: &str) -> Result<(), String> {
        let Some(path) = self.paths.get(index).cloned() else {
            return Err(format!("file[{index}]: missing .path metadata"));
        };
        let failed = |error: UploadError| format!("{path}: {}", reason(&path, &error));
        let begun = Uploading::begin(self.toolbox.engine.paths(), PathBuf::from(&path), PARENTS).await;
        let mut uploading = begun.map_err(failed)?;
        while let Some(piece) =
            self.form.next_piece().await.map_err(|error| format!("{path}: write: {error}"))?
        {
            uploading.write(piece).await.map_err(failed)?;
        }
        let size = uploading.commit().await.map_err(failed)?;
        self.stored.push(FsFileResult { path: Some(path), bytes: i64::try_from(size).ok() });
        Ok(())
    }
}

/// What stands between the brackets; a name of another form is its own index.
fn index(name: &str) -> &str {
    let bracketed = name.strip_prefix("files[").and_then(|rest| rest.split_once(']'));
    bracketed.map_or(name, |(index, _)| index)
}

fn reason(path: &str, UploadError { step, error }: &UploadError) -> String {
    match step {
        Step::Parents => {
            let cleaned = clean(path.as_ref());
            let parent = cleaned.parent().filter(|parent| !parent.as_os_str().is_empty());
            format!("mkdir {}: {error}", parent.unwrap_or(".".as_ref()).display())
        }
        Step::Create => format!("create: {error}"),
        Step::Write => format!("write: {error}"),
        Step::Close => format!("close: {error}"),
    }
}
