//! One sandbox to build in.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use builder::{BenchError, Program, Stage, Taken};
use lab::Ids;
use sandbox::SandboxSpec;

use super::calls::Calls;
use super::{SandboxBuilder, standins, told};
use crate::holder::{Held, Holder};

/// What the API calls the home directory and the workspace, wherever they are.
const HOME: &str = "/home/daytona";
const WORKSPACE: &str = "/workspace";
/// Directories of the host every sandbox may write to.
const SHARED: [&str; 2] = ["/tmp/", "/var/tmp/"];

/// What every root has at its top. What a build made beside them is given to the sandbox's user.
const COMMON: [&str; 23] = [
    "bin", "boot", "dev", "etc", "gnu", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "nix",
    "opt", "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// Tells of a sandbox what a build has to know.
const LOOK: &str = r#"pwd -P
cat /proc/sys/kernel/hostname
printf '%s\n' "$PATH" "$HOME" "$TMPDIR"
setpriv --reuid=1000 --regid=1000 --clear-groups true 2>/dev/null && echo several || echo one
tar --version 2>/dev/null | grep -q GNU && echo gnu || echo other
if [ "$(head -c 2 "$(command -v python3)" 2>/dev/null)" = '#!' ]; then
  python3 -c 'import os, sys; print(os.path.dirname(sys.executable))'
fi 2>/dev/null"#;

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
    /// Whether it has a root of its own: what is done to `/` is done to nobody else.
    has_root: bool,
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
        if !stage.look.has_users {
            stage.stand_in().await?;
        }
        Ok(stage)
    }

    pub(super) fn spec(&self) -> &SandboxSpec {
        &self.spec
    }

    /// The host name of a sandbox that has one; the kernel takes 64 bytes at most.
    fn host_name(&self) -> String {
        self.spec.id.chars().take(63).collect()
    }

    fn calls(&self) -> Result<Calls<'_>, BenchError> {
        self.held.as_deref().map(Calls).ok_or_else(|| told("the sandbox it is built in has ended"))
    }

    async fn look_around(&mut self) -> Result<(), BenchError> {
        let (_, seen) = self.calls()?.execute(LOOK, HOME).await?;
        let mut lines = seen.lines().map(ToOwned::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let home = next();
        // A host name of its own is what no sandbox without a root of its own has: nothing less will do, since what root
        // may do is then done to the host.
        let host_name = next();
        let has_root = home == HOME && host_name == self.host_name();
        for name in ["PATH", "HOME", "TMPDIR"] {
            self.variables.insert(name.to_owned(), next());
        }
        let (has_users, has_gnu_tar) = (next() == "several" && has_root, next() == "gnu");
        // Scripts of a version manager do more than what they stand for, to places that are not the build's.
        let real = next();
        if let Some(path) = self.variables.get_mut("PATH").filter(|_| real.starts_with('/')) {
            *path = format!("{real}:{path}");
        }
        let (_, workspace) = self.calls()?.execute("pwd -P", WORKSPACE).await?;
        let temp = self.variables.get("TMPDIR").cloned().unwrap_or_default();
        self.look =
            Look { home, workspace: workspace.trim().to_owned(), temp, has_root, has_users, has_gnu_tar };
        Ok(())
    }

    /// Puts tools first that know what cannot be done here.
    async fn stand_in(&mut self) -> Result<(), BenchError> {
        let place = self.stand_ins();
        let mut script = format!("mkdir -p {}", quote(&place));
        for (name, text) in standins::ALL {
            let path = quote(&format!("{place}/{name}"));
            script.push_str(&format!(" && printf %s {} > {path} && chmod 755 {path}", quote(text)));
        }
        self.helper(&script).await?;
        if let Some(path) = self.variables.get_mut("PATH") {
            *path = format!("{place}:{path}");
        }
        Ok(())
    }

    fn stand_ins(&self) -> String {
        format!("{}/{}", self.look.temp.trim_end_matches('/'), standins::PLACE)
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
            None => path.to_owned(),
        }
    }

    /// The same for a path something is made at. Without a root of its own all others are the host's.
    fn own(&self, path: &str) -> Result<String, BenchError> {
        let real = self.real(path);
        let is_temporary = SHARED.iter().any(|shared| path.starts_with(shared));
        if self.look.has_root || real != path || is_temporary {
            return Ok(real);
        }
        Err(BenchError(format!(
            "{path} is the host's own, since sandboxes of this server have no root of their own; \
             use a place below {HOME} or {WORKSPACE}, or a server on the rung `namespace`"
        )))
    }

    fn script(&self, program: &Program) -> String {
        let directory = match program.directory.as_str() {
            // What is named without a directory is to be found again.
            "/" if !self.look.has_root => self.look.home.clone(),
            directory => self.real(directory),
        };
        let mut script = format!("( cd {} || exit", quote(&directory));
        let user = program.user.as_ref().filter(|_| self.look.has_users);
        let home = user.map(|user| ("HOME", user.home.as_str()));
        let path = self.variables.get("PATH").map(|path| ("PATH", path.as_str()));
        let given = program.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut odd = String::new();
        for (name, value) in home.into_iter().chain(path).chain(given) {
            // A build may do without `env`, and shells know no other names.
            match is_name(name) {
                true => script.push_str(&format!("; export {name}={}", quote(value))),
                false => odd.push_str(&format!(" {}", quote(&format!("{name}={value}")))),
            }
        }
        script.push_str("; exec");
        if !odd.is_empty() {
            script.push_str(&format!(" env{odd}"));
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
        if self.look.has_users {
            // What is found to belong to somebody else, or cannot be written, stays as it is.
            self.helper(&self.hand_over()).await?;
        }
        let left = format!("rm -rf \"$HOME/.daytona\" {}", quote(&self.stand_ins()));
        self.calls()?.execute(&left, HOME).await?;
        Ok(())
    }

    /// The script for it. It looks once more where it runs before it changes anything.
    fn hand_over(&self) -> String {
        let (own, common) = (quote(&self.host_name()), COMMON.join("|"));
        format!(
            "[ \"$(cat /proc/sys/kernel/hostname)\" = {own} ] || exit 0
            set -- {HOME} {WORKSPACE}
            for top in /*; do
              case ${{top#/}} in {common}|home|workspace) continue ;; esac
              if [ -d \"$top\" ] && ! [ -L \"$top\" ]; then set -- \"$@\" \"$top\"; fi
            done
            find \"$@\" -xdev -user 0 ! -perm /6000 -exec chown -h 1000:1000 {{}} + 2>/dev/null
            exit 0"
        )
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

    async fn make_directory(&self, path: &str) -> Result<(), BenchError> {
        self.helper(&format!("mkdir -p -- {}", quote(&self.own(path)?))).await
    }

    async fn is_directory(&self, path: &str) -> Result<bool, BenchError> {
        let script = format!("[ -d {} ]", quote(&self.real(path)));
        let (calls, session) = (self.calls()?, self.ids.uuid());
        Ok(calls.run(&session, &script, &mut |_| ()).await? == 0)
    }

    async fn put(&self, archive: &Path, directory: &str, keeps_owners: bool) -> Result<(), BenchError> {
        let (temporary, directory) = (self.temporary(), quote(&self.own(directory)?));
        self.calls()?.upload(archive, &temporary).await?;
        let owners = match keeps_owners && self.look.has_users {
            true => "--same-owner --numeric-owner",
            false => "--no-same-owner",
        };
        let links = if self.look.has_gnu_tar { "--keep-directory-symlink" } else { "" };
        let temporary = quote(&temporary);
        self.helper(&format!(
            "mkdir -p -- {directory} && tar -x -p {owners} {links} -f {temporary} -C {directory}; \
             code=$?; rm -f {temporary}; exit $code"
        ))
        .await
    }

    async fn take(&self, path: &str, archive: &Path) -> Result<Taken, BenchError> {
        let (temporary, real) = (self.temporary(), self.real(path));
        let (parent, name) = real.rsplit_once('/').unwrap_or(("", &real));
        let (parent, name) = (quote(if parent.is_empty() { "/" } else { parent }), quote(name));
        let (real, packed) = (quote(&real), quote(&temporary));
        let pack = format!("tar -c --numeric-owner -f {packed}");
        let script = format!(
            "if [ -d {real} ]; then {pack} -C {real} . && echo directory; \
             elif [ -e {real} ] || [ -L {real} ]; then {pack} -C {parent} -- {name} && echo file; else echo none; fi"
        );
        let mut said = Vec::new();
        let (calls, session) = (self.calls()?, self.ids.uuid());
        let script = format!("( {script} ) </dev/null 2>&1");
        calls.run(&session, &script, &mut |bytes| said.extend_from_slice(bytes)).await?;
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let taken = match said.lines().last() {
            Some("none") => return Ok(Taken::Nothing),
            Some("directory") => Taken::Contents,
            Some("file") => Taken::File,
            _ => return Err(BenchError(said)),
        };
        calls.download(&temporary, archive).await?;
        self.helper(&format!("rm -f {packed}")).await.map(|()| taken)
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

/// Whether a shell takes it as the name of a variable.
fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.bytes().all(is_part)
}

/// A word as it is, for a shell.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
