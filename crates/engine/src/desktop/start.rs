//! Starting and stopping the processes, and what is known of them (toolbox-files-git-desktop.md §6.2).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::claim::Claim;
use super::program::{Kind, advice};
use super::{DesktopError, Place, screen};
use crate::Engine;
use crate::variables::Change;

/// How often a process is tried whose port somebody else took at the same moment.
const TRIES: usize = 4;

const DISPLAY: &str = "DISPLAY";
pub(super) const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

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

    pub(super) fn log_directory(&self) -> PathBuf {
        self.config.home.join(".daytona").join("computeruse")
    }

    pub(super) fn search_path(&self) -> String {
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

    pub(super) fn set(&self, name: &str, value: &str) {
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
}

fn known(name: &str) -> Result<Kind, DesktopError> {
    Kind::named(name).ok_or_else(|| DesktopError::UnknownProcess(name.to_owned()))
}
