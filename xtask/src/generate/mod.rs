//! Contract documents → Rust tables, wire types and a compact JSON document.
//!
//! ```text
//! conformance/contract/<directory>/*.yaml ─▶ document ─▶ tables ─▶ crates/contract/src/generated/<name>/operations.rs
//!                                                       ├─▶ types  ─▶ …/types.rs
//!                                                       └─▶ schema ─▶ …/document.json
//! ```
//!
//! The output is checked in; a test proves that generating again changes nothing. No dependency on the `contract`
//! crate, so that a broken table can be generated anew.

mod document;
pub mod drift;
mod rust;
mod schema;
mod tables;
mod types;

use std::fs;
use std::path::{Path, PathBuf};

pub use document::{Document, DocumentError};

/// The documents and the module each becomes.
const DOCUMENTS: &[(&str, &str)] = &[
    ("control", "conformance/contract/daytona/control"),
    ("toolbox", "conformance/contract/daytona/toolbox"),
    ("workspace", "conformance/contract/daytona-workspace"),
    ("voidrun", "conformance/contract/voidrun"),
];

const TARGET: &str = "crates/contract/src/generated";

/// A file the generator would write.
#[derive(Debug)]
pub struct Output {
    /// Path from the root of the repository.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// The directory with the fragments of the document called `name`.
#[must_use]
pub fn directory(name: &str) -> Option<&'static Path> {
    DOCUMENTS.iter().find(|(known, _)| *known == name).map(|(_, directory)| Path::new(*directory))
}

/// Loads the document called `name`.
///
/// # Errors
///
/// When a fragment cannot be read or contradicts another.
pub fn load(root: &Path, name: &str) -> Result<Document, DocumentError> {
    let (_, directory) = DOCUMENTS.iter().find(|(known, _)| *known == name).unwrap_or(&DOCUMENTS[0]);
    Document::load(&root.join(directory), name)
}

/// Everything the generator would write, without writing it.
///
/// # Errors
///
/// When a document cannot be read, contradicts itself, or holds something no table can express.
pub fn render(root: &Path) -> Result<Vec<Output>, DocumentError> {
    let target = Path::new(TARGET);
    let mut outputs = Vec::new();
    let mut index = String::from(
        "//! Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.\n\n",
    );
    for (name, _) in DOCUMENTS {
        let document = load(root, name)?;
        // Formatted once, here: whoever formats the workspace leaves it alone.
        index.push_str(&format!("#[rustfmt::skip]\npub mod {name};\n"));
        let folder = target.join(name);
        outputs.push(Output { path: folder.join("mod.rs"), text: tables::module(&document)? });
        outputs.push(Output { path: folder.join("operations.rs"), text: tables::operations(&document)? });
        outputs.push(Output { path: folder.join("shapes.rs"), text: tables::shapes(&document)? });
        outputs.push(Output { path: folder.join("types.rs"), text: types::types(&document)? });
        outputs.push(Output { path: folder.join("document.json"), text: schema::compact(&document) });
    }
    outputs.push(Output { path: target.join("mod.rs"), text: index });
    Ok(outputs)
}

/// Writes every generated file below `root`; returns the paths of those that changed.
///
/// # Errors
///
/// As [`render`], and when a file cannot be written.
pub fn run(root: &Path) -> Result<Vec<PathBuf>, DocumentError> {
    let mut changed = Vec::new();
    for output in render(root)? {
        let path = root.join(&output.path);
        if fs::read_to_string(&path).is_ok_and(|text| text == output.text) {
            continue;
        }
        let write = || -> std::io::Result<()> {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, &output.text)
        };
        write().map_err(|source| DocumentError::Io { path: path.clone(), source })?;
        changed.push(output.path);
    }
    Ok(changed)
}
