//! The key that file URLs are signed with (control-plane.md §3.6).

use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::record::SandboxRecord;

pub(super) async fn key(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().signing_key(call.organization()?, call.at(0)).await?;
    Ok(answer(&record))
}

pub(super) async fn rotate(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().rotate_signing_key(call.organization()?, call.at(0)).await?;
    Ok(answer(&record))
}

fn answer(record: &SandboxRecord) -> Answer {
    Answer::text(record.signing_key.as_deref().unwrap_or_default())
}
