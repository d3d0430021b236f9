//! Requests a server has to accept: reading operations that need nothing but, at most, a sandbox.

use contract::{Auth, Location, Method};
use serde_json::Value;

use super::request::Filling;
use super::{Kind, Maker, values};
use crate::case::{Case, Expect, Side, StatusSet, Statuses};

impl Maker {
    pub(super) fn positive(self, cases: &mut Vec<Case>) {
        if self.side == Side::VoidRun || !self.is_plain_read() {
            return;
        }
        let id = self.operation.id;
        let mut add = |name: &str, title: String, query: Vec<(String, Value)>| {
            let filling = Filling { query: query.into_iter().collect(), ..Filling::default() };
            let mut step = self.step(&filling);
            step.expect = self.accepted();
            cases.push(self.case(Kind::Optional, name, title, step));
        };
        add("plain", format!("{id} without any option is answered as documented."), Vec::new());
        let mut together = Vec::new();
        for parameter in self.template().parameters(Location::Query) {
            let edges = values::edges(&parameter.kind, &parameter.bound);
            together.extend(edges.first().map(|(_, value)| (parameter.name.to_owned(), value.clone())));
            for (edge, value) in edges {
                let title = format!("{id} with {} at {edge} is answered as documented.", parameter.name);
                add(
                    &format!("optional-{}-{edge}", parameter.name),
                    title,
                    vec![(parameter.name.to_owned(), value)],
                );
            }
        }
        if together.len() > 1 {
            add(
                "optional-together",
                format!("{id} with all its options is answered as documented."),
                together,
            );
        }
    }

    /// Whether nothing has to exist but a sandbox, and nothing changes. What shows of a desktop has to be started first.
    fn is_plain_read(self) -> bool {
        let template = self.template();
        self.operation.method == Method::Get
            && !matches!(self.operation.tag, "computer-use-input" | "accessibility")
            && !self.operation.websocket
            && self.is_open_to_users()
            && template.path_names().into_iter().all(|name| template.is_sandbox(name))
            && !template.parameters(Location::Query).any(|parameter| parameter.required)
    }

    /// Its success, or a refusal documented for this very operation: not every sandbox has a parent. Operations that ask
    /// for a user's token may turn an API key away.
    fn accepted(self) -> Expect {
        let mut allowed = vec![self.operation.success()];
        allowed.extend([404, 409, 410, 412, 422].into_iter().filter(|status| self.documents(*status)));
        if self.operation.auth == Auth::Jwt {
            allowed.extend([401, 403]);
        }
        let allowed = allowed.into_iter().map(StatusSet::Exactly).collect();
        Expect { status: Some(Statuses::Several(allowed)), ..Expect::default() }
    }
}
