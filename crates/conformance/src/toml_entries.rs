//! Reads a TOML file that is a list of entries, with defaults for all of them at its top.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::Error;

/// The entries of the list called `list`, each with a name to speak of it. Keys outside the list are defaults for all.
pub(crate) fn read<T: DeserializeOwned>(
    file: &str,
    text: &str,
    list: &str,
) -> Result<Vec<(String, T)>, Error> {
    let mut defaults: Table = text.parse().map_err(|error| Error::data(file, "", error))?;
    let entries = match defaults.remove(list) {
        None => Vec::new(),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(Error::data(file, "", format!("`{list}` is not a list of tables"))),
    };
    if let Some(stray) = defaults.keys().find(|key| defaults[*key].is_table() || is_tables(&defaults[*key])) {
        return Err(Error::data(file, "", format!("`{stray}` is no part of a list of `{list}`")));
    }
    let mut read = Vec::with_capacity(entries.len());
    for (position, entry) in entries.into_iter().enumerate() {
        let id = entry.get("id").and_then(Value::as_str).map(|id| format!(" ({id})")).unwrap_or_default();
        let name = format!("{list} {}{id}", position + 1);
        let Value::Table(entry) = entry else {
            return Err(Error::data(file, &name, "not a table"));
        };
        let mut whole = defaults.clone();
        whole.extend(entry);
        let value = T::deserialize(whole)
            .map_err(|error| Error::data(file, &name, error.to_string().trim().to_owned()))?;
        read.push((name, value));
    }
    Ok(read)
}

fn is_tables(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().any(Value::is_table))
}
