//! One sandbox to build in.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use builder::{BenchError, Program, Stage};
use lab::Ids;
use sandbox::SandboxSpec;

use super::calls::Calls;
use super::{SandboxBuilder, told};
use crate::holder::{Held, Holder};

/// What the API calls the home directory and the workspace, wherever they are.
const HOME: &str = "/home/daytona";
const WORKSPACE: &str = "/workspace";

/// What every root has at its top. What a build made beside them is given to the sandbox's user.
const COMMON: [&str; 23] = [
    "bin", "boot", "dev", "etc", "gnu", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "nix",
    "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// Tells of a sandbox what a build has to know.
const LOOK: &str = r#"pwd -P
printf '%s\n' "$PATH" "$HOME" "$TMPDIR"
setpriv --reuid=1000 --regid=1000 --clear-groups true 2>/dev/null && echo several || echo one
tar --version 2>/dev/null | grep -q GNU && echo gnu || echo other"#;

/// A sandbox to build in. Dropped, it is ended and removed.
pub(crate) struct SandboxStage {
    holder: Arc<dyn Holder>,
    ids: Arc<dyn Ids>,
    held: Option<Arc<dyn Held>>,
    spec: SandboxSpec,
    look: Look,
    variables: BTreeMap<String, String>,
}

/// What was found in a sandbox.
#[derive(Default)]
struct Look {
    /// Where what the API calls the home directory really is.
    home: String,
    workspace: String,
    /// The directory for temporary files.
    temp: String,
    /// Whether its root can be other users.
    has_users: bool,
    /// Whether its tar is GNU's.
    has_gnu_tar: bool,
}

impl SandboxStage {
    /// Starts a sandbox that was created.
    pub(super) async fn start(builder: &SandboxBuilder, spec: SandboxSpec) -> Result<Self, BenchError> {
        let mut stage = Self {
            holder: Arc::clone(&builder.holder),
            ids: Arc::clone(&builder.ids),
            held: None,
            spec,
            look: Look::default(),
            variables: BTreeMap::new(),
        };
        // What is there already goes with it when the start fails.
        stage.held = Some(stage.holder.start(&stage.spec).await.map_err(told)?);
        stage.look_around().await?;
        Ok(stage)
    }

    pub(super) fn spec(&self) -> &SandboxSpec {
        &self.spec
    }

    fn calls(&self) -> Result<Calls<'_>, BenchError> {
        self.held.as_deref().map(Calls).ok_or_else(|| told("the sandbox it is built in has ended"))
    }

    async fn look_around(&mut self) -> Result<(), BenchError> {
        let (_, seen) = self.calls()?.execute(LOOK, HOME).await?;
        let mut lines = seen.lines().map(ToOwned::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let home = next();
        for name in ["PATH", "HOME", "TMPDIR"] {
            self.variables.insert(name.to_owned(), next());
        }
        let (has_users, has_gnu_tar) = (next() == "several", next() == "gnu");
        let (_, workspace) = self.calls()?.execute("pwd -P", WORKSPACE).await?;
        let temp = self.variables.get("TMPDIR").cloned().unwrap_or_default();
        self.look = Look { home, workspace: workspace.trim().to_owned(), temp, has_users, has_gnu_tar };
        Ok(())
    }

    /// A path of the image where it really is.
    fn real(&self, path: &str) -> String {
        let below = |top: &str, real: &str| {
            let rest = path.strip_prefix(top)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{real}{rest}"))
        };
        let own = below(HOME, &self.look.home).or_else(|| below(WORKSPACE, &self.look.workspace));
        match own {
            Some(real) => real,
            // Without a root of its own, relative paths mean something in its home directory.
            None if path == "/" && self.look.home != HOME => self.look.home.clone(),
            None => path.to_owned(),
        }
    }

    fn script(&self, program: &Program) -> String {
        let mut script = format!("( cd {} && exec env", quote(&self.real(&program.directory)));
        let user = program.user.as_ref().filter(|_| self.look.has_users);
        if let Some(user) = user
            && !program.env.contains_key("HOME")
        {
            script.push_str(&format!(" {}", quote(&format!("HOME={}", user.home))));
        }
        for (name, value) in &program.env {
            script.push_str(&format!(" {}", quote(&format!("{name}={value}"))));
        }
        if let Some(user) = user {
            let groups: Vec<_> = user.groups.iter().map(ToString::to_string).collect();
            let groups = match groups.is_empty() {
                true => "--clear-groups".to_owned(),
                false => format!("--groups={}", groups.join(",")),
            };
            script.push_str(&format!(" setpriv --reuid={} --regid={} {groups} --", user.user, user.group));
        }
        for word in &program.words {
            script.push_str(&format!(" {}", quote(word)));
        }
        script.push_str(" ) </dev/null 2>&1");
        script
    }

    /// A helper's script; what it said is the reason when it fails.
    async fn helper(&self, script: &str) -> Result<(), BenchError> {
        let mut said = Vec::new();
        let script = format!("( {script} ) </dev/null 2>&1");
        let (calls, session) = (self.calls()?, self.ids.uuid());
        match calls.run(&session, &script, &mut |bytes| said.extend_from_slice(bytes)).await? {
            0 => Ok(()),
            code => {
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                Err(BenchError(if said.is_empty() { format!("exit code: {code}") } else { said }))
            }
        }
    }

    fn temporary(&self) -> String {
        format!("{}/.build-{}", self.look.temp.trim_end_matches('/'), self.ids.uuid())
    }

    /// Stores the files as an image; bytes of its own. The sandbox ends with that.
    pub(super) async fn store(&mut self, image: &str) -> Result<u64, BenchError> {
        self.settle().await?;
        let Some(held) = self.held.take() else { return Err(told("the sandbox it is built in has ended")) };
        held.stop(Duration::ZERO).await.map_err(told)?;
        self.holder.capture(&self.spec.id, image).await.map_err(told)
    }

    /// Leaves what was built to the sandbox's user, who stands in for root in whatever is made from it, and takes away
    /// what the building left.
    async fn settle(&self) -> Result<(), BenchError> {
        let common = COMMON.join("|");
        let hand_over = "find \"$@\" -xdev -user 0 ! -perm /6000 -exec chown -h 1000:1000 {} +";
        let script = format!(
            "set -- {HOME} {WORKSPACE}; for top in /*; do case ${{top#/}} in {common}|home|workspace) ;; \
             *) if [ -d \"$top\" ] && ! [ -L \"$top\" ]; then set -- \"$@\" \"$top\"; fi ;; esac; done; {hand_over}"
        );
        if self.look.has_users {
            self.helper(&script).await?;
        }
        let (_, _) = self.calls()?.execute("rm -rf \"$HOME/.daytona\"", HOME).await?;
        Ok(())
    }
}

impl Stage for SandboxStage {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    async fn run(
        &self,
        program: &Program,
        output: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<i32, BenchError> {
        if program.user.is_some() && !self.look.has_users {
            output(b"(everything here runs as one user)\n");
        }
        let script = self.script(program);
        self.calls()?.run(&self.ids.uuid(), &script, output).await
    }

    async fn put(&self, archive: &Path, directory: &str, keeps_owners: bool) -> Result<(), BenchError> {
        let temporary = self.temporary();
        self.calls()?.upload(archive, &temporary).await?;
        let owners = match keeps_owners && self.look.has_users {
            true => "--same-owner --numeric-owner",
            false => "--no-same-owner",
        };
        let links = if self.look.has_gnu_tar { "--keep-directory-symlink" } else { "" };
        let (directory, temporary) = (quote(&self.real(directory)), quote(&temporary));
        self.helper(&format!(
            "mkdir -p -- {directory} && tar -x -p {owners} {links} -f {temporary} -C {directory}; \
             code=$?; rm -f {temporary}; exit $code"
        ))
        .await
    }

    async fn take(&self, path: &str, archive: &Path) -> Result<(), BenchError> {
        let temporary = self.temporary();
        let real = self.real(path.trim_end_matches('/'));
        let (parent, name) = real.rsplit_once('/').unwrap_or(("", &real));
        let parent = quote(if parent.is_empty() { "/" } else { parent });
        let (name, packed) = (quote(name), quote(&temporary));
        // What is not there makes an empty archive, in which nothing is found.
        self.helper(&format!(
            "cd {parent} 2>/dev/null && {{ [ -e {name} ] || [ -L {name} ]; }} \
             && exec tar -c --numeric-owner -f {packed} -- {name}; exec tar -c -f {packed} -T /dev/null"
        ))
        .await?;
        self.calls()?.download(&temporary, archive).await?;
        self.helper(&format!("rm -f {packed}")).await
    }
}

impl Drop for SandboxStage {
    fn drop(&mut self) {
        let (holder, held, id) = (Arc::clone(&self.holder), self.held.take(), self.spec.id.clone());
        // Without a runtime the server is ending, and all its sandboxes with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Some(held) = held {
                let _ = held.stop(Duration::ZERO).await;
            }
            if let Err(error) = holder.remove(&id).await {
                tracing::warn!(sandbox = id, %error, "a sandbox an image was built in could not be removed");
            }
        });
    }
}

impl std::fmt::Debug for SandboxStage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SandboxStage").field("id", &self.spec.id).finish_non_exhaustive()
    }
}

/// A word as it is, for a shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
