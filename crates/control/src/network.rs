//! Checks of network lists (control-plane.md §2.5).

use std::net::Ipv4Addr;

use crate::errors::ApiError;
use crate::record::Network;

const MAX_ENTRIES: usize = 10;

/// Checks a comma list of IPv4 networks; blank means none.
pub(crate) fn allow_list(list: &str) -> Result<Option<String>, ApiError> {
    let networks = entries(list);
    if networks.len() > MAX_ENTRIES {
        return Err(ApiError::bad_request("Network allow list cannot contain more than 10 networks"));
    }
    for network in &networks {
        check_network(network)?;
    }
    Ok(joined(&networks))
}

/// Checks a comma list of host names, each with an optional leading `*.`; blank means none.
pub(crate) fn domain_allow_list(list: &str) -> Result<Option<String>, ApiError> {
    let domains = entries(list);
    if domains.len() > MAX_ENTRIES {
        return Err(ApiError::bad_request("Domain allow list cannot contain more than 10 domains"));
    }
    for domain in &domains {
        if !is_domain(domain.strip_prefix("*.").unwrap_or(domain)) {
            return Err(ApiError::bad_request(format!(
                "Invalid domain: \"{domain}\". Must be a valid domain name"
            )));
        }
    }
    Ok(joined(&domains))
}

/// What is to change about a sandbox's network; what is left out may follow from what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkChange {
    /// Whether nothing may be reached.
    pub block_all: Option<bool>,
    /// Comma list of IPv4 networks; an empty one clears it.
    pub allow_list: Option<String>,
    /// Comma list of host names; an empty one clears it.
    pub domain_allow_list: Option<String>,
}

/// Changes network rules (control-plane.md §2.9): blocking clears the list of networks, a list ends the blocking, and
/// unblocking without a list clears it.
pub(crate) fn change(network: &mut Network, change: NetworkChange) -> Result<(), ApiError> {
    let NetworkChange { block_all, allow_list: list, domain_allow_list: domains } = change;
    if block_all.is_none() && list.is_none() && domains.is_none() {
        return Err(ApiError::bad_request(
            "At least one of networkBlockAll, networkAllowList or domainAllowList must be provided",
        ));
    }
    let list = list.as_deref().map(allow_list).transpose()?;
    let domains = domains.as_deref().map(domain_allow_list).transpose()?;
    match (block_all, list) {
        (Some(true), _) => {
            network.block_all = true;
            network.allow_list = None;
        }
        (_, Some(list)) => {
            network.block_all = network.block_all && list.is_none() && block_all.is_none();
            network.allow_list = list;
        }
        (Some(false), None) => {
            network.block_all = false;
            network.allow_list = None;
        }
        (None, None) => {}
    }
    if let Some(domains) = domains {
        network.domain_allow_list = domains;
    }
    Ok(())
}

fn check_network(network: &str) -> Result<(), ApiError> {
    let (address, prefix) =
        network.split_once('/').map_or((network, None), |(address, prefix)| (address, Some(prefix)));
    if address.parse::<Ipv4Addr>().is_err() {
        return Err(ApiError::bad_request(format!(
            "Invalid IP address: \"{address}\" in network \"{network}\". Must be a valid IPv4 address"
        )));
    }
    let Some(prefix) = prefix else {
        return Err(ApiError::bad_request(format!(
            "Invalid network format: \"{network}\". Missing CIDR prefix length (e.g., /24)"
        )));
    };
    if !prefix.bytes().all(|byte| byte.is_ascii_digit()) || !prefix.parse::<u8>().is_ok_and(|bits| bits <= 32)
    {
        return Err(ApiError::bad_request(format!(
            "Invalid CIDR prefix length: {prefix}. Prefix must be between 0 and 32"
        )));
    }
    Ok(())
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

fn entries(list: &str) -> Vec<&str> {
    if list.trim().is_empty() { Vec::new() } else { list.split(',').map(str::trim).collect() }
}

fn joined(entries: &[&str]) -> Option<String> {
    (!entries.is_empty()).then(|| entries.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_need_an_ipv4_address_and_a_prefix() {
        let message = |list: &str| allow_list(list).unwrap_err().message;
        assert_eq!(allow_list(" 10.0.0.0/8 , 1.1.1.1/32").unwrap().as_deref(), Some("10.0.0.0/8,1.1.1.1/32"));
        assert_eq!(allow_list("  ").unwrap(), None);
        assert_eq!(
            message("10.0.0/8"),
            "Invalid IP address: \"10.0.0\" in network \"10.0.0/8\". Must be a valid IPv4 address"
        );
        assert_eq!(
            message("10.0.0.1"),
            "Invalid network format: \"10.0.0.1\". Missing CIDR prefix length (e.g., /24)"
        );
        for prefix in ["33", "-1", "x", "", "+8", "300"] {
            assert_eq!(
                message(&format!("10.0.0.1/{prefix}")),
                format!("Invalid CIDR prefix length: {prefix}. Prefix must be between 0 and 32")
            );
        }
        assert_eq!(
            message(&["1.1.1.1/32"; 11].join(",")),
            "Network allow list cannot contain more than 10 networks"
        );
    }

    #[test]
    fn blocking_and_lists_replace_each_other() {
        let mut network = Network::default();
        let mut apply = |block_all: Option<bool>, list: Option<&str>| {
            let allow_list = list.map(ToOwned::to_owned);
            change(&mut network, NetworkChange { block_all, allow_list, ..NetworkChange::default() })
                .unwrap();
            (network.block_all, network.allow_list.clone())
        };
        let list = || Some("10.0.0.0/8".to_owned());
        assert_eq!(apply(None, Some("10.0.0.0/8")), (false, list()));
        assert_eq!(apply(Some(true), None), (true, None), "blocking clears the list");
        assert_eq!(apply(None, Some("10.0.0.0/8")), (false, list()), "a list ends the blocking");
        assert_eq!(apply(Some(true), Some("10.0.0.0/8")), (true, None));
        assert_eq!(apply(Some(false), Some("10.0.0.0/8")), (false, list()));
        assert_eq!(apply(Some(false), None), (false, None), "unblocking clears the list");
        apply(None, Some("10.0.0.0/8"));
        assert_eq!(apply(None, Some("")), (false, None), "an empty list clears it");
        let nothing = change(&mut network, NetworkChange::default()).unwrap_err().message;
        assert!(nothing.starts_with("At least one of networkBlockAll"), "{nothing}");
        let bad = NetworkChange { domain_allow_list: Some("a b".to_owned()), ..NetworkChange::default() };
        let before = network.clone();
        assert!(change(&mut network, bad).is_err());
        assert_eq!(network, before, "what is refused changes nothing");
    }

    #[test]
    fn domains_may_begin_with_a_wildcard_label_only() {
        assert_eq!(domain_allow_list("*.example.com,a.io").unwrap().as_deref(), Some("*.example.com,a.io"));
        for domain in ["localhost", "a..b", "a b.com", "x.*.com", "http://a.com", "-a.com"] {
            assert_eq!(
                domain_allow_list(domain).unwrap_err().message,
                format!("Invalid domain: \"{domain}\". Must be a valid domain name")
            );
        }
        assert_eq!(
            domain_allow_list(&["a.io"; 11].join(",")).unwrap_err().message,
            "Domain allow list cannot contain more than 10 domains"
        );
    }
}
