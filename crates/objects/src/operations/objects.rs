//! An object whole.

use std::io::{Seek as _, SeekFrom};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use hyper::StatusCode;
use hyper::body::Bytes;
use s3s::dto::*;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Answer, blocking, broken, owner};
use crate::digests::{Claims, Digested, Digests};
use crate::store::{Conditions, Found, Note, Store, StoreError};

/// What is read of a file at once, in bytes.
const PIECE: usize = 256 << 10;
/// Of an object nobody said a type of, as S3 has it.
const ANY_TYPE: &str = "binary/octet-stream";

pub(super) async fn put(store: &Arc<Store>, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
    let algorithm = Claims::algorithm(request.input.checksum_algorithm.as_ref(), &request.headers);
    let PutObjectInput {
        body,
        bucket,
        key,
        content_md5,
        content_type,
        metadata,
        if_match,
        if_none_match,
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        ..
    } = request.input;
    let sums = Checksum {
        checksum_crc32,
        checksum_crc32c,
        checksum_crc64nvme,
        checksum_sha1,
        checksum_sha256,
        ..Checksum::default()
    };
    let claims = Claims { md5: content_md5, sums, algorithm, trailers: request.trailing_headers };
    let (draft, Digested { md5, sums }) = receive(store, body, claims).await?;
    let note = Note::new(md5.clone(), content_type, metadata.unwrap_or_default());
    let conditions = Conditions { matches: if_match, matches_not: if_none_match };
    let place = Arc::clone(store);
    blocking(move || place.put(&bucket, &key, draft, note, &conditions)).await?;
    Ok(S3Response::new(PutObjectOutput {
        e_tag: Some(ETag::Strong(md5)),
        checksum_crc32: sums.checksum_crc32,
        checksum_crc32c: sums.checksum_crc32c,
        checksum_crc64nvme: sums.checksum_crc64nvme,
        checksum_sha1: sums.checksum_sha1,
        checksum_sha256: sums.checksum_sha256,
        ..PutObjectOutput::default()
    }))
}

/// Takes a body in, to its end, and makes sure that it is what its sender meant.
pub(super) async fn receive(
    store: &Arc<Store>,
    body: Option<StreamingBlob>,
    claims: Claims,
) -> S3Result<(NamedTempFile, Digested)> {
    let place = Arc::clone(store);
    let draft = blocking(move || place.draft().map_err(StoreError::from)).await?;
    let mut file = tokio::fs::File::from_std(draft.as_file().try_clone().map_err(broken)?);
    let mut digests = Digests::new(claims)?;
    if let Some(mut body) = body {
        while let Some(piece) = body.next().await {
            let piece: Bytes = piece.map_err(|error| cut_short(&error))?;
            digests.update(&piece);
            file.write_all(&piece).await.map_err(broken)?;
        }
    }
    file.flush().await.map_err(broken)?;
    Ok((draft, digests.finish()?))
}

/// A body that ended early, or was not signed as it should be.
fn cut_short(error: &s3s::StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Signature") || text.contains("Hash") || text.contains("hecksum") {
        return s3_error!(SignatureDoesNotMatch, "The body is not what was signed: {text}");
    }
    s3_error!(IncompleteBody, "The body ended early: {text}")
}

pub(super) async fn head(store: &Arc<Store>, input: HeadObjectInput) -> Answer<HeadObjectOutput> {
    let place = Arc::clone(store);
    let Found { size, modified, note, .. } = blocking(move || place.find(&input.bucket, &input.key)).await?;
    Ok(S3Response::new(HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        content_length: Some(length(size)?),
        content_type: content_type(&note),
        e_tag: Some(ETag::Strong(note.tag)),
        last_modified: Some(modified.into()),
        metadata: Some(note.metadata.into_iter().collect()),
        ..HeadObjectOutput::default()
    }))
}

pub(super) async fn get(store: &Arc<Store>, input: GetObjectInput) -> Answer<GetObjectOutput> {
    let place = Arc::clone(store);
    let (bucket, key) = (input.bucket, input.key);
    let Found { mut file, size, modified, note } = blocking(move || place.find(&bucket, &key)).await?;
    let tag = ETag::Strong(note.tag.clone());
    if let Some(ETagCondition::ETag(wanted)) = &input.if_match
        && wanted.value() != tag.value()
    {
        return Err(StoreError::Unexpected.into());
    }
    match &input.if_none_match {
        Some(ETagCondition::ETag(known)) if known.value() != tag.value() => {}
        Some(_) => return Err(not_modified()),
        None => {}
    }
    let range = match input.range {
        Some(range) => Some(range.check(size)?),
        None => None,
    };
    let (start, end) = range.as_ref().map_or((0, size), |range| (range.start, range.end));
    file.seek(SeekFrom::Start(start)).map_err(broken)?;
    Ok(S3Response::new(GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(read(file, end - start)),
        content_length: Some(length(end - start)?),
        content_range: range
            .map(|range| format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))),
        content_type: content_type(&note),
        e_tag: Some(tag),
        last_modified: Some(modified.into()),
        metadata: Some(note.metadata.into_iter().collect()),
        ..GetObjectOutput::default()
    }))
}

/// The client has this object already.
fn not_modified() -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::Custom("NotModified".into()));
    error.set_status_code(StatusCode::NOT_MODIFIED);
    error
}

/// The next `length` bytes of a file.
fn read(file: std::fs::File, length: u64) -> StreamingBlob {
    let file = tokio::fs::File::from_std(file).take(length);
    StreamingBlob::wrap(stream::try_unfold(file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    }))
}

pub(super) async fn delete(store: &Arc<Store>, input: DeleteObjectInput) -> Answer<DeleteObjectOutput> {
    let place = Arc::clone(store);
    blocking(move || place.remove(&input.bucket, &input.key)).await?;
    Ok(S3Response::new(DeleteObjectOutput::default()))
}

pub(super) async fn delete_many(
    store: &Arc<Store>,
    request: S3Request<DeleteObjectsInput>,
) -> Answer<DeleteObjectsOutput> {
    let owner = owner(&request)?;
    let DeleteObjectsInput { bucket, delete, .. } = request.input;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for ObjectIdentifier { key, .. } in delete.objects {
        let (place, bucket, doomed) = (Arc::clone(store), bucket.clone(), key.clone());
        let outcome = match owner.owns(&key) {
            true => blocking(move || place.remove(&bucket, &doomed)).await,
            false => Err(s3_error!(AccessDenied, "Access Denied")),
        };
        match outcome {
            Ok(()) => deleted.push(DeletedObject { key: Some(key), ..DeletedObject::default() }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key: Some(key),
                message: error.message().map(ToOwned::to_owned),
                version_id: None,
            }),
        }
    }
    let deleted = Some(deleted).filter(|_| delete.quiet != Some(true));
    let errors = Some(errors).filter(|errors| !errors.is_empty());
    Ok(S3Response::new(DeleteObjectsOutput { deleted, errors, ..DeleteObjectsOutput::default() }))
}

fn content_type(note: &Note) -> Option<String> {
    Some(note.content_type.clone().unwrap_or_else(|| ANY_TYPE.to_owned()))
}

pub(super) fn length(size: u64) -> S3Result<i64> {
    i64::try_from(size).map_err(|error| broken(std::io::Error::other(error)))
}
