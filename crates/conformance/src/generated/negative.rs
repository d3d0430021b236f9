//! Requests a server has to refuse.

use contract::{Auth as Needs, Location, Method};
use serde_json::{Value, json};

use super::request::Filling;
use super::{Kind, Maker, values, without_sandbox};
use crate::case::{Auth, Case, Expect, Side, StatusSet, Statuses, Step};
use crate::variables::LARGE_BYTES;

impl Maker {
    pub(super) fn negative(self, cases: &mut Vec<Case>) {
        self.auth(cases);
        if self.operation.websocket || !self.is_open_to_users() {
            return;
        }
        self.unknown_id(cases);
        // VoidRun's servers look for the sandbox before they look at the request, and pass over more than they refuse.
        if self.side == Side::VoidRun {
            return;
        }
        self.other_tenant(cases);
        self.query(cases);
        self.body(cases);
    }

    fn auth(self, cases: &mut Vec<Case>) {
        if matches!(self.operation.auth, Needs::None | Needs::Signature) {
            return;
        }
        let id = self.operation.id;
        let refusals = match self.operation.auth {
            Needs::Bearer => statuses(&[401]),
            _ => statuses(&[401, 403]),
        };
        for (name, auth, words, needs) in [
            ("auth-none", Auth::None, "without a credential", "credentials"),
            ("auth-bad", Auth::Bad, "with a credential nobody issued", "strict-credentials"),
        ] {
            let mut step = self.step(&Filling::default());
            step.auth = Some(auth);
            step.expect = refused(refusals.clone());
            let mut case = self.case(Kind::Auth, name, format!("{id} {words} is refused."), step);
            case.needs.push(needs.to_owned());
            case.cleanup.clear();
            cases.push(case);
        }
    }

    fn unknown_id(self, cases: &mut Vec<Case>) {
        let template = self.template();
        let Some(name) = template.path_names().into_iter().next() else { return };
        // Other ids of VoidRun have a form of their own, and a refusal for those that lack it.
        if self.side == Side::VoidRun && !self.operation.path.starts_with("/sandboxes/{id}") {
            return;
        }
        if !(self.documents(404) || self.documents(410)) {
            return;
        }
        let is_text = template
            .parameters(Location::Path)
            .any(|parameter| parameter.name == name && matches!(parameter.kind, contract::Kind::String));
        if !is_text || template.parameters(Location::Path).any(|parameter| !parameter.bound.values.is_empty())
        {
            return;
        }
        let filling = Filling { path: [(name, "${uuid}".to_owned())].into(), ..Filling::default() };
        let mut step = self.step(&filling);
        let allowed = match (self.documents(404), name == "organizationId") {
            (true, false) => statuses(&[404]),
            (true, true) => statuses(&[403, 404]),
            (false, _) => statuses(&[410]),
        };
        step.expect = refused(allowed);
        let title = format!("{} of an unknown {name} says that there is none.", self.operation.id);
        let mut case = self.case(Kind::Id, "unknown-id", title, step);
        case.cleanup.clear();
        let only_this = template.names_sandbox() && template.is_sandbox(name);
        cases.push(if only_this { without_sandbox(case) } else { case });
    }

    fn other_tenant(self, cases: &mut Vec<Case>) {
        if !self.template().names_sandbox() || !self.documents(404) {
            return;
        }
        let mut step = self.step(&Filling::default());
        step.auth = Some(Auth::Other);
        step.expect = refused(statuses(&[404]));
        let title = format!("{} of another tenant's sandbox says that there is none.", self.operation.id);
        let mut case = self.case(Kind::Tenant, "other-tenant", title, step);
        case.cleanup.clear();
        cases.push(case);
    }

    fn query(self, cases: &mut Vec<Case>) {
        for parameter in self.template().parameters(Location::Query) {
            let name = parameter.name;
            let mut add = |kind: Kind, suffix: &str, words: &str, value: Value| {
                let filling = Filling { query: [(name.to_owned(), value)].into(), ..Filling::default() };
                let title = format!("{} {words} query parameter {name} is refused.", self.operation.id);
                cases.push(self.case(kind, &format!("{suffix}-{name}"), title, self.wrong(&filling)));
            };
            if parameter.required {
                add(Kind::Missing, "missing-query", "without its", Value::Null);
            }
            for (side, value) in values::outside(&parameter.kind, &parameter.bound, parameter.lenient) {
                add(
                    Kind::Bound,
                    &format!("{side}-query"),
                    &format!("with a value {side} the limit of its"),
                    value,
                );
            }
            if values::is_enum(&parameter.kind, &parameter.bound) {
                add(Kind::Enum, "enum-query", "with an unknown value of its", values::UNKNOWN_VALUE.into());
            }
            if matches!(parameter.kind, contract::Kind::Integer { .. } | contract::Kind::Number) {
                add(Kind::Type, "type-query", "with no number in its", "wrong type".into());
            }
        }
    }

    fn body(self, cases: &mut Vec<Case>) {
        let Some(shape) = self.template().json_shape() else { return };
        let id = self.operation.id;
        let has_required = shape.members.iter().any(|member| member.required);
        if self.operation.body.is_some_and(|body| body.required) && self.operation.method != Method::Get {
            let filling = Filling { text: Some("{\"cut\":"), ..Filling::default() };
            let title = format!("{id} with a body that is no JSON is refused.");
            cases.push(self.case(Kind::Json, "json", title, self.wrong(&filling)));
        }
        if has_required {
            let filling = Filling { json: Some(json!({})), ..Filling::default() };
            let title = format!("{id} with an empty object is refused.");
            cases.push(self.case(Kind::Missing, "missing-all", title, self.wrong(&filling)));
            let padding = json!({ "conformancePadding": "${large}" });
            let mut step = self.wrong(&Filling { json: Some(padding), ..Filling::default() });
            // Whatever stands in front of a server may refuse it first, in its own words.
            step.expect.contract = Some(false);
            let title = format!("{id} with a body of {LARGE_BYTES} bytes and nothing it needs is refused.");
            cases.push(self.case(Kind::Size, "size", title, step));
        }
        for member in shape.members {
            let name = member.name;
            let mut add = |kind: Kind, suffix: &str, words: &str, body: Value| {
                let filling = Filling { json: Some(body), ..Filling::default() };
                let title = format!("{id} {words} {name} is refused.");
                cases.push(self.case(kind, &format!("{suffix}-{name}"), title, self.wrong(&filling)));
            };
            if member.required {
                let mut body = values::required(shape, 0);
                body.remove(name);
                add(Kind::Missing, "missing", "without", Value::Object(body));
            }
            if let Some(value) = values::wrong_type(&member.kind, member.lenient) {
                add(Kind::Type, "type", "with a wrong type of", values::with(shape, member, value));
            }
            for (side, value) in values::outside(&member.kind, &member.bound, member.lenient) {
                let words = format!("with a value {side} the limit of");
                add(Kind::Bound, side, &words, values::with(shape, member, value));
            }
            if values::is_enum(&member.kind, &member.bound) {
                let body = values::with(shape, member, values::UNKNOWN_VALUE.into());
                add(Kind::Enum, "enum", "with an unknown value of", body);
            }
        }
    }

    fn wrong(self, filling: &Filling) -> Step {
        let mut step = self.step(filling);
        step.expect = refused(Statuses::One(StatusSet::Class("4xx".to_owned())));
        step
    }
}

fn statuses(statuses: &[u16]) -> Statuses {
    Statuses::Several(statuses.iter().copied().map(StatusSet::Exactly).collect())
}

fn refused(statuses: Statuses) -> Expect {
    Expect { status: Some(statuses), ..Expect::default() }
}
