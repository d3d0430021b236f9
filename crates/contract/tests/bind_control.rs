//! The control plane's manner of binding.

use contract::bind::control::{self, ControlBindError};
use contract::{
    Auth, Bound, ErrorEntry, Kind, Lenient, Location, Member, Method, Operation, Parameter, Shape,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const fn member(name: &'static str, kind: Kind) -> Member {
    Member { name, go_name: name, kind, required: false, nullable: false, bound: Bound::NONE, lenient: &[] }
}

const INT: Kind = Kind::Integer { name: "int" };
const AT_LEAST_ONE: Bound = Bound { minimum: Some(1.0), ..Bound::NONE };
const COLOURS: Bound = Bound { values: &["red", "green"], ..Bound::NONE };

static VOLUME: Shape = Shape {
    name: "Volume",
    members: &[
        Member { required: true, ..member("volumeId", Kind::String) },
        Member { required: true, ..member("mountPath", Kind::String) },
        member("tags", Kind::Array(&Kind::String)),
    ],
};

static CREATE: Shape = Shape {
    name: "Create",
    members: &[
        member("name", Kind::String),
        Member {
            bound: Bound { minimum: Some(0.0), maximum: Some(8.0), ..Bound::NONE },
            ..member("cpu", INT)
        },
        Member { bound: AT_LEAST_ONE, lenient: &[Lenient::FalsyAsAbsent], ..member("memory", INT) },
        member("price", Kind::Number),
        member("public", Kind::Bool),
        member("labels", Kind::Map(&Kind::String)),
        Member { bound: COLOURS, ..member("colour", Kind::String) },
        Member {
            bound: COLOURS,
            lenient: &[Lenient::SingleAsArray],
            ..member("colours", Kind::Array(&Kind::String))
        },
        member("volumes", Kind::Array(&Kind::Object(&VOLUME))),
        member("volume", Kind::Object(&VOLUME)),
        Member { nullable: true, ..member("expiresAt", Kind::String) },
        Member { lenient: &[Lenient::CoerceNumber], bound: AT_LEAST_ONE, ..member("size", Kind::Number) },
        Member { lenient: &[Lenient::CoerceBool], ..member("active", Kind::Bool) },
        Member { lenient: &[Lenient::FalsyAsAbsent], ..member("target", Kind::String) },
        Member {
            bound: Bound { minimum: Some(2.0), maximum: Some(3.0), ..Bound::NONE },
            ..member("code", Kind::String)
        },
        Member { bound: Bound { maximum: Some(2.0), ..Bound::NONE }, ..member("pair", Kind::Array(&INT)) },
    ],
};

fn bind(text: &str) -> Result<Value, String> {
    control::body(&CREATE, text.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn an_empty_body_is_an_empty_object_and_only_objects_and_lists_are_json() {
    assert_eq!(control::body(&CREATE, b""), Ok(json!({})));
    assert_eq!(control::body(&CREATE, b"\xef\xbb\xbf {} \n"), Ok(json!({})));
    assert_eq!(control::body(&CREATE, b"[1]"), Ok(json!({})));
    for body in [" ", "{", "{]", "nope", "5", "\"x\"", "null", "{} x", "{}{}", "{'a':1}", "{\"cpu\":1e999}"] {
        assert_eq!(control::body(&CREATE, body.as_bytes()), Err(ControlBindError::Malformed), "{body}");
    }
    assert_eq!(ControlBindError::Malformed.to_string(), "Invalid JSON in request body");
    assert_eq!(control::body(&CREATE, "[".repeat(1_000_000).as_bytes()), Err(ControlBindError::Malformed));
}

#[test]
fn names_are_exact_unknown_members_are_ignored_and_null_is_left_out() {
    assert_eq!(bind(r#"{"Name":5,"other":{},"name":null,"volumes":null,"cpu":null}"#), Ok(json!({})));
    assert_eq!(bind(r#"{"expiresAt":null}"#), Ok(json!({"expiresAt": null})));
    assert_eq!(bind(r#"{"name":"a","name":"b"}"#), Ok(json!({"name": "b"})));
}

#[test]
fn every_failed_check_has_the_validators_text() {
    let cases = [
        (r#"{"name":5}"#, "name must be a string"),
        (r#"{"cpu":-1}"#, "cpu must not be less than 0"),
        (r#"{"cpu":9}"#, "cpu must not be greater than 8"),
        (r#"{"cpu":1.5}"#, "cpu must be an integer number"),
        (
            r#"{"cpu":"1"}"#,
            "cpu must not be greater than 8, cpu must not be less than 0, cpu must be an integer number",
        ),
        (r#"{"price":"x"}"#, "price must be a number conforming to the specified constraints"),
        (r#"{"public":"true"}"#, "public must be a boolean value"),
        (r#"{"labels":[]}"#, "labels must be an object"),
        (r#"{"labels":{"a":1,"b":null}}"#, "each value in labels must be a string"),
        (r#"{"colour":"blue"}"#, "colour must be one of the following values: red, green"),
        (
            r#"{"colours":["red","blue","pink"]}"#,
            "each value in colours must be one of the following values: red, green",
        ),
        (r#"{"volumes":{}}"#, "volumes must be an array"),
        (r#"{"volumes":[{"volumeId":"","mountPath":"/m"}]}"#, "volumes.0.volumeId should not be empty"),
        (
            r#"{"volumes":[{"volumeId":"v","mountPath":"/m"},{"volumeId":5}]}"#,
            "volumes.1.volumeId must be a string, volumes.1.mountPath should not be empty, volumes.1.mountPath must be a string",
        ),
        (
            r#"{"volumes":[{"volumeId":"v","mountPath":"/m","tags":[1]}]}"#,
            "volumes.0.each value in tags must be a string",
        ),
        (r#"{"volumes":[5]}"#, "each value in volumes must be an object"),
        (r#"{"volume":[]}"#, "volume must be an object"),
        (r#"{"volume":{"mountPath":"/m","volumeId":""}}"#, "volume.volumeId should not be empty"),
        (
            r#"{"size":"x"}"#,
            "size must not be less than 1, size must be a number conforming to the specified constraints",
        ),
        (r#"{"active":"yes"}"#, "active must be a boolean value"),
        (r#"{"code":""}"#, "code must be longer than or equal to 2 characters"),
        (r#"{"code":"a"}"#, "code must be longer than or equal to 2 characters"),
        (r#"{"code":"long"}"#, "code must be shorter than or equal to 3 characters"),
        (r#"{"pair":[1,2,3]}"#, "pair must contain no more than 2 elements"),
        (
            r#"{"name":1,"cpu":-1,"public":0}"#,
            "name must be a string, cpu must not be less than 0, public must be a boolean value",
        ),
    ];
    for (body, text) in cases {
        assert_eq!(bind(body), Err(text.to_owned()), "{body}");
    }
}

#[test]
fn required_members_are_asked_for_in_words_of_their_type() {
    static REQUIRED: Shape = Shape {
        name: "Required",
        members: &[
            Member { required: true, bound: AT_LEAST_ONE, ..member("name", Kind::String) },
            Member { required: true, bound: AT_LEAST_ONE, ..member("pool", INT) },
            Member { required: true, ..member("public", Kind::Bool) },
            Member { required: true, ..member("permissions", Kind::Array(&Kind::String)) },
            Member { required: true, ..member("labels", Kind::Map(&Kind::String)) },
            Member { required: true, bound: COLOURS, ..member("colour", Kind::String) },
            Member { required: true, nullable: true, ..member("parent", Kind::String) },
            Member {
                required: true,
                bound: Bound { minimum: Some(0.0), ..Bound::NONE },
                ..member("note", Kind::String)
            },
        ],
    };
    let texts = [
        "name should not be empty",
        "name must be a string",
        "pool must not be less than 1",
        "pool must be an integer number",
        "public must be a boolean value",
        "permissions must be an array",
        "labels must be an object",
        "colour must be one of the following values: red, green",
        "parent must be a string",
        "note must be a string",
    ];
    let expected = Err(ControlBindError::Invalid(texts.map(str::to_owned).to_vec()));
    assert_eq!(control::body(&REQUIRED, b""), expected);
    assert_eq!(control::body(&REQUIRED, br#"{"name":null,"pool":null}"#), expected);
    let empty = r#"{"name":"","pool":1,"public":false,"permissions":[],"labels":{},"colour":"red","parent":"","note":""}"#;
    let error = control::body(&REQUIRED, empty.as_bytes()).map_err(|error| error.to_string());
    assert_eq!(error, Err("name should not be empty".to_owned()));
    let fine = r#"{"name":"n","pool":1,"public":false,"permissions":[],"labels":{},"colour":"red","parent":null,"note":""}"#;
    assert_eq!(control::body(&REQUIRED, fine.as_bytes()).map(|bound| bound.to_string()), Ok(fine.to_owned()));
}

#[test]
fn values_are_coerced_only_where_the_table_says_so() {
    assert_eq!(
        bind(r#"{"memory":0,"target":"","size":" 1e1 ","active":"false","colours":"red","cpu":2.0}"#),
        Ok(json!({"size": 10.0, "active": false, "colours": ["red"], "cpu": 2}))
    );
    assert_eq!(bind(r#"{"size":"","name":""}"#), Err("size must not be less than 1".to_owned()));
    assert_eq!(bind(r#"{"size":"0x10"}"#), Ok(json!({"size": 16})));
    assert_eq!(bind("{\"name\":\"\\ud800\"}"), Ok(json!({"name": "\u{fffd}"})));
}

const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, location: Location::Query, required: false, kind, bound: Bound::NONE, lenient: &[] }
}

const fn operation(parameters: &'static [Parameter], errors: &'static [ErrorEntry]) -> Operation {
    Operation {
        id: "probe",
        document: "control",
        method: Method::Get,
        path: "/probe",
        tag: "probe",
        summary: "",
        parameters,
        body: None,
        responses: &[],
        errors,
        auth: Auth::None,
        websocket: false,
        permissions: &[],
        requires: &[],
        planned: false,
    }
}

static LIST: Operation = operation(
    &[
        Parameter { location: Location::Path, required: true, ..parameter("id", Kind::String) },
        Parameter {
            bound: Bound { minimum: Some(1.0), maximum: Some(200.0), default: Some("100"), ..Bound::NONE },
            ..parameter("limit", INT)
        },
        parameter("name", Kind::String),
        Parameter { bound: COLOURS, ..parameter("states", Kind::Array(&Kind::String)) },
        Parameter { bound: AT_LEAST_ONE, ..parameter("minCpu", Kind::Number) },
        parameter("isPublic", Kind::Bool),
        Parameter {
            bound: Bound { default: Some("false"), ..Bound::NONE },
            ..parameter("verbose", Kind::Bool)
        },
        Parameter {
            bound: Bound { values: &["asc", "desc"], default: Some("\"desc\""), ..Bound::NONE },
            ..parameter("order", Kind::String)
        },
    ],
    &[],
);

static FORCE: Operation = operation(
    &[parameter("force", Kind::Bool)],
    &[ErrorEntry {
        status: 400,
        code: None,
        message: "Validation failed (boolean string is expected)",
        when: "",
        source: "",
    }],
);

fn query(raw: &str) -> Result<Value, String> {
    control::query(&LIST, Some(raw)).map_err(|error| error.to_string())
}

/// A bound query without the members that are only defaults.
fn given(raw: &str) -> Value {
    let mut bound = query(raw).expect(raw);
    let members = bound.as_object_mut().expect("an object");
    members.retain(|name, value| {
        !matches!(
            (name.as_str(), value),
            ("limit", Value::Number(_)) | ("verbose", Value::Bool(false)) | ("order", Value::String(_))
        )
    });
    bound
}

#[test]
fn a_query_without_parameters_holds_the_defaults() {
    let defaults = json!({"limit": 100, "verbose": false, "order": "desc"});
    assert_eq!(control::query(&LIST, None), Ok(defaults.clone()));
    assert_eq!(query("id=ignored&unknown=1&&"), Ok(defaults));
}

#[test]
fn lists_come_in_every_spelling_clients_use() {
    for raw in [
        "states=red&states=green",
        "states[]=red&states[]=green",
        "states%5B%5D=red&states%5B%5D=green",
        "states[0]=red&states[1]=green",
    ] {
        assert_eq!(given(raw), json!({"states": ["red", "green"]}), "{raw}");
    }
    assert_eq!(given("states=red"), json!({"states": ["red"]}));
    assert_eq!(given("statesx=red&states[a]=red&name=a%20b+c%zz"), json!({"name": "a b c%zz"}));
}

#[test]
fn numbers_are_read_from_text_and_held_to_their_limits() {
    assert_eq!(query("limit=5"), Ok(json!({"limit": 5, "verbose": false, "order": "desc"})));
    assert_eq!(given("minCpu=1.5"), json!({"minCpu": 1.5}));
    let cases = [
        ("limit=0", "limit must not be less than 1"),
        ("limit=", "limit must not be less than 1"),
        ("limit=201", "limit must not be greater than 200"),
        ("limit=1.5", "limit must be an integer number"),
        (
            "limit=x",
            "limit must not be greater than 200, limit must not be less than 1, limit must be an integer number",
        ),
        (
            "limit=inf",
            "limit must not be greater than 200, limit must not be less than 1, limit must be an integer number",
        ),
        ("minCpu=0", "minCpu must not be less than 1"),
        ("states=pink", "each value in states must be one of the following values: red, green"),
        ("order=up", "order must be one of the following values: asc, desc"),
        ("name=a&name=b", "name must be a string"),
        (
            "limit=0&order=up",
            "limit must not be less than 1, order must be one of the following values: asc, desc",
        ),
    ];
    for (raw, text) in cases {
        assert_eq!(query(raw), Err(text.to_owned()), "{raw}");
    }
}

#[test]
fn only_true_is_true_and_documented_pipes_refuse_anything_but_true_and_false() {
    for (raw, value) in [
        ("isPublic=true", true),
        ("isPublic=false", false),
        ("isPublic=1", false),
        ("isPublic=TRUE", false),
        ("isPublic=", false),
    ] {
        assert_eq!(given(raw), json!({"isPublic": value}), "{raw}");
    }
    let force = |raw: &str| control::query(&FORCE, Some(raw)).map_err(|error| error.to_string());
    assert_eq!(force(""), Ok(json!({})));
    assert_eq!(force("force=true"), Ok(json!({"force": true})));
    assert_eq!(force("force=false"), Ok(json!({"force": false})));
    for raw in ["force=1", "force=", "force=True", "force=true&force=true"] {
        assert_eq!(force(raw), Err("Validation failed (boolean string is expected)".to_owned()), "{raw}");
    }
}

#[test]
fn the_generated_tables_bind_what_clients_send() {
    let operation = |method: Method, path: &str| {
        let mut operations = contract::control::DOCUMENT.operations.iter();
        operations
            .find(|operation| operation.method == method && operation.path == path)
            .expect("a documented operation")
    };
    let create = operation(Method::Post, "/sandbox").body.and_then(|body| body.shape).expect("a JSON body");
    let body = json!({"snapshot": "", "cpu": 0, "env": {"A": "1"}, "labels": {"l": ""}, "public": false, "autoStopInterval": 15});
    assert_eq!(
        control::body(create, body.to_string().as_bytes()),
        Ok(json!({"env": {"A": "1"}, "labels": {"l": ""}, "public": false, "autoStopInterval": 15}))
    );
    let error = control::body(create, br#"{"cpu":-1,"volumes":[{"volumeId":"","mountPath":"/m"}]}"#)
        .expect_err("two failures");
    assert_eq!(error.to_string(), "cpu must not be less than 0, volumes.0.volumeId should not be empty");

    let list = operation(Method::Get, "/sandbox");
    let bound = control::query(list, Some("limit=201")).expect_err("too many");
    assert_eq!(bound.to_string(), "limit must not be greater than 200");
    let bound = control::query(list, Some("states=started&labels=null")).expect("a list query");
    assert_eq!(
        [&bound["limit"], &bound["states"], &bound["labels"]],
        [&json!(100), &json!(["started"]), &json!("null")]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_binder_panic(bytes in prop::collection::vec(prop_oneof![
        prop::sample::select(br#"{}[]:,"\-0123.eEtrufalsn "#.to_vec()), any::<u8>(),
    ], 0..64)) {
        let _ = control::body(&CREATE, &bytes);
        let _ = control::query(&LIST, std::str::from_utf8(&bytes).ok());
    }

    #[test]
    fn a_query_of_any_text_is_read_as_it_was_written(name in any::<String>()) {
        let raw: String = std::iter::once("name=".to_owned()).chain(name.bytes().map(|byte| format!("%{byte:02X}"))).collect();
        prop_assert_eq!(given(&raw), json!({"name": name}));
    }

    #[test]
    fn a_body_of_the_documented_types_is_bound_as_it_is(
        name in any::<String>(), cpu in 0..=8_i64, price in any::<f64>(), public in any::<bool>(),
        labels in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4), pair in prop::collection::vec(any::<i64>(), 0..3),
    ) {
        let value = json!({"name": name, "cpu": cpu, "price": price, "public": public, "labels": labels, "pair": pair});
        prop_assert_eq!(control::body(&CREATE, value.to_string().as_bytes()), Ok(value));
    }
}
