//! The S3 operations served, and none else: what is not here is refused as not implemented.
//!
//! | file | operations |
//! |---|---|
//! | `objects.rs` | an object whole: put, get, look at, delete |
//! | `lists.rs` | what there is |
//! | `uploads.rs` | an object in parts |
//!
//! Whether a key is the caller's own was checked before (`access.rs`).

mod lists;
mod objects;
mod uploads;

use std::sync::Arc;

use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::access::{Loans, Owner, Rules, Signatures};
use crate::store::{Store, StoreError};

/// The store as a service.
pub(crate) fn service(store: &Arc<Store>, loans: &Arc<Loans>) -> S3Service {
    let mut builder = S3ServiceBuilder::new(Operations(Arc::clone(store)));
    builder.set_auth(Signatures(Arc::clone(loans)));
    builder.set_access(Rules(Arc::clone(loans)));
    builder.build()
}

struct Operations(Arc<Store>);

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Operations {
    async fn head_bucket(&self, _: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    /// Without a name: the first region there was.
    async fn get_bucket_location(
        &self,
        _: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn list_objects(&self, request: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        lists::by_marker(&self.0, request).await
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        lists::by_token(&self.0, request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        objects::get(&self.0, request.input).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        objects::head(&self.0, request.input).await
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        objects::put(&self.0, request).await
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        objects::delete(&self.0, request.input).await
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        objects::delete_many(&self.0, request).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        uploads::begin(&self.0, request.input).await
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        uploads::put_part(&self.0, request).await
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        uploads::list_parts(&self.0, request.input).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        uploads::complete(&self.0, request.input).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        uploads::abort(&self.0, request.input).await
    }
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::KeyTooLong => s3_error!(KeyTooLongError, "Your key is too long"),
            StoreError::Missing => s3_error!(NoSuchKey, "The specified key does not exist."),
            StoreError::Unexpected => {
                s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
            }
            StoreError::Files(error) => broken(error),
        }
    }
}

/// Something of this machine failed.
fn broken(error: std::io::Error) -> S3Error {
    tracing::error!(%error, "the object store's files");
    s3_error!(error, InternalError, "We encountered an internal error. Please try again.")
}

/// Work with files, where it may block.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> S3Result<T>
where
    T: Send + 'static,
    E: Into<S3Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(error) => Err(broken(std::io::Error::other(error))),
    }
}

/// Who asks; every request that was let in has one.
fn owner<T>(request: &S3Request<T>) -> S3Result<Owner> {
    request.extensions.get::<Owner>().cloned().ok_or_else(|| s3_error!(AccessDenied))
}
