//! Rows in one SQLite file. Key columns stand beside the JSON body, so that `sqlite3 state.db 'select name, state from
//! sandbox'` answers most questions.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{ApiKeyRow, Change, OrganizationRow, Saved, Store, StoreError};

/// One entry a schema version; `user_version` counts those applied. Entries are never edited, only added.
const MIGRATIONS: &[&str] = &["
    create table organization (
        id text primary key,
        name text not null,
        is_default integer not null check (is_default in (0, 1)),
        created_at text not null
    ) strict;
    create unique index only_default_organization on organization (is_default) where is_default = 1;
    create table api_key (
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        hash text not null unique,
        created_at text not null,
        expires_at text,
        primary key (organization_id, name)
    ) strict;
    create table sandbox (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        state text not null,
        desired_state text not null,
        created_at text not null,
        updated_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create unique index sandbox_name on sandbox (organization_id, name);
"];

/// Keeps records in a SQLite database in write-ahead mode.
#[derive(Debug)]
pub struct SqliteStore(Mutex<Connection>);

impl SqliteStore {
    /// Opens the database at `path`, making it or bringing it up to date where needed.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or was written by a newer build.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // What is promised is that acknowledged changes survive the end of this process, kill -9 included: written pages
        // are the kernel's then. Only a power cut may cost the last of them, and never the consistency of the file; a
        // sync for each commit would cost every create several milliseconds.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let applied = usize::try_from(found).unwrap_or(0);
    for (migration, version) in MIGRATIONS.iter().zip(1_i64..).skip(applied) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

impl Store for SqliteStore {
    fn load(&self) -> Result<Saved, StoreError> {
        let connection = self.connection();
        Ok(Saved {
            organizations: rows(
                &connection,
                "select id, name, is_default, created_at from organization",
                organization,
            )?,
            api_keys: rows(
                &connection,
                "select organization_id, name, hash, created_at, expires_at from api_key",
                api_key,
            )?,
            sandboxes: rows(&connection, "select body from sandbox order by created_at, id", |row| {
                let body: String = row.get(0)?;
                serde_json::from_str(&body).map(Arc::new).map_err(|error| unreadable("sandbox", &error))
            })?,
        })
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        for change in changes {
            apply(&transaction, change)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn apply(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::PutOrganization(row) => connection
            .prepare_cached(
                "insert into organization (id, name, is_default, created_at) values (?1, ?2, ?3, ?4)
                 on conflict (id) do update set name = ?2, is_default = ?3, created_at = ?4",
            )?
            .execute(params![row.id, row.name, row.is_default, row.created_at.to_string()])?,
        Change::PutApiKey(row) => connection
            .prepare_cached(
                "insert into api_key (organization_id, name, hash, created_at, expires_at) values (?1, ?2, ?3, ?4, ?5)
                 on conflict (organization_id, name) do update set hash = ?3, created_at = ?4, expires_at = ?5",
            )?
            .execute(params![
                row.organization_id,
                row.name,
                row.hash,
                row.created_at.to_string(),
                row.expires_at.map(|time| time.to_string()),
            ])?,
        Change::PutSandbox(record) => {
            let body = serde_json::to_string(&**record).map_err(|error| unreadable("sandbox", &error))?;
            connection
                .prepare_cached(
                    "insert into sandbox (id, organization_id, name, state, desired_state, created_at, updated_at, body)
                     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     on conflict (id) do update
                     set name = ?3, state = ?4, desired_state = ?5, updated_at = ?7, body = ?8",
                )?
                .execute(params![
                    record.id,
                    record.organization_id.as_str(),
                    record.name,
                    record.state.as_str(),
                    record.desired_state.as_str(),
                    record.created_at.to_string(),
                    record.updated_at.to_string(),
                    body,
                ])?
        }
        Change::DeleteSandbox { id } => {
            connection.prepare_cached("delete from sandbox where id = ?1")?.execute(params![id])?
        }
    };
    Ok(())
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(query)?;
    let mut cursor = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = cursor.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn organization(row: &Row<'_>) -> Result<OrganizationRow, StoreError> {
    Ok(OrganizationRow {
        id: row.get(0)?,
        name: row.get(1)?,
        is_default: row.get(2)?,
        created_at: time("organization", &row.get::<_, String>(3)?)?,
    })
}

fn api_key(row: &Row<'_>) -> Result<ApiKeyRow, StoreError> {
    let expires_at: Option<String> = row.get(4)?;
    Ok(ApiKeyRow {
        organization_id: row.get(0)?,
        name: row.get(1)?,
        hash: row.get(2)?,
        created_at: time("api_key", &row.get::<_, String>(3)?)?,
        expires_at: expires_at.map(|text| time("api_key", &text)).transpose()?,
    })
}

fn time(table: &'static str, text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|error| unreadable(table, &error))
}

fn unreadable(table: &'static str, reason: &impl ToString) -> StoreError {
    StoreError::Row { table, reason: reason.to_string() }
}
