//! Starting and stopping the processes, and what is known of them (toolbox-files-git-desktop.md §6.2).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use super::claim::Claim;
use super::kept::{Kept, Launch};
use super::program::{Kind, advice, page};
use super::{DesktopError, Place, ready, screen};
use crate::Engine;
use crate::spawn::Program;
use crate::variables::Change;

/// How long a window manager may take to say that it is one. Not all do.
const MANAGER: Duration = Duration::from_secs(10);
/// How often a process is tried whose port somebody else took at the same moment.
const TRIES: usize = 4;

const DISPLAY: &str = "DISPLAY";
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// How one process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessState {
    /// Which.
    pub kind: Kind,
    /// Whether it runs.
    pub running: bool,
    /// Its process id; the accessibility bus has none to show.
    pub pid: Option<i32>,
}

/// How the desktop is as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// All required processes run.
    Active,
    /// Some process runs.
    Partial,
    /// None does.
    Inactive,
}

impl Engine {
    /// Fails where the sandbox has no X server at all.
    ///
    /// # Errors
    ///
    /// [`DesktopError::Unavailable`].
    pub fn require_desktop(&self) -> Result<(), DesktopError> {
        let path = self.search_path();
        match Kind::Xvfb.program(&path) {
            Some(_) => Ok(()),
            None => Err(DesktopError::Unavailable(advice(&path))),
        }
    }

    /// Starts what does not run yet; returns once it can be used.
    ///
    /// # Errors
    ///
    /// [`DesktopError::Start`] when a required process does not run afterwards. What does run goes on.
    pub async fn start_desktop(&self) -> Result<Vec<ProcessState>, DesktopError> {
        self.require_desktop()?;
        let _turn = self.desktop.turn.lock().await;
        self.take_place().map_err(DesktopError::Start)?;
        let mut failed = Vec::new();
        match self.ensure(Kind::Xvfb).await {
            Err(reason) => failed.push((Kind::Xvfb, reason)),
            Ok(()) => {
                self.ensure_bus().await;
                let vnc = async { (self.ensure(Kind::X11vnc).await, self.ensure(Kind::Novnc).await) };
                let (manager, bus, (vnc, page)) =
                    tokio::join!(self.ensure(Kind::Xfce4), self.ensure(Kind::Atspi), vnc);
                let outcomes =
                    [(Kind::Xfce4, manager), (Kind::Atspi, bus), (Kind::X11vnc, vnc), (Kind::Novnc, page)];
                failed.extend(outcomes.into_iter().filter_map(|(kind, ran)| Some((kind, ran.err()?))));
            }
        }
        let states = self.desktop_processes();
        let down = |kind: Kind| states.iter().any(|state| state.kind == kind && !state.running);
        let missing: Vec<&str> =
            Kind::REQUIRED.into_iter().filter(|kind| down(*kind)).map(Kind::name).collect();
        if missing.is_empty() {
            return Ok(states);
        }
        let reasons: Vec<String> =
            failed.iter().map(|(kind, reason)| format!("{}: {reason}", kind.name())).collect();
        let mut text = format!("failed to start: [{}] ({})", missing.join(" "), reasons.join("; "));
        let advice = advice(&self.search_path());
        if !advice.is_empty() {
            text = format!("{text}; {advice}");
        }
        Err(DesktopError::Start(text))
    }

    /// Ends all processes, the last started first; returns when they are gone.
    ///
    /// # Errors
    ///
    /// [`DesktopError::Unavailable`].
    pub async fn stop_desktop(&self) -> Result<Vec<ProcessState>, DesktopError> {
        self.require_desktop()?;
        let _turn = self.desktop.turn.lock().await;
        self.desktop.reader.forget().await;
        let place = self.desktop.place().take();
        let Some(Place { claim, mut kept, bus, before, .. }) = place else {
            return Ok(self.desktop_processes());
        };
        while let Some((_, kept)) = kept.pop_last() {
            kept.stop().await;
        }
        if let Some(bus) = bus {
            bus.stop().await;
        }
        drop(claim);
        self.desktop.eyes.forget();
        self.desktop.hands.forget();
        self.put_back(before);
        Ok(self.desktop_processes())
    }

    /// Ends one process and starts it anew.
    ///
    /// # Errors
    ///
    /// When no process is called so, and when it does not start.
    pub async fn restart_desktop_process(&self, name: &str) -> Result<(), DesktopError> {
        self.require_desktop()?;
        let kind = known(name)?;
        let refused = |reason| DesktopError::Restart(name.to_owned(), reason);
        let _turn = self.desktop.turn.lock().await;
        self.take_place().map_err(refused)?;
        let kept = self.desktop.place().as_mut().and_then(|place| place.kept.remove(&kind));
        if let Some(kept) = kept {
            kept.stop().await;
        }
        self.ensure(kind).await.map_err(refused)
    }

    /// How each process is. The accessibility bus is only listed where there can be one.
    #[must_use]
    pub fn desktop_processes(&self) -> Vec<ProcessState> {
        let path = self.search_path();
        let place = self.desktop.place();
        let kinds = Kind::ALL.into_iter();
        let listed = kinds.filter(|kind| *kind != Kind::Atspi || kind.program(&path).is_some());
        let state = |kind| {
            let pid = place.as_ref().and_then(|place| place.kept.get(&kind)?.pid());
            ProcessState { kind, running: pid.is_some(), pid: pid.filter(|_| kind != Kind::Atspi) }
        };
        listed.map(state).collect()
    }

    /// How the desktop is.
    #[must_use]
    pub fn desktop_activity(&self) -> Activity {
        let states = self.desktop_processes();
        let runs = |kind: &Kind| states.iter().any(|state| state.kind == *kind && state.running);
        match (Kind::REQUIRED.iter().all(runs), Kind::ALL.iter().any(runs)) {
            (true, _) => Activity::Active,
            (false, true) => Activity::Partial,
            (false, false) => Activity::Inactive,
        }
    }

    /// Whether the process of this name runs.
    ///
    /// # Errors
    ///
    /// When no process is called so.
    pub fn desktop_process_runs(&self, name: &str) -> Result<bool, DesktopError> {
        let kind = known(name)?;
        Ok(self.desktop_processes().iter().any(|state| state.kind == kind && state.running))
    }

    /// All that a process has printed. Blocks.
    ///
    /// # Errors
    ///
    /// When no process is called so, and when it has printed to no file yet.
    pub fn desktop_log(&self, name: &str) -> Result<String, DesktopError> {
        self.read_log(name, "log", "log")
    }

    /// All that a process has printed to standard error. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Self::desktop_log`].
    pub fn desktop_errors(&self, name: &str) -> Result<String, DesktopError> {
        self.read_log(name, "error", "err")
    }

    fn read_log(&self, name: &str, what: &'static str, ending: &str) -> Result<String, DesktopError> {
        let kind = known(name)?;
        let path = self.log_directory().join(format!("{}.{ending}", kind.name()));
        match std::fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                let reason = error.raw_os_error().map(nix::errno::Errno::from_raw);
                let reason = reason.map_or_else(|| error.to_string(), |errno| errno.desc().to_lowercase());
                Err(DesktopError::Log { what, process: name.to_owned(), path, reason })
            }
        }
    }

    fn log_directory(&self) -> PathBuf {
        self.config.home.join(".daytona").join("computeruse")
    }

    fn search_path(&self) -> String {
        self.variable("PATH").unwrap_or_default()
    }

    /// Claims a display and tells whatever is started from now on of it; nothing when there is one.
    fn take_place(&self) -> Result<(), String> {
        if self.desktop.place().is_some() {
            return Ok(());
        }
        let before = [DISPLAY, BUS].map(|name| (name.to_owned(), self.variable(name)));
        let wished = before[0].1.as_deref().and_then(screen::number).unwrap_or(0);
        let claim = Claim::take(wished).map_err(|error| format!("no display can be had: {error}"))?;
        self.set(DISPLAY, &format!(":{}", claim.number()));
        let (kept, ports) = (BTreeMap::new(), BTreeMap::new());
        *self.desktop.place() = Some(Place { claim, kept, bus: None, ports, before: before.into() });
        Ok(())
    }

    fn set(&self, name: &str, value: &str) {
        let set = [(name.to_owned(), value.to_owned())].into();
        if let Err(error) = self.change_environment(&Change { set, ..Change::default() }) {
            tracing::warn!(%error, "a variable of the desktop is not set");
        }
    }

    fn put_back(&self, before: Vec<(String, Option<String>)>) {
        let mut change = Change::default();
        for (name, value) in before {
            match value {
                Some(value) => drop(change.set.insert(name, value)),
                None => change.unset.push(name),
            }
        }
        if let Err(error) = self.change_environment(&change) {
            tracing::warn!(%error, "variables of the desktop are left");
        }
    }

    /// The port clients look for a process on.
    pub(super) fn usual_port(&self, kind: Kind) -> u16 {
        let (name, usual) = if kind == Kind::X11vnc { ("VNC_PORT", 5901) } else { ("NO_VNC_PORT", 6080) };
        self.variable(name).and_then(|port| port.parse().ok()).unwrap_or(usual)
    }

    /// Starts a process unless it runs, and waits until it can be used.
    async fn ensure(&self, kind: Kind) -> Result<(), String> {
        if self
            .desktop
            .place()
            .as_ref()
            .is_some_and(|place| place.kept.get(&kind).is_some_and(|kept| kept.pid().is_some()))
        {
            return Ok(());
        }
        let stale = self.desktop.place().as_mut().and_then(|place| place.kept.remove(&kind));
        if let Some(stale) = stale {
            stale.stop().await;
        }
        let mut outcome = Err(String::new());
        // Only a port can be lost to somebody else between the choice and the use.
        let tries = if matches!(kind, Kind::X11vnc | Kind::Novnc) { TRIES } else { 1 };
        for _ in 0..tries {
            outcome = self.start_one(kind).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    async fn start_one(&self, kind: Kind) -> Result<(), String> {
        let program = kind.program(&self.search_path()).ok_or("not installed")?;
        let port = match kind {
            Kind::X11vnc | Kind::Novnc => ready::free_port(self.usual_port(kind)),
            _ => Ok(0),
        };
        let port = port.map_err(|error| error.to_string())?;
        let arguments = self.arguments(kind, port)?;
        let launch = self.launch(kind.name(), &program, arguments, kind.restarts());
        let kept = Kept::start(&self.children, launch).map_err(|error| error.to_string())?;
        let ready = self.wait_for(kind, &kept, port).await;
        if let Err(reason) = ready {
            kept.stop().await;
            return Err(reason);
        }
        if let Some(place) = self.desktop.place().as_mut() {
            place.kept.insert(kind, kept);
            if port != 0 {
                place.ports.insert(kind, port);
            }
        }
        Ok(())
    }

    fn launch(&self, name: &str, program: &Path, arguments: Vec<String>, restarts: bool) -> Launch {
        let directory = self.config.home.clone();
        let program = Program {
            name: program.to_string_lossy().into_owned(),
            arguments,
            environment: self.environment(&directory, &[]),
            directory,
        };
        let log = |ending: &str| self.log_directory().join(format!("{name}.{ending}"));
        Launch { program, output: log("log"), errors: log("err"), restarts }
    }

    fn arguments(&self, kind: Kind, port: u16) -> Result<Vec<String>, String> {
        let display = format!(":{}", self.display().map_err(|error| error.to_string())?);
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Ok(match kind {
            // Reached by its socket file alone: the other kind of local socket knows no directories, so that a sandbox
            // with a root of its own would share it with all others.
            Kind::Xvfb => {
                let resolution = self.variable("VNC_RESOLUTION").unwrap_or_else(|| "1024x768".to_owned());
                let screen = format!("{resolution}x24");
                words(&[
                    &display,
                    "-screen",
                    "0",
                    &screen,
                    "-nolisten",
                    "tcp",
                    "-nolisten",
                    "local",
                    "-displayfd",
                    "1",
                ])
            }
            Kind::Xfce4 => Vec::new(),
            Kind::Atspi => words(&["--launch-immediately"]),
            Kind::X11vnc => words(&[
                "-display",
                &display,
                "-forever",
                "-shared",
                "-localhost",
                "-rfbport",
                &port.to_string(),
                // The one address it listens on is the older loopback's.
                "-noipv6",
                "-no6",
            ]),
            Kind::Novnc => {
                let vnc =
                    self.desktop.place().as_ref().and_then(|place| place.ports.get(&Kind::X11vnc).copied());
                let vnc = vnc.ok_or("the VNC server does not run")?;
                let page = page().ok_or("not installed")?;
                words(&[&format!("--web={page}/"), &format!("127.0.0.1:{port}"), &format!("127.0.0.1:{vnc}")])
            }
        })
    }

    async fn wait_for(&self, kind: Kind, kept: &Kept, port: u16) -> Result<(), String> {
        match kind {
            Kind::Xvfb => ready::said(kept, |said| said.lines().next()?.parse::<u32>().ok()).await.map(drop),
            Kind::X11vnc => ready::said(kept, |said| said.contains("PORT=").then_some(())).await,
            Kind::Novnc => ready::listens(kept, port).await,
            Kind::Atspi => Ok(()),
            Kind::Xfce4 => {
                let number = self.display().map_err(|error| error.to_string())?;
                let managed = async {
                    let waiting =
                        tokio::task::spawn_blocking(move || screen::wait_for_manager(number, MANAGER));
                    // One that never says what it is may still manage windows.
                    let _ = timeout(MANAGER, waiting).await;
                };
                ready::unless_it_ends(kept, managed).await
            }
        }
    }

    /// Gives the session a bus of its own, unless it has one or cannot have one.
    async fn ensure_bus(&self) {
        let own = self
            .desktop
            .place()
            .as_ref()
            .is_some_and(|place| place.bus.as_ref().is_some_and(|bus| bus.pid().is_some()));
        let foreign = self
            .desktop
            .place()
            .as_ref()
            .is_some_and(|place| place.bus.is_none() && place.before[1].1.is_some());
        let path = self.search_path();
        let Some(program) = crate::spawn::find_executable("dbus-daemon", &path) else { return };
        if own || foreign {
            return;
        }
        // A name of the kernel's, so that no file is left whatever happens.
        let address = format!(
            "unix:abstract=/pitlane/{}/{}",
            self.config.sandbox_id,
            self.display().unwrap_or_default()
        );
        let arguments =
            ["--session", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1"].map(str::to_owned);
        let mut arguments: Vec<String> = arguments.into();
        arguments.push(format!("--address={address}"));
        let launch = self.launch("dbus", &program, arguments, true);
        let started = Kept::start(&self.children, launch);
        let started = match started {
            Ok(bus) => ready::said(&bus, |said| said.lines().next().map(str::to_owned))
                .await
                .map(|address| (bus, address)),
            Err(error) => Err(error.to_string()),
        };
        match started {
            Ok((bus, told)) => {
                // What it tells besides is an id that a later run would not have.
                let address = told.split(',').next().unwrap_or(&address).to_owned();
                self.set(BUS, &address);
                if let Some(place) = self.desktop.place().as_mut() {
                    place.bus = Some(bus);
                }
            }
            Err(reason) => tracing::info!(reason, "the desktop has no session bus"),
        }
    }
}

fn known(name: &str) -> Result<Kind, DesktopError> {
    Kind::named(name).ok_or_else(|| DesktopError::UnknownProcess(name.to_owned()))
}
