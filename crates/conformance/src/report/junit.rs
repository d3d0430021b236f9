//! JUnit's XML, one suite a contract.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::case::Side;
use crate::{CaseResult, Error, Outcome, Status};

/// The outcome as JUnit's XML.
///
/// # Errors
///
/// When the XML cannot be written.
pub fn render(outcome: &Outcome) -> Result<String, Error> {
    let mut report = Report::new("conformance");
    for side in Side::ALL {
        let mut suite = TestSuite::new(side.document().name);
        suite.add_test_cases(
            outcome
                .results
                .iter()
                .filter(|result| result.contract == side)
                .map(|result| case(result, outcome.strict)),
        );
        if suite.tests > 0 {
            report.add_test_suite(suite);
        }
    }
    report.to_string().map_err(|error| Error::Report { report: "JUnit", problem: error.to_string() })
}

fn case(result: &CaseResult, strict: bool) -> TestCase {
    let mut case = TestCase::new(result.id.as_str(), status(result, strict));
    case.set_classname(result.requirements.join(" "));
    case.set_time(result.duration);
    case
}

fn status(result: &CaseResult, strict: bool) -> TestCaseStatus {
    let reasons = result.reasons.join("\n");
    let failed = |kind: NonSuccessKind| {
        let mut status = TestCaseStatus::non_success(kind);
        status
            .set_type(result.status.as_str())
            .set_message(result.title.as_str())
            .set_description(reasons.as_str());
        status
    };
    match result.status {
        Status::Pass => TestCaseStatus::success(),
        Status::Fail if !result.is_red(strict) => {
            skipped(&format!("fails, but is {} only: {reasons}", result.level))
        }
        Status::Fail | Status::UnexpectedPass => failed(NonSuccessKind::Failure),
        Status::Error => failed(NonSuccessKind::Error),
        Status::Skip | Status::Disabled | Status::KnownGap => skipped(&reasons),
    }
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(reason);
    status
}
