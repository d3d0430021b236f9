//! What a body is checked against while it comes in: its MD5, and the checksums its sender names before or after it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumAlgorithm};
use s3s::{S3Result, TrailingHeaders, s3_error};

/// What the sender says of a body.
#[derive(Default)]
pub(crate) struct Claims {
    /// Base64 of the MD5.
    pub(crate) md5: Option<String>,
    /// Sums sent ahead.
    pub(crate) sums: Checksum,
    /// What the sum that comes after the body is computed by.
    pub(crate) algorithm: Option<String>,
    /// What comes after the body, once it was read.
    pub(crate) trailers: Option<TrailingHeaders>,
}

/// Digests of a body in the making.
pub(crate) struct Digests {
    md5: Md5,
    sums: ChecksumHasher,
    claims: Claims,
}

/// Digests of a whole body that is what its sender meant.
pub(crate) struct Digested {
    /// Hexadecimal, as entity tags are.
    pub(crate) md5: String,
    /// The sums the sender asked for.
    pub(crate) sums: Checksum,
}

impl Claims {
    /// What computes the sum after the body: named by itself, or only by the announcement of trailers.
    pub(crate) fn algorithm(named: Option<&ChecksumAlgorithm>, headers: &HeaderMap) -> Option<String> {
        let announced = headers.get("x-amz-trailer").and_then(|names| names.to_str().ok());
        let announced = announced
            .and_then(|names| names.split(',').find_map(|name| name.trim().strip_prefix("x-amz-checksum-")));
        named.map(|named| named.as_str().to_owned()).or_else(|| announced.map(str::to_ascii_uppercase))
    }
}

impl Digests {
    pub(crate) fn new(claims: Claims) -> S3Result<Self> {
        let (named, ahead) = (claims.algorithm.as_deref(), &claims.sums);
        let known = [
            ChecksumAlgorithm::CRC32,
            ChecksumAlgorithm::CRC32C,
            ChecksumAlgorithm::SHA1,
            ChecksumAlgorithm::SHA256,
            ChecksumAlgorithm::CRC64NVME,
        ];
        if named.is_some_and(|named| !known.contains(&named)) {
            return Err(s3_error!(NotImplemented, "this checksum algorithm is not known"));
        }
        let wanted = |name: &str, ahead: &Option<String>| ahead.is_some() || named == Some(name);
        let sums = ChecksumHasher {
            crc32: wanted(ChecksumAlgorithm::CRC32, &ahead.checksum_crc32).then(Crc32::new),
            crc32c: wanted(ChecksumAlgorithm::CRC32C, &ahead.checksum_crc32c).then(Crc32c::new),
            sha1: wanted(ChecksumAlgorithm::SHA1, &ahead.checksum_sha1).then(Sha1::new),
            sha256: wanted(ChecksumAlgorithm::SHA256, &ahead.checksum_sha256).then(Sha256::new),
            crc64nvme: wanted(ChecksumAlgorithm::CRC64NVME, &ahead.checksum_crc64nvme).then(Crc64Nvme::new),
        };
        Ok(Self { md5: Md5::new(), sums, claims })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sums.update(bytes);
    }

    /// Compares what came with what was meant.
    pub(crate) fn finish(self) -> S3Result<Digested> {
        let Self { md5, sums, claims } = self;
        let (md5, sums) = (md5.finalize(), sums.finalize());
        if let Some(claimed) = claims.md5 {
            let claimed = STANDARD.decode(claimed).map_err(|_| s3_error!(InvalidDigest))?;
            if claimed != md5.as_ref() {
                return Err(s3_error!(BadDigest, "the body is not what Content-MD5 says"));
            }
        }
        let after = claims.trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
        let after = |name: &str| after.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
        let ahead = claims.sums;
        for (name, came, claimed) in [
            ("x-amz-checksum-crc32", &sums.checksum_crc32, ahead.checksum_crc32),
            ("x-amz-checksum-crc32c", &sums.checksum_crc32c, ahead.checksum_crc32c),
            ("x-amz-checksum-sha1", &sums.checksum_sha1, ahead.checksum_sha1),
            ("x-amz-checksum-sha256", &sums.checksum_sha256, ahead.checksum_sha256),
            ("x-amz-checksum-crc64nvme", &sums.checksum_crc64nvme, ahead.checksum_crc64nvme),
        ] {
            let claimed = claimed.or_else(|| after(name));
            if came.is_some() && claimed.is_some() && *came != claimed {
                return Err(s3_error!(BadDigest, "the body is not what {name} says"));
            }
        }
        Ok(Digested { md5: hexadecimal(md5.as_ref()), sums })
    }
}

/// The entity tag of a body.
pub(crate) fn md5(mut read: impl FnMut() -> std::io::Result<Option<Vec<u8>>>) -> std::io::Result<String> {
    let mut md5 = Md5::new();
    while let Some(bytes) = read()? {
        md5.update(&bytes);
    }
    Ok(hexadecimal(md5.finalize().as_ref()))
}

/// The entity tag of an object that was put in parts: the MD5 of theirs, and how many there were.
pub(crate) fn of_parts(parts: &[String]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let bytes: Vec<u8> = (0..part.len() / 2)
            .filter_map(|index| u8::from_str_radix(part.get(2 * index..2 * index + 2)?, 16).ok())
            .collect();
        md5.update(&bytes);
    }
    format!("{}-{}", hexadecimal(md5.finalize().as_ref()), parts.len())
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
