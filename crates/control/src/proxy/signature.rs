//! File URLs that carry their own permission (toolbox-files-git-desktop.md §2.15, control-plane.md §3.6).
//!
//! A client signs method, path and moment of expiry with the sandbox's signing key; whoever has the URL may do that one
//! thing until then. The path signed is the path served: both are read from the query by the same reader.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::bind::daemon;
use hmac::{Hmac, Mac};
use http::{Method, Uri};
use jiff::Timestamp;
use sha2::Sha256;

use super::ProxyError;

const SCHEME: &str = "v1_";

/// A request to one of the operations that can be signed, with a signature.
#[derive(Debug)]
pub(super) struct Signed {
    /// What the signature speaks of: a look at a file is signed as its download.
    method: &'static str,
    path: String,
    expires: String,
    signature: String,
    /// The query as it was written, without what is only for the proxy.
    rest: String,
}

impl Signed {
    /// Reads the request; nothing when it is no signed one.
    pub(super) fn read(method: &Method, uri: &Uri) -> Option<Self> {
        let method = match (method, uri.path()) {
            (&Method::GET | &Method::HEAD, "/files/download") => "GET",
            (&Method::POST, "/files/upload-v2") => "POST",
            _ => return None,
        };
        let text = uri.query()?;
        let query = daemon::query(Some(text));
        let value = |name: &str| query.first(name).to_owned();
        let signature = value("signature");
        if signature.is_empty() {
            return None;
        }
        let own = |piece: &&str| {
            let name = piece.split('=').next().unwrap_or_default();
            !matches!(name, "signature" | "expires")
        };
        let rest = text.split('&').filter(own).collect::<Vec<_>>().join("&");
        Some(Self { method, path: value("path"), expires: value("expires"), signature, rest })
    }

    /// Whether the signature was made with `key` for this request, and its time has not run out.
    pub(super) fn check(&self, key: Option<&str>, now: Timestamp) -> Result<(), ProxyError> {
        if self.path.is_empty() {
            return Err(ProxyError::bad_request("path query parameter is required"));
        }
        if self.expires.is_empty() {
            return Err(refused("expires query parameter is required"));
        }
        let expires: i64 = self.expires.parse().map_err(|_| refused("invalid expires query parameter"))?;
        if expires != 0 && now.as_second() > expires {
            return Err(refused("signature is expired"));
        }
        let Some(code) = self.signature.strip_prefix(SCHEME) else {
            return Err(refused("unsupported signature scheme"));
        };
        let code = URL_SAFE_NO_PAD.decode(code).unwrap_or_default();
        // The text of the number is signed, and a sandbox without a key has signed nothing.
        let signed = key.is_some_and(|key| self.code(key).is_some_and(|mac| mac.verify_slice(&code).is_ok()));
        if signed { Ok(()) } else { Err(refused("invalid signature")) }
    }

    fn code(&self, key: &str) -> Option<Hmac<Sha256>> {
        if key.is_empty() {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
        let Self { method, path, expires, .. } = self;
        mac.update(format!("v1:files:{method}:{path}:{expires}").as_bytes());
        Some(mac)
    }

    /// What goes on to the toolbox: the method served, and the query without the signature.
    pub(super) fn passed_on(&self) -> (Method, Option<&str>) {
        let method = if self.method == "POST" { Method::POST } else { Method::GET };
        (method, Some(self.rest.as_str()).filter(|rest| !rest.is_empty()))
    }
}

fn refused(reason: &str) -> ProxyError {
    ProxyError::unauthorized(format!("unauthorized: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a-key";
    const NOW: i64 = 1_800_000_000;

    fn read(method: &Method, target: &str) -> Option<Signed> {
        Signed::read(method, &target.parse().unwrap())
    }

    fn check(target: &str) -> Result<(), String> {
        let now = Timestamp::from_second(NOW).unwrap();
        read(&Method::GET, target).unwrap().check(Some(KEY), now).map_err(|error| error.message)
    }

    #[test]
    fn a_signature_is_the_keyed_hash_of_method_path_and_expiry() {
        // Made with another implementation: HMAC-SHA256 of `v1:files:GET:/tmp/a b.txt:1800000001`.
        let code = "v1_wb0mvAcaCuNcVstoVvua-kQPg4mrzFLXTVzTGvn0TB4";
        let target = format!("/files/download?path=%2Ftmp%2Fa+b.txt&expires=1800000001&signature={code}");
        assert_eq!(check(&target), Ok(()));
    }

    #[test]
    fn only_the_operations_that_can_be_signed_are_read() {
        for (method, target) in [
            (Method::GET, "/files/info?path=x&expires=0&signature=v1_x"),
            (Method::POST, "/files/download?path=x&expires=0&signature=v1_x"),
            (Method::GET, "/files/upload-v2?path=x&expires=0&signature=v1_x"),
            (Method::GET, "/files/download?path=x&expires=0"),
            (Method::GET, "/files/download"),
        ] {
            assert!(read(&method, target).is_none(), "{target}");
        }
        assert!(read(&Method::HEAD, "/files/download?path=x&expires=0&signature=v1_x").is_some());
    }

    #[test]
    fn what_is_only_for_the_proxy_goes_no_further() {
        let signed =
            read(&Method::HEAD, "/files/download?a=%20&signature=v1_x&path=%2Fx+y&expires=0&a=2").unwrap();
        assert_eq!(signed.passed_on(), (Method::GET, Some("a=%20&path=%2Fx+y&a=2")));
    }

    #[test]
    fn each_fault_has_its_words() {
        for (query, message) in [
            ("expires=0&signature=v1_x", "bad request: path query parameter is required"),
            ("path=x&signature=v1_x", "unauthorized: expires query parameter is required"),
            ("path=x&expires=soon&signature=v1_x", "unauthorized: invalid expires query parameter"),
            ("path=x&expires=1799999999&signature=v1_x", "unauthorized: signature is expired"),
            ("path=x&expires=-1&signature=v1_x", "unauthorized: signature is expired"),
            ("path=x&expires=0&signature=v2_x", "unauthorized: unsupported signature scheme"),
            ("path=x&expires=0&signature=v1_", "unauthorized: invalid signature"),
            ("path=x&expires=0&signature=v1_!!", "unauthorized: invalid signature"),
        ] {
            assert_eq!(check(&format!("/files/download?{query}")), Err(message.to_owned()), "{query}");
        }
    }

    #[test]
    fn a_sandbox_without_a_key_accepts_nothing() {
        let now = Timestamp::from_second(NOW).unwrap();
        let target = "/files/download?path=x&expires=0&signature=v1_x";
        for key in [None, Some("")] {
            assert!(read(&Method::GET, target).unwrap().check(key, now).is_err());
        }
    }
}
