//! Packing and unpacking. Tar archives are the sandbox's own program's affair; few sandboxes have one for zip archives,
//! so those are the engine's.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::response::Response;
use contract::voidrun::types::ExecData;
use engine::archive::{self, ArchiveError};
use http::StatusCode;

use super::programs::{failed, silent};
use crate::agent::home::Spot;
use crate::agent::{Inside, Shared};
use crate::reply::Failure;
use crate::request::Query;

const PACKING: &str = "Failed to compress file";
const UNPACKING: &str = "Failed to extract archive";

/// Kinds of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Tar, with the letter of the compression.
    Tar(&'static str),
    Zip,
}

impl Kind {
    fn of_format(format: &str) -> Option<Self> {
        match format {
            "tar" => Some(Self::Tar("")),
            "tar.gz" => Some(Self::Tar("z")),
            "tar.bz2" => Some(Self::Tar("j")),
            "zip" => Some(Self::Zip),
            _ => None,
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        let endings = [
            (".tar", "tar"),
            (".tar.gz", "tar.gz"),
            (".tgz", "tar.gz"),
            (".tar.bz2", "tar.bz2"),
            (".zip", "zip"),
        ];
        let (_, format) = endings.iter().find(|(ending, _)| name.ends_with(ending))?;
        Self::of_format(format)
    }
}

pub(super) async fn compress(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let spot = inside.spot(&query.path("path", "path and format required")?);
    let format = Some(query.text("format")).filter(|format| !format.is_empty()).unwrap_or("tar.gz");
    let kind = Kind::of_format(format)
        .ok_or_else(|| Failure::bad_gateway(PACKING).with_details(format!("unsupported format: {format}")))?;
    let archive = PathBuf::from(format!("{}.{format}", spot.text()));
    let done = match kind {
        Kind::Tar(letter) => {
            let (parent, name) = (spot.real.parent(), spot.real.file_name());
            let parent = parent.unwrap_or(Path::new("/")).to_string_lossy();
            let name = name.map_or(".".into(), |name| name.to_string_lossy());
            let options = format!("-c{letter}f");
            let words = [&*options, &archive.to_string_lossy(), "-C", &parent, "--", &name];
            inside.program(PACKING, "tar", &words).await?
        }
        Kind::Zip => {
            let (source, shown) = (spot.real.clone(), spot.named.clone());
            blocking(&spot, move || archive::zip(&source, &shown, &archive)).await
        }
    };
    inside.answer(done, &[&spot], StatusCode::BAD_REQUEST)
}

pub(super) async fn extract(State(inside): State<Shared>, query: Query) -> Result<Response, Failure> {
    let archive = inside.spot(&query.path("archive", "archive required")?);
    let named = query.text("dest");
    if named.is_empty() && inside.manner.is_strict() {
        return Err(Failure::bad_request("dest required"));
    }
    let destination = destination(&inside, &archive, named);
    let name = archive.named.to_string_lossy().into_owned();
    let kind = Kind::of_name(&name).ok_or_else(|| {
        Failure::bad_gateway(UNPACKING).with_details(format!("unsupported archive: {name}"))
    })?;
    let made = inside.program(UNPACKING, "mkdir", &["-p", "--", &destination.text()]).await?;
    let done = match kind {
        _ if failed(&made) => made,
        Kind::Tar(letter) => {
            let options = format!("-x{letter}f");
            let words = [&*options, &archive.text(), "-C", &destination.text()];
            inside.program(UNPACKING, "tar", &words).await?
        }
        Kind::Zip => {
            let (source, target) = (archive.real.clone(), destination.real.clone());
            blocking(&archive, move || archive::unzip(&source, &target)).await
        }
    };
    inside.answer(done, &[&archive, &destination], StatusCode::BAD_REQUEST)
}

fn destination(inside: &Inside, archive: &Spot, named: &str) -> Spot {
    if !named.is_empty() {
        return inside.spot(named);
    }
    let parent = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_owned();
    Spot { named: parent(&archive.named), real: parent(&archive.real) }
}

/// Work of the engine, told as if a program had done it.
async fn blocking(spot: &Spot, work: impl FnOnce() -> Result<(), ArchiveError> + Send + 'static) -> ExecData {
    let done = tokio::task::spawn_blocking(work).await;
    let complaint = match done {
        Ok(Ok(())) => return ExecData { exit_code: Some(0), ..silent() },
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("{}: {error}", spot.named.display()),
    };
    ExecData { exit_code: Some(1), stderr: Some(format!("{complaint}\n")), ..silent() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_known_by_their_endings() {
        assert_eq!(Kind::of_name("/a/b.tgz"), Some(Kind::Tar("z")));
        assert_eq!(Kind::of_name("x.tar.bz2"), Some(Kind::Tar("j")));
        assert_eq!(Kind::of_name("x.zip"), Some(Kind::Zip));
        assert_eq!(Kind::of_name("x.rar"), None);
        assert_eq!(Kind::of_format("rar"), None);
    }
}
