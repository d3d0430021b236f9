//! What there is.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result};

use super::objects::length;
use super::{Answer, blocking, owner};
use crate::page::{Line, Page, Question, page};
use crate::store::{Store, StoreError};

/// Lines of a page, at most (as S3 has it).
const MOST: usize = 1000;
/// What stays as it is in keys that are asked for in the form of a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// What both kinds of lists have in common.
struct Asked {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    start_after: Option<String>,
    token: Option<String>,
    limit: usize,
    encoded: bool,
}

/// Lines of a list, in the form they are sent.
struct Shown {
    contents: Vec<Object>,
    prefixes: Vec<CommonPrefix>,
    next: Option<String>,
}

pub(super) async fn by_token(
    store: &Arc<Store>,
    request: S3Request<ListObjectsV2Input>,
) -> Answer<ListObjectsV2Output> {
    let owner = owner(&request)?;
    let input = request.input;
    let asked = Asked {
        bucket: input.bucket.clone(),
        prefix: owner.narrowed(input.prefix.as_deref().unwrap_or_default())?,
        delimiter: input.delimiter.clone(),
        start_after: input.start_after.clone(),
        token: input.continuation_token.clone(),
        limit: limit(input.max_keys),
        encoded: is_encoded(input.encoding_type.as_ref()),
    };
    let limit = asked.limit;
    let form = form(asked.encoded);
    let Shown { contents, prefixes, next } = look(store, asked).await?;
    Ok(S3Response::new(ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
        is_truncated: Some(next.is_some()),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        continuation_token: input.continuation_token,
        delimiter: input.delimiter.as_deref().map(&form),
        encoding_type: input.encoding_type,
        max_keys: i32::try_from(limit).ok(),
        name: Some(input.bucket),
        prefix: Some(form(input.prefix.as_deref().unwrap_or_default())),
        start_after: input.start_after.as_deref().map(&form),
        ..ListObjectsV2Output::default()
    }))
}

pub(super) async fn by_marker(
    store: &Arc<Store>,
    request: S3Request<ListObjectsInput>,
) -> Answer<ListObjectsOutput> {
    let owner = owner(&request)?;
    let input = request.input;
    let asked = Asked {
        bucket: input.bucket.clone(),
        prefix: owner.narrowed(input.prefix.as_deref().unwrap_or_default())?,
        delimiter: input.delimiter.clone(),
        start_after: None,
        token: input.marker.clone().filter(|marker| !marker.is_empty()),
        limit: limit(input.max_keys),
        encoded: is_encoded(input.encoding_type.as_ref()),
    };
    let limit = asked.limit;
    let form = form(asked.encoded);
    let Shown { contents, prefixes, next } = look(store, asked).await?;
    Ok(S3Response::new(ListObjectsOutput {
        is_truncated: Some(next.is_some()),
        next_marker: next.as_deref().map(&form),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        delimiter: input.delimiter.as_deref().map(&form),
        encoding_type: input.encoding_type,
        marker: Some(form(input.marker.as_deref().unwrap_or_default())),
        max_keys: i32::try_from(limit).ok(),
        name: Some(input.bucket),
        prefix: Some(form(input.prefix.as_deref().unwrap_or_default())),
        ..ListObjectsOutput::default()
    }))
}

fn limit(asked: Option<i32>) -> usize {
    asked.map_or(MOST, |most| usize::try_from(most).unwrap_or_default().min(MOST))
}

fn is_encoded(asked: Option<&EncodingType>) -> bool {
    asked.is_some_and(|asked| asked.as_str() == EncodingType::URL)
}

/// How texts are sent.
fn form(encoded: bool) -> impl Fn(&str) -> String {
    move |text| if encoded { utf8_percent_encode(text, ENCODED).to_string() } else { text.to_owned() }
}

async fn look(store: &Arc<Store>, asked: Asked) -> S3Result<Shown> {
    let store = Arc::clone(store);
    blocking(move || show(&store, &asked)).await
}

fn show(store: &Store, asked: &Asked) -> S3Result<Shown> {
    let keys = store.keys(&asked.bucket, &asked.prefix).map_err(StoreError::from)?;
    let question = Question {
        prefix: &asked.prefix,
        delimiter: asked.delimiter.as_deref(),
        start_after: asked.start_after.as_deref(),
        token: asked.token.as_deref(),
        limit: asked.limit,
    };
    let Page { lines, next } = page(&keys, &question);
    let form = form(asked.encoded);
    let mut shown = Shown { contents: Vec::new(), prefixes: Vec::new(), next };
    for line in lines {
        match line {
            Line::Prefix(prefix) => shown.prefixes.push(CommonPrefix { prefix: Some(form(&prefix)) }),
            Line::Key(key) => match store.find(&asked.bucket, &key) {
                Ok(found) => shown.contents.push(Object {
                    e_tag: Some(ETag::Strong(found.note.tag)),
                    key: Some(form(&key)),
                    last_modified: Some(found.modified.into()),
                    size: Some(length(found.size)?),
                    storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                    ..Object::default()
                }),
                // Deleted meanwhile.
                Err(StoreError::Missing) => {}
                Err(error) => return Err(error.into()),
            },
        }
    }
    Ok(shown)
}
