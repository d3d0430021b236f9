//! Charts among the output of a program.
//!
//! A program hands over a chart as one line: a marker and JSON. All marker lines leave the output; those that hold a
//! chart become one. Members are fitted to their documented types: numbers become text where text is expected, what
//! fits in no way is dropped alone, and parts of a composite chart are kept (toolbox-processes.md §3.2 and the decision
//! on its strict decoder).

use bytes::Bytes;
use memchr::memmem;
use serde_json::{Map, Number, Value};

use crate::output::Output;

const MARKER: &[u8] = b"dtn_artifact_k39fd2:";

/// Charts may be nested; anything deeper is cut off.
const DEPTH: usize = 8;

/// Separates output from charts.
#[must_use]
pub fn extract(output: Output) -> (Output, Vec<Value>) {
    if !holds_marker(&output) {
        return (output, Vec::new());
    }
    let bytes = output.into_bytes();
    let mut charts = Vec::new();
    let mut kept: Vec<&[u8]> = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        match line.strip_prefix(MARKER) {
            Some(payload) => charts.extend(parse(payload)),
            None => kept.push(line),
        }
    }
    (Output::from(Bytes::from(kept.join(&b'\n'))), charts)
}

/// Looks without joining the chunks: nearly all output has no chart in it.
fn holds_marker(output: &Output) -> bool {
    let finder = memmem::Finder::new(MARKER);
    let mut seam: Vec<u8> = Vec::new();
    for chunk in output.chunks() {
        seam.extend_from_slice(&chunk[..chunk.len().min(MARKER.len() - 1)]);
        if finder.find(chunk).is_some() || finder.find(&seam).is_some() {
            return true;
        }
        // A chunk shorter than the marker leaves what came before it in place.
        seam.drain(..seam.len().saturating_sub(MARKER.len() - 1));
        if chunk.len() >= MARKER.len() {
            seam.clear();
            seam.extend_from_slice(&chunk[chunk.len() - (MARKER.len() - 1)..]);
        }
    }
    false
}

fn parse(payload: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(payload);
    let artifact: Value =
        serde_json::from_str(&text).or_else(|_| serde_json::from_str(&without_non_numbers(&text))).ok()?;
    if artifact.get("type")?.as_str()? != "chart" {
        return None;
    }
    artifact.get("value")?.as_object().map(|chart| Value::Object(fit(chart, CHART, 0)))
}

/// Python writes `NaN` and `Infinity`, which JSON does not know, as bare words; they become `null`.
fn without_non_numbers(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut in_text, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let word =
            ["NaN", "-Infinity", "Infinity"].into_iter().find(|word| !in_text && rest.starts_with(word));
        if let Some(word) = word {
            clean.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        in_text ^= character == '"' && !escaped;
        escaped = in_text && character == '\\' && !escaped;
        clean.push(character);
        rest = &rest[character.len_utf8()..];
    }
    clean
}

/// What a member holds.
#[derive(Clone, Copy)]
enum Member {
    Text,
    Number,
    Texts,
    Numbers,
    Points,
    /// Parts of a chart. Always present in a chart itself, `null` without parts.
    Elements,
}

const CHART: &[(&str, Member)] = &[
    ("type", Member::Text),
    ("title", Member::Text),
    ("png", Member::Text),
    ("x_label", Member::Text),
    ("y_label", Member::Text),
    ("x_ticks", Member::Numbers),
    ("y_ticks", Member::Numbers),
    ("x_tick_labels", Member::Texts),
    ("y_tick_labels", Member::Texts),
    ("x_scale", Member::Text),
    ("y_scale", Member::Text),
    ("elements", Member::Elements),
];

const ELEMENT: &[(&str, Member)] = &[
    ("label", Member::Text),
    ("points", Member::Points),
    ("value", Member::Text),
    ("group", Member::Text),
    ("angle", Member::Number),
    ("radius", Member::Number),
    ("min", Member::Number),
    ("first_quartile", Member::Number),
    ("median", Member::Number),
    ("third_quartile", Member::Number),
    ("max", Member::Number),
    ("outliers", Member::Numbers),
];

fn fit(from: &Map<String, Value>, members: &[(&str, Member)], depth: usize) -> Map<String, Value> {
    let mut fitted = Map::new();
    for (name, member) in members {
        let value = from.get(*name).and_then(|value| fit_member(value, *member, depth));
        match (value, member) {
            (Some(value), _) => _ = fitted.insert((*name).to_owned(), value),
            (None, Member::Elements) if depth == 0 => _ = fitted.insert((*name).to_owned(), Value::Null),
            (None, _) => {}
        }
    }
    fitted
}

fn fit_member(value: &Value, member: Member, depth: usize) -> Option<Value> {
    match member {
        Member::Text => text(value).filter(|text| !text.is_empty()).map(Value::String),
        Member::Number => number(value),
        Member::Texts => list(value, |item| text(item).map(Value::String)),
        Member::Numbers => list(value, number),
        Member::Points => list(value, point),
        Member::Elements => elements(value, depth),
    }
}

/// The parts of a chart; a part of a composite chart is a chart itself and keeps both kinds of members.
fn elements(value: &Value, depth: usize) -> Option<Value> {
    let parts = value.as_array().filter(|_| depth < DEPTH)?;
    let fit_part = |part: &Map<String, Value>| {
        let mut fitted = fit(part, ELEMENT, depth + 1);
        fitted.append(&mut fit(part, CHART, depth + 1));
        Value::Object(fitted)
    };
    Some(Value::Array(parts.iter().filter_map(Value::as_object).map(fit_part).collect()))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) => number(value).map(|number| number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whole numbers lose the fraction Python writes, as they do in the real daemon.
fn number(value: &Value) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = value.as_number()?;
    let whole =
        number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT);
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the exact range")]
    let whole = whole.map(|float| Number::from(float as i64));
    Some(Value::Number(whole.unwrap_or_else(|| number.clone())))
}

/// The items that fit. A list that is empty, or becomes so, is left out.
fn list(value: &Value, fit: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let items: Vec<Value> = value.as_array()?.iter().filter_map(fit).collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

/// A point keeps its place only when every coordinate is a number: half a point would be another one.
fn point(value: &Value) -> Option<Value> {
    let coordinates = value.as_array()?;
    coordinates.iter().map(number).collect::<Option<Vec<Value>>>().map(Value::Array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extracted(text: &str) -> (String, Vec<Value>) {
        let (output, charts) = extract(Output::from(Bytes::copy_from_slice(text.as_bytes())));
        (String::from_utf8(output.into_bytes().to_vec()).unwrap(), charts)
    }

    fn chart(value: &str) -> Value {
        let (rest, mut charts) =
            extracted(&format!("dtn_artifact_k39fd2:{{\"type\":\"chart\",\"value\":{value}}}\n"));
        assert_eq!(rest, "");
        charts.remove(0)
    }

    #[test]
    fn a_chart_line_leaves_the_output_and_becomes_a_chart() {
        let (rest, charts) = extracted(
            "before\ndtn_artifact_k39fd2:{\"type\":\"chart\",\"value\":{\"type\":\"line\",\"elements\":\
             [{\"label\":\"a\",\"points\":[[1.0,2],[3,4.5]],\"autopct\":1}],\"x_ticks\":[0,1.5]}}\nafter\n",
        );
        assert_eq!(rest, "before\nafter\n");
        let elements = json!([{"label": "a", "points": [[1, 2], [3, 4.5]]}]);
        assert_eq!(charts, [json!({"type": "line", "x_ticks": [0, 1.5], "elements": elements})]);
    }

    #[test]
    fn marker_lines_without_a_chart_vanish() {
        let text = "dtn_artifact_k39fd2:{nope\ndtn_artifact_k39fd2:\ndtn_artifact_k39fd2:{\"type\":\"other\",\"value\":1}\nx\n";
        assert_eq!(extracted(text), ("x\n".to_owned(), vec![]));
    }

    #[test]
    fn a_marker_inside_a_line_is_text() {
        assert_eq!(extracted("xdtn_artifact_k39fd2:{}\n"), ("xdtn_artifact_k39fd2:{}\n".to_owned(), vec![]));
    }

    #[test]
    fn values_of_bars_become_text() {
        let fitted =
            chart(r#"{"type":"bar","elements":[{"label":"a","group":"g","value":10.0},{"value":0.5}]}"#);
        assert_eq!(
            fitted["elements"],
            json!([{"label": "a", "value": "10", "group": "g"}, {"value": "0.5"}])
        );
    }

    #[test]
    fn only_members_that_cannot_fit_are_dropped() {
        let fitted = chart(
            r#"{"type":"line","title":null,"x_ticks":["2024-01-01"],"x_tick_labels":[1,"b"],
            "elements":[{"label":"a","points":[["Mon",1],[2,NaN],[3,4]],"median":"x"}]}"#
                .replace('\n', " ")
                .as_str(),
        );
        let expected = json!({"type": "line", "x_tick_labels": ["1", "b"], "elements": [{"label": "a", "points": [[3, 4]]}]});
        assert_eq!(fitted, expected);
    }

    #[test]
    fn words_that_are_no_numbers_are_left_alone_inside_text() {
        let fitted =
            chart(r#"{"type":"unknown","title":"NaN \" Infinity","x_ticks":[1,Infinity,-Infinity]}"#);
        assert_eq!(
            fitted,
            json!({"type": "unknown", "title": "NaN \" Infinity", "x_ticks": [1], "elements": null})
        );
    }

    #[test]
    fn parts_of_a_composite_chart_keep_their_elements() {
        let fitted = chart(
            r#"{"type":"composite_chart","elements":[{"type":"line","title":"t","x_ticks":[1],"elements":[{"label":"l"}]}]}"#,
        );
        assert_eq!(
            fitted["elements"],
            json!([{"type": "line", "title": "t", "x_ticks": [1], "elements": [{"label": "l"}]}])
        );
    }

    #[test]
    fn a_marker_is_found_wherever_the_chunks_are_cut() {
        let text = b"before\ndtn_artifact_k39fd2:{}\nafter";
        for first in 0..text.len() {
            for second in first..text.len() {
                let mut output = Output::default();
                for part in [&text[..first], &text[first..second], &text[second..]] {
                    output.push(Bytes::copy_from_slice(part));
                }
                assert!(holds_marker(&output), "cut at {first} and {second}");
            }
        }
    }
}
