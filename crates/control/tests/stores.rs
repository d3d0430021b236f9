//! Both stores behave the same, and what they were given is there after a reload.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use contract::control::types::{SandboxDesiredState, SandboxState};
use control::{
    ApiKeyRow, Change, MemoryStore, Network, OrganizationRow, OrganizationSettings, RecordKind, RecordRow,
    SandboxRecord, Saved, SqliteStore, Store, StoreError,
};
use dialect::OrganizationId;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

fn organization(id: &str, is_default: bool) -> OrganizationRow {
    OrganizationRow {
        id: id.to_owned(),
        name: format!("{id}'s"),
        is_default,
        created_at: moment(),
        settings: OrganizationSettings::founded_by("somebody", is_default, moment()),
    }
}

fn moment() -> Timestamp {
    "2026-01-31T12:00:00.123456789Z".parse().unwrap()
}

fn record(id: &str, name: &str) -> SandboxRecord {
    SandboxRecord {
        name: name.to_owned(),
        snapshot: Some("a/b:c".to_owned()),
        env: [("K\"".to_owned(), "v\n\0ü".to_owned())].into(),
        labels: [("code-toolbox-language".to_owned(), "python".to_owned())].into(),
        target: "us".to_owned(),
        network: Network { allow_list: Some("10.0.0.0/8".to_owned()), ..Network::default() },
        state: SandboxState::Started,
        auth_token: "t".repeat(32),
        auto_destroy_at: Some(moment()),
        extras: [("dialect".to_owned(), json!({"a": [1, null]}))].into_iter().collect(),
        ..SandboxRecord::new(id, OrganizationId::new("one"), moment())
    }
}

fn put(record: SandboxRecord) -> Change {
    Change::PutSandbox(Arc::new(record))
}

/// What both stores must do; `reopen` gives the store as the next run of the server finds it.
fn behaves(open: &dyn Fn() -> Arc<dyn Store>) {
    let store = open();
    assert_eq!(store.load().unwrap(), Saved::default(), "a new store is empty");

    let key = ApiKeyRow {
        organization_id: "one".to_owned(),
        name: "ci".to_owned(),
        hash: "00".repeat(32),
        created_at: moment(),
        expires_at: Some(moment()),
        user_id: "somebody".to_owned(),
        masked: "dtn********************abc".to_owned(),
        permissions: Some(vec!["read:volumes".to_owned()]),
        last_used_at: None,
        active: true,
        changed_at: None,
    };
    let first = record("a", "first");
    store
        .apply(&[
            Change::PutOrganization(organization("one", true)),
            Change::PutOrganization(organization("two", false)),
            Change::PutApiKey(key.clone()),
            put(first.clone()),
            put(record("b", "second")),
        ])
        .unwrap();
    // A name given up in one change can be taken in the next one of the same batch.
    let mut renamed = first.clone();
    renamed.name = "DESTROYED_first_1".to_owned();
    renamed.state = SandboxState::Destroying;
    store.apply(&[put(renamed.clone()), put(record("c", "first"))]).unwrap();
    store.apply(&[Change::DeleteSandbox { id: "b".to_owned() }]).unwrap();
    store.apply(&[Change::DeleteSandbox { id: "never there".to_owned() }]).unwrap();
    let later = ApiKeyRow {
        expires_at: None,
        hash: "11".repeat(32),
        last_used_at: Some(moment()),
        active: false,
        changed_at: Some(moment()),
        ..key
    };
    store.apply(&[Change::PutApiKey(later.clone())]).unwrap();
    let voided = ApiKeyRow { name: "voided".to_owned(), hash: "22".repeat(32), ..later.clone() };
    let (organization_id, name, hash) = ("one".to_owned(), "voided".to_owned(), voided.hash.clone());
    store.apply(&[Change::PutApiKey(voided)]).unwrap();
    store.apply(&[Change::RevokeApiKey { organization_id, name, hash: hash.clone() }]).unwrap();
    // Every kind of record is kept, changed and forgotten.
    for kind in RecordKind::ALL {
        let body = |text: &str| json!({ "text": text }).to_string();
        let row = |id: &str, text: &str| RecordRow {
            kind: *kind,
            id: id.to_owned(),
            organization_id: "two".to_owned(),
            name: "n".to_owned(),
            created_at: moment(),
            body: body(text),
        };
        store.apply(&[Change::PutRecord(row("x", "1")), Change::PutRecord(row("y", "1"))]).unwrap();
        store.apply(&[Change::PutRecord(row("x", "2"))]).unwrap();
        store.apply(&[Change::DeleteRecord { kind: *kind, id: "y".to_owned() }]).unwrap();
    }
    // What an organization has goes with it, and nothing else.
    store.apply(&[Change::PutOrganization(organization("three", false))]).unwrap();
    let theirs = RecordRow {
        kind: RecordKind::Volume,
        id: "z".to_owned(),
        organization_id: "three".to_owned(),
        name: "z".to_owned(),
        created_at: moment(),
        body: "{}".to_owned(),
    };
    store.apply(&[Change::PutRecord(theirs)]).unwrap();
    store.apply(&[Change::DeleteOrganization { id: "three".to_owned() }]).unwrap();
    store.apply(&[]).unwrap();
    drop(store);

    let mut saved = open().load().unwrap();
    saved.organizations.sort_by(|one, other| one.id.cmp(&other.id));
    saved.sandboxes.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(saved.organizations, [organization("one", true), organization("two", false)]);
    assert_eq!(saved.api_keys, [later]);
    assert_eq!(saved.revoked_keys, [hash]);
    let records: Vec<_> =
        saved.records.iter().map(|row| (row.kind, row.id.as_str(), row.body.as_str())).collect();
    let expected: Vec<_> = RecordKind::ALL.iter().map(|kind| (*kind, "x", "{\"text\":\"2\"}")).collect();
    assert_eq!(records, expected);
    assert_eq!(saved.sandboxes, [Arc::new(renamed), Arc::new(record("c", "first"))]);
}

fn sqlite(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path).unwrap())
}

#[test]
fn the_memory_store_keeps_what_it_was_given() {
    let store = Arc::new(MemoryStore::new());
    behaves(&|| Arc::clone(&store) as Arc<dyn Store>);
}

#[test]
fn the_sqlite_store_keeps_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    behaves(&|| sqlite(&folder.path().join("state.db")));
}

#[test]
fn a_batch_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(&folder.path().join("state.db"));
    store.apply(&[Change::PutOrganization(organization("one", true))]).unwrap();
    let mut stranger = record("b", "b");
    stranger.organization_id = OrganizationId::new("nobody's");
    assert!(matches!(store.apply(&[put(record("a", "a")), put(stranger)]), Err(StoreError::Database(_))));
    assert_eq!(store.load().unwrap().sandboxes, []);
}

#[test]
fn a_file_of_a_newer_build_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    drop(sqlite(&path));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 4 }), "{error}");
}

#[test]
fn a_user_can_read_the_file_with_plain_sql() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = sqlite(&path);
    store.apply(&[Change::PutOrganization(organization("one", true)), put(record("a", "mine"))]).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let row = connection.query_row(
        "select name, state, desired_state, body ->> '$.labels.code-toolbox-language' from sandbox",
        [],
        |row| Ok([row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?]),
    );
    assert_eq!(row.unwrap(), ["mine", "started", "started", "python"]);
}

proptest! {
    #[test]
    fn every_record_reads_back_as_it_was_written(
        env in proptest::collection::btree_map(".*", ".*", 0..4),
        name in ".*",
        minutes in any::<i64>(),
        millisecond in -377_705_000_000_000_i64..253_402_200_000_000,
        state in proptest::sample::select(SandboxState::ALL),
    ) {
        let mut written = record("a", &name);
        written.env = env;
        written.intervals.auto_stop = minutes;
        written.last_activity_at = Timestamp::from_millisecond(millisecond).unwrap();
        written.state = state;
        let body = serde_json::to_string(&written).unwrap();
        prop_assert_eq!(serde_json::from_str::<SandboxRecord>(&body).unwrap(), written);
    }
}

#[tokio::test]
async fn acknowledged_changes_are_in_the_file_when_the_answer_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let lab = support::Lab::with(sqlite(&path), |_| {});
    let id = support::id(&lab.create(json!({"name": "kept", "labels": {"a": "1"}})).await);
    let other = sqlite(&path);
    let saved = other.load().unwrap();
    assert_eq!((saved.sandboxes.len(), saved.sandboxes[0].id.as_str()), (1, id.as_str()));
    let body = json!({"labels": {"a": "2"}});
    lab.call("PUT", "/sandbox/kept/labels", Some(body)).await.expect(200);
    assert_eq!(other.load().unwrap().sandboxes[0].labels["a"], "2");
    lab.call("DELETE", "/sandbox/kept", None).await.expect(200);
    let left = other.load().unwrap().sandboxes;
    assert!(left.iter().all(|record| record.desired_state == SandboxDesiredState::Destroyed), "{left:?}");
}

#[tokio::test]
async fn many_changes_at_once_are_all_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let lab = Arc::new(support::Lab::with(sqlite(&path), |_| {}));
    let created = (0..50).map(|number| {
        let lab = Arc::clone(&lab);
        tokio::spawn(async move { support::id(&lab.create(json!({"name": format!("n{number}")})).await) })
    });
    let mut ids = Vec::new();
    for task in created.collect::<Vec<_>>() {
        ids.push(task.await.unwrap());
    }
    let mut saved: Vec<String> =
        sqlite(&path).load().unwrap().sandboxes.iter().map(|record| record.id.clone()).collect();
    saved.sort();
    ids.sort();
    assert_eq!(saved, ids);
}

/// Writes nothing until it is let go, and then only if it is to.
#[derive(Debug, Default)]
struct HeldBack {
    inner: MemoryStore,
    gate: Mutex<Option<bool>>,
    changed: Condvar,
}

impl HeldBack {
    fn let_go(&self, write: bool) {
        *self.gate.lock().unwrap() = Some(write);
        self.changed.notify_all();
    }
}

impl Store for HeldBack {
    fn load(&self) -> Result<Saved, StoreError> {
        self.inner.load()
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let is_about_sandboxes = |change: &Change| matches!(change, Change::PutSandbox(_));
        if changes.iter().any(is_about_sandboxes) {
            let gate = self.changed.wait_while(self.gate.lock().unwrap(), |gate| gate.is_none()).unwrap();
            if *gate == Some(false) {
                return Err(StoreError::Closed);
            }
        }
        self.inner.apply(changes)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_given_before_what_it_reports_is_written() {
    let store = Arc::new(HeldBack::default());
    let lab = Arc::new(support::Lab::with(Arc::clone(&store) as Arc<dyn Store>, |_| {}));
    let mut creating = {
        let lab = Arc::clone(&lab);
        tokio::spawn(async move { lab.create(json!({"name": "slow"})).await })
    };
    // The sandbox itself is up long before the store is.
    lab.until_held("a sandbox that runs", |holder| !holder.running().is_empty()).await;
    lab.until("slow", "started").await;
    // Time enough for an answer that waits for nothing more.
    let early = tokio::time::timeout(Duration::from_millis(100), &mut creating).await.is_ok();
    store.let_go(true);
    assert!(!early, "the answer was there before the write");
    assert_eq!(creating.await.unwrap()["state"], "started");
}

#[tokio::test]
async fn a_create_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let store = Arc::new(HeldBack::default());
    store.let_go(false);
    let lab = support::Lab::with(Arc::clone(&store) as Arc<dyn Store>, |_| {});
    let answer = lab.call("POST", "/sandbox", Some(json!({"name": "lost"}))).await;
    assert_eq!(answer.error(500), "An unexpected error occurred.");
    assert_eq!(lab.get("/sandbox").await.expect(200)["items"], json!([]));
    let removed = |holder: &support::FakeHolder| holder.log().iter().any(|what| what.starts_with("remove"));
    lab.until_held("a removal", removed).await;
}
