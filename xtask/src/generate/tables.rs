//! The operation table and the binder tables.

use serde_json::Value;

use crate::generate::document::{Document, DocumentError, OperationRef, escape_pointer, referred};
use crate::generate::rust::{doc, format, optional_text, pascal, screaming, text, texts};

const HEADER: &str =
    "// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.\n";

/// `mod.rs` of one document.
pub(crate) fn module(document: &Document) -> Result<String, DocumentError> {
    let title = document.value["info"]["title"].as_str().unwrap_or(&document.name);
    let name = &document.name;
    let version = document.value["info"]["version"].as_str().unwrap_or_default();
    let base = document.value["x-base"].as_str().unwrap_or_default();
    let error_schema = document.value["x-error-schema"].as_str().unwrap_or_default();
    let errors = errors(&document.value["x-errors-everywhere"], name)?;
    let credentials = credentials(&document.value["x-credentials"]);
    let body = format!(
        "#![doc = {:?}]\n\nmod operations;\nmod shapes;\npub mod types;\nuse crate::{{Credentials, Document}};\n\n\
         #[doc = {:?}]\npub static DOCUMENT: Document = Document {{ name: {name:?}, version: {version:?}, base: {base:?}, \
         credentials: Credentials::{credentials}, operations: operations::OPERATIONS, errors: {errors}, error_schema: {error_schema:?}, \
         json: include_str!(\"document.json\") }};\n",
        format!(" {title}."),
        format!(" The {name} document."),
    );
    format(name, HEADER, &body)
}

/// How requests show who sends them: as a bearer token, unless the document names a header and a query parameter.
fn credentials(said: &Value) -> String {
    match (said["header"].as_str(), said["query"].as_str()) {
        (Some(header), Some(query)) => format!("ApiKey {{ header: {header:?}, query: {query:?} }}"),
        _ => "Bearer".to_owned(),
    }
}

/// `operations.rs` of one document.
pub(crate) fn operations(document: &Document) -> Result<String, DocumentError> {
    let mut entries = Vec::new();
    for operation in document.operations() {
        entries.push(entry(document, operation)?);
    }
    for planned in &document.planned {
        if !document.operations().iter().any(|operation| operation.id() == planned) {
            return Err(DocumentError::content("planned.toml", format!("{planned} is no operation")));
        }
    }
    let body = format!(
        "use super::shapes;\nuse crate::{{Auth, Bound, Kind, Lenient, Location, Method, Operation, Parameter, \
         Payload, RequestBody, Response}};\n\npub(super) static OPERATIONS: &[Operation] = &[{}];\n",
        entries.join(",\n")
    );
    let lints = "#![allow(unused_imports, reason = \"one import line serves every document\")]\n";
    format(&document.name, HEADER, &(lints.to_owned() + &body))
}

fn entry(document: &Document, operation: OperationRef<'_>) -> Result<String, DocumentError> {
    let value = operation.value;
    let place = format!("{} {}", operation.method, operation.path);
    if operation.id().is_empty() {
        return Err(DocumentError::content(place, "has no operationId"));
    }
    let auth = match value["x-auth"].as_str().unwrap_or("bearer") {
        "none" => "None",
        "bearer" => "Bearer",
        "jwt" => "Jwt",
        "service" => "Service",
        "admin" => "Admin",
        "signature" => "Signature",
        other => return Err(DocumentError::content(place, format!("unknown x-auth {other}"))),
    };
    Ok(format!(
        "Operation {{ id: {:?}, document: {:?}, method: Method::{}, path: {:?}, tag: {:?}, summary: {:?}, parameters: {}, \
         body: {}, responses: {}, errors: {}, auth: Auth::{auth}, permissions: {}, websocket: {}, requires: {}, planned: {} }}",
        operation.id(),
        document.name,
        pascal(operation.method),
        operation.path,
        value["tags"][0].as_str().unwrap_or_default(),
        value["summary"].as_str().unwrap_or_default().trim(),
        parameters(document, value, &place)?,
        body(document, operation)?,
        responses(document, operation)?,
        errors(&value["x-errors"], &place)?,
        texts(strings(&value["x-permissions"])),
        value.get("x-websocket").is_some(),
        texts(strings(&value["x-requires"])),
        document.planned.iter().any(|planned| planned == operation.id()),
    ))
}

fn parameters(document: &Document, operation: &Value, place: &str) -> Result<String, DocumentError> {
    let mut entries = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = document.resolve(parameter)?;
        let location = match parameter["in"].as_str() {
            Some("path") => "Path",
            Some("query") => "Query",
            Some("header") => "Header",
            other => return Err(DocumentError::content(place, format!("parameter in {other:?}"))),
        };
        let required = parameter["required"].as_bool().unwrap_or(false) && parameter["x-enforced"] != false;
        entries.push(format!(
            "Parameter {{ name: {:?}, location: Location::{location}, required: {required}, kind: {}, bound: {}, lenient: {} }}",
            parameter["name"].as_str().unwrap_or_default(),
            flat_kind(document, &parameter["schema"])?,
            bound(document, &parameter["schema"])?,
            lenient(&[parameter, &parameter["schema"]], place)?,
        ));
    }
    Ok(format!("&[{}]", entries.join(", ")))
}

fn body(document: &Document, operation: OperationRef<'_>) -> Result<String, DocumentError> {
    let Some(body) = operation.value.get("requestBody") else {
        return Ok("None".to_owned());
    };
    let media: Vec<&str> =
        body["content"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let json = body["content"].get("application/json").and_then(|media| media.get("schema"));
    let shape =
        json.and_then(referred).filter(|name| is_object(&document.value["components"]["schemas"][*name]));
    let shape = shape.map_or_else(|| "None".to_owned(), |name| format!("Some(&shapes::{})", screaming(name)));
    let pointer = json.map(|schema| {
        referred(schema).map_or_else(
            || format!("{}/requestBody/content/application~1json/schema", operation.pointer()),
            |name| format!("/components/schemas/{}", escape_pointer(name)),
        )
    });
    Ok(format!(
        "Some(RequestBody {{ required: {}, media_types: {}, shape: {shape}, schema: {} }})",
        body["required"].as_bool().unwrap_or(false),
        texts(media),
        optional_text(pointer.as_deref()),
    ))
}

fn responses(document: &Document, operation: OperationRef<'_>) -> Result<String, DocumentError> {
    let mut entries: Vec<(u16, String)> = Vec::new();
    for (name, response) in operation.value["responses"].as_object().into_iter().flatten() {
        // Zero stands for every status that is not named.
        let Ok(status) = name.replace("default", "0").parse::<u16>() else { continue };
        let resolved = document.resolve(response)?;
        let pointer = response["$ref"].as_str().map_or_else(
            || format!("{}/responses/{name}", operation.pointer()),
            |reference| reference.trim_start_matches('#').to_owned(),
        );
        entries.push((status, payload(resolved, &pointer)));
    }
    entries.sort();
    let entries: Vec<String> = entries
        .iter()
        .map(|(status, payload)| format!("Response {{ status: {status}, payload: {payload} }}"))
        .collect();
    Ok(format!("&[{}]", entries.join(", ")))
}

fn payload(response: &Value, pointer: &str) -> String {
    let json = response["content"].get("application/json").and_then(|media| media.get("schema"));
    if response.get("x-stream").is_some() {
        "Payload::Stream".to_owned()
    } else if response.get("x-raw-text").is_some() {
        "Payload::Text".to_owned()
    } else if let Some(schema) = json {
        let pointer = referred(schema).map_or_else(
            || format!("{pointer}/content/application~1json/schema"),
            |name| format!("/components/schemas/{}", escape_pointer(name)),
        );
        let mixed = response["content"].as_object().is_some_and(|content| content.len() > 1);
        format!("Payload::{}({pointer:?})", if mixed { "Mixed" } else { "Json" })
    } else if response["content"].as_object().is_some_and(|content| !content.is_empty()) {
        "Payload::Stream".to_owned()
    } else {
        "Payload::Empty".to_owned()
    }
}

fn errors(list: &Value, place: &str) -> Result<String, DocumentError> {
    let mut entries = Vec::new();
    for error in list.as_array().into_iter().flatten() {
        let status = error["status"]
            .as_u64()
            .ok_or_else(|| DocumentError::content(place, "an error has no status"))?;
        entries.push(format!(
            "crate::ErrorEntry {{ status: {status}, code: {}, message: {:?}, when: {:?}, source: {:?} }}",
            optional_text(error["code"].as_str()),
            error["message"].as_str().unwrap_or_default(),
            error["when"].as_str().unwrap_or_default(),
            error["source"].as_str().unwrap_or_default(),
        ));
    }
    Ok(format!("&[{}]", entries.join(", ")))
}

/// `shapes.rs` of one document: one table for each object a request body can hold.
pub(crate) fn shapes(document: &Document) -> Result<String, DocumentError> {
    let mut wanted: Vec<String> = Vec::new();
    for operation in document.operations() {
        let schema = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        collect(document, schema, &mut wanted)?;
    }
    wanted.sort();
    let mut body = String::from("use crate::{Bound, Kind, Lenient, Member, Shape};\n");
    for name in &wanted {
        body.push_str(&shape(document, name)?);
    }
    let lints = "#![allow(unused_imports, reason = \"one import line serves every document\")]\n";
    format(&document.name, HEADER, &(lints.to_owned() + &body))
}

/// Adds the object components `schema` leads to.
fn collect(document: &Document, schema: &Value, wanted: &mut Vec<String>) -> Result<(), DocumentError> {
    if let Some(name) = referred(schema) {
        if wanted.iter().any(|known| known == name) {
            return Ok(());
        }
        if is_object(&document.value["components"]["schemas"][name]) {
            wanted.push(name.to_owned());
        }
    }
    let schema = document.resolve(schema)?;
    for (_, property) in schema["properties"].as_object().into_iter().flatten() {
        collect(document, property, wanted)?;
    }
    for part in ["items", "additionalProperties"] {
        if schema[part].is_object() {
            collect(document, &schema[part], wanted)?;
        }
    }
    Ok(())
}

fn shape(document: &Document, name: &str) -> Result<String, DocumentError> {
    let schema = &document.value["components"]["schemas"][name];
    let go_name = schema["x-go-name"].as_str().unwrap_or(name);
    let required: Vec<&str> = strings(&schema["required"]).collect();
    let mut members = Vec::new();
    for (member, property) in schema["properties"].as_object().into_iter().flatten() {
        let resolved = document.resolve(property)?;
        let enforced = property["x-enforced"] != false && resolved["x-enforced"] != false;
        let go = property["x-go-name"].as_str().map_or_else(|| capitalised(member), ToOwned::to_owned);
        members.push(format!(
            "Member {{ name: {member:?}, go_name: {go:?}, kind: {}, required: {}, nullable: {}, bound: {}, lenient: {} }}",
            kind(document, property)?,
            required.contains(&member.as_str()) && enforced,
            is_nullable(resolved) || property["x-zero-ok"] == true,
            bound(document, property)?,
            lenient(&[property], name)?,
        ));
    }
    Ok(format!(
        "{}pub(super) static {}: Shape = Shape {{ name: {}, members: &[{}] }};\n",
        doc(&format!("`{name}`.")),
        screaming(name),
        text(go_name),
        members.join(", ")
    ))
}

/// The kind of a parameter: objects in a query are taken apart by the server that knows them.
fn flat_kind(document: &Document, schema: &Value) -> Result<String, DocumentError> {
    let kind = kind(document, schema)?;
    Ok(if kind.starts_with("Kind::Object") { "Kind::Any".to_owned() } else { kind })
}

fn kind(document: &Document, schema: &Value) -> Result<String, DocumentError> {
    let resolved = document.resolve(schema)?;
    Ok(match type_of(resolved) {
        Some("string") => "Kind::String".to_owned(),
        Some("boolean") => "Kind::Bool".to_owned(),
        Some("integer") => format!("Kind::Integer {{ name: {:?} }}", go_integer(resolved["format"].as_str())),
        Some("number") => "Kind::Number".to_owned(),
        Some("array") => format!("Kind::Array(&{})", kind(document, &resolved["items"])?),
        Some("object") if is_object(resolved) => match referred(schema) {
            Some(name) => format!("Kind::Object(&{})", screaming(name)),
            None => "Kind::Any".to_owned(),
        },
        Some("object") if resolved["additionalProperties"].is_object() => {
            format!("Kind::Map(&{})", kind(document, &resolved["additionalProperties"])?)
        }
        _ => "Kind::Any".to_owned(),
    })
}

fn go_integer(format: Option<&str>) -> &str {
    match format {
        Some(known @ ("uint32" | "uint16" | "uint64" | "uint" | "int32" | "int64")) => known,
        _ => "int",
    }
}

fn bound(document: &Document, schema: &Value) -> Result<String, DocumentError> {
    let resolved = document.resolve(schema)?;
    let number = |keys: [&str; 3]| keys.iter().find_map(|key| resolved[*key].as_f64());
    let show =
        |value: Option<f64>| value.map_or_else(|| "None".to_owned(), |value| format!("Some({value:?})"));
    let listed =
        if type_of(resolved) == Some("array") { document.resolve(&resolved["items"])? } else { resolved };
    let values: Vec<&str> = strings(&listed["enum"]).collect();
    let default = schema.get("default").or_else(|| resolved.get("default")).map(Value::to_string);
    let (minimum, maximum) =
        (number(["minimum", "minLength", "minItems"]), number(["maximum", "maxLength", "maxItems"]));
    if minimum.is_none() && maximum.is_none() && values.is_empty() && default.is_none() {
        return Ok("Bound::NONE".to_owned());
    }
    Ok(format!(
        "Bound {{ minimum: {}, maximum: {}, values: {}, default: {} }}",
        show(minimum),
        show(maximum),
        texts(values),
        optional_text(default.as_deref())
    ))
}

fn lenient(holders: &[&Value], place: &str) -> Result<String, DocumentError> {
    let mut names = Vec::new();
    for name in holders.iter().flat_map(|holder| strings(&holder["x-lenient"])) {
        names.push(match name {
            "coerce-number" => "Lenient::CoerceNumber",
            "coerce-bool" => "Lenient::CoerceBool",
            "single-as-array" => "Lenient::SingleAsArray",
            "null" => "Lenient::Null",
            "falsy-as-absent" => "Lenient::FalsyAsAbsent",
            "unreadable-as-absent" => "Lenient::UnreadableAsAbsent",
            other => return Err(DocumentError::content(place, format!("unknown x-lenient {other}"))),
        });
    }
    Ok(format!("&[{}]", names.join(", ")))
}

/// Whether the schema is an object with named members.
pub(crate) fn is_object(schema: &Value) -> bool {
    schema["properties"].as_object().is_some_and(|properties| !properties.is_empty())
        || (type_of(schema) == Some("object") && !schema["additionalProperties"].is_object())
}

/// The type of a schema, `null` aside.
pub(crate) fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ if schema["properties"].is_object() => Some("object"),
        _ if schema["enum"].is_array() => Some("string"),
        _ => None,
    }
}

/// Whether `null` is one of the schema's types.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let among = |list: &Value| {
        list.as_array()
            .is_some_and(|list| list.iter().any(|entry| entry == "null" || entry["type"] == "null"))
    };
    among(&schema["type"]) || among(&schema["oneOf"]) || among(&schema["anyOf"])
}

/// The texts of a list; numbers and the rest are left out.
pub(crate) fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}
