//! How each process is started, and how it is known that it has been.

use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::kept::{Kept, Launch};
use super::port::Port;
use super::program::{Kind, page};
use super::start::BUS;
use super::{ready, screen};
use crate::Engine;
use crate::spawn::Program;

/// How long a window manager may take to say that it is one. Not all do.
const MANAGER: Duration = Duration::from_secs(10);

impl Engine {
    pub(super) async fn start_one(&self, kind: Kind) -> Result<(), String> {
        let program = kind.program(&self.search_path()).ok_or("not installed")?;
        // The port of its last run is free again for this one.
        drop(self.desktop.place().as_mut().and_then(|place| place.ports.remove(&kind)));
        let taken = match kind {
            Kind::X11vnc | Kind::Novnc => {
                Some(Port::take(self.usual_port(kind)).map_err(|error| error.to_string())?)
            }
            _ => None,
        };
        let port = taken.as_ref().map_or(0, |port| port.number);
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
            if let Some(port) = taken {
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
                let vnc = self
                    .desktop
                    .place()
                    .as_ref()
                    .and_then(|place| place.ports.get(&Kind::X11vnc).map(|port| port.number));
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
    pub(super) async fn ensure_bus(&self) {
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
