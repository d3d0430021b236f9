//! Cases made from the contract's tables, operation by operation. Negative first: most of them ask for something a
//! server has to refuse.
//!
//! A case's id is `GEN-<operation>-<kind>` (`GEN-VR-…` for VoidRun), its requirement `<prefix>-GEN-<KIND>`, which `requirements/generated.toml`
//! has to know. What real servers accept against the documents is said by the tables' `lenient` flags, and nothing is
//! made where they apply.

mod negative;
mod positive;
mod request;
mod values;

use contract::{Auth, Operation};

use crate::case::{Case, Fixture, Side, Step};
use request::{Filling, Template};

/// What a generated case is about; the last part of its requirement's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Without a credential, or with one nobody issued.
    Auth,
    /// An id nothing has.
    Id,
    /// Another tenant's sandbox.
    Tenant,
    /// A required member or parameter left out.
    Missing,
    /// A value of a wrong type.
    Type,
    /// A value just outside its limits.
    Bound,
    /// A value that is not among the allowed ones.
    Enum,
    /// A body that is no JSON.
    Json,
    /// A very large body.
    Size,
    /// Optional parameters, alone and together, with allowed values.
    Optional,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "AUTH",
            Self::Id => "ID",
            Self::Tenant => "TENANT",
            Self::Missing => "MISSING",
            Self::Type => "TYPE",
            Self::Bound => "BOUND",
            Self::Enum => "ENUM",
            Self::Json => "JSON",
            Self::Size => "SIZE",
            Self::Optional => "OPTIONAL",
        }
    }
}

/// Every generated case of every document.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for side in Side::ALL {
        for operation in side.document().operations {
            let maker = Maker { side, operation };
            maker.negative(&mut cases);
            maker.positive(&mut cases);
        }
    }
    cases
}

/// Makes the cases of one operation.
#[derive(Clone, Copy, Debug)]
struct Maker {
    side: Side,
    operation: &'static Operation,
}

impl Maker {
    /// A case of one step.
    fn case(self, kind: Kind, name: &str, title: String, step: Step) -> Case {
        let template = Template { side: self.side, operation: self.operation };
        let (capture, cleanup) = template.leftovers();
        let mut step = step;
        step.capture.extend(capture);
        Case {
            id: format!("{}-{name}", self.name()),
            title,
            requirements: vec![format!("{}-GEN-{}", self.side.prefix(), kind.as_str())],
            contract: self.side,
            needs: self.operation.requires.iter().map(|need| (*need).to_owned()).collect(),
            fixture: Some(template.fixture()),
            create: None,
            alone: false,
            timeout: None,
            disabled: None,
            steps: vec![step],
            cleanup,
            generated_for: Some(self.operation.id),
        }
    }

    /// What its cases are called; two APIs have operations of the same name.
    fn name(self) -> String {
        match self.side {
            Side::VoidRun => format!("GEN-VR-{}", self.operation.id),
            Side::Control | Side::Toolbox | Side::Workspace => format!("GEN-{}", self.operation.id),
        }
    }

    fn template(self) -> Template {
        Template { side: self.side, operation: self.operation }
    }

    fn step(self, filling: &Filling) -> Step {
        self.template().step(filling)
    }

    /// Whether the suite's own credentials can get past the door.
    fn is_open_to_users(self) -> bool {
        matches!(self.operation.auth, Auth::None | Auth::Bearer | Auth::Jwt)
    }

    /// Whether this status is documented for the operation itself, not for the whole document.
    fn documents(self, status: u16) -> bool {
        self.operation.responses.iter().any(|response| response.status == status)
            || self.operation.errors.iter().any(|error| error.status == status)
    }
}

/// Whether a case needs no sandbox although its operation's path could name one.
fn without_sandbox(mut case: Case) -> Case {
    case.fixture = Some(Fixture::Nothing);
    case
}
