//! How a client reads JSON (sdk-clients.md §b.1 to §b.3).
//!
//! A [`Shape`] lists the members a client's model has; [`Reading`] says what the client does when an answer departs.

use serde_json::Value;

/// The type a client expects of a member.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// A number without a fraction.
    Integer,
    Flag,
    Object(&'static Shape),
    List(&'static Shape),
    /// An object of strings.
    Texts,
    /// Whatever comes.
    Any,
}

/// A model of a client's.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Members whose absence is an error.
    pub(crate) required: &'static [(&'static str, Kind)],
    /// Members that may be absent or null.
    pub(crate) optional: &'static [(&'static str, Kind)],
}

/// How strict a client is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Whether it passes over members its model lacks.
    pub(crate) takes_unknown_members: bool,
    /// Whether a required member may be null.
    pub(crate) takes_null_for_required: bool,
}

impl Reading {
    /// What a client would complain about, each with where it stands.
    pub(crate) fn complaints(self, value: &Value, kind: Kind) -> Vec<String> {
        let mut complaints = Vec::new();
        self.read(value, kind, "$", &mut complaints);
        complaints
    }

    fn read(self, value: &Value, kind: Kind, at: &str, complaints: &mut Vec<String>) {
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Integer => value.is_i64() || value.is_u64(),
            Kind::Flag => value.is_boolean(),
            Kind::Object(_) => value.is_object(),
            Kind::List(_) => value.is_array(),
            Kind::Texts => value.as_object().is_some_and(|members| members.values().all(Value::is_string)),
            Kind::Any => true,
        };
        if !fits {
            complaints.push(format!("{at} is {value}, not {kind:?}"));
            return;
        }
        match kind {
            Kind::Object(shape) => self.read_object(value, shape, at, complaints),
            Kind::List(shape) => {
                for (place, element) in value.as_array().into_iter().flatten().enumerate() {
                    self.read(element, Kind::Object(shape), &format!("{at}[{place}]"), complaints);
                }
            }
            _ => {}
        }
    }

    fn read_object(self, value: &Value, shape: &Shape, at: &str, complaints: &mut Vec<String>) {
        for (name, kind) in shape.required {
            match value.get(name) {
                None => complaints.push(format!("{at} lacks {name}")),
                Some(Value::Null) if self.takes_null_for_required => {}
                Some(Value::Null) => complaints.push(format!("{at}.{name} is null")),
                Some(member) => self.read(member, *kind, &format!("{at}.{name}"), complaints),
            }
        }
        for (name, kind) in shape.optional {
            if let Some(member) = value.get(name).filter(|member| !member.is_null()) {
                self.read(member, *kind, &format!("{at}.{name}"), complaints);
            }
        }
        let known = |name: &str| shape.required.iter().chain(shape.optional).any(|(known, _)| *known == name);
        let unknown = value.as_object().into_iter().flatten().filter(|(name, _)| !known(name));
        if !self.takes_unknown_members {
            complaints.extend(unknown.map(|(name, _)| format!("{at} has an unknown member {name}")));
        }
    }
}

/// Models of what the clients of this program read of commands, sessions, terminals and interpreters.
pub(crate) mod models {
    use super::Kind::{Any, Flag, Integer, List, Object, Text, Texts};
    use super::{Kind, Shape};

    pub(crate) const EXECUTED: Kind =
        Object(&Shape { required: &[("result", Text)], optional: &[("exitCode", Integer)] });
    pub(crate) const UPLOADED: Kind =
        Object(&Shape { required: &[("name", Text), ("path", Text), ("type", Text)], optional: &[] });
    pub(crate) const FILE_INFOS: Kind = List(&Shape {
        required: &[
            ("name", Text),
            ("size", Integer),
            ("mode", Text),
            ("modTime", Text),
            ("modifiedAt", Text),
            ("isDir", Flag),
            ("owner", Text),
            ("group", Text),
            ("permissions", Text),
        ],
        // Newer clients alone know it.
        optional: &[("path", Text)],
    });
    pub(crate) const CODE_RUN: Kind = Object(&Shape {
        required: &[("exitCode", Integer), ("result", Text)],
        optional: &[("artifacts", Object(&Shape { required: &[], optional: &[("charts", List(&CHART))] }))],
    });
    const CHART: Shape = Shape {
        required: &[],
        optional: &[
            ("type", Text),
            ("title", Text),
            ("png", Text),
            ("elements", Any),
            ("x_label", Text),
            ("y_label", Text),
            ("x_ticks", Any),
            ("y_ticks", Any),
            ("x_tick_labels", Any),
            ("y_tick_labels", Any),
            ("x_scale", Text),
            ("y_scale", Text),
        ],
    };
    pub(crate) const SESSION: Shape =
        Shape { required: &[("sessionId", Text), ("commands", List(&COMMAND))], optional: &[] };
    pub(crate) const COMMAND: Shape =
        Shape { required: &[("id", Text), ("command", Text)], optional: &[("exitCode", Integer)] };
    pub(crate) const SESSION_EXECUTED: Kind = Object(&Shape {
        required: &[("cmdId", Text)],
        optional: &[("output", Text), ("stdout", Text), ("stderr", Text), ("exitCode", Integer)],
    });
    pub(crate) const LOGS: Kind =
        Object(&Shape { required: &[("output", Text), ("stdout", Text), ("stderr", Text)], optional: &[] });
    pub(crate) const TERMINAL_MADE: Kind = Object(&Shape { required: &[("sessionId", Text)], optional: &[] });
    pub(crate) const TERMINAL: Shape = Shape {
        required: &[
            ("active", Flag),
            ("cols", Integer),
            ("createdAt", Text),
            ("cwd", Text),
            ("envs", Texts),
            ("id", Text),
            ("lazyStart", Flag),
            ("rows", Integer),
        ],
        optional: &[],
    };
    pub(crate) const TERMINALS: Kind =
        Object(&Shape { required: &[("sessions", List(&TERMINAL))], optional: &[] });
    pub(crate) const CONTEXT: Shape = Shape {
        required: &[("active", Flag), ("createdAt", Text), ("cwd", Text), ("id", Text), ("language", Text)],
        optional: &[],
    };
    pub(crate) const CONTEXTS: Kind =
        Object(&Shape { required: &[("contexts", List(&CONTEXT))], optional: &[] });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::models::{SESSION, SESSION_EXECUTED};
    use super::*;

    const OLD_GO: Reading = Reading { takes_unknown_members: false, takes_null_for_required: true };
    const RUBY: Reading = Reading { takes_unknown_members: true, takes_null_for_required: false };

    #[test]
    fn a_reader_complains_of_what_its_client_refuses() {
        let session = json!({ "sessionId": "s", "commands": [{ "id": 1, "command": "x", "new": true }] });
        let complaints = OLD_GO.complaints(&session, Kind::Object(&SESSION));
        assert_eq!(
            complaints,
            ["$.commands[0].id is 1, not Text", "$.commands[0] has an unknown member new"]
        );
        assert_eq!(RUBY.complaints(&json!({ "cmdId": null }), SESSION_EXECUTED), ["$.cmdId is null"]);
        assert!(OLD_GO.complaints(&json!({ "cmdId": null, "exitCode": null }), SESSION_EXECUTED).is_empty());
        assert_eq!(OLD_GO.complaints(&json!({}), SESSION_EXECUTED), ["$ lacks cmdId"]);
    }
}
