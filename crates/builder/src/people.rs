//! Users and groups of a stage, by name or number.

use std::collections::BTreeMap;

use crate::{BenchError, Identity, Program, Stage};

/// What `/etc/passwd` and `/etc/group` say.
#[derive(Debug, Default)]
pub(crate) struct People {
    passwd: String,
    group: String,
}

impl People {
    /// Asks a stage.
    pub(crate) async fn of(stage: &impl Stage) -> Result<Self, BenchError> {
        Ok(Self { passwd: read(stage, "/etc/passwd").await?, group: read(stage, "/etc/group").await? })
    }

    /// `user`, `user:group`, by names or numbers. A number needs no entry.
    pub(crate) fn find(&self, text: &str) -> Result<Identity, String> {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        let number = user.parse().ok();
        let entry = fields(&self.passwd).find(|entry| {
            entry.first() == Some(&user)
                || (number.is_some() && entry.get(2).and_then(|id| id.parse().ok()) == number)
        });
        let of_entry =
            |at: usize| entry.as_ref().and_then(|entry| entry.get(at)).and_then(|id| id.parse::<u32>().ok());
        let id = of_entry(2).or(number);
        let id =
            id.ok_or_else(|| format!("unable to find user {user}: no matching entries in passwd file"))?;
        let own_group = match group {
            Some(group) => self.group_id(group)?,
            None => of_entry(3).unwrap_or(0),
        };
        let name = entry.as_ref().and_then(|entry| entry.first().copied()).unwrap_or(user);
        let home = entry.as_ref().and_then(|entry| entry.get(5)).filter(|home| !home.is_empty());
        Ok(Identity {
            user: id,
            group: own_group,
            groups: if group.is_some() { Vec::new() } else { self.groups_of(name) },
            home: home.map_or_else(|| "/".to_owned(), |home| (*home).to_owned()),
        })
    }

    fn group_id(&self, group: &str) -> Result<u32, String> {
        let entry = fields(&self.group).find(|entry| entry.first() == Some(&group));
        let id = entry.and_then(|entry| entry.get(2)?.parse().ok()).or_else(|| group.parse().ok());
        id.ok_or_else(|| format!("unable to find group {group}: no matching entries in group file"))
    }

    fn groups_of(&self, name: &str) -> Vec<u32> {
        let has = |entry: &Vec<&str>| entry.get(3).is_some_and(|names| names.split(',').any(|it| it == name));
        fields(&self.group).filter(has).filter_map(|entry| entry.get(2)?.parse().ok()).collect()
    }
}

fn fields(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| line.split(':').collect())
}

async fn read(stage: &impl Stage, path: &str) -> Result<String, BenchError> {
    let mut text = Vec::new();
    let program = Program {
        words: ["cat", path].map(ToOwned::to_owned).into(),
        env: BTreeMap::new(),
        directory: "/".to_owned(),
        user: None,
    };
    let code = stage.run(&program, &mut |bytes| text.extend_from_slice(bytes)).await?;
    // Without such a file there are numbers only.
    Ok(if code == 0 { String::from_utf8_lossy(&text).into_owned() } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_found_by_name_and_number() {
        let people = People {
            passwd: "root:x:0:0:root:/root:/bin/bash\napp:x:1001:1002::/srv/app:/bin/sh\n".into(),
            group: "root:x:0:\nwheel:x:10:app,root\nstaff:x:50:\n".into(),
        };
        let identity = |user, group, groups: &[u32], home: &str| Identity {
            user,
            group,
            groups: groups.to_vec(),
            home: home.to_owned(),
        };
        assert_eq!(people.find("app"), Ok(identity(1001, 1002, &[10], "/srv/app")));
        assert_eq!(people.find("1001"), Ok(identity(1001, 1002, &[10], "/srv/app")));
        assert_eq!(people.find("app:staff"), Ok(identity(1001, 50, &[], "/srv/app")));
        assert_eq!(people.find("5:6"), Ok(identity(5, 6, &[], "/")));
        assert_eq!(people.find("7"), Ok(identity(7, 0, &[], "/")));
        assert!(people.find("nobody-here").unwrap_err().contains("unable to find user nobody-here"));
        assert!(people.find("app:none").unwrap_err().contains("unable to find group none"));
    }
}
