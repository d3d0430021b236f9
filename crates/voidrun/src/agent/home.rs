//! `/root`, whatever the home directory of the sandbox is really called.
//!
//! A sandbox of this API has `/root` for a home, and clients take that for granted. Sandboxes without a root directory of
//! their own, and those made by another dialect, have it elsewhere: there the name stands for it.

use std::path::{Path, PathBuf};

use engine::Engine;
use engine::paths::clean;

/// What clients call the home directory.
pub(crate) const ROOT: &str = "/root";

/// The home directory under both its names.
#[derive(Clone, Debug)]
pub(super) struct Home(PathBuf);

/// A client's path: as it was meant, and where it lies.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// Absolute and lexically clean, in the client's own names.
    pub(super) named: PathBuf,
    /// For the engine.
    pub(super) real: PathBuf,
}

impl Home {
    pub(super) fn of(engine: &Engine) -> Self {
        Self(engine.config().home.clone())
    }

    /// Puts a client's path in its place. Relative ones begin at the root (voidrun.md §2.8).
    pub(super) fn spot(&self, engine: &Engine, path: &str) -> Spot {
        let named = clean(&Path::new("/").join(path));
        let real = match named.strip_prefix(ROOT) {
            Ok(rest) if rest.as_os_str().is_empty() => self.0.clone(),
            Ok(rest) => self.0.join(rest),
            Err(_) => engine.paths().host_path(&named).unwrap_or_else(|_| named.clone()),
        };
        Spot { named, real }
    }

    /// The directory of a command; blank means the home directory, relative ones count from it.
    pub(super) fn directory(&self, engine: &Engine, named: Option<&str>) -> String {
        let named = named.map(str::trim).unwrap_or_default();
        if named.is_empty() {
            return String::new();
        }
        let spot = self.spot(engine, &Path::new(ROOT).join(named).to_string_lossy());
        spot.real.to_string_lossy().into_owned()
    }
}

impl Spot {
    /// Text of a program that was given the real path, in the client's names.
    pub(super) fn in_its_names(&self, text: String) -> String {
        if self.named == self.real {
            return text;
        }
        text.replace(&*self.real.to_string_lossy(), &self.named.to_string_lossy())
    }

    /// The client's name for a path below the real one.
    pub(super) fn name_of(&self, real: &Path) -> PathBuf {
        match real.strip_prefix(&self.real) {
            Ok(rest) if rest.as_os_str().is_empty() => self.named.clone(),
            Ok(rest) => self.named.join(rest),
            Err(_) => real.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::Config;
    use engine::paths::PathRules;

    use super::*;

    fn engine() -> Engine {
        let mut config = Config::new("test", "/data/1/home".into(), "/data/1/home".into(), "/tmp".into());
        config.paths = PathRules::process(
            "/data/1/home".into(),
            "/data/1/workspace".into(),
            "/data/1/temp".into(),
            "/data/1/home".into(),
            "/data".into(),
        );
        Engine::new(config)
    }

    #[test]
    fn root_means_the_home_directory_and_other_paths_what_they_say() {
        let engine = engine();
        let home = Home::of(&engine);
        for (path, real) in [
            ("/root", "/data/1/home"),
            ("/root/a/../b", "/data/1/home/b"),
            ("root/x", "/data/1/home/x"),
            ("/home/daytona/x", "/data/1/home/x"),
            ("/workspace", "/data/1/workspace"),
            ("/rootless", "/rootless"),
            ("/root/../etc", "/etc"),
        ] {
            assert_eq!(home.spot(&engine, path).real, Path::new(real), "{path}");
        }
        assert_eq!(home.directory(&engine, Some(" ")), "");
        assert_eq!(home.directory(&engine, Some("sub")), "/data/1/home/sub");
        assert_eq!(home.directory(&engine, Some("/var")), "/var");
    }

    #[test]
    fn what_programs_say_is_told_in_the_clients_names() {
        let engine = engine();
        let spot = Home::of(&engine).spot(&engine, "/root/d");
        assert_eq!(spot.in_its_names("4K\t/data/1/home/d\n".to_owned()), "4K\t/root/d\n");
        assert_eq!(spot.name_of(Path::new("/data/1/home/d/f")), Path::new("/root/d/f"));
    }
}
