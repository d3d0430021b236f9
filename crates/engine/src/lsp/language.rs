//! Which languages have a server, and what the server's program is called.

use std::path::Path;

use crate::spawn::find_executable;

/// A language that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    TypeScript,
    JavaScript,
}

/// A program and the arguments that make it speak over its standard streams.
type Program = (&'static str, &'static [&'static str]);

/// The one of real sandboxes first (toolbox-files-git-desktop.md §4).
const PYTHON: &[Program] =
    &[("pylsp", &[]), ("pyright-langserver", &["--stdio"]), ("jedi-language-server", &[])];
const TYPESCRIPT: &[Program] = &[("typescript-language-server", &["--stdio"])];

impl Language {
    pub(super) fn parse(id: &str) -> Option<Self> {
        match id {
            "python" => Some(Self::Python),
            "typescript" => Some(Self::TypeScript),
            "javascript" => Some(Self::JavaScript),
            _ => None,
        }
    }

    /// The first of its programs that is there; when none is, the one that is missed.
    pub(super) fn program(self, path: &str) -> Program {
        let programs = match self {
            Self::Python => PYTHON,
            Self::TypeScript | Self::JavaScript => TYPESCRIPT,
        };
        let found = programs.iter().find(|(name, _)| find_executable(name, path).is_some());
        *found.unwrap_or(&programs[0])
    }

    /// What a document is called in the protocol: by its ending, and by the server's language without a known one.
    pub(super) fn of_document(self, path: &Path) -> &'static str {
        match (self, ending(path)) {
            (Self::Python, _) => "python",
            (_, "ts" | "mts" | "cts") => "typescript",
            (_, "tsx") => "typescriptreact",
            (_, "js" | "mjs" | "cjs") => "javascript",
            (_, "jsx") => "javascriptreact",
            (Self::TypeScript, _) => "typescript",
            (Self::JavaScript, _) => "javascript",
        }
    }

    /// Whether a file of a project is written in the language.
    pub(super) fn has_file(self, path: &Path) -> bool {
        match self {
            Self::Python => matches!(ending(path), "py" | "pyi"),
            Self::TypeScript | Self::JavaScript => {
                matches!(ending(path), "ts" | "mts" | "cts" | "tsx" | "js" | "mjs" | "cjs" | "jsx")
            }
        }
    }
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}
