//! Checks of network lists (control-plane.md §2.5).

use std::net::Ipv4Addr;

use crate::errors::ApiError;

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
