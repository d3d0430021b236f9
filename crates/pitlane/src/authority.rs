//! Where the certificate authority of this user lies. One for all servers, so that it needs to be trusted once.

use std::path::PathBuf;

use crate::cli::ServerOptions;

/// The directory's own name.
pub(crate) const NAME: &str = "ca";

/// The directory, unless this user has no home.
pub(crate) fn directory(options: &ServerOptions) -> Option<PathBuf> {
    if let Some(directory) = &options.ca_dir {
        return Some(directory.clone());
    }
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))?;
    Some(data.join("pitlane").join(NAME))
}
