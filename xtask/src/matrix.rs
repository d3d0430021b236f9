//! tests/clients/matrix.toml: the published clients, what each generation of them can do, and what is expected to fail.
//!
//! Two kinds of clients stand there. `[[clients]]` have folders of tests of their own, deep in one release. `[[eras]]` are
//! the generations: all of one language run the same scenario, restricted to the capabilities their release has.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::environments::{Ecosystem, NO_OVERRIDES, Recipe};
use crate::project::{self, Problem, Project};

/// The matrix as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matrix {
    /// The pip that installs Python clients.
    installer: Packages,
    runners: BTreeMap<Runner, Packages>,
    pub(crate) tools: BTreeMap<String, Packages>,
    pub(crate) scenario: Scenario,
    clients: Vec<Client>,
    #[serde(deserialize_with = "generations")]
    eras: Vec<Client>,
}

/// What every generation is tested with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) capabilities: Vec<Capability>,
    #[serde(default)]
    pub(crate) expected: Vec<Expected>,
}

/// Pinned packages of one ecosystem.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Packages {
    pub(crate) ecosystem: Ecosystem,
    pub(crate) packages: Vec<String>,
    /// PyPI only: whether the machine's own packages, and those of its user, are seen behind these.
    #[serde(default)]
    pub(crate) open: bool,
}

/// One published client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) ecosystem: Ecosystem,
    pub(crate) package: String,
    pub(crate) version: Version,
    pub(crate) runner: Runner,
    pub(crate) lane: Lane,
    /// Below tests/clients.
    pub(crate) folder: String,
    /// Further pins: what its tests use beside it, or bounds for a release whose own let too new a package in.
    #[serde(default)]
    with: Vec<String>,
    /// Versions put in the place of what the release asks for, where that is not to be had any more.
    #[serde(skip)]
    overrides: BTreeMap<String, String>,
    /// The epoch of the API the release belongs to; only generations have one.
    #[serde(skip)]
    pub(crate) era: Option<Era>,
    /// Whether the asynchronous client of the release runs the scenario too.
    #[serde(skip)]
    pub(crate) asynchronous: bool,
}

/// The releases of one language's client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generations {
    name: String,
    ecosystem: Ecosystem,
    runner: Runner,
    folder: String,
    releases: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    era: Era,
    lane: Lane,
    package: String,
    version: Version,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    overrides: BTreeMap<String, String>,
    #[serde(default)]
    asynchronous: bool,
}

fn generations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Client>, D::Error> {
    let languages = Vec::<Generations>::deserialize(deserializer)?;
    Ok(languages.into_iter().flat_map(Generations::clients).collect())
}

impl Generations {
    fn clients(self) -> impl Iterator<Item = Client> {
        let Self { name, ecosystem, runner, folder, releases } = self;
        releases.into_iter().map(move |release| Client {
            name: format!("{name}-{}", release.version),
            ecosystem,
            package: release.package,
            version: release.version,
            runner,
            lane: release.lane,
            folder: folder.clone(),
            with: release.with,
            overrides: release.overrides,
            era: Some(release.era),
            asynchronous: release.asynchronous,
        })
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Runner {
    Pytest,
    NodeTest,
}

/// How often a client runs: on every change, or when asked for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Lane {
    Fast,
    Slow,
}

/// An epoch of the API, by what defines it on the wire.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Era {
    E0,
    E1,
    E2,
    E3,
    E4,
    E5,
    E6,
    E7,
}

impl Era {
    /// In words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::E0 => "projects in workspaces",
            Self::E1 => "workspaces",
            Self::E2 => "sandboxes on workspace routes",
            Self::E3 => "sandboxes and snapshots",
            Self::E4 => "logs with two streams, terminals",
            Self::E5 => "toolbox behind a proxy",
            Self::E6 => "lists by cursor",
            Self::E7 => "state events",
        }
    }
}

/// Something a client can do, a column of the table and a part of the scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Capability {
    /// Names the part of the scenario.
    pub(crate) name: String,
    /// Heads the column.
    pub(crate) title: String,
    /// The first release with it, of either language; none when it never had it.
    python: Option<Version>,
    typescript: Option<Version>,
}

impl Capability {
    /// Whether the client's release has it.
    pub(crate) fn is_in(&self, client: &Client) -> bool {
        let first = match client.ecosystem {
            Ecosystem::Pypi => &self.python,
            Ecosystem::Npm => &self.typescript,
        };
        first.as_ref().is_some_and(|first| client.version >= *first)
    }
}

/// A part of the scenario that must fail, and does so for a known reason. When it passes, the run fails: the entry is then
/// out of date.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) kind: Kind,
    pub(crate) capability: String,
    /// One test of the capability; all of them when none is named.
    pub(crate) test: Option<String>,
    ecosystem: Option<Ecosystem>,
    from: Option<Version>,
    until: Option<Version>,
    pub(crate) reason: String,
}

/// Why something is expected to fail.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The server does not serve it yet: it answers 501, or nothing comes of what it takes.
    Planned,
    /// The client cannot do it, whatever a server answers.
    ClientBug,
}

impl Expected {
    /// Whether it is about this client.
    pub(crate) fn concerns(&self, client: &Client) -> bool {
        self.ecosystem.is_none_or(|ecosystem| ecosystem == client.ecosystem)
            && self.from.as_ref().is_none_or(|from| client.version >= *from)
            && self.until.as_ref().is_none_or(|until| client.version <= *until)
    }
}

/// A release number, compared part by part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Version([u32; 3]);

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        let parts = parts.ok().and_then(|parts| <[u32; 3]>::try_from(parts).ok());
        parts.map(Self).ok_or_else(|| format!("{text:?} is no version of three numbers"))
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

impl Matrix {
    /// Reads the matrix of the repository.
    pub(crate) fn read(project: &Project) -> Result<Self, Problem> {
        let path = project.root.join("tests/clients/matrix.toml");
        toml::from_str(&project::read(&path)?)
            .map_err(|error| Problem::new(format!("{}: {error}", path.display())))
    }

    /// Every client of either kind.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter().chain(&self.eras)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.all().map(|client| client.name.as_str()).collect()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all().any(|client| client.name == name)
    }

    pub(crate) fn select(&self, wanted: impl Fn(&Client) -> bool) -> Vec<&Client> {
        self.all().filter(|client| wanted(client)).collect()
    }

    /// The generations, in the order of the matrix.
    pub(crate) fn eras(&self) -> &[Client] {
        &self.eras
    }

    /// The exact version of a package among the clients, for those who want to show it off.
    pub(crate) fn pin(&self, name: &str) -> Option<String> {
        self.all().find(|client| client.name == name).map(Client::pin)
    }

    pub(crate) fn tool_recipes(&self) -> impl Iterator<Item = Recipe<'_>> {
        self.tools.iter().map(|(name, tool)| Recipe {
            name,
            ecosystem: tool.ecosystem,
            packages: tool.packages.clone(),
            overrides: &NO_OVERRIDES,
            is_open: tool.open,
        })
    }

    /// What installs Python clients.
    pub(crate) fn installer_recipe(&self) -> Recipe<'_> {
        Recipe {
            name: "installer",
            ecosystem: self.installer.ecosystem,
            packages: self.installer.packages.clone(),
            overrides: &NO_OVERRIDES,
            is_open: false,
        }
    }

    /// What is to be installed for a client. Clients with the same pins share one environment, under the first one's name.
    pub(crate) fn recipe<'a>(&'a self, client: &'a Client) -> Recipe<'a> {
        let first = self.all().find(|other| other.shares_environment_with(client)).unwrap_or(client);
        let mut packages = vec![client.pin()];
        packages.extend(client.with.iter().cloned());
        if let Some(runner) =
            self.runners.get(&client.runner).filter(|runner| runner.ecosystem == client.ecosystem)
        {
            packages.extend(runner.packages.iter().cloned());
        }
        Recipe {
            name: &first.name,
            ecosystem: client.ecosystem,
            packages,
            overrides: &client.overrides,
            is_open: false,
        }
    }
}

impl Client {
    pub(crate) fn is_fast(&self) -> bool {
        self.lane == Lane::Fast
    }

    /// The package and its version as the ecosystem's installer reads them.
    pub(crate) fn pin(&self) -> String {
        match self.ecosystem {
            Ecosystem::Pypi => format!("{}=={}", self.package, self.version),
            Ecosystem::Npm => format!("{}@{}", self.package, self.version),
        }
    }

    /// The pins beside the package's own.
    pub(crate) fn companions(&self) -> impl Iterator<Item = String> {
        let replaced = self.overrides.iter().map(|(package, version)| format!("{package}@{version}"));
        self.with.iter().cloned().chain(replaced)
    }

    fn shares_environment_with(&self, other: &Self) -> bool {
        self.pin() == other.pin()
            && self.runner == other.runner
            && self.with == other.with
            && self.overrides == other.overrides
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn matrix() -> Matrix {
        Matrix::read(&Project::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")))
            .expect("the matrix is readable")
    }

    fn version(text: &str) -> Version {
        Version::try_from(text.to_owned()).expect("a version")
    }

    #[test]
    fn every_client_of_the_matrix_has_tests_and_exact_pins() {
        let matrix = matrix();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients");
        for client in matrix.all() {
            assert!(root.join(&client.folder).is_dir(), "{}", client.folder);
            for package in matrix.recipe(client).packages {
                let version = package.rsplit(['=', '@']).next().unwrap_or("");
                assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{package} is not pinned");
            }
        }
    }

    #[test]
    fn client_names_are_unique() {
        let matrix = matrix();
        let names = matrix.names();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn a_runner_of_another_ecosystem_adds_nothing_to_a_client() {
        let matrix = matrix();
        let python = matrix.select(|client| client.name == "python-daytona");
        assert!(matrix.recipe(python[0]).packages.iter().any(|package| package.starts_with("pytest==")));
        let typescript = matrix.select(|client| client.name == "typescript-daytona");
        let packages = matrix.recipe(typescript[0]).packages;
        assert!(
            packages[0] == "@daytona/sdk@0.216.0"
                && !packages.iter().any(|package| package.contains("pytest"))
        );
    }

    #[test]
    fn eras_follow_each_other_as_versions_do() {
        let matrix = matrix();
        for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm] {
            let of: Vec<_> = matrix.eras.iter().filter(|client| client.ecosystem == ecosystem).collect();
            for pair in of.windows(2) {
                assert!(pair[0].era <= pair[1].era, "{} stands after {}", pair[1].name, pair[0].name);
                // The one release that exists under two names of its package stands beside the other's newest.
                assert!(
                    pair[0].version < pair[1].version || pair[0].package != pair[1].package,
                    "{} stands after {}",
                    pair[1].name,
                    pair[0].name
                );
            }
        }
    }

    #[test]
    fn what_is_expected_to_fail_names_a_capability_that_some_client_has() {
        let matrix = matrix();
        for expected in &matrix.scenario.expected {
            let capability =
                matrix.scenario.capabilities.iter().find(|capability| capability.name == expected.capability);
            let capability = capability.unwrap_or_else(|| panic!("no capability {}", expected.capability));
            assert!(
                matrix.eras.iter().any(|client| expected.concerns(client) && capability.is_in(client)),
                "nobody is concerned by: {}",
                expected.reason
            );
        }
    }

    #[test]
    fn a_test_that_is_expected_to_fail_is_one_of_the_scenario() {
        let matrix = matrix();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients");
        for expected in &matrix.scenario.expected {
            let Some(test) = &expected.test else { continue };
            let files = [
                format!("python-eras/test_{}.py", expected.capability),
                format!("typescript-eras/parts/{}.mjs", expected.capability),
            ];
            let known = files
                .iter()
                .any(|file| std::fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains(test)));
            assert!(known, "no test {test} of {}", expected.capability);
        }
    }

    #[test]
    fn every_capability_has_its_part_of_the_scenario() {
        let matrix = matrix();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/clients");
        for Capability { name, python, typescript, .. } in &matrix.scenario.capabilities {
            let python = python.as_ref().map(|_| format!("python-eras/test_{name}.py"));
            let typescript = typescript.as_ref().map(|_| format!("typescript-eras/parts/{name}.mjs"));
            for file in python.into_iter().chain(typescript) {
                assert!(root.join(&file).is_file(), "{file}");
            }
        }
    }

    #[test]
    fn clients_with_the_same_pins_share_an_environment() {
        let mut matrix = matrix();
        let newest = matrix.select(|client| client.name == "python-daytona")[0];
        let twin = |name: &str, with: &[&str]| Client {
            name: name.to_owned(),
            package: newest.package.clone(),
            version: newest.version.clone(),
            folder: newest.folder.clone(),
            with: with.iter().map(|pin| (*pin).to_owned()).collect(),
            overrides: BTreeMap::new(),
            ..*newest
        };
        let with: Vec<&str> = newest.with.iter().map(String::as_str).collect();
        let (same, other) = (twin("same", &with), twin("other", &["one-more==1.0.0"]));
        matrix.eras.extend([same, other]);
        let name = |client: &str| {
            let found = matrix.all().find(|known| known.name == client).expect("a client");
            matrix.recipe(found).name
        };
        assert_eq!(name("same"), "python-daytona");
        assert_eq!(name("other"), "other");
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version("0.9.2") < version("0.10.0"));
        assert!(version("0.112.3") < version("0.113.0"));
        assert_eq!(version("0.27.1").to_string(), "0.27.1");
        for text in ["", "1.2", "1.2.x", "1.2.3.4"] {
            assert!(Version::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
