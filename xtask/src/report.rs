//! Counting: what each runner says of its tests, and the one line at the end that sums them all.

use std::fmt;
use std::time::{Duration, Instant};

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds another count to this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Tests that ran, whatever came of it.
    pub(crate) fn executed(self) -> u64 {
        self.passed + self.failed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// A part of a run with its own runner.
pub(crate) struct Leg {
    name: String,
    begun: Instant,
}

/// What became of a leg.
struct Outcome {
    name: String,
    tally: Tally,
    elapsed: Duration,
    problem: Option<String>,
}

/// All legs of a run.
#[derive(Default)]
pub(crate) struct Report {
    outcomes: Vec<Outcome>,
}

impl Report {
    /// Announces a leg; its time runs from here.
    pub(crate) fn begin(name: &str) -> Leg {
        println!("── {name}: started");
        Leg { name: name.to_owned(), begun: Instant::now() }
    }

    /// Records how a leg ended: what its tests said, and what its runner said by its exit.
    ///
    /// A leg that ran nothing, or whose runner failed with no failed test to show for it, is itself one failure, so
    /// that the closing line and the exit code can never disagree.
    pub(crate) fn end(&mut self, leg: Leg, mut tally: Tally, mut problem: Option<String>) {
        if tally.executed() == 0 && problem.is_none() {
            problem = Some("no test ran".to_owned());
        }
        if problem.is_some() && tally.failed == 0 {
            tally.failed = 1;
        }
        let elapsed = leg.begun.elapsed();
        let outcome = Outcome { name: leg.name, tally, elapsed, problem };
        println!("{}", outcome.line());
        self.outcomes.push(outcome);
    }

    /// Prints the sum and tells whether all is well.
    pub(crate) fn close(&self) -> bool {
        if self.outcomes.len() > 1 {
            println!();
            self.outcomes.iter().for_each(|outcome| println!("{}", outcome.line()));
        }
        let mut sum = Tally::default();
        self.outcomes.iter().for_each(|outcome| sum.add(outcome.tally));
        println!("\n{sum}");
        sum.failed == 0 && sum.passed > 0
    }
}

impl Outcome {
    fn line(&self) -> String {
        let seconds = self.elapsed.as_secs_f64();
        let problem = self.problem.as_ref().map(|problem| format!(" ({problem})")).unwrap_or_default();
        format!("── {}: {} in {seconds:.1} s{problem}", self.name, self.tally)
    }
}

/// A tally from one line of `cargo test`, if the line is a summary.
pub(crate) fn cargo_test_summary(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut tally = Tally::default();
    for part in counts.split(';') {
        match counted(part)? {
            (count, "passed") => tally.passed = count,
            (count, "failed") => tally.failed = count,
            (count, "ignored") => tally.skipped = count,
            // "measured" belongs to benchmarks, "filtered out" to a selection, "finished in" to the clock.
            _ => {}
        }
    }
    Some(tally)
}

/// A tally from one line of what cargo or nextest write to standard error, if the line counts something.
pub(crate) fn standard_error(line: &str) -> Option<Tally> {
    nextest_summary(line).or_else(|| broken_off(line))
}

/// A test program that crashed or was killed, and so printed no summary, as one failure. Cargo says this of no program
/// whose tests merely failed.
fn broken_off(line: &str) -> Option<Tally> {
    line.trim()
        .starts_with("process didn't exit successfully: ")
        .then_some(Tally { failed: 1, ..Tally::default() })
}

/// A tally from one line of `cargo nextest run`, if the line is its summary.
fn nextest_summary(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("Summary [")?.split_once(" run: ")?.1;
    // Remarks in brackets, such as "(1 slow, 2 flaky)", count tests a second time.
    let mut outside = String::new();
    let mut depth = 0_u32;
    for character in counts.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    let mut tally = Tally::default();
    for part in outside.split(',') {
        match counted(part)? {
            (count, "passed") => tally.passed += count,
            (count, "failed" | "timed out" | "exec failed") => tally.failed += count,
            (count, "skipped") => tally.skipped += count,
            _ => {}
        }
    }
    Some(tally)
}

/// `"3 passed"` as its number and its word.
fn counted(part: &str) -> Option<(u64, &str)> {
    let part = part.trim();
    let Some((number, word)) = part.split_once(' ') else { return Some((0, part)) };
    Some((number.parse().unwrap_or(0), word.trim()))
}

/// A tally from a `JUnit` report, as pytest and Node's test runner write it: every `testcase` counts once, and what
/// stands inside it says how it ended.
pub(crate) fn junit(report: &str) -> Tally {
    let mut tally = Tally::default();
    let mut ending = None;
    let mut rest = report;
    while let Some(tag) = next_tag(&mut rest) {
        let name = tag.split([' ', '\n', '\t', '/', '>']).find(|part| !part.is_empty()).unwrap_or("");
        let closes = tag.starts_with('/');
        match name {
            "testcase" if closes => count(&mut tally, ending.take()),
            "testcase" if tag.ends_with('/') => count(&mut tally, None),
            "testcase" => ending = None,
            "failure" | "error" if !closes => ending = Some(Ending::Failed),
            "skipped" if !closes && ending.is_none() => ending = Some(Ending::Skipped),
            _ => {}
        }
    }
    tally
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Failed,
    Skipped,
}

fn count(tally: &mut Tally, ending: Option<Ending>) {
    match ending {
        None => tally.passed += 1,
        Some(Ending::Failed) => tally.failed += 1,
        Some(Ending::Skipped) => tally.skipped += 1,
    }
}

/// The inside of the next tag. Comments and verbatim sections are passed over, and a `>` in quotes ends nothing.
fn next_tag<'a>(rest: &mut &'a str) -> Option<&'a str> {
    loop {
        let start = &rest[rest.find('<')?..];
        let (opening, closing) = match start {
            _ if start.starts_with("<!--") => (4, "-->"),
            _ if start.starts_with("<![CDATA[") => (9, "]]>"),
            _ => {
                let end = end_of_tag(start)?;
                *rest = &start[end + 1..];
                return Some(&start[1..end]);
            }
        };
        let end = start[opening..].find(closing)?;
        *rest = &start[opening + end + closing.len()..];
    }
}

fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(index),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn summaries_of_cargo_test_are_read() {
        let line =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s";
        assert_eq!(cargo_test_summary(line), Some(tally(12, 0, 1)));
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(cargo_test_summary(line), Some(tally(1, 2, 0)));
        assert_eq!(cargo_test_summary("test result_of_something ... ok"), None);
        assert_eq!(cargo_test_summary("running 3 tests"), None);
    }

    #[test]
    fn summaries_of_nextest_are_read_without_their_remarks() {
        let line = "     Summary [   0.512s] 10 tests run: 7 passed (1 slow, 2 flaky), 1 failed, 2 timed out, 4 skipped";
        assert_eq!(nextest_summary(line), Some(tally(7, 3, 4)));
        assert_eq!(nextest_summary("Summary [ 0.1s] 1 test run: 1 passed, 0 skipped"), Some(tally(1, 0, 0)));
        assert_eq!(nextest_summary("PASS [ 0.1s] crate tests::name"), None);
    }

    #[test]
    fn a_test_program_that_was_killed_is_a_failure() {
        let line = "  process didn't exit successfully: `target/debug/deps/x-1` (signal: 15, SIGTERM: termination signal)";
        assert_eq!(standard_error(line), Some(tally(0, 1, 0)));
        assert_eq!(standard_error("error: test failed, to rerun pass `-p x --test y`"), None);
    }

    #[test]
    fn reports_of_pytest_are_read() {
        let report = r#"<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest"
            errors="1" failures="1" skipped="1" tests="4"><testcase classname="a" name="passes" time="0.1" />
            <testcase classname="a" name="fails" time="0.1"><failure message="x &lt; y">trace</failure></testcase>
            <testcase classname="a" name="waits"><skipped type="pytest.skip" message="not here">x</skipped></testcase>
            <testcase classname="a" name="breaks"><error message="set-up"><![CDATA[<testcase/>]]></error></testcase>
            </testsuite></testsuites>"#;
        assert_eq!(junit(report), tally(1, 2, 1));
    }

    #[test]
    fn reports_of_node_are_read_with_their_unescaped_signs() {
        let report = r#"<testsuites>
            <testcase name="a &lt;b> c" time="0.1" classname="test"/>
            <testsuite name="d" tests="2" failures="1" skipped="1">
              <testcase name="f" classname="test" failure="x &lt;y> ]]>"><failure type="t" message="a > b">
                Error: &lt;testcase> at new Promise (&lt;anonymous>)
              </failure></testcase>
              <testcase name="s" classname="test"><skipped type="todo" message="true"/></testcase>
            </testsuite>
            <!-- tests 4 <testcase/> -->
        </testsuites>"#;
        assert_eq!(junit(report), tally(1, 1, 1));
    }

    #[test]
    fn a_cut_off_report_counts_what_is_complete() {
        assert_eq!(junit("<testsuites><testcase name='a'/><testcase name='b'><fail"), tally(1, 0, 0));
        assert_eq!(junit(""), Tally::default());
    }

    #[test]
    fn the_closing_line_has_the_documented_form() {
        assert_eq!(tally(3, 2, 1).to_string(), "3 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_leg_that_ran_nothing_fails_the_run() {
        let mut report = Report::default();
        report.end(Report::begin("empty"), tally(0, 0, 5), None);
        assert!(!report.close());
    }

    #[test]
    fn a_runner_that_failed_by_itself_fails_the_run() {
        let mut report = Report::default();
        report.end(Report::begin("good"), tally(5, 0, 0), None);
        assert!(report.close());
        report.end(Report::begin("broken"), tally(5, 0, 0), Some("the runner was killed".to_owned()));
        assert!(!report.close());
    }
}
