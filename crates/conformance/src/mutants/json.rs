//! Changes inside JSON bodies.

use serde_json::{Value, json};

use super::Break;

/// A step on the way to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Name(String),
    Index(usize),
    Every,
}

/// Whether the paths of a break can be read.
pub(super) fn check(made: &Break) -> Result<(), String> {
    let members: Vec<&String> = match made {
        Break::DropMember { member }
        | Break::RenameMember { member, .. }
        | Break::ChangeType { member }
        | Break::SetMember { member, .. }
        | Break::AddMember { member, .. }
        | Break::Stale { member }
        | Break::EmptyList { member }
        | Break::ShortList { member }
        | Break::RepeatItem { member }
        | Break::ReverseList { member }
        | Break::AddToNumber { member, .. }
        | Break::RepeatCursor { member } => vec![member],
        Break::SwapMembers { members } => members.iter().collect(),
        _ => Vec::new(),
    };
    members.into_iter().map(|member| parse(member)).find_map(Result::err).map_or(Ok(()), Err)
}

fn parse(path: &str) -> Result<Vec<Part>, String> {
    let problem = || format!("`{path}` is no path; write items[0].id, or $ for the whole body");
    let mut parts = Vec::new();
    for piece in
        path.trim_start_matches('$').trim_start_matches('.').split('.').filter(|piece| !piece.is_empty())
    {
        let (name, mut brackets) = piece.split_at(piece.find('[').unwrap_or(piece.len()));
        if !name.is_empty() {
            parts.push(Part::Name(name.to_owned()));
        }
        while !brackets.is_empty() {
            let inner = brackets.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let (index, rest) = inner.ok_or_else(problem)?;
            parts.push(match index {
                "*" => Part::Every,
                number => Part::Index(number.parse().map_err(|_| problem())?),
            });
            brackets = rest;
        }
    }
    if path.is_empty() { Err(problem()) } else { Ok(parts) }
}

/// Calls `change` on every value the path leads to.
pub(super) fn at(body: &mut Value, path: &str, change: &mut dyn FnMut(&mut Value)) {
    if let Ok(parts) = parse(path) {
        visit(body, &parts, change);
    }
}

fn visit(value: &mut Value, parts: &[Part], change: &mut dyn FnMut(&mut Value)) {
    let Some((part, rest)) = parts.split_first() else {
        change(value);
        return;
    };
    match part {
        Part::Name(name) => {
            if let Some(inner) = value.get_mut(name) {
                visit(inner, rest, change);
            }
        }
        Part::Index(index) => {
            if let Some(inner) = value.get_mut(index) {
                visit(inner, rest, change);
            }
        }
        Part::Every => {
            for inner in value.as_array_mut().into_iter().flatten() {
                visit(inner, rest, change);
            }
        }
    }
}

/// Calls `change` on every object that holds the path's last name.
pub(super) fn at_parent(
    body: &mut Value,
    path: &str,
    change: &mut dyn FnMut(&mut serde_json::Map<String, Value>, &str),
) {
    let Ok(mut parts) = parse(path) else { return };
    let Some(Part::Name(name)) = parts.pop() else { return };
    visit(body, &parts, &mut |value| {
        if let Some(members) = value.as_object_mut() {
            change(members, &name);
        }
    });
}

/// The first value the path leads to.
pub(super) fn first(body: &Value, path: &str) -> Option<Value> {
    let mut found = None;
    // Reading goes through a copy, so that one walk serves both.
    at(&mut body.clone(), path, &mut |value| {
        found.get_or_insert_with(|| value.clone());
    });
    found
}

/// The value in another type.
pub(super) fn other_type(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(7),
        Value::Null => json!({}),
        other => Value::String(other.to_string()),
    }
}

/// Makes a break that needs nothing but the body.
pub(super) fn change(body: &mut Value, made: &Break) {
    match made {
        Break::DropMember { member } => {
            at_parent(body, member, &mut |members, name| drop(members.shift_remove(name)));
        }
        Break::RenameMember { member, to } => at_parent(body, member, &mut |members, name| {
            if let Some(value) = members.shift_remove(name) {
                members.insert(to.clone(), value);
            }
        }),
        Break::AddMember { member, value } => {
            at_parent(body, member, &mut |members, name| {
                drop(members.insert(name.to_owned(), value.clone()));
            });
        }
        Break::ChangeType { member } => at(body, member, &mut |value| *value = other_type(value)),
        Break::SetMember { member, value } => at(body, member, &mut |old| old.clone_from(value)),
        Break::SwapMembers { members: [left, right] } => swap(body, left, right),
        Break::EmptyList { member } => at(body, member, &mut |value| *value = json!([])),
        Break::ShortList { member } => on_list(body, member, &mut |list| drop(list.pop())),
        Break::ReverseList { member } => on_list(body, member, &mut |list| list.reverse()),
        Break::RepeatItem { member } => on_list(body, member, &mut |list| {
            if let Some(first) = list.first().cloned() {
                list.insert(0, first);
            }
        }),
        Break::AddToNumber { member, by } => at(body, member, &mut |value| {
            if let Some(number) = value.as_i64() {
                *value = json!(number.saturating_add(*by));
            }
        }),
        _ => {}
    }
}

fn on_list(body: &mut Value, member: &str, change: &mut dyn FnMut(&mut Vec<Value>)) {
    at(body, member, &mut |value| {
        if let Some(list) = value.as_array_mut() {
            change(list);
        }
    });
}

fn swap(body: &mut Value, left: &str, right: &str) {
    let (Some(of_left), Some(of_right)) = (first(body, left), first(body, right)) else { return };
    at(body, left, &mut |value| value.clone_from(&of_right));
    at(body, right, &mut |value| value.clone_from(&of_left));
}
