//! Shows what the suite knows: lists, and everything about one id.

use std::fmt::Write;

use crate::Error;
use crate::case::{Case, Side};
use crate::mutants::Mutant;
use crate::registry::Requirement;
use crate::suite::{Suite, fits};
use crate::trial::{RULES, Scenario};

/// Requirements, one a line, with the number of cases and mutants behind each; those without either are marked.
#[must_use]
pub fn list(suite: &Suite, contract: Option<Side>, only: &[String]) -> String {
    let mut text = String::new();
    let chosen = suite.requirements.values().filter(|requirement| {
        contract.is_none_or(|contract| contract == requirement.contract)
            && (only.is_empty() || only.iter().any(|pattern| is_meant(requirement, pattern)))
    });
    let mut unproven = 0;
    let mut total = 0;
    for requirement in chosen {
        let cases = suite.cases_of(&requirement.id).count();
        let mutants = suite.mutants.iter().filter(|mutant| mutant.kills == requirement.id).count();
        let mark = if suite.is_proven(&requirement.id) { " " } else { "?" };
        total += 1;
        unproven += usize::from(mark == "?");
        let Requirement { id, level, sentence, .. } = requirement;
        let _ =
            writeln!(text, "{mark} {id:<20} {level:<8} {cases:>4} cases {mutants:>3} mutants  {sentence}");
    }
    let _ = writeln!(
        text,
        "\n{total} requirements; {unproven} unproven (?): without a case, or without a mutant that proves it"
    );
    text
}

fn is_meant(requirement: &Requirement, pattern: &str) -> bool {
    fits(pattern, &requirement.id) || requirement.operations.iter().any(|operation| fits(pattern, operation))
}

/// Everything about one requirement, case, mutant, capability, scenario, rule for clients, or operation.
///
/// # Errors
///
/// [`Error::UnknownId`] when nothing is called so.
pub fn explain(suite: &Suite, id: &str) -> Result<String, Error> {
    if let Some(requirement) = suite.requirements.get(id) {
        return Ok(of_requirement(suite, requirement));
    }
    if let Some(case) = suite.cases.iter().find(|case| case.id == id) {
        return of_case(suite, case);
    }
    if let Some(mutant) = suite.mutants.iter().find(|mutant| mutant.id == id) {
        return Ok(of_mutant(mutant));
    }
    if let Some(capability) = suite.capabilities.get(id) {
        return yaml(capability).map(|probe| format!("{}\n\n{probe}", capability.title));
    }
    if let Some(scenario) = suite.scenarios.iter().find(|scenario| scenario.id == id) {
        return Ok(of_scenario(scenario));
    }
    if let Some(rule) = RULES.iter().find(|rule| rule.id == id) {
        return Ok(format!("{}  {}\n{}\n\nsource: {}\n", rule.id, rule.level, rule.sentence, rule.source));
    }
    let operations = Side::ALL.into_iter().filter_map(|side| side.document().operation(id));
    let found: Vec<String> = operations.map(|operation| of_operation(suite, operation)).collect();
    if found.is_empty() { Err(Error::UnknownId(id.to_owned())) } else { Ok(found.join("\n")) }
}

fn of_requirement(suite: &Suite, requirement: &Requirement) -> String {
    let Requirement { id, level, sentence, source, .. } = requirement;
    let mut text =
        format!("{id}  {level}\n{sentence}\n\nsource: {source}\neras: {}\n", requirement.eras.join(", "));
    for (name, list) in [("operations", &requirement.operations), ("needs", &requirement.needs)] {
        if !list.is_empty() {
            let _ = writeln!(text, "{name}: {}", list.join(", "));
        }
    }
    text.push_str("\ncases:\n");
    for case in suite.cases_of(id) {
        let _ = writeln!(text, "  {}  {}", case.id, case.title);
    }
    text.push_str("\nmutants that have to turn it red:\n");
    for mutant in suite.mutants.iter().filter(|mutant| &mutant.kills == id) {
        let _ = writeln!(text, "  {}", of_mutant(mutant).trim_end());
    }
    text
}

fn of_case(suite: &Suite, case: &Case) -> Result<String, Error> {
    let mut text = format!("{}\n\n", case.title);
    for requirement in case.requirements.iter().filter_map(|id| suite.requirements.get(id)) {
        let Requirement { id, level, sentence, .. } = requirement;
        let _ = writeln!(text, "{id} {level}: {sentence}");
    }
    let yaml = yaml(case)?;
    let _ = write!(text, "\n{yaml}");
    Ok(text)
}

fn of_mutant(mutant: &Mutant) -> String {
    let made = serde_json::to_string(&mutant.r#break).unwrap_or_default();
    let note = mutant.note.as_deref().unwrap_or_default();
    format!("{}: {} {made} has to turn {} red. {note}\n", mutant.id, mutant.operation, mutant.kills)
}

fn of_scenario(scenario: &Scenario) -> String {
    let twist = scenario.twist.as_ref().and_then(|twist| serde_json::to_string(twist).ok());
    let server = (!scenario.server.is_empty()).then(|| format!("serve {}", scenario.server.join(" ")));
    let how: Vec<String> = [twist, server].into_iter().flatten().collect();
    format!("{}\n\nsource: {}\n{}\n", scenario.title, scenario.source, how.join("\n"))
}

fn of_operation(suite: &Suite, operation: &contract::Operation) -> String {
    let mut text = format!(
        "{} {} {} ({})\n{}\n\n",
        operation.id, operation.method, operation.path, operation.document, operation.summary
    );
    let named = |list: &[String]| list.iter().any(|id| id == operation.id);
    for requirement in suite.requirements.values().filter(|requirement| named(&requirement.operations)) {
        let _ = writeln!(text, "{} {}: {}", requirement.id, requirement.level, requirement.sentence);
    }
    for case in suite.cases.iter().filter(|case| case.generated_for == Some(operation.id)) {
        let _ = writeln!(text, "{}  {}", case.id, case.title);
    }
    text
}

fn yaml<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    let failed = |problem: String| Error::Report { report: "explain", problem };
    // By way of JSON, which writes choices as authors do.
    let value = serde_json::to_value(value).map_err(|error| failed(error.to_string()))?;
    serde_norway::to_string(&value).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Data;

    #[test]
    fn every_kind_of_id_is_explained() {
        let suite = Suite::load(Data::embedded()).unwrap();
        let requirement = explain(&suite, "DT-TBX-PROC-001").unwrap();
        assert!(
            requirement.contains("execute-exit-code  ") && requirement.contains("execute-exit-code-lost: ")
        );
        for id in ["execute-exit-code-lost", "python", "ExecuteCommand", "late-first-byte", "CLIENT-RETRY"] {
            assert!(!explain(&suite, id).unwrap().is_empty(), "{id}");
        }
        assert!(matches!(explain(&suite, "nothing"), Err(Error::UnknownId(_))));
    }

    #[test]
    fn an_explained_case_can_be_pasted_into_a_file() {
        let suite = Suite::load(Data::embedded()).unwrap();
        for case in &suite.cases {
            let text = explain(&suite, &case.id).unwrap();
            let yaml = &text[text.find("\nid: ").unwrap()..];
            let again: Case = serde_json::from_value(serde_norway::from_str(yaml).unwrap()).unwrap();
            assert_eq!(
                serde_json::to_value(&again).unwrap(),
                serde_json::to_value(&**case).unwrap(),
                "{}",
                case.id
            );
        }
    }

    #[test]
    fn the_list_marks_what_is_unproven() {
        let suite = Suite::load(Data::embedded()).unwrap();
        let text = list(&suite, Some(Side::Toolbox), &["*PROC-001".to_owned()]);
        assert!(text.starts_with("  DT-TBX-PROC-001"), "{text}");
        assert!(text.contains("1 requirements; 0 unproven"), "{text}");
    }
}
