//! Reads cases and capabilities from YAML, and says which file and which entry is wrong.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Capability, Case, Step, StepKind};
use crate::Error;
use crate::data::Data;
use crate::matcher;

/// Reads `cases/**/*.yaml`. Keys beside `cases` hold for every case of the file.
pub(crate) fn load(data: &Data) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    for (file, text) in data.part("cases", "yaml") {
        for (entry, case) in entries::<Case>(file, text, "cases")? {
            check_case(&case).map_err(|problem| Error::data(file, &entry, problem))?;
            cases.push(case);
        }
    }
    Ok(cases)
}

/// Reads `capabilities/*.yaml`.
pub(crate) fn load_capabilities(data: &Data) -> Result<Vec<Capability>, Error> {
    let mut capabilities = Vec::new();
    for (file, text) in data.part("capabilities", "yaml") {
        for (entry, capability) in entries::<Capability>(file, text, "capabilities")? {
            let steps = capability.probe.iter().chain(&capability.cleanup);
            check_steps(steps).map_err(|problem| Error::data(file, &entry, problem))?;
            capabilities.push(capability);
        }
    }
    Ok(capabilities)
}

fn entries<T: DeserializeOwned>(file: &str, text: &str, list: &str) -> Result<Vec<(String, T)>, Error> {
    let whole: Value = serde_norway::from_str(text).map_err(|error| Error::data(file, "", error))?;
    let Value::Object(mut defaults) = whole else {
        return Err(Error::data(file, "", format!("a file is a mapping with a list called `{list}`")));
    };
    let Some(Value::Array(entries)) = defaults.remove(list) else {
        return Err(Error::data(file, "", format!("there is no list called `{list}`")));
    };
    entries.into_iter().enumerate().map(|(position, entry)| read(file, position, &defaults, entry)).collect()
}

fn read<T: DeserializeOwned>(
    file: &str,
    position: usize,
    defaults: &Map<String, Value>,
    entry: Value,
) -> Result<(String, T), Error> {
    let id = entry.get("id").and_then(Value::as_str).map(|id| format!(" ({id})")).unwrap_or_default();
    let name = format!("entry {}{id}", position + 1);
    let Value::Object(entry) = entry else {
        return Err(Error::data(file, &name, "not a mapping"));
    };
    let mut whole = defaults.clone();
    whole.extend(entry);
    let value =
        serde_json::from_value(Value::Object(whole)).map_err(|error| Error::data(file, &name, error))?;
    Ok((name, value))
}

fn check_case(case: &Case) -> Result<(), String> {
    let sound = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    if case.id.is_empty() || !case.id.bytes().all(sound) {
        return Err("an id is made of small letters, digits and hyphens".to_owned());
    }
    if case.requirements.is_empty() {
        return Err("a case proves at least one requirement".to_owned());
    }
    if case.steps.is_empty() {
        return Err("a case has at least one step".to_owned());
    }
    check_steps(case.steps.iter().chain(&case.cleanup))
}

fn check_steps<'a>(steps: impl Iterator<Item = &'a Step>) -> Result<(), String> {
    for (position, step) in steps.enumerate() {
        check_step(step).map_err(|problem| format!("step {}: {problem}", position + 1))?;
    }
    Ok(())
}

fn check_step(step: &Step) -> Result<(), String> {
    match step.kind()? {
        StepKind::Http(line) | StepKind::Sse(line) => check_line(line)?,
        StepKind::WebSocket(path) => check_line(&format!("GET {path}"))?,
        StepKind::Together(steps) => check_steps(steps.iter())?,
        StepKind::Socket(_) | StepKind::Pause(_) => {}
    }
    let bodies = [step.json.is_some(), step.body.is_some(), step.base64.is_some(), step.multipart.is_some()];
    if bodies.into_iter().filter(|given| *given).count() > 1 {
        return Err("a request has one of json, body, base64 and multipart".to_owned());
    }
    if let Some(problem) = step.expect.status.as_ref().and_then(super::Statuses::problem) {
        return Err(problem);
    }
    let expect = &step.expect;
    let matchers = [&expect.json, &expect.text, &expect.length, &expect.subprotocol, &step.until];
    let matchers = matchers.into_iter().flatten().chain(expect.headers.values()).chain(expect.at.values());
    matchers.map(matcher::problem).find_map(|problem| problem).map_or(Ok(()), Err)
}

fn check_line(line: &str) -> Result<(), String> {
    let Some((method, path)) = line.split_once(' ') else {
        return Err(format!("`{line}` is not a method and a path"));
    };
    if !method.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err(format!("`{method}` is no method"));
    }
    if !["/", "${", "http://", "https://"].iter().any(|beginning| path.starts_with(beginning)) {
        return Err(format!("`{path}` begins with neither a slash nor an address"));
    }
    if path.contains('?') {
        return Err("the query belongs under `query`".to_owned());
    }
    Ok(())
}
