//! What a server says of itself once it is ready.

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The key shown to clients. Any other works as well: unknown keys share one organization.
pub(crate) const API_KEY: &str = "dtn_local";

/// How to reach a ready server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ready {
    /// Scheme, host and port.
    pub(crate) url: String,
    /// Base of the API, as clients want it.
    pub(crate) api_url: String,
    /// A key that works.
    pub(crate) api_key: String,
    /// A key of an organization of its own, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) other_api_key: Option<String>,
    /// Base of VoidRun's API at an address of its own, when it has one; it is at `api_url` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) voidrun_url: Option<String>,
    /// Host and port of SSH access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ssh: Option<String>,
    /// Process id of the server.
    pub(crate) pid: u32,
}

/// Scheme, host and port to reach an address by.
pub(crate) fn url_of(address: SocketAddr) -> String {
    format!("http://{}", reachable(address))
}

/// Host and port to reach an address by: a client cannot connect to "every address".
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}

impl Ready {
    pub(crate) fn at(address: SocketAddr, other_api_key: Option<String>) -> Self {
        let url = url_of(address);
        Self {
            api_url: format!("{url}/api"),
            url,
            api_key: API_KEY.to_owned(),
            other_api_key,
            voidrun_url: None,
            ssh: None,
            pid: std::process::id(),
        }
    }

    /// Names and values of the environment clients of all generations read.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &str)> {
        let mut environment: Vec<(&'static str, &str)> = vec![
            ("DAYTONA_API_KEY", &self.api_key),
            ("DAYTONA_API_URL", &self.api_url),
            ("DAYTONA_SERVER_URL", &self.api_url),
            // Clients before 0.10 have a default target they refuse to send.
            ("DAYTONA_TARGET", "us"),
            ("VR_API_KEY", &self.api_key),
            ("VR_API_URL", self.voidrun_url.as_deref().unwrap_or(&self.api_url)),
        ];
        environment.extend(self.ssh.as_deref().map(|address| ("PITLANE_SSH", address)));
        environment
    }

    /// Puts the file in place whole, so that whoever waits for it never reads half of it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let directory =
                path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            writeln!(file, "{}", serde_json::to_string(self)?)?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|source| Failure::ReadyFile { path: path.to_owned(), source })
    }
}

/// Removes the ready file when the server ends.
pub(crate) struct ReadyFile<'a>(pub(crate) Option<&'a Path>);

impl Drop for ReadyFile<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.0 {
            // Somebody may have removed it before; then there is nothing left to do.
            let _ = fs::remove_file(path);
        }
    }
}
