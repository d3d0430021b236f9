//! Where the suite's data comes from: out of the binary, or out of a directory.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::Error;

static REQUIREMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/requirements");
static CASES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/cases");
static CAPABILITIES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/capabilities");
static MUTANTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/mutants");
static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/scenarios");
static KNOWN_GAPS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../conformance/known-gaps");

const PARTS: [(&str, &Dir<'_>); 6] = [
    ("requirements", &REQUIREMENTS),
    ("cases", &CASES),
    ("capabilities", &CAPABILITIES),
    ("mutants", &MUTANTS),
    ("scenarios", &SCENARIOS),
    ("known-gaps", &KNOWN_GAPS),
];

/// The suite's data files as texts, by their path below the data directory.
#[derive(Clone, Debug, Default)]
pub struct Data {
    files: BTreeMap<String, String>,
}

impl Data {
    /// The data this build was made with.
    #[must_use]
    pub fn embedded() -> Self {
        let mut data = Self::default();
        for (part, directory) in PARTS {
            data.add_embedded(part, directory);
        }
        data
    }

    /// The data in `directory`, which holds `requirements`, `cases`, `capabilities`, `mutants`, `scenarios` and
    /// `known-gaps`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when the directory or a file in it cannot be read.
    pub fn from_directory(directory: &Path) -> Result<Self, Error> {
        let mut data = Self::default();
        for (part, _) in PARTS {
            let path = directory.join(part);
            if path.is_dir() {
                data.add_directory(part, &path)?;
            }
        }
        Ok(data)
    }

    /// Adds one file, replacing one of the same path.
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Files of one part with one ending, in the order of their paths.
    pub(crate) fn part<'a>(&'a self, part: &str, ending: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = format!("{part}/");
        let ending = format!(".{ending}");
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(&prefix) && path.ends_with(&ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    fn add_embedded(&mut self, part: &str, directory: &Dir<'_>) {
        for file in directory.files() {
            if let Some(text) = file.contents_utf8() {
                self.files.insert(format!("{part}/{}", file.path().display()), text.to_owned());
            }
        }
        for inner in directory.dirs() {
            self.add_embedded(part, inner);
        }
    }

    fn add_directory(&mut self, part: &str, directory: &Path) -> Result<(), Error> {
        let failed = |source| Error::File { path: directory.to_owned(), source };
        for entry in std::fs::read_dir(directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let relative = format!("{part}/{name}");
            if path.is_dir() {
                self.add_directory(&relative, &path)?;
            } else if ["toml", "yaml"]
                .iter()
                .any(|known| path.extension().is_some_and(|ending| ending == *known))
            {
                let text = std::fs::read_to_string(&path)
                    .map_err(|source| Error::File { path: path.clone(), source })?;
                self.files.insert(relative, text);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_is_what_the_directory_holds() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance");
        let on_disk = Data::from_directory(&directory).unwrap();
        let embedded = Data::embedded();
        assert_eq!(embedded.files.keys().collect::<Vec<_>>(), on_disk.files.keys().collect::<Vec<_>>());
        assert_eq!(embedded.files, on_disk.files);
    }
}
