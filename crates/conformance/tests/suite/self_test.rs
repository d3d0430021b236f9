//! The suite catches servers that are broken on purpose, and admits it when it does not.

use crate::support::{Servers, options, suite_with};
use conformance::self_test::{Fate, SelfTestOutcome, self_test};

const CASES: &str = r#"
  - id: t-exit-code
    title: Exit codes come back.
    contract: toolbox
    steps:
      - http: POST /process/execute
        json: { command: exit 3 }
        expect: { json: { exitCode: 3 } }
  - id: t-broken
    title: Does not hold on any server.
    requirements: [DT-CTL-TEST-002]
    steps: [{ http: GET /nowhere }]
"#;

fn mutant(id: &str, made: &str, kills: &str) -> String {
    format!(
        "[[mutant]]\nid = \"{id}\"\ncontract = \"toolbox\"\noperation = \"ExecuteCommand\"\nbreak = {made}\nkills = \"{kills}\"\n"
    )
}

async fn test(mutants: &str) -> SelfTestOutcome {
    let suite = suite_with(CASES, mutants);
    let mut options = options("http://replaced");
    options.jobs = 2;
    let only = ["m-*".to_owned()];
    self_test(&suite, &Servers, &only, &options, &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_mutant_is_killed_survives_or_is_void() {
    let mutants = [
        mutant("m-killed", "{ kind = \"set-member\", member = \"exitCode\", value = 0 }", "DT-CTL-TEST-001"),
        mutant("m-survives", "{ kind = \"add-member\", member = \"more\", value = 0 }", "DT-CTL-TEST-001"),
        mutant("m-void", "{ kind = \"empty-body\" }", "DT-CTL-TEST-002"),
        mutant("m-late", "{ kind = \"delay\", by = \"2s\" }", "DT-CTL-TEST-001"),
    ];
    let outcome = test(&mutants.concat()).await;
    let fates: Vec<(&str, Fate)> =
        outcome.mutants.iter().map(|mutant| (mutant.id.as_str(), mutant.fate)).collect();
    assert_eq!(
        fates,
        [
            ("m-killed", Fate::Killed),
            ("m-survives", Fate::Survived),
            ("m-void", Fate::Void),
            ("m-late", Fate::Killed)
        ]
    );
    assert!(
        outcome.mutants[0].detail.contains("`exitCode` is 0; 3 was expected"),
        "{}",
        outcome.mutants[0].detail
    );
    assert_eq!(outcome.exit_code(), 1);
}

#[tokio::test]
async fn all_killed_is_a_success_and_no_mutant_is_none() {
    let killed = mutant("m-killed", "{ kind = \"status\", status = 201 }", "DT-CTL-TEST-001");
    assert_eq!(test(&killed).await.exit_code(), 0);
    assert_eq!(test("").await.exit_code(), 4);
}
