//! Symbols of a project for servers that know single documents only.
//!
//! The names of symbols stand in the text, so only files that hold the query are asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;

use super::connection::CallError;
use super::document::text;
use super::language::Language;
use super::server::Server;
use super::symbol::{Symbol, is_foreign, is_meant};
use crate::Engine;
use crate::files::list;
use crate::paths::PathMap;

/// Most files that are looked into.
const MOST_FILES: usize = 5_000;
/// Deepest directory below the project that is looked into.
const DEEPEST: usize = 12;

/// The symbols of the project's documents whose names fit the query.
pub(super) async fn symbols(
    engine: &Engine,
    server: &Arc<Server>,
    query: &str,
) -> Result<Vec<Symbol>, CallError> {
    let mut files = server.open_files().await;
    let (paths, project, language) = (engine.paths().clone(), server.project.clone(), server.language);
    let asked = query.to_lowercase();
    let search = tokio::task::spawn_blocking(move || candidates(&paths, project, language, &asked));
    files.extend(search.await.unwrap_or_default());
    files.sort();
    files.dedup();
    let mut found = Vec::new();
    for file in files {
        let document = server.document_at(engine, file).await;
        match server.document_symbols(engine, &document).await {
            Ok(symbols) => found.extend(symbols.into_iter().filter(|symbol| is_meant(&symbol.name, query))),
            // One document the server cannot make sense of does not hide the others.
            Err(CallError::Answer { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Files of the language below the project whose text holds the query, which is in lower case. Blocks.
fn candidates(paths: &PathMap, project: PathBuf, language: Language, query: &str) -> Vec<PathBuf> {
    let sought = memmem::Finder::new(query.as_bytes());
    let mut found = Vec::new();
    let mut looked_into = 0;
    let mut directories = vec![(project, 0)];
    while let Some((directory, depth)) = directories.pop() {
        // The files API names things from the sandbox's side.
        let Ok(entries) = list(paths, paths.wire_path(&directory)) else { continue };
        for entry in entries {
            let path = directory.join(&entry.name);
            if entry.facts.is_directory() {
                // What a link leads to lies in the project itself, or is not of it.
                if depth < DEEPEST && !path.is_symlink() && !is_foreign(&path) {
                    directories.push((path, depth + 1));
                }
            } else if language.has_file(&path) {
                looked_into += 1;
                if looked_into > MOST_FILES {
                    return found;
                }
                if holds(paths, &path, &sought) {
                    found.push(path);
                }
            }
        }
    }
    found
}

fn holds(paths: &PathMap, file: &Path, sought: &memmem::Finder<'_>) -> bool {
    let text = text(paths, &paths.wire_path(file));
    text.is_ok_and(|text| sought.find(text.to_lowercase().as_bytes()).is_some())
}
