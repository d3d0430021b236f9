//! `COPY` and `ADD`: sources found, packed into one archive, unpacked in the stage.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::build::{Build, Place, blocking};
use crate::context::{Context, Dress, Found, is_archive, pack_text};
use crate::parse::{Origin, Step, Transfer};
use crate::people::People;
use crate::steps::{absolute, finish};
use crate::words::{expand, expand_document};
use crate::{Bench, BuildError, Stage, Taken};

/// Something to copy, and the name it gets where it goes.
enum Piece {
    File { found: Found, name: PathBuf },
    Contents(Found),
    Archive(Found),
    Text { name: PathBuf, text: String },
}

/// Where it all goes.
struct Target {
    directory: String,
    /// The name of a single file, if it gets one.
    name: Option<PathBuf>,
}

impl<B: Bench> Build<'_, B> {
    /// Does a `COPY` or `ADD`.
    pub(crate) async fn copy(
        &mut self,
        place: &Place<B::Stage>,
        step: &Step,
        transfer: &Transfer,
        label: &str,
    ) -> Result<(), BuildError> {
        let stage = match &transfer.from {
            Some(name) => Some(self.named_stage(place, step, name)?),
            None => None,
        };
        let needs_context = transfer.sources.iter().any(|source| matches!(source, Origin::Path(_)));
        let context = match (stage, needs_context) {
            (None, true) => Some(self.context().await?),
            _ => None,
        };
        let vertex = self.output.begin(&format!("{label} {}", step.text));
        let copied = match (stage, context) {
            (Some(number), _) => self.copy_from_stage(place, transfer, number).await,
            (None, context) => self.copy_from(place, transfer, context.as_deref()).await,
        };
        finish(vertex, step, copied)
    }

    fn named_stage(&self, place: &Place<B::Stage>, step: &Step, name: &str) -> Result<usize, BuildError> {
        let known = expand(name, self.plan.escape, place).unwrap_or_else(|_| name.to_owned());
        self.number(&known, place.at).ok_or_else(|| {
            let reason = format!(
                "COPY --from={known} names no stage before this one; files of other images are not at hand here: \
                 give it a stage of its own with FROM {known} AS …"
            );
            BuildError::Line { line: step.line, reason }
        })
    }

    /// Takes all sources out of another stage first.
    async fn copy_from_stage(
        &mut self,
        place: &Place<B::Stage>,
        transfer: &Transfer,
        number: usize,
    ) -> Result<(), String> {
        let Some(Some(other)) = self.done.get(number) else {
            return Err("that stage is not built".to_owned());
        };
        let taken = tempfile::Builder::new().prefix("stage-").tempdir_in(&self.scratch).map_err(text)?;
        let mut context = Context::empty(taken.path().join("files"));
        for (number, source) in transfer.sources.iter().enumerate() {
            let Origin::Path(source) = source else { continue };
            let source = expand(source, self.plan.escape, place).map_err(text)?;
            // A pattern is looked for in what its directory holds.
            let fixed = source.split(['*', '?', '[']).next().unwrap_or_default();
            let path = match fixed.len() == source.len() {
                true => source.as_str(),
                false => fixed.rsplit_once('/').map_or("/", |(directory, _)| directory),
            };
            let path = absolute(Path::new("/"), path);
            if path == "/" {
                let reason = "that stage has this machine's whole root in its /; name what to copy of it";
                return Err(reason.to_owned());
            }
            let archive = taken.path().join(number.to_string());
            let directory = match other.stage.take(&path, &archive).await.map_err(text)? {
                Taken::Nothing => continue,
                Taken::Contents => Path::new(&path),
                Taken::File => Path::new(&path).parent().unwrap_or(Path::new("/")),
            };
            let directory = directory.strip_prefix("/").unwrap_or(directory).to_owned();
            context =
                blocking(move || context.add(&archive, &directory).map(|()| context)).await.map_err(text)?;
        }
        self.copy_from(place, transfer, Some(&context)).await
    }

    async fn copy_from(
        &mut self,
        place: &Place<B::Stage>,
        transfer: &Transfer,
        context: Option<&Context>,
    ) -> Result<(), String> {
        let escape = self.plan.escape;
        let word = |text_: &str| expand(text_, escape, place).map_err(text);
        let destination = word(&transfer.destination)?;
        let mut pieces = Vec::new();
        for source in &transfer.sources {
            match source {
                Origin::Document { name, text: document, expands } => {
                    let document = match expands {
                        true => expand_document(document, escape, place).map_err(text)?,
                        false => document.clone(),
                    };
                    pieces.push(Piece::Text { name: name.into(), text: document });
                }
                Origin::Path(path) => pieces.extend(find(context, &word(path)?, transfer)?),
            }
        }
        if pieces.is_empty() {
            return Err("no source files were specified".to_owned());
        }
        let target = target(place, &destination, &pieces, transfer).await?;
        let dress = dress(place, transfer, &word).await?;
        let keeps_owners = dress.owner.is_some() || transfer.from.is_some();
        let archive = self.scratch.join("copy");
        pack(&pieces, &target, dress, context, &archive).map_err(text)?;
        place.built.stage.put(&archive, &target.directory, keeps_owners).await.map_err(text)?;
        for piece in &pieces {
            if let (Piece::Archive(found), Some(context)) = (piece, context) {
                let unpacked = place.built.stage.put(&context.place(found), &target.directory, true).await;
                unpacked.map_err(text)?;
            }
        }
        Ok(())
    }
}

/// Writes the archive that is unpacked in the stage.
fn pack(
    pieces: &[Piece],
    target: &Target,
    dress: Dress,
    context: Option<&Context>,
    path: &Path,
) -> std::io::Result<()> {
    let mut archive = tar::Builder::new(File::create(path)?);
    for piece in pieces {
        match (piece, context) {
            (Piece::Text { name, text }, _) => {
                pack_text(target.name.as_deref().unwrap_or(name), text, dress, &mut archive)?;
            }
            (Piece::File { found, name }, Some(context)) => {
                let name = target.name.as_deref().unwrap_or(name);
                context.pack(found, name, dress, &mut archive)?;
            }
            (Piece::Contents(found), Some(context)) => {
                context.pack(found, Path::new(""), dress, &mut archive)?;
            }
            _ => {}
        }
    }
    archive.into_inner()?.sync_data()
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// What a source stands for.
fn find(context: Option<&Context>, source: &str, transfer: &Transfer) -> Result<Vec<Piece>, String> {
    if transfer.adds
        && ["http://", "https://", "git@", "git://"].iter().any(|start| source.starts_with(start))
    {
        return Err(format!(
            "ADD of an address cannot be done here; write RUN curl -fsSLo <path> {source} instead"
        ));
    }
    let found = match context {
        Some(context) => context.find(source).map_err(text)?,
        None => Vec::new(),
    };
    if found.is_empty() {
        let place = if transfer.from.is_some() { "that stage" } else { "the build context" };
        return Err(format!("\"/{}\": not found in {place}", source.trim_start_matches('/')));
    }
    let piece = |found: Found| match context {
        _ if found.is_directory => Piece::Contents(found),
        Some(context) if transfer.adds && is_archive(&context.place(&found)) => Piece::Archive(found),
        _ => {
            let name = found.path.file_name().map(PathBuf::from).unwrap_or_default();
            Piece::File { found, name }
        }
    };
    Ok(found.into_iter().map(piece).collect())
}

/// A destination is a directory when it says so, when there is one, or when more than one file goes there.
async fn target<S: Stage>(
    place: &Place<S>,
    destination: &str,
    pieces: &[Piece],
    transfer: &Transfer,
) -> Result<Target, String> {
    let path = place.absolute(destination);
    let says = destination.ends_with('/') || matches!(destination, "." | "..") || destination.ends_with("/.");
    if transfer.sources.len() > 1 && !says {
        let name = if transfer.adds { "ADD" } else { "COPY" };
        return Err(format!(
            "When using {name} with more than one source file, the destination must be a directory and end with a /"
        ));
    }
    let is_one = matches!(pieces, [Piece::File { .. } | Piece::Text { .. }]);
    if !is_one || says || path == "/" || place.built.stage.is_directory(&path).await.map_err(text)? {
        return Ok(Target { directory: path, name: None });
    }
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let directory = if directory.is_empty() { "/" } else { directory };
    Ok(Target { directory: directory.to_owned(), name: Some(name.into()) })
}

async fn dress<S: Stage>(
    place: &Place<S>,
    transfer: &Transfer,
    word: &impl Fn(&str) -> Result<String, String>,
) -> Result<Dress, String> {
    let owner = match &transfer.owner {
        None => None,
        Some(owner) => {
            let owner = word(owner)?;
            let found = People::of(&place.built.stage).await.map_err(text)?.find(&owner)?;
            // A user alone means its number for the group too.
            let group = if owner.contains(':') { found.group } else { found.user };
            Some((found.user.into(), group.into()))
        }
    };
    let mode = match &transfer.mode {
        None => None,
        Some(mode) => {
            let mode = word(mode)?;
            let parsed = u32::from_str_radix(&mode, 8).ok().filter(|mode| *mode <= 0o7777);
            Some(parsed.ok_or_else(|| format!("--chmod={mode} is no mode; write it in octal, such as 755"))?)
        }
    };
    Ok(Dress { owner, mode })
}
