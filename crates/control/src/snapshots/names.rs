//! What a snapshot and the image it is made from may be called (control-plane.md §4.3).

/// Why a name is none.
pub(crate) type Complaint = &'static str;

const SNAPSHOT: Complaint =
    "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes";
const UNTAGGED: Complaint = "Image name must include a tag (e.g., ubuntu:22.04) or digest (@sha256:...)";
const LATEST: Complaint = "Images with tag \":latest\" are not allowed";
const IMAGE: Complaint = "Invalid image name format. Must be lowercase, may contain digits, dots, dashes, and single slashes between components";
const DIGEST: Complaint = "Invalid digest format. Must be image@sha256:64_hex_characters";

/// Letters, digits, `_ . - :` in parts between slashes, and a digest behind them.
pub(crate) fn check_snapshot(name: &str) -> Result<(), Complaint> {
    let (path, digest) = match name.split_once('@') {
        Some((path, digest)) => (path, Some(digest)),
        None => (name, None),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-:".contains(&byte);
    let path_fits = path.split('/').all(|part| !part.is_empty() && part.bytes().all(plain));
    if path_fits && digest.is_none_or(is_digest) { Ok(()) } else { Err(SNAPSHOT) }
}

/// A registry's name for an image, with a tag other than `latest` or with a digest.
pub(crate) fn check_image(image: &str) -> Result<(), Complaint> {
    if let Some((name, digest)) = image.split_once('@') {
        check_repository(name)?;
        return if is_digest(digest) { Ok(()) } else { Err(DIGEST) };
    }
    // A colon before the last slash is that of a registry's port.
    let last = image.rfind('/').map_or(0, |slash| slash + 1);
    let Some(colon) = image[last..].find(':').map(|colon| last + colon) else { return Err(UNTAGGED) };
    let (name, tag) = (&image[..colon], &image[colon + 1..]);
    match tag {
        "" => Err(UNTAGGED),
        "latest" => Err(LATEST),
        _ => {
            check_repository(name)?;
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
            if tag.len() <= 128 && tag.bytes().all(plain) { Ok(()) } else { Err(IMAGE) }
        }
    }
}

fn check_repository(name: &str) -> Result<(), Complaint> {
    // The registry's host may have a port; what comes behind it is lower-case components.
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains([':', '.']) || host == "localhost" => (Some(host), path),
        _ => (None, name),
    };
    let host_fits = host.is_none_or(|host| {
        let (name, port) = host.split_once(':').unwrap_or((host, "1"));
        is_component(name) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    if host_fits && path.split('/').all(is_component) { Ok(()) } else { Err(IMAGE) }
}

fn is_component(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    let edge =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = part.as_bytes();
    bytes.iter().copied().all(inner) && edge(bytes.first()) && edge(bytes.last())
}

fn is_digest(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_may_be_called_like_an_image() {
        for good in ["a", "My_snap.1-x:2", "daytonaio/sandbox:0.5.0-slim", "a:b:c"] {
            assert_eq!(check_snapshot(good), Ok(()), "{good}");
        }
        assert_eq!(check_snapshot(&format!("a/b@sha256:{}", "0a".repeat(32))), Ok(()));
        for bad in ["", "a b", "/a", "a/", "a//b", "a@b", "a@sha256:12", "ä", "<b>", "a\n"] {
            assert_eq!(check_snapshot(bad), Err(SNAPSHOT), "{bad}");
        }
    }

    #[test]
    fn an_image_needs_a_tag_that_says_something_or_a_digest() {
        for good in ["ubuntu:22.04", "python:3.12-slim", "reg.test:5000/a/b_c:V1", "localhost/a:1", "a/b:1"] {
            assert_eq!(check_image(good), Ok(()), "{good}");
        }
        assert_eq!(check_image(&format!("ubuntu@sha256:{}", "0".repeat(64))), Ok(()));
        for (bad, complaint) in [
            ("ubuntu", UNTAGGED),
            ("ubuntu:", UNTAGGED),
            ("reg.test:5000/ubuntu", UNTAGGED),
            ("ubuntu:latest", LATEST),
            ("Ubuntu:1", IMAGE),
            ("a//b:1", IMAGE),
            ("a/:1", IMAGE),
            (":1", IMAGE),
            ("a b:1", IMAGE),
            ("ubuntu:1 2", IMAGE),
            ("a:1:2", IMAGE),
            ("ubuntu@sha256:12", DIGEST),
            ("ubuntu@md5", DIGEST),
        ] {
            assert_eq!(check_image(bad), Err(complaint), "{bad}");
        }
    }
}
