//! Reading what a build says: at once, or as it comes until the build ends.

use axum::body::Body;
use contract::control::types::{SandboxState, SnapshotState};

use crate::control::Shared;
use crate::errors::ApiError;
use crate::record::SandboxRecord;
use crate::snapshots::{BuildInfo, SnapshotRecord};

impl Shared {
    /// The log of the build a sandbox is made from; nothing for one that was not built.
    pub(crate) async fn log_of_sandbox(
        &self,
        record: &SandboxRecord,
        follow: bool,
    ) -> Option<Result<Body, ApiError>> {
        let is_awaited = || {
            let state = self.registry.get(&record.id).map(|record| record.state);
            matches!(state, Some(SandboxState::PendingBuild | SandboxState::BuildingSnapshot))
        };
        let build = record.build.as_ref()?;
        Some(self.log_of(record.organization_id.as_str(), build, follow, is_awaited).await)
    }

    /// The log of the build a snapshot comes from; nothing for one that was not built.
    pub(crate) async fn log_of_snapshot(
        &self,
        snapshot: &SnapshotRecord,
        follow: bool,
    ) -> Option<Result<Body, ApiError>> {
        let organization = &snapshot.organization_id;
        let is_awaited = || {
            let state = self.shelves.snapshots.get(organization, &snapshot.id).map(|snapshot| snapshot.state);
            matches!(state, Some(SnapshotState::Pending | SnapshotState::Building))
        };
        let build = snapshot.build.as_ref()?;
        Some(self.log_of(organization, build, follow, is_awaited).await)
    }

    /// What there is of a build's log; who follows gets what comes until the build ends, also when it has not begun yet.
    async fn log_of(
        &self,
        organization: &str,
        build: &BuildInfo,
        follow: bool,
        is_awaited: impl Fn() -> bool,
    ) -> Result<Body, ApiError> {
        let (builds, reference) = (&self.builds, build.reference());
        let (mut beginnings, mut told) = (builds.beginnings(), self.registry.announcements());
        loop {
            if let Some(log) = builds.log(organization, &reference) {
                return Ok(Body::from_stream(log.stream(follow)));
            }
            if !follow || !is_awaited() {
                return Ok(Body::empty());
            }
            tokio::select! {
                begun = beginnings.changed() => if begun.is_err() { return Err(ApiError::maintenance()) },
                () = builds.closed() => return Err(ApiError::maintenance()),
                // Whoever waits for the build may be gone, or have found it made.
                _ = told.recv() => {}
            }
        }
    }
}
