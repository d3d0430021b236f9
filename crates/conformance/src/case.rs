//! The case format: what `conformance/cases/**/*.yaml` may say. `conformance/README.md` explains it to authors, and
//! `conformance/case.schema.json` to machines.
//!
//! Nothing here runs anything. Texts may hold `${names}`, which [`crate::variables`] fills in just before a step runs.

mod expect;
mod load;
mod span;
mod step;

use contract::Document;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use expect::{Expect, StatusSet, Statuses};
pub(crate) use load::{load, load_capabilities};
pub use span::Span;
pub use step::{
    Auth, Capture, CaptureFrom, Closed, Event, Frame, Incoming, Outgoing, Part, Step, StepKind, Typed,
};

/// Which API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The control plane.
    Control,
    /// The toolbox inside a sandbox.
    Toolbox,
    /// The workspace era, at the control plane's address.
    Workspace,
    /// VoidRun's API, at its own base address.
    #[serde(rename = "voidrun")]
    VoidRun,
}

impl Side {
    /// Every side there is.
    pub const ALL: [Self; 4] = [Self::Control, Self::Toolbox, Self::Workspace, Self::VoidRun];

    /// The contract document of this side.
    #[must_use]
    pub fn document(self) -> &'static Document {
        match self {
            Self::Control => &contract::control::DOCUMENT,
            Self::Toolbox => &contract::toolbox::DOCUMENT,
            Self::Workspace => &contract::workspace::DOCUMENT,
            Self::VoidRun => &contract::voidrun::DOCUMENT,
        }
    }

    /// What the ids of its requirements begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Control => "DT-CTL",
            Self::Toolbox => "DT-TBX",
            Self::Workspace => "DT-WS25",
            Self::VoidRun => "VR",
        }
    }
}

/// What a case finds ready when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fixture {
    /// Nothing.
    Nothing,
    /// A started sandbox that other cases use before and after; leave it as it was.
    Sandbox,
    /// A started sandbox of the case's own, deleted when the case is over.
    OwnSandbox,
}

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Stable name in lower case with hyphens.
    pub id: String,
    /// One sentence about behaviour.
    pub title: String,
    /// Ids of the requirements it proves; the case is as binding as the most binding one.
    pub requirements: Vec<String>,
    /// The API its paths belong to unless a step says otherwise.
    pub contract: Side,
    /// Capabilities a server needs for it beyond those of its requirements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// What it finds ready.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub fixture: Option<Fixture>,
    /// Body its own sandbox is created with, over the suite's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Value>,
    /// Whether no other case may run at the same time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub alone: bool,
    /// Longest time for all steps together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Why nobody runs it at present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    /// What is done, in order, up to the first failure.
    pub steps: Vec<Step>,
    /// What is done afterwards in any case; what fails here is noted and nothing more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleanup: Vec<Step>,
    /// The operation it was made for, when it was made from the contract's tables.
    #[serde(skip)]
    pub generated_for: Option<&'static str>,
}

impl Case {
    /// What the case finds ready: a shared sandbox for toolbox cases that do not say.
    #[must_use]
    pub fn fixture(&self) -> Fixture {
        self.fixture.unwrap_or(match self.contract {
            Side::Control | Side::Workspace | Side::VoidRun => Fixture::Nothing,
            Side::Toolbox => Fixture::Sandbox,
        })
    }

    /// Whether it calls the control plane, directly or for its own sandbox.
    #[must_use]
    pub fn calls_control(&self) -> bool {
        self.contract != Side::Toolbox
            || self.fixture() == Fixture::OwnSandbox
            || self.steps.iter().chain(&self.cleanup).any(|step| step.calls(Side::Control))
    }

    /// Whether it calls a toolbox.
    #[must_use]
    pub fn calls_toolbox(&self) -> bool {
        self.fixture() != Fixture::Nothing
            || self.contract == Side::Toolbox
            || self.steps.iter().any(|step| step.calls(Side::Toolbox))
    }

    /// Whether it speaks as a second tenant.
    #[must_use]
    pub fn needs_second_tenant(&self) -> bool {
        self.steps.iter().any(|step| step.speaks_as(Auth::Other))
    }
}

/// A capability and how to ask a server for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Capability {
    /// Name, as in `needs` and in the contract's `x-requires`.
    pub id: String,
    /// What a server can do that has it.
    pub title: String,
    /// The API the probe's paths belong to.
    pub contract: Side,
    /// Present when all of these hold.
    pub probe: Vec<Step>,
    /// What is done afterwards in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleanup: Vec<Step>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
