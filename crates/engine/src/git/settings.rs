//! Git's own configuration files and its credential store (toolbox-files-git-desktop.md §3.5).
//!
//! One file is read or written at a time: neither do files add up, nor are included ones looked at.

use std::fs;
use std::path::PathBuf;

use nix::errno::Errno;

use super::error::GitError;
use super::place::is_git_directory;
use super::run::Credentials;
use crate::Engine;
use crate::files::SystemError;

/// Whose configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The user's.
    #[default]
    Global,
    /// That of one repository.
    Local,
    /// The machine's.
    System,
}

impl Scope {
    /// The scope of this name; none stands for global.
    ///
    /// # Errors
    ///
    /// [`GitError::Other`] for a name that is none.
    pub fn parse(name: &str) -> Result<Self, GitError> {
        match name {
            "" | "global" => Ok(Self::Global),
            "local" => Ok(Self::Local),
            "system" => Ok(Self::System),
            other => Err(GitError::Other(format!(
                "unsupported config scope \"{other}\" (supported: global, local, system)"
            ))),
        }
    }
}

/// A line for the credential store.
#[derive(Clone)]
pub struct CredentialEntry {
    /// Name and password.
    pub credentials: Credentials,
    /// `github.com` when absent.
    pub host: Option<String>,
    /// `https` when absent.
    pub protocol: Option<String>,
}

impl Engine {
    /// The value of a setting in the file of one scope; `path` counts for the local one only.
    ///
    /// # Errors
    ///
    /// [`GitError::Other`] for a key that cannot be, and without a path for the local scope.
    pub async fn git_setting(
        &self,
        scope: Scope,
        path: Option<&str>,
        key: &str,
    ) -> Result<Option<String>, GitError> {
        check_key(key)?;
        let file = self.settings_file(scope, path)?;
        // What the sandbox may not see it does not have.
        if !self.may_use(&file) || !file.exists() {
            return Ok(None);
        }
        let file = file.to_string_lossy().into_owned();
        let asked = ["config", "--file", &file, "--no-includes", "-z", "--get", key];
        let finished = self.git(&self.config().temp_dir).arguments(asked).run().await?;
        match finished.code {
            0 => {
                let value = String::from_utf8_lossy(&finished.output);
                Ok(Some(value.strip_suffix('\0').unwrap_or(&value).to_owned()))
            }
            1 => Ok(None),
            _ => Err(finished.failure()),
        }
    }

    /// Sets a value in the file of one scope, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// As [`Self::git_setting`], and when the file may not be written.
    pub async fn git_set_setting(
        &self,
        scope: Scope,
        path: Option<&str>,
        key: &str,
        value: &str,
    ) -> Result<(), GitError> {
        check_key(key)?;
        let file = self.settings_file(scope, path)?;
        let _turn = self.git_turn.lock().await;
        if !self.may_use(&file) {
            let refused = SystemError::new("open", &file, Errno::EACCES);
            return Err(GitError::Other(refused.to_string()));
        }
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = file.to_string_lossy().into_owned();
        let asked = ["config", "--file", &file, "--replace-all", "--", key, value];
        self.git(&self.config().temp_dir).arguments(asked).output().await?;
        Ok(())
    }

    /// Sets name and address of the user.
    ///
    /// # Errors
    ///
    /// As [`Self::git_set_setting`].
    pub async fn git_set_user(
        &self,
        scope: Scope,
        path: Option<&str>,
        name: &str,
        email: &str,
    ) -> Result<(), GitError> {
        self.git_set_setting(scope, path, "user.name", name).await?;
        self.git_set_setting(scope, path, "user.email", email).await
    }

    /// Puts credentials into the user's store, where git commands of the sandbox find them. Operations of this engine do
    /// not look there.
    ///
    /// # Errors
    ///
    /// [`GitError::Invalid`] when one of the texts holds a line end or NUL.
    pub async fn git_store_credentials(&self, entry: &CredentialEntry) -> Result<(), GitError> {
        let or = |text: &Option<String>, default: &str| {
            text.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned())
        };
        let Credentials { username, password } = &entry.credentials;
        let (host, protocol) = (or(&entry.host, "github.com"), or(&entry.protocol, "https"));
        Credentials::check([username.as_str(), password.as_str(), host.as_str(), protocol.as_str()])?;
        self.git_set_setting(Scope::Global, None, "credential.helper", "store").await?;
        let _turn = self.git_turn.lock().await;
        let git = self.git(&self.config().temp_dir).setting("credential.helper=store");
        let input = format!("protocol={protocol}\nhost={host}\nusername={username}\npassword={password}\n\n");
        git.arguments(["credential", "approve"]).input(input).output().await?;
        Ok(())
    }

    fn settings_file(&self, scope: Scope, path: Option<&str>) -> Result<PathBuf, GitError> {
        let config = self.config();
        let variable = |name: &str| self.variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        match scope {
            Scope::System => {
                Ok(variable("GIT_CONFIG_SYSTEM").unwrap_or_else(|| PathBuf::from("/etc/gitconfig")))
            }
            Scope::Global => {
                if let Some(file) = variable("GIT_CONFIG_GLOBAL") {
                    return Ok(file);
                }
                let own = config.home.join(".gitconfig");
                let shared = variable("XDG_CONFIG_HOME").unwrap_or_else(|| config.home.join(".config"));
                let shared = shared.join("git/config");
                Ok(if !own.exists() && shared.exists() { shared } else { own })
            }
            Scope::Local => {
                let path = path.filter(|path| !path.is_empty()).ok_or_else(|| {
                    GitError::Other("local config scope requires a repository path".to_owned())
                })?;
                let directory = self.new_directory(path)?;
                let inner = directory.join(".git");
                Ok(if is_git_directory(&inner) { inner.join("config") } else { directory.join("config") })
            }
        }
    }

    /// Whether a file that need not exist lies where the sandbox may write.
    fn may_use(&self, file: &std::path::Path) -> bool {
        let parent = file.parent().unwrap_or(file).to_string_lossy().into_owned();
        self.new_directory(&parent).is_ok()
            && file.canonicalize().map_or(true, |real| self.paths().fence().permits(&real))
    }
}

fn check_key(key: &str) -> Result<(), GitError> {
    let valid = key.split_once('.').is_some_and(|(section, _)| !section.is_empty())
        && key.rsplit_once('.').is_some_and(|(_, name)| !name.is_empty());
    if valid {
        return Ok(());
    }
    Err(GitError::Other(format!(
        "invalid config key \"{key}\" (expected section.name or section.subsection.name)"
    )))
}
