//! The options that limit what clients may do. All are off unless given.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use control::{Allowance, RateLimit, Throttler};

use crate::announce::API_KEY;

/// Who is let in, how often, and how much they may have.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub(crate) struct LimitOptions {
    /// Accept only the announced key, keys made by the API, and tokens that name an organization; operations for people
    /// then want a token.
    #[arg(long)]
    pub(crate) strict_auth: bool,
    /// Let through so many requests in so many seconds, such as `sandbox-create=10/60`; may be given again. Names:
    /// anonymous, failed-auth, authenticated, sandbox-create, sandbox-lifecycle, sandbox-list.
    #[arg(long, value_name = "NAME=REQUESTS/SECONDS")]
    pub(crate) rate_limit: Vec<Rate>,
    /// Let an organization have so many of something, such as `volumes=100`; may be given again. Names: volumes,
    /// snapshots, secrets, secrets-per-sandbox, registries, organizations.
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) allowance: Vec<Number>,
}

impl LimitOptions {
    /// Puts the limits into a control plane's config.
    pub(crate) fn apply(&self, config: &mut control::Config) {
        config.strict_key = self.strict_auth.then(|| API_KEY.to_owned());
        config.rate_limits = self.rate_limit.iter().map(|rate| (rate.0, rate.1)).collect::<BTreeMap<_, _>>();
        config.allowances = self.allowance.iter().map(|number| (number.0, f64::from(number.1))).collect();
    }

    /// The options as arguments for another `pitlane serve`.
    pub(crate) fn to_arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if self.strict_auth {
            arguments.push("--strict-auth".into());
        }
        for rate in &self.rate_limit {
            arguments.extend(["--rate-limit".into(), rate.to_string().into()]);
        }
        for number in &self.allowance {
            arguments.extend(["--allowance".into(), number.to_string().into()]);
        }
        arguments
    }
}

/// A rate limit on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate(Throttler, RateLimit);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || format!("{text} is not of the form NAME=REQUESTS/SECONDS");
        let (name, rest) = text.split_once('=').ok_or_else(shape)?;
        let throttler = Throttler::ALL.iter().find(|throttler| throttler.name() == name);
        let throttler = throttler.ok_or_else(|| format!("there is no rate limit called {name}"))?;
        let (requests, seconds) = rest.split_once('/').ok_or_else(shape)?;
        let requests = requests.parse().map_err(|_| shape())?;
        let seconds: u64 = seconds.parse().map_err(|_| shape())?;
        if seconds == 0 {
            return Err(shape());
        }
        Ok(Self(*throttler, RateLimit { requests, window: Duration::from_secs(seconds) }))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}/{}", self.0.name(), self.1.requests, self.1.window.as_secs())
    }
}

/// An allowance on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(Allowance, u32);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || format!("{text} is not of the form NAME=NUMBER");
        let (name, number) = text.split_once('=').ok_or_else(shape)?;
        let allowance = Allowance::ALL.iter().find(|allowance| allowance.name() == name);
        let allowance = allowance.ok_or_else(|| format!("there is no allowance called {name}"))?;
        Ok(Self(*allowance, number.parse().map_err(|_| shape())?))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.0.name(), self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_read_back_as_they_were_written() {
        for text in ["sandbox-create=10/60", "failed-auth=0/1"] {
            assert_eq!(text.parse::<Rate>().map(|rate| rate.to_string()), Ok(text.to_owned()));
        }
        for allowance in Allowance::ALL {
            let text = format!("{}=7", allowance.name());
            assert_eq!(text.parse::<Number>().map(|number| number.to_string()), Ok(text));
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in
            ["sandbox-create", "sandbox-create=10", "sandbox-create=10/0", "sandbox-create=a/1", "x=1/1"]
        {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
        for text in ["volumes", "volumes=-1", "x=1"] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }
}
