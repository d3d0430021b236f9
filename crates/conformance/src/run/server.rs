//! The server under test: where it is, who may ask, and what the contract says of its paths.

use std::sync::LazyLock;
use std::time::Duration;

use contract::check::Checker;
use contract::{Match, Operation};

use crate::Error;
use crate::case::Side;
use crate::client::{Client, Connector};
use crate::redact::Redactor;
use crate::server::Options;

/// Everything about the server that does not change during a run.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) client: Client,
    /// Base address of the control plane, without a trailing slash.
    pub(crate) control: Option<String>,
    /// Base address of a toolbox given without a control plane.
    pub(crate) raw_toolbox: Option<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) other_key: Option<String>,
    pub(crate) redactor: Redactor,
    pub(crate) request_limit: Duration,
    pub(crate) message_limit: Duration,
    pub(crate) case_limit: Duration,
    pub(crate) start_limit: Duration,
    /// Distinguishes this run's names from those of every other run.
    pub(crate) run_name: String,
}

/// Compiled once a process: a self-test judges dozens of servers by the same schemas.
static CONTROL: LazyLock<Contract> = LazyLock::new(|| Contract::new(Side::Control));
static TOOLBOX: LazyLock<Contract> = LazyLock::new(|| Contract::new(Side::Toolbox));
static WORKSPACE: LazyLock<Contract> = LazyLock::new(|| Contract::new(Side::Workspace));
static VOIDRUN: LazyLock<Contract> = LazyLock::new(|| Contract::new(Side::VoidRun));

#[derive(Debug)]
struct Contract {
    router: contract::Router,
    checker: Checker,
}

impl Server {
    pub(crate) fn new(options: &Options) -> Result<Self, Error> {
        let control = options.url.as_deref().map(base).transpose()?;
        let raw_toolbox = options.toolbox_url.as_deref().map(base).transpose()?;
        if control.is_none() && raw_toolbox.is_none() {
            return Err(Error::Option("give --url, --toolbox-url or both".to_owned()));
        }
        let connector =
            options.authority.as_deref().map(Connector::trusting).transpose()?.unwrap_or_default();
        let secrets = options.keys.iter().chain(&options.other_key).map(String::as_str);
        Ok(Self {
            client: Client::new(connector),
            control,
            raw_toolbox,
            keys: options.keys.clone(),
            other_key: options.other_key.clone(),
            redactor: Redactor::new(secrets),
            request_limit: options.request_limit,
            message_limit: options.message_limit,
            case_limit: options.case_limit,
            start_limit: options.start_limit,
            run_name: options.run_name.clone(),
        })
    }

    /// A key of the form real ones have that nobody was ever given.
    pub(crate) fn bad_key(&self) -> String {
        let mut digits = String::new();
        for byte in self.run_name.bytes().cycle().take(32) {
            digits.push_str(&format!("{byte:02x}"));
        }
        format!("dtn_{digits}")
    }
}

impl Contract {
    fn new(side: Side) -> Self {
        let document = side.document();
        Self { router: contract::Router::new(document), checker: Checker::new(document) }
    }

    fn of(side: Side) -> &'static Self {
        match side {
            Side::Control => &CONTROL,
            Side::Toolbox => &TOOLBOX,
            Side::Workspace => &WORKSPACE,
            Side::VoidRun => &VOIDRUN,
        }
    }
}

/// The operation a path of `side`, still percent-encoded, belongs to.
pub(crate) fn operation(side: Side, method: &str, path: &str) -> Option<&'static Operation> {
    match Contract::of(side).router.find(method, path) {
        Match::Found(operation, _) => Some(operation),
        Match::OtherMethod | Match::Unknown => None,
    }
}

pub(crate) fn checker(side: Side) -> &'static Checker {
    &Contract::of(side).checker
}

/// A base address without a trailing slash.
fn base(address: &str) -> Result<String, Error> {
    let problem = |problem: String| Error::Address { address: address.to_owned(), problem };
    let uri: http::Uri =
        address.parse().map_err(|error: http::uri::InvalidUri| problem(error.to_string()))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
        return Err(problem("write http://host:port/path or https://host/path".to_owned()));
    }
    if uri.query().is_some() {
        return Err(problem("a base address has no query".to_owned()));
    }
    Ok(address.trim_end_matches('/').to_owned())
}
