//! One page with every exchange, readable without a network: style, script and data are in it.

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use crate::case::Side;
use crate::registry::Registry;
use crate::{CaseResult, Coverage, Error, Exchange, Outcome};

const TEMPLATE: &str = include_str!("page.html");

#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    result: &'a CaseResult,
    exchanges: &'a [Exchange],
}

/// The outcome as a page.
///
/// # Errors
///
/// When the template fails, which a test of the build rules out.
pub fn render(registry: &Registry, outcome: &Outcome) -> Result<String, Error> {
    let rows: Vec<Row<'_>> =
        outcome.results.iter().map(|result| Row { result, exchanges: &result.exchanges }).collect();
    let sentences: std::collections::BTreeMap<&str, serde_json::Value> = registry
        .values()
        .map(|requirement| {
            let about = serde_json::json!({
                "level": requirement.level, "sentence": requirement.sentence, "source": requirement.source,
            });
            (requirement.id.as_str(), about)
        })
        .collect();
    let coverage = Coverage::of(outcome);
    let coverage: Vec<(&str, &Coverage)> = coverage
        .iter()
        .map(|(side, coverage): (&Side, &Coverage)| (side.document().name, coverage))
        .collect();
    let data = serde_json::json!({ "cases": rows, "requirements": sentences });
    let page = serde_json::json!({
        "target": outcome.target,
        "started": outcome.started,
        "seconds": format!("{:.1}", outcome.duration.as_secs_f64()),
        "verdict": outcome.verdict(),
        "sums": outcome.sums(),
        "capabilities": outcome.capabilities,
        "coverage": coverage,
        "data": in_script(&data.to_string()),
    });
    let mut environment = Environment::new();
    let added = environment.add_template("page.html", TEMPLATE);
    let rendered = added.and_then(|()| environment.get_template("page.html")?.render(Serde(&page)));
    rendered.map_err(|error| Error::Report { report: "HTML", problem: error.to_string() })
}

/// JSON that cannot end the script element it stands in.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
