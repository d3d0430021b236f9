//! Names that fit a pattern.

use std::path::PathBuf;

use super::glob::Glob;
use super::walk::Walk;
use crate::paths::{PathMap, clean};

/// Every path at or below `root` whose base name fits the pattern, files of all types and links included, in lexical
/// order. Nothing for a missing root or a malformed pattern. `stop` is asked at every step.
pub fn search(
    paths: &PathMap,
    root: impl AsRef<std::path::Path>,
    pattern: &str,
    stop: impl Fn() -> bool,
) -> Vec<PathBuf> {
    let Some(glob) = Glob::parse(pattern) else { return Vec::new() };
    let mut walk = Walk::new(paths, root.as_ref());
    let mut found = Vec::new();
    while let Some(step) = walk.next().filter(|_| !stop()) {
        let fits = match walk.base_name(&step) {
            Some(name) => glob.matches(&name.to_string_lossy()),
            // Ends in `.`, `..` or is the root directory; only the walk's own root can.
            None => glob.matches(&clean(root.as_ref()).to_string_lossy()),
        };
        if fits {
            found.push(walk.shown(&step));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::Tree;
    use super::*;

    fn found(tree: &Tree, path: &str, pattern: &str) -> Vec<String> {
        let found = search(&tree.paths, path, pattern, || false);
        found.into_iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn names_of_every_kind_count_the_root_included() {
        let tree = Tree::new();
        tree.write("s/a.txt", "");
        tree.write("s/d/c.txt", "");
        tree.write("s/.h", "");
        tree.link("d", "s/l");
        tree.link("none", "s/broken");
        assert_eq!(found(&tree, "s", "*.txt"), ["s/a.txt", "s/d/c.txt"]);
        assert_eq!(found(&tree, "s/", "*"), ["s/", "s/.h", "s/a.txt", "s/broken", "s/d", "s/d/c.txt", "s/l"]);
        assert_eq!(found(&tree, "/home/daytona/s", "l"), ["/home/daytona/s/l"]);
        assert_eq!(found(&tree, "s/l", "*"), ["s/l"]);
        assert!(found(&tree, "s", "d/*.txt").is_empty());
        assert!(found(&tree, "nope", "*").is_empty());
        assert!(found(&tree, "s", "[").is_empty());
    }
}
