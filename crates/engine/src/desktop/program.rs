//! The processes of a desktop, and which programs of the machine do their work.

use std::path::{Path, PathBuf};

use crate::spawn::{find_executable, is_executable};

/// One process, under the name clients know it by; in the order of their priorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The X server, which draws into memory.
    Xvfb,
    /// The window manager. Clients know it as `xfce4`, whatever it is.
    Xfce4,
    /// The bus of accessible programs.
    Atspi,
    /// The VNC server.
    X11vnc,
    /// The page that shows the desktop in a browser.
    Novnc,
}

/// Window managers and desktops, the most complete first; the last is the name Debian's alternatives give to any.
const WINDOW_MANAGERS: [&str; 19] = [
    "startxfce4",
    "xfwm4",
    "openbox",
    "fluxbox",
    "icewm",
    "marco",
    "metacity",
    "kwin_x11",
    "mutter",
    "lxsession",
    "blackbox",
    "jwm",
    "fvwm",
    "wmaker",
    "matchbox-window-manager",
    "i3",
    "awesome",
    "twm",
    "x-window-manager",
];

/// Where distributions put the launcher of the accessibility bus.
const BUS_LAUNCHERS: [&str; 4] = [
    "/usr/libexec/at-spi-bus-launcher",
    "/usr/lib/at-spi2-core/at-spi-bus-launcher",
    "/usr/lib/at-spi2/at-spi-bus-launcher",
    "/usr/lib/at-spi-bus-launcher",
];

/// Where distributions put the page that noVNC is.
const PAGES: [&str; 3] = ["/usr/share/novnc", "/usr/share/webapps/novnc", "/usr/share/noVNC"];

impl Kind {
    /// All, in the order they are started.
    pub const ALL: [Self; 5] = [Self::Xvfb, Self::Xfce4, Self::Atspi, Self::X11vnc, Self::Novnc];
    /// Those without which a desktop does not count as started.
    pub const REQUIRED: [Self; 4] = [Self::Xvfb, Self::Xfce4, Self::X11vnc, Self::Novnc];

    /// Name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Xvfb => "xvfb",
            Self::Xfce4 => "xfce4",
            Self::Atspi => "atspi",
            Self::X11vnc => "x11vnc",
            Self::Novnc => "novnc",
        }
    }

    /// The process of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Place in the order of starting.
    #[must_use]
    pub fn priority(self) -> i64 {
        match self {
            Self::Xvfb => 100,
            Self::Xfce4 => 200,
            Self::Atspi => 250,
            Self::X11vnc => 300,
            Self::Novnc => 400,
        }
    }

    /// Whether it is started anew when it ends.
    #[must_use]
    pub fn restarts(self) -> bool {
        self != Self::Atspi
    }

    /// What to install where nothing does its work, by the names of Debian's packages.
    #[must_use]
    pub fn packages(self) -> &'static str {
        match self {
            Self::Xvfb => "xvfb",
            Self::Xfce4 => "openbox",
            Self::Atspi => "at-spi2-core",
            Self::X11vnc => "x11vnc",
            Self::Novnc => "novnc",
        }
    }

    /// The program that does its work, looked up in the directories of `search_path`.
    #[must_use]
    pub fn program(self, search_path: &str) -> Option<PathBuf> {
        match self {
            Self::Xvfb => find_executable("Xvfb", search_path),
            Self::Xfce4 => WINDOW_MANAGERS.iter().find_map(|name| find_executable(name, search_path)),
            Self::Atspi => {
                find_executable("dbus-daemon", search_path)?;
                BUS_LAUNCHERS.iter().map(PathBuf::from).find(|file| is_executable(file))
            }
            Self::X11vnc => find_executable("x11vnc", search_path),
            Self::Novnc => {
                page()?;
                find_executable("websockify", search_path)
            }
        }
    }
}

/// The directory of noVNC's page.
pub(super) fn page() -> Option<&'static str> {
    PAGES.into_iter().find(|directory| Path::new(directory).is_dir())
}

/// Of what a whole desktop needs, what is missing; in words for people, empty when nothing is.
#[must_use]
pub fn advice(search_path: &str) -> String {
    let missing: Vec<Kind> =
        Kind::REQUIRED.into_iter().filter(|kind| kind.program(search_path).is_none()).collect();
    if missing.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = missing.iter().map(|kind| kind.name()).collect();
    let packages: Vec<&str> = missing.iter().map(|kind| kind.packages()).collect();
    format!("missing: {}; on Debian and Ubuntu: apt-get install {}", names.join(", "), packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let advice = advice("/nowhere");
        assert!(advice.contains("xvfb, xfce4, x11vnc, novnc"), "{advice}");
        assert!(advice.ends_with("apt-get install xvfb openbox x11vnc novnc"), "{advice}");
    }

    #[test]
    fn processes_are_found_by_the_names_they_have() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("Xvfb"), None);
        assert!(Kind::ALL.is_sorted_by_key(|kind| kind.priority()));
    }
}
