//! The tables of the state database, version by version. Entries are never edited, only added: a file of an older build
//! becomes one of this build by the entries it lacks.

use rusqlite::Connection;

use super::StoreError;

/// One entry a schema version; `user_version` counts those applied.
const MIGRATIONS: &[&str] = &[FIRST, SECOND, THIRD, FOURTH];

/// Organizations, keys, sandboxes.
const FIRST: &str = "
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
";

/// Settings of organizations, what is known of keys, and the simple records.
const SECOND: &str = "
    alter table organization add column body text not null default '{}' check (json_valid(body));
    alter table api_key add column user_id text not null default '';
    alter table api_key add column masked text not null default 'dtn********************';
    alter table api_key add column permissions text check (permissions is null or json_valid(permissions));
    alter table api_key add column last_used_at text;
    create table revoked_key (hash text primary key) strict;
    create table user_account (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table volume (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table secret (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table warm_pool (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table docker_registry (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table organization_role (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table organization_invitation (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table audit_log (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
";

/// Keys that can be switched off.
const THIRD: &str = "
    alter table api_key add column active integer not null default 1 check (active in (0, 1));
    alter table api_key add column changed_at text;
";

/// Snapshots, and the builds some of them come from.
const FOURTH: &str = "
    create table snapshot (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
    create table image_build (
        id text primary key,
        organization_id text not null references organization (id) on delete cascade,
        name text not null,
        created_at text not null,
        body text not null check (json_valid(body))
    ) strict;
";

/// Brings a database up to the version of this build, one version after the other, each whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
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
