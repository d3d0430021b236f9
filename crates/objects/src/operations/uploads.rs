//! An object in parts.
//!
//! A part is a file that says its number and its tag; one of the same number takes its place. What the object will be
//! lies beside them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::objects::{length, receive};
use super::{Answer, blocking};
use crate::digests::{Claims, Digested, of_parts};
use crate::store::{Conditions, Note, Store, StoreError};

/// What the object will be.
const ORDER: &str = "order.json";
/// Numbers of parts.
const NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;
/// Parts are this large at least, all but the last, in bytes.
const LEAST: u64 = 5 << 20;

/// What was said when an upload began.
#[derive(Serialize, Deserialize)]
struct Order {
    bucket: String,
    key: String,
    content_type: Option<String>,
    metadata: std::collections::BTreeMap<String, String>,
}

/// A part that is there.
struct Piece {
    number: i32,
    tag: String,
    path: PathBuf,
}

pub(super) async fn begin(
    store: &Arc<Store>,
    input: CreateMultipartUploadInput,
) -> Answer<CreateMultipartUploadOutput> {
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let order = Order {
        bucket: input.bucket,
        key: input.key,
        content_type: input.content_type,
        metadata: input.metadata.unwrap_or_default().into_iter().collect(),
    };
    let place = Arc::clone(store);
    let name = blocking(move || {
        // One that could not be put in the end is not begun.
        place.path(&order.bucket, &order.key)?;
        let (directory, name) = place.new_upload()?;
        fs::write(directory.join(ORDER), serde_json::to_vec(&order).map_err(io::Error::other)?)?;
        Ok::<_, StoreError>(name)
    })
    .await?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(bucket),
        key: Some(key),
        upload_id: Some(name),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn put_part(
    store: &Arc<Store>,
    request: S3Request<UploadPartInput>,
) -> Answer<UploadPartOutput> {
    let algorithm = Claims::algorithm(request.input.checksum_algorithm.as_ref(), &request.headers);
    let UploadPartInput {
        body,
        bucket,
        key,
        upload_id,
        part_number,
        content_md5,
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        ..
    } = request.input;
    if !NUMBERS.contains(&part_number) {
        return Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ));
    }
    let sums = Checksum {
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        ..Checksum::default()
    };
    let claims = Claims { md5: content_md5, sums, algorithm, trailers: request.trailing_headers };
    open(store, &bucket, &key, &upload_id)?;
    let (draft, Digested { md5, sums }) = receive(store, body, claims).await?;
    let (place, tag) = (Arc::clone(store), md5.clone());
    blocking(move || {
        // It may have been given up meanwhile.
        let (directory, _) = open(&place, &bucket, &key, &upload_id)?;
        let path = directory.join(format!("{part_number:05}.{tag}"));
        draft.persist(&path).map_err(|error| StoreError::from(error.error))?;
        for older in pieces(&directory).map_err(StoreError::from)? {
            if older.number == part_number && older.path != path {
                let _ = fs::remove_file(older.path);
            }
        }
        Ok::<_, s3s::S3Error>(())
    })
    .await?;
    Ok(S3Response::new(UploadPartOutput {
        e_tag: Some(ETag::Strong(md5)),
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        ..UploadPartOutput::default()
    }))
}

pub(super) async fn list_parts(store: &Arc<Store>, input: ListPartsInput) -> Answer<ListPartsOutput> {
    let place = Arc::clone(store);
    let (bucket, key, name) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
    let parts = blocking(move || {
        let (directory, _) = open(&place, &bucket, &key, &name)?;
        let shown = pieces(&directory).map_err(StoreError::from)?.into_iter().map(|piece| {
            let metadata = fs::metadata(&piece.path).map_err(StoreError::from)?;
            Ok(Part {
                e_tag: Some(ETag::Strong(piece.tag)),
                last_modified: metadata.modified().ok().map(Timestamp::from),
                part_number: Some(piece.number),
                size: Some(length(metadata.len())?),
                ..Part::default()
            })
        });
        shown.collect::<S3Result<Vec<Part>>>()
    })
    .await?;
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        is_truncated: Some(false),
        parts: Some(parts),
        ..ListPartsOutput::default()
    }))
}

pub(super) async fn complete(
    store: &Arc<Store>,
    input: CompleteMultipartUploadInput,
) -> Answer<CompleteMultipartUploadOutput> {
    let CompleteMultipartUploadInput {
        bucket,
        key,
        upload_id,
        multipart_upload,
        if_match,
        if_none_match,
        ..
    } = input;
    let wanted = multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let conditions = Conditions { matches: if_match, matches_not: if_none_match };
    let (place, at) = (Arc::clone(store), (bucket.clone(), key.clone()));
    let tag = blocking(move || {
        let (bucket, key) = at;
        let (directory, order) = open(&place, &bucket, &key, &upload_id)?;
        let parts = choose(&directory, &wanted)?;
        let tag = of_parts(&parts.iter().map(|piece| piece.tag.clone()).collect::<Vec<_>>());
        let draft = place.draft().map_err(StoreError::from)?;
        join(&parts, draft.as_file()).map_err(StoreError::from)?;
        let note = Note::new(tag.clone(), order.content_type, order.metadata);
        place.put(&bucket, &key, draft, note, &conditions)?;
        fs::remove_dir_all(&directory).map_err(StoreError::from)?;
        Ok::<_, s3s::S3Error>(tag)
    })
    .await?;
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        bucket: Some(bucket),
        key: Some(key),
        e_tag: Some(ETag::Strong(tag)),
        ..CompleteMultipartUploadOutput::default()
    }))
}

pub(super) async fn abort(
    store: &Arc<Store>,
    input: AbortMultipartUploadInput,
) -> Answer<AbortMultipartUploadOutput> {
    let place = Arc::clone(store);
    blocking(move || {
        let (directory, _) = open(&place, &input.bucket, &input.key, &input.upload_id)?;
        fs::remove_dir_all(directory).map_err(|error| s3s::S3Error::from(StoreError::from(error)))
    })
    .await?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}

/// The directory of an upload, when it is one of this object.
fn open(store: &Store, bucket: &str, key: &str, name: &str) -> S3Result<(PathBuf, Order)> {
    let unknown = || s3_error!(NoSuchUpload, "The specified upload does not exist.");
    let directory = store.upload(name).ok_or_else(unknown)?;
    let order = fs::read(directory.join(ORDER)).ok();
    let order: Option<Order> = order.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let order = order.filter(|order| order.bucket == bucket && order.key == key).ok_or_else(unknown)?;
    Ok((directory, order))
}

/// The parts of an upload, in order.
fn pieces(directory: &Path) -> io::Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some((number, tag)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
        if let Ok(number) = number.parse() {
            pieces.push(Piece { number, tag: tag.to_owned(), path: entry.path() });
        }
    }
    pieces.sort_by_key(|piece| piece.number);
    Ok(pieces)
}

/// The parts a client names, which are to follow one another.
fn choose(directory: &Path, wanted: &[CompletedPart]) -> S3Result<Vec<Piece>> {
    if wanted.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let numbers: Vec<i32> = wanted.iter().map(|part| part.part_number.unwrap_or_default()).collect();
    if !numbers.is_sorted_by(|one, next| one < next) {
        return Err(s3_error!(InvalidPartOrder, "The list of parts was not in ascending order."));
    }
    let mut there = pieces(directory).map_err(StoreError::from)?;
    there.retain(|piece| {
        let named = wanted.iter().find(|part| part.part_number == Some(piece.number));
        named.is_some_and(|part| part.e_tag.as_ref().is_none_or(|tag| tag.value() == piece.tag))
    });
    if there.len() != wanted.len() {
        return Err(s3_error!(InvalidPart, "One or more of the specified parts could not be found."));
    }
    for piece in &there[..there.len() - 1] {
        if fs::metadata(&piece.path).map_err(StoreError::from)?.len() < LEAST {
            return Err(s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed object size."
            ));
        }
    }
    Ok(there)
}

fn join(parts: &[Piece], mut whole: &File) -> io::Result<()> {
    parts.iter().try_for_each(|piece| io::copy(&mut File::open(&piece.path)?, &mut whole).map(drop))
}
