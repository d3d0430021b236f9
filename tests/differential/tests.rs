//! The runner itself: recorded answers pass against themselves, spoilt ones do not, and the lists are held to what is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cases::{Answered, cases, recorded};
use crate::compare::{Level, differences};
use crate::ledger::{Judgement, Ledger, Outcome, Table, listing};
use crate::step::{HttpStep, Step};
use crate::tidy::{Variables, body, dig, shape};
use crate::transport::Target;

fn judge(recorded: &Answered, got: &Answered) -> Vec<Judgement> {
    vec![Judgement::of(recorded, got)]
}

/// A case whose one answer is this.
fn answered(step: Value) -> Answered {
    Answered {
        id: String::from("one.case"),
        group: String::from("one"),
        steps: Some(vec![step]),
        ..Answered::default()
    }
}

fn complaints(ledger: &Ledger, recorded: Value, got: Value) -> String {
    ledger.complaints(&judge(&answered(recorded), &answered(got))).join("\n")
}

fn ok(body: Value) -> Value {
    json!({ "status": 200, "headers": { "content-type": "application/json; charset=utf-8" }, "body": body })
}

fn variables(values: &[(&str, &str)]) -> Variables {
    Variables::new(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn every_case_has_a_recorded_answer_and_every_step_can_be_read() {
    let recorded = recorded();
    let cases = cases();
    assert_eq!((cases.len(), recorded.len()), (597, 597));
    for case in cases {
        assert_eq!(case.group, recorded[&case.id].group);
        let steps = recorded[&case.id].steps.as_ref().unwrap();
        assert_eq!(case.steps.len(), steps.len(), "{}", case.id);
        for step in &case.steps {
            Step::read(step).unwrap_or_else(|error| panic!("{}: {error}", case.id));
        }
    }
}

#[test]
fn recorded_answers_pass_against_themselves() {
    let recorded = recorded();
    let judgements: Vec<Judgement> = recorded.values().map(|one| Judgement::of(one, one)).collect();
    let ledger = listing::empty();
    assert_eq!(ledger.complaints(&judgements), Vec::<String>::new());
    insta::assert_snapshot!(Table::of(&judgements, &ledger).to_string().lines().last().unwrap(), @"all                               597     591    591         0           0        6");
}

/// Every number at status level of every case, one off, is noticed; so are an answer less and one more.
#[test]
fn a_spoilt_status_is_noticed_wherever_it_stands() {
    let mut spoilt_places = 0;
    for one in recorded().values() {
        let steps = one.steps.clone().unwrap();
        for (index, _) in steps.iter().enumerate() {
            for pointer in places_of(&steps[index], &["status", "handshake", "code", "exit"]) {
                let mut other = one.clone();
                let place = other.steps.as_mut().unwrap()[index].pointer_mut(&pointer).unwrap();
                let Some(number) = place.as_u64() else { continue };
                *place = json!(number + 1);
                let found = differences(one, &other, Level::Status);
                assert!(!found.is_empty(), "{} {pointer}", one.id);
                spoilt_places += 1;
            }
        }
        let fewer = Answered { steps: Some(steps[1..].to_vec()), ..one.clone() };
        assert!(!differences(one, &fewer, Level::Status).is_empty(), "{}", one.id);
        let crashed = Answered { steps: None, crashed: Some(String::from("why")), ..one.clone() };
        assert!(!differences(one, &crashed, Level::Status).is_empty(), "{}", one.id);
    }
    assert!(spoilt_places > 900, "only {spoilt_places} places were spoilt");
}

/// Paths of members of these names that count at status level.
fn places_of(step: &Value, names: &[&str]) -> Vec<String> {
    let mut places = Vec::new();
    for list in ["parallel", "seq"] {
        if let Some(Value::Array(steps)) = step.get(list) {
            for (index, step) in steps.iter().enumerate() {
                places.extend(places_of(step, names).iter().map(|place| format!("/{list}/{index}{place}")));
            }
        }
    }
    for name in names {
        for pointer in [format!("/{name}"), format!("/close/{name}"), format!("/sh/{name}")] {
            places.extend(step.pointer(&pointer).is_some().then_some(pointer));
        }
    }
    places
}

#[test]
fn a_spoilt_body_of_any_success_is_noticed_at_shape_level_only() {
    let mut spoilt_bodies = 0;
    for one in recorded().values() {
        for (index, step) in one.steps.iter().flatten().enumerate() {
            let success = step.get("status").is_some_and(|status| status.as_u64().unwrap() < 400);
            let Some(Value::Object(members)) = step.get("body") else { continue };
            if members.contains_key("shape") || members.contains_key("sha256") {
                continue;
            }
            let mut other = one.clone();
            other.steps.as_mut().unwrap()[index]["body"]["neverSeen"] = json!(1);
            assert_eq!(!differences(one, &other, Level::Shape).is_empty(), success, "{}", one.id);
            assert_eq!(differences(one, &other, Level::Status), [], "{}", one.id);
            spoilt_bodies += usize::from(success);
        }
    }
    assert!(spoilt_bodies > 100, "only {spoilt_bodies} bodies were spoilt");
}

#[test]
fn shapes_compare_members_types_media_types_and_frames() {
    let differs = |recorded: Value, got: Value| {
        let found = differences(&answered(recorded), &answered(got), Level::Shape);
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(differs(ok(json!({ "a": 1, "b": "x" })), ok(json!({ "b": "y", "a": 2.5 }))), "");
    assert_eq!(
        differs(ok(json!({ "a": 1 })), ok(json!({ "a": "1" }))),
        r#"step[0].body.a: recorded "number", got "string""#
    );
    assert_eq!(
        differs(ok(json!({ "a": null })), ok(json!({}))),
        r#"step[0].body.a: recorded "null", got "(absent)""#
    );
    assert_eq!(
        differs(
            ok(json!("x")),
            json!({ "status": 200, "headers": { "content-type": "text/plain" }, "body": "x" })
        ),
        r#"step[0].media type: recorded "application/json", got "text/plain""#
    );
    let frames = |frames: Value| json!({ "handshake": 101, "close": { "code": 1000, "reason": "" }, "frames": frames });
    assert_eq!(
        differs(
            frames(json!([["text", { "type": "control" }]])),
            frames(json!([["bin", { "type": "control" }]]))
        ),
        r#"step[0].frames[0][0]: recorded "text", got "bin""#
    );
    let marked =
        |status: u64| json!({ "handshake": 101, "marks": [["http", { "status": status }], ["ready", true]] });
    assert_eq!(
        differs(marked(200), marked(404)),
        r#"step[0].marks[0][1].media type: recorded "", got "(absent)"; step[0].marks[0][1].status: recorded 200, got 404"#
    );
}

#[test]
fn unlisted_differences_fail_and_listed_ones_must_still_be_there() {
    let (good, bad) = (ok(json!({ "a": 1 })), json!({ "status": 404, "headers": {}, "body": null }));
    let other = ok(json!({ "a": "1" }));
    insta::assert_snapshot!(complaints(&listing::empty(), good.clone(), bad.clone()), @"
    one.case: differs at Status level:
          step[0].status: recorded 200, got 404
    ");
    insta::assert_snapshot!(complaints(&listing::empty(), good.clone(), other.clone()), @r#"
    one.case: differs at Shape level:
          step[0].body.a: recorded "number", got "string"
    "#);
    let status = listing::with_difference("one.case", Level::Status, "why");
    let shape = listing::with_difference("one.case", Level::Shape, "why");
    assert_eq!(complaints(&status, good.clone(), bad.clone()), "");
    assert_eq!(complaints(&shape, good.clone(), other.clone()), "");
    assert!(complaints(&shape, good.clone(), bad).contains("differs at Status level"));
    assert!(complaints(&status, good.clone(), other).contains("only its shape differs"));
    assert!(complaints(&status, good.clone(), good.clone()).contains("not any more"));
    assert!(complaints(&shape, good.clone(), good.clone()).contains("not any more"));
    let nameless = listing::with_difference("no.case", Level::Shape, " ");
    insta::assert_snapshot!(complaints(&nameless, good.clone(), good), @"
    no.case: listed, but there is no such case or group
    no.case: listed without a reason
    ");
}

#[test]
fn planned_operations_count_apart_and_only_in_groups_listed_so() {
    let (good, planned) = (ok(json!({})), json!({ "status": 501, "headers": {}, "body": null }));
    assert!(complaints(&listing::empty(), good.clone(), planned.clone()).contains("not served"));
    assert_eq!(complaints(&listing::with_planned("one"), good.clone(), planned.clone()), "");
    assert!(complaints(&listing::with_planned("one"), good.clone(), good.clone()).contains("but it is"));
    let refused = json!({ "parallel": [{ "seq": [{ "handshake": 501 }] }] });
    let judged = Judgement::of(&answered(good), &answered(refused));
    assert!(matches!(judged.outcome, Outcome::NotServed));
    let same = Judgement::of(&answered(planned.clone()), &answered(planned));
    assert!(matches!(same.outcome, Outcome::Compared { .. }), "the recorded daemon said so as well");
}

#[test]
fn a_group_below_its_ratchet_fails_unless_the_machine_could_not_play_it() {
    let good = answered(ok(json!({})));
    let bad = answered(ok(json!({ "more": 1 })));
    let table = |got: &Answered| Table::of(&judge(&good, got), &listing::empty());
    let fallen = |ledger: &Ledger, got: &Answered| ledger.fallen(&table(got)).join("\n");
    assert_eq!(fallen(&listing::with_ratchet("one", 1, 1), &good), "");
    assert_eq!(
        fallen(&listing::with_ratchet("one", 1, 1), &bad),
        "group one: 1 pass at status and 0 at shape level; 1 and 1 did"
    );
    assert!(fallen(&listing::with_ratchet("gone", 1, 0), &good).contains("group gone"));
    let skipped = Answered { skipped: Some(String::from("needs python3")), steps: None, ..good.clone() };
    assert_eq!(fallen(&listing::with_ratchet("one", 1, 1), &skipped), "");
}

#[test]
fn an_update_raises_the_ratchet_and_never_lowers_it() {
    let good = answered(ok(json!({})));
    let bad = answered(ok(json!({ "more": 1 })));
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("ratchet-of-a-test.toml");
    listing::with_ratchet("one", 0, 5).raise(&Table::of(&judge(&good, &bad), &listing::empty()), &path);
    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert!(written.ends_with("\n\"one\" = { status = 1, shape = 5 }\n"), "{written}");
}

#[test]
fn placeholders_are_filled_in_everywhere_and_found_again() {
    let variables =
        variables(&[("WORK", "/work/of a case"), ("ID", "case-1"), ("UID", "12345"), ("x", "abc")]);
    let filled = variables.fill(&json!({ "@{ID}": ["@{WORK}/f", "@{REP:ab:3}", "@{nobody}", "@{x}"] }));
    assert_eq!(filled, json!({ "case-1": ["/work/of a case/f", "ababab", "@{nobody}", "abc"] }));
    let seen = json!({ "case-1": ["%2Fwork%2Fof%20a%20case", "12345", "abc", "/work/of a case/f"] });
    // The user's number and short values could be there by chance.
    assert_eq!(variables.clean(&seen), json!({ "@{ID}": ["@{WORK:quoted}", "12345", "abc", "@{WORK}/f"] }));
}

#[test]
fn volatile_texts_become_tags() {
    let none = variables(&[]);
    let cases = [
        ("at 2026-01-02T03:04:05.678Z.", "at <TS>."),
        ("2026-01-02 03:04:05.123456 +0000 UTC", "<GOTIME>"),
        ("Fri, 02 Jan 2026 03:04:05 GMT", "<HTTPDATE>"),
        ("id 01234567-89ab-cdef-0123-456789abcdef", "id <UUID>"),
        ("bash: line 1:    42 Killed", "bash: line 1: <PID> Killed"),
        ("/tmp/dtn_123.ts:1", "/tmp/dtn_<N>.ts:1"),
    ];
    for (text, tagged) in cases {
        assert_eq!(none.clean_text(text), tagged);
    }
}

#[test]
fn bodies_are_saved_from_filtered_sorted_masked_and_cut_as_a_case_asks() {
    let looked_at = |asked: Value, got: &Value| {
        let step: HttpStep = serde_json::from_value(asked).unwrap();
        let variables = variables(&[]);
        let body = body(&step, "application/json; charset=utf-8", got.to_string().as_bytes(), &variables);
        (body, variables.all())
    };
    let got = json!({ "list": [{ "n": "b", "size": 2 }, { "n": "a", "size": 1 }, { "n": "c", "size": 3 }] });
    let (body, saved) = looked_at(
        json!({ "save": { "first": "$.list.0.n", "last": "$.list.-1.size", "none": "$.x" } }),
        &got,
    );
    assert_eq!(body.as_ref(), Some(&got));
    let expected: BTreeMap<_, _> = [("first", "b"), ("last", "3"), ("none", "MISSING-none")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(saved, expected);
    let asked = json!({ "keep": ["$.list", "n", "a"], "mask": ["$.list.*.size"] });
    assert_eq!(looked_at(asked, &got).0, Some(json!({ "list": [{ "n": "a", "size": "<MASKED:number>" }] })));
    let sorted = looked_at(json!({ "sort": [["$.list", "n"]] }), &got).0.unwrap();
    assert_eq!(dig(&sorted, "$.list.0.n"), Some(json!("a")));
    assert_eq!(looked_at(json!({ "as": "none" }), &got).0, None);
    assert_eq!(
        looked_at(json!({ "as": "shape" }), &got).0,
        Some(json!({ "shape": { "list": [{ "n": "string", "size": "number" }] } }))
    );
    assert_eq!(looked_at(json!({ "as": "lines" }), &json!("b\na")).0, Some(json!({ "lines": ["a", "b"] })));
    let large = looked_at(json!({}), &json!({ "text": "x".repeat(20_000) })).0.unwrap();
    assert_eq!((&large["shape"], large["sha256"].is_string()), (&json!({ "text": "string" }), true));
}

#[test]
fn the_shape_of_a_list_is_that_of_its_first_element() {
    assert_eq!(shape(&json!([{ "a": [] }, 1])), json!([{ "a": [] }]));
    assert_eq!(shape(&json!([null, true])), json!(["null"]));
}

#[test]
fn bare_requests_are_aimed_at_the_sandbox() {
    let target = Target { authority: String::from("127.0.0.1:1"), prefix: String::from("/toolbox/one") };
    let aimed = target.aimed("GET /version HTTP/1.0\r\n\r\n");
    assert_eq!(aimed, "GET /toolbox/one/version HTTP/1.0\r\nAuthorization: Bearer dtn_local\r\n\r\n");
    assert_eq!(target.aimed("NONSENSE\r\n\r\n"), "NONSENSE\r\n\r\n");
}
