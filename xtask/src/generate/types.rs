//! The wire types: one Rust type for each component schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::generate::document::{Document, DocumentError, referred};
use crate::generate::rust::{doc, format, pascal, snake};
use crate::generate::tables::{is_nullable, is_object, strings, type_of};

const HEADER: &str =
    "// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.\n";

/// `types.rs` of one document.
pub(crate) fn types(document: &Document) -> Result<String, DocumentError> {
    let mut writer = Writer { document, items: Vec::new(), names: BTreeSet::new() };
    for (name, schema) in document.schemas() {
        writer.named(&pascal(name), schema)?;
    }
    let body = format!(
        "#![doc = {:?}]\n#![allow(missing_docs, reason = \"a member without a sentence says all in its name\")]\n\
         #![allow(clippy::doc_markdown, clippy::struct_excessive_bools, reason = \"the wire decides\")]\n\
         use std::collections::BTreeMap;\nuse serde::{{Deserialize, Serialize}};\n{}",
        format!(" Wire types of the {} document.", document.name),
        writer.items.join("\n")
    );
    format(&document.name, HEADER, &body)
}

struct Writer<'a> {
    document: &'a Document,
    items: Vec<String>,
    names: BTreeSet<String>,
}

impl Writer<'_> {
    /// Writes the type called `name`.
    fn named(&mut self, name: &str, schema: &Value) -> Result<(), DocumentError> {
        if !self.names.insert(name.to_owned()) {
            return Err(DocumentError::content(name, "two types have this name"));
        }
        if type_of(schema) == Some("string") && schema["enum"].is_array() {
            self.enumeration(name, schema);
            return Ok(());
        }
        if is_object(schema) && schema["properties"].is_object() {
            return self.structure(name, schema);
        }
        let alias = self.rust_type(schema, name, "Value")?;
        let description = describe(schema, &format!("`{name}`."));
        self.items.push(format!("{description}pub type {name} = {alias};\n"));
        Ok(())
    }

    fn enumeration(&mut self, name: &str, schema: &Value) {
        let values: Vec<&str> = strings(&schema["enum"]).collect();
        let variants: Vec<String> =
            values.iter().map(|value| format!("#[serde(rename = {value:?})]\n{}", pascal(value))).collect();
        let arms: Vec<String> =
            values.iter().map(|value| format!("Self::{} => {value:?}", pascal(value))).collect();
        let all: Vec<String> = values.iter().map(|value| format!("Self::{}", pascal(value))).collect();
        let description = describe(schema, &format!("`{name}`."));
        self.items.push(format!(
            "{description}#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]\n\
             pub enum {name} {{ {} }}\n\
             impl {name} {{\n/// Every value, in document order.\npub const ALL: &'static [Self] = &[{}];\n\
             /// The value on the wire.\n#[must_use]\npub const fn as_str(self) -> &'static str {{ match self {{ {} }} }}\n}}\n",
            variants.join(",\n"),
            all.join(", "),
            arms.join(",\n")
        ));
    }

    fn structure(&mut self, name: &str, schema: &Value) -> Result<(), DocumentError> {
        let required: Vec<&str> = strings(&schema["required"]).collect();
        let mut fields = Vec::new();
        let mut taken = BTreeSet::new();
        for (wire, property) in schema["properties"].as_object().into_iter().flatten() {
            let resolved = self.document.resolve(property)?;
            let plain = self.rust_type(property, name, wire)?;
            let nullable = is_nullable(resolved) || is_nullable(property);
            let required = required.contains(&wire.as_str());
            // What binding lets pass may be missing; the operation itself then looks at the empty value.
            let unenforced = property["x-enforced"] == false
                && matches!(plain.as_str(), "String" | "bool" | "i64" | "f64");
            let unenforced = unenforced || (property["x-enforced"] == false && plain.starts_with("Vec<"));
            let serde = match (required, nullable) {
                (true, false) if unenforced => format!("rename = {wire:?}, default"),
                (true, false) => format!("rename = {wire:?}"),
                (true, true) => format!("rename = {wire:?}, default"),
                (false, _) => {
                    format!("rename = {wire:?}, default, skip_serializing_if = \"Option::is_none\"")
                }
            };
            let plain = if plain == name { format!("Box<{plain}>") } else { plain };
            let plain = if required && !nullable { plain } else { format!("Option<{plain}>") };
            let mut field = snake(wire);
            while !taken.insert(field.clone()) {
                field.push('_');
            }
            let description = property["description"].as_str().map(doc).unwrap_or_default();
            fields.push(format!("{description}#[serde({serde})]\npub {field}: {plain}"));
        }
        let default = if self.has_default(schema, &mut BTreeSet::new())? { ", Default" } else { "" };
        let description = describe(schema, &format!("`{name}`."));
        self.items.push(format!(
            "{description}#[derive(Clone, Debug, PartialEq, Serialize, Deserialize{default})]\npub struct {name} {{ {} }}\n",
            fields.join(",\n")
        ));
        Ok(())
    }

    /// The Rust type of a schema, `Option` aside; writes types of its own for what is described in place.
    fn rust_type(&mut self, schema: &Value, owner: &str, member: &str) -> Result<String, DocumentError> {
        if let Some(name) = referred(schema) {
            return Ok(pascal(name));
        }
        let schema = self.document.resolve(schema)?.clone();
        Ok(match type_of(&schema) {
            Some("string") if schema["enum"].is_array() => {
                let name = self.free_name(owner, member);
                self.named(&name, &schema)?;
                name
            }
            Some("string") => "String".to_owned(),
            Some("boolean") => "bool".to_owned(),
            Some("integer") => "i64".to_owned(),
            Some("number") => "f64".to_owned(),
            Some("array") => {
                format!("Vec<{}>", self.rust_type(&schema["items"], owner, &format!("{member}Item"))?)
            }
            Some("object") if schema["properties"].is_object() => {
                let name = self.free_name(owner, member);
                self.named(&name, &schema)?;
                name
            }
            Some("object") if schema["additionalProperties"].is_object() => {
                let value =
                    self.rust_type(&schema["additionalProperties"], owner, &format!("{member}Value"))?;
                format!("BTreeMap<String, {value}>")
            }
            Some("object") => "serde_json::Map<String, serde_json::Value>".to_owned(),
            _ => "serde_json::Value".to_owned(),
        })
    }

    /// A name for a type described in place, when no component has it.
    fn free_name(&self, owner: &str, member: &str) -> String {
        let name = format!("{owner}{}", pascal(member));
        let is_component = self.document.schemas().iter().any(|(component, _)| pascal(component) == name);
        if is_component { format!("{name}Member") } else { name }
    }

    /// Whether every required member has a natural empty value.
    fn has_default(&self, schema: &Value, seen: &mut BTreeSet<String>) -> Result<bool, DocumentError> {
        for (wire, property) in schema["properties"].as_object().into_iter().flatten() {
            let resolved = self.document.resolve(property)?;
            let required = strings(&schema["required"]).any(|name| name == wire);
            if !required || is_nullable(resolved) {
                continue;
            }
            if resolved["enum"].is_array() {
                return Ok(false);
            }
            let nested = resolved["properties"].is_object();
            if nested
                && referred(property).is_none_or(|name| seen.insert(name.to_owned()))
                && !self.has_default(resolved, seen)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn describe(schema: &Value, fallback: &str) -> String {
    doc(schema["description"].as_str().unwrap_or(fallback))
}
