//! Rows in one SQLite file. Key columns stand beside the JSON body, so that `sqlite3 state.db 'select name, state from
//! sandbox'` answers most questions.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::schema::migrate;
use super::{ApiKeyRow, Change, OrganizationRow, RecordKind, RecordRow, Saved, Store, StoreError};

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
        keep_to_owner(path)?;
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

/// Secrets lie in the file: nobody but its owner may read it. SQLite gives its side files the same rights. An existing
/// file is not opened for this: closing it again would give up the locks this process holds on it.
fn keep_to_owner(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    match std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
        }
        Err(error) => Err(error.into()),
    }
}

impl Store for SqliteStore {
    fn load(&self) -> Result<Saved, StoreError> {
        let connection = self.connection();
        Ok(Saved {
            organizations: rows(
                &connection,
                "select id, name, is_default, created_at, body from organization",
                organization,
            )?,
            api_keys: rows(
                &connection,
                "select organization_id, name, hash, created_at, expires_at, user_id, masked, permissions, last_used_at,
                        active, changed_at
                 from api_key",
                api_key,
            )?,
            revoked_keys: rows(&connection, "select hash from revoked_key", |row| Ok(row.get(0)?))?,
            records: records(&connection)?,
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
        Change::PutOrganization(row) => put_organization(connection, row)?,
        Change::DeleteOrganization { id } => {
            connection.prepare_cached("delete from organization where id = ?1")?.execute(params![id])?
        }
        Change::PutApiKey(row) => put_api_key(connection, row)?,
        Change::RevokeApiKey { organization_id, name, hash } => {
            connection
                .prepare_cached("delete from api_key where organization_id = ?1 and name = ?2")?
                .execute(params![organization_id, name])?;
            connection
                .prepare_cached("insert or ignore into revoked_key (hash) values (?1)")?
                .execute(params![hash])?
        }
        Change::PutRecord(row) => put_record(connection, row)?,
        Change::DeleteRecord { kind, id } => connection
            .prepare_cached(&format!("delete from {} where id = ?1", kind.table()))?
            .execute(params![id])?,
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

fn put_organization(connection: &Connection, row: &OrganizationRow) -> Result<usize, StoreError> {
    let body = serde_json::to_string(&row.settings).map_err(|error| unreadable("organization", &error))?;
    let mut statement = connection.prepare_cached(
        "insert into organization (id, name, is_default, created_at, body) values (?1, ?2, ?3, ?4, ?5)
         on conflict (id) do update set name = ?2, is_default = ?3, created_at = ?4, body = ?5",
    )?;
    let created_at = row.created_at.to_string();
    Ok(statement.execute(params![row.id, row.name, row.is_default, created_at, body])?)
}

fn put_api_key(connection: &Connection, row: &ApiKeyRow) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(
        "insert into api_key (organization_id, name, hash, created_at, expires_at, user_id, masked, permissions,
                              last_used_at, active, changed_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         on conflict (organization_id, name) do update
         set hash = ?3, created_at = ?4, expires_at = ?5, user_id = ?6, masked = ?7, permissions = ?8,
             last_used_at = ?9, active = ?10, changed_at = ?11",
    )?;
    let permissions = row.permissions.as_ref().map(serde_json::to_string).transpose();
    Ok(statement.execute(params![
        row.organization_id,
        row.name,
        row.hash,
        row.created_at.to_string(),
        row.expires_at.map(|time| time.to_string()),
        row.user_id,
        row.masked,
        permissions.map_err(|error| unreadable("api_key", &error))?,
        row.last_used_at.map(|time| time.to_string()),
        row.active,
        row.changed_at.map(|time| time.to_string()),
    ])?)
}

fn put_record(connection: &Connection, row: &RecordRow) -> Result<usize, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "insert into {} (id, organization_id, name, created_at, body) values (?1, ?2, ?3, ?4, ?5)
         on conflict (id) do update set name = ?3, body = ?5",
        row.kind.table()
    ))?;
    let created_at = row.created_at.to_string();
    Ok(statement.execute(params![row.id, row.organization_id, row.name, created_at, row.body])?)
}

/// The records of every kind, oldest first within their kind.
fn records(connection: &Connection) -> Result<Vec<RecordRow>, StoreError> {
    let mut found = Vec::new();
    for kind in RecordKind::ALL {
        let table = kind.table();
        let query = format!(
            "select id, organization_id, name, created_at, body from {table} order by created_at, rowid"
        );
        found.extend(rows(connection, &query, |row| {
            Ok(RecordRow {
                kind: *kind,
                id: row.get(0)?,
                organization_id: row.get(1)?,
                name: row.get(2)?,
                created_at: time(table, &row.get::<_, String>(3)?)?,
                body: row.get(4)?,
            })
        })?);
    }
    Ok(found)
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
        settings: serde_json::from_str(&row.get::<_, String>(4)?)
            .map_err(|error| unreadable("organization", &error))?,
    })
}

fn api_key(row: &Row<'_>) -> Result<ApiKeyRow, StoreError> {
    let moment = |column: usize| {
        let text: Option<String> = row.get(column)?;
        text.map(|text| time("api_key", &text)).transpose()
    };
    let permissions: Option<String> = row.get(7)?;
    Ok(ApiKeyRow {
        organization_id: row.get(0)?,
        name: row.get(1)?,
        hash: row.get(2)?,
        created_at: time("api_key", &row.get::<_, String>(3)?)?,
        expires_at: moment(4)?,
        user_id: row.get(5)?,
        masked: row.get(6)?,
        permissions: permissions
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| unreadable("api_key", &error))?,
        last_used_at: moment(8)?,
        active: row.get(9)?,
        changed_at: moment(10)?,
    })
}

fn time(table: &'static str, text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|error| unreadable(table, &error))
}

fn unreadable(table: &'static str, reason: &impl ToString) -> StoreError {
    StoreError::Row { table, reason: reason.to_string() }
}
