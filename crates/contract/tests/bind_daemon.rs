//! The daemon's manner of binding, against texts the real decoder gave for the same bytes.

use contract::bind::daemon::{self, BindError};
use contract::{Bound, Kind, Member, Method, Shape};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const fn member(name: &'static str, go_name: &'static str, kind: Kind) -> Member {
    Member { name, go_name, kind, required: false, nullable: false, bound: Bound::NONE, lenient: &[] }
}

const fn required(name: &'static str, go_name: &'static str, kind: Kind) -> Member {
    Member { required: true, ..member(name, go_name, kind) }
}

const UINT32: Kind = Kind::Integer { name: "uint32" };

static POSITION: Shape = Shape {
    name: "Position",
    members: &[required("line", "Line", UINT32), member("note", "Note", Kind::String)],
};

/// One member of every kind, none required.
static PROBE: Shape = Shape {
    name: "Probe",
    members: &[
        member("command", "Command", Kind::String),
        member("timeout", "Timeout", UINT32),
        member("columns", "Columns", Kind::Integer { name: "uint16" }),
        member("small", "Small", Kind::Integer { name: "int8" }),
        member("big", "Big", Kind::Integer { name: "int64" }),
        member("huge", "Huge", Kind::Integer { name: "uint64" }),
        member("ratio", "Ratio", Kind::Number),
        member("quiet", "Quiet", Kind::Bool),
        member("files", "Files", Kind::Array(&Kind::String)),
        member("envs", "Envs", Kind::Map(&Kind::String)),
        member("any", "Any", Kind::Any),
        member("deep", "Deep", Kind::Map(&Kind::Array(&Kind::Array(&Kind::Bool)))),
        member("position", "Position", Kind::Object(&POSITION)),
        member("positions", "Positions", Kind::Array(&Kind::Object(&POSITION))),
        Member { nullable: true, ..member("newValue", "NewValue", Kind::String) },
    ],
};

/// A required member of every kind.
static STRICT: Shape = Shape {
    name: "Strict",
    members: &[
        required("url", "URL", Kind::String),
        required("count", "Count", UINT32),
        required("ratio", "Ratio", Kind::Number),
        required("quiet", "Quiet", Kind::Bool),
        required("files", "Files", Kind::Array(&Kind::String)),
        required("envs", "Envs", Kind::Map(&Kind::String)),
        required("any", "Any", Kind::Any),
        required("position", "Position", Kind::Object(&POSITION)),
        Member { nullable: true, ..required("newValue", "NewValue", Kind::String) },
    ],
};

fn bind(text: &str) -> Result<Value, String> {
    daemon::body(&PROBE, text.as_bytes()).map_err(|error| error.to_string())
}

/// Bytes and the decoder's text for them.
const SYNTAX: &[(&[u8], &str)] = &[
    (b"", "EOF"),
    (b" \n\t", "EOF"),
    (b"{", "unexpected EOF"),
    (b"{\"a\"", "unexpected EOF"),
    (b"{\"a\":", "unexpected EOF"),
    (b"{\"a\":1", "unexpected EOF"),
    (b"{\"a\":1,", "unexpected EOF"),
    (b"[1", "unexpected EOF"),
    (b"\"abc", "unexpected EOF"),
    (b"tru", "unexpected EOF"),
    (b"-", "unexpected EOF"),
    (b"1.", "unexpected EOF"),
    (b"1e+", "unexpected EOF"),
    (b"\"\\u12", "unexpected EOF"),
    (b"z", "invalid character 'z' looking for beginning of value"),
    (b"'", "invalid character '\\'' looking for beginning of value"),
    (b"\\", "invalid character '\\\\' looking for beginning of value"),
    (b"{z", "invalid character 'z' looking for beginning of object key string"),
    (b"{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
    (b"{\"a\" 1}", "invalid character '1' after object key"),
    (b"{\"a\":1 2}", "invalid character '2' after object key:value pair"),
    (b"{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
    (b"[1 2]", "invalid character '2' after array element"),
    (b"[1,]", "invalid character ']' looking for beginning of value"),
    (b"{\"a\":tRue}", "invalid character 'R' in literal true (expecting 'r')"),
    (b"{\"a\":fals1}", "invalid character '1' in literal false (expecting 'e')"),
    (b"{\"a\":nul\n}", "invalid character '\\n' in literal null (expecting 'l')"),
    (b"{\"a\":\"x\ny\"}", "invalid character '\\n' in string literal"),
    (b"{\"a\":\"\x00\"}", "invalid character '\\x00' in string literal"),
    (b"{\"a\":\"\x7f\x1f\"}", "invalid character '\\x1f' in string literal"),
    (b"{\"a\":\"\\x\"}", "invalid character 'x' in string escape code"),
    (b"{\"a\":\"\\u12g4\"}", "invalid character 'g' in \\u hexadecimal character escape"),
    (b"{\"a\":-}", "invalid character '}' in numeric literal"),
    (b"{\"a\":-a}", "invalid character 'a' in numeric literal"),
    (b"{\"a\":01}", "invalid character '1' after object key:value pair"),
    (b"{\"a\":1.}", "invalid character '}' after decimal point in numeric literal"),
    (b"{\"a\":1.e5}", "invalid character 'e' after decimal point in numeric literal"),
    (b"{\"a\":1e}", "invalid character '}' in exponent of numeric literal"),
    (b"{\"a\":+1}", "invalid character '+' looking for beginning of value"),
    (b"{\"a\":.5}", "invalid character '.' looking for beginning of value"),
    (b"{\"a\":NaN}", "invalid character 'N' looking for beginning of value"),
    (b"\xef\xbb\xbf{}", "invalid character 'ï' looking for beginning of value"),
    (b"\x80", "invalid character '\\u0080' looking for beginning of value"),
    (b"\xa0", "invalid character '\\u00a0' looking for beginning of value"),
    (b"\xad", "invalid character '\\u00ad' looking for beginning of value"),
    (b"\xff", "invalid character 'ÿ' looking for beginning of value"),
    (b"\x00", "invalid character '\\x00' looking for beginning of value"),
    (b"\x07", "invalid character '\\a' looking for beginning of value"),
    (b"\x08", "invalid character '\\b' looking for beginning of value"),
    (b"\x0b", "invalid character '\\v' looking for beginning of value"),
    (b"\x0c", "invalid character '\\f' looking for beginning of value"),
    (b"\x1b", "invalid character '\\x1b' looking for beginning of value"),
    (b"\x7f", "invalid character '\\x7f' looking for beginning of value"),
    (b"]", "invalid character ']' looking for beginning of value"),
    (b"}", "invalid character '}' looking for beginning of value"),
    (b":", "invalid character ':' looking for beginning of value"),
    (b",", "invalid character ',' looking for beginning of value"),
    (b"{\"a\"\"", "invalid character '\"' after object key"),
    (b"{,}", "invalid character ',' looking for beginning of object key string"),
    (b"[,]", "invalid character ',' looking for beginning of value"),
    (b"[}", "invalid character '}' looking for beginning of value"),
    (b"{]", "invalid character ']' looking for beginning of object key string"),
    (b"{\"a\":]", "invalid character ']' looking for beginning of value"),
];

#[test]
fn bytes_that_are_no_json_are_answered_in_the_decoders_words() {
    for (bytes, text) in SYNTAX {
        let error = daemon::body(&PROBE, bytes).expect_err(text);
        assert_eq!(error.to_string(), *text, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn an_absent_and_a_cut_body_are_told_apart() {
    assert_eq!(daemon::body(&PROBE, b" "), Err(BindError::Empty));
    assert_eq!(daemon::body(&PROBE, b"{\"command\": "), Err(BindError::Truncated));
}

#[test]
fn the_first_mismatch_of_types_is_reported_with_the_path_of_the_member() {
    let cases = [
        (r#"{"command":5}"#, "number into Go struct field Probe.command of type string"),
        (r#"{"COMMAND":true}"#, "bool into Go struct field Probe.command of type string"),
        (r#"{"timeout":-1}"#, "number -1 into Go struct field Probe.timeout of type uint32"),
        (r#"{"timeout":-0}"#, "number -0 into Go struct field Probe.timeout of type uint32"),
        (r#"{"timeout":1.5}"#, "number 1.5 into Go struct field Probe.timeout of type uint32"),
        (r#"{"timeout":1e3}"#, "number 1e3 into Go struct field Probe.timeout of type uint32"),
        (r#"{"timeout":4294967296}"#, "number 4294967296 into Go struct field Probe.timeout of type uint32"),
        (r#"{"timeout":"5"}"#, "string into Go struct field Probe.timeout of type uint32"),
        (r#"{"columns":70000}"#, "number 70000 into Go struct field Probe.columns of type uint16"),
        (r#"{"small":-129}"#, "number -129 into Go struct field Probe.small of type int8"),
        (
            r#"{"big":9223372036854775808}"#,
            "number 9223372036854775808 into Go struct field Probe.big of type int64",
        ),
        (r#"{"ratio":1e400}"#, "number 1e400 into Go struct field Probe.ratio of type float64"),
        (r#"{"ratio":"1"}"#, "string into Go struct field Probe.ratio of type float64"),
        (r#"{"any":1e400}"#, "number 1e400 into Go struct field Probe.any of type float64"),
        (r#"{"quiet":"true"}"#, "string into Go struct field Probe.quiet of type bool"),
        (r#"{"files":"a"}"#, "string into Go struct field Probe.files of type []string"),
        (r#"{"files":["a",1]}"#, "number into Go struct field Probe.files of type string"),
        (r#"{"envs":["A=1"]}"#, "array into Go struct field Probe.envs of type map[string]string"),
        (r#"{"envs":{"A":1}}"#, "number into Go struct field Probe.envs of type string"),
        (r#"{"position":{"line":"x"}}"#, "string into Go struct field Position.position.line of type uint32"),
        (
            r#"{"positions":[{"line":{}}]}"#,
            "object into Go struct field Position.positions.line of type uint32",
        ),
        (r#"{"positions":{}}"#, "object into Go struct field Probe.positions of type []toolbox.Position"),
        (r#"{"timeout":"5","command":5}"#, "string into Go struct field Probe.timeout of type uint32"),
        ("[1]", "array into Go value of type toolbox.Probe"),
        ("\"text\"", "string into Go value of type toolbox.Probe"),
    ];
    for (body, text) in cases {
        assert_eq!(bind(body), Err(format!("json: cannot unmarshal {text}")), "{body}");
    }
}

#[test]
fn a_syntax_error_goes_before_a_mismatch_and_a_mismatch_before_a_missing_member() {
    assert_eq!(
        bind(r#"{"command":5,}"#),
        Err("invalid character '}' looking for beginning of object key string".into())
    );
    let error = daemon::body(&STRICT, br#"{"count":"1"}"#).expect_err("a mismatch");
    assert!(matches!(error, BindError::Type(_)), "{error}");
}

#[test]
fn names_match_in_any_letter_case_and_an_exact_match_wins() {
    assert_eq!(
        bind(r#"{"Command":"a","TIMEOUT":5,"newvalue":"n"}"#),
        Ok(json!({"command": "a", "timeout": 5, "newValue": "n"}))
    );
    assert_eq!(bind("{\"fileſ\":[],\"RATIO\":1}"), Ok(json!({"files": [], "ratio": 1})));
    static TWINS: Shape = Shape {
        name: "Twins",
        members: &[member("Path", "A", Kind::String), member("path", "B", Kind::String)],
    };
    let bound = daemon::body(&TWINS, br#"{"path":"lower","PATH":"first"}"#);
    assert_eq!(bound, Ok(json!({"path": "lower", "Path": "first"})));
}

#[test]
fn unknown_members_trailing_bytes_and_null_are_ignored() {
    assert_eq!(
        bind(r#"{"other":{"command":[1]},"command":"a","timeout":null} trailing"#),
        Ok(json!({"command": "a"}))
    );
    assert_eq!(bind("{\"command\":\"a\"}\0\0"), Ok(json!({"command": "a"})));
    assert_eq!(bind("null"), Ok(json!({})));
    assert_eq!(bind(r#"{"any":null,"newValue":null,"files":null,"position":null}"#), Ok(json!({})));
}

#[test]
fn a_member_given_twice_takes_the_last_value_and_null_does_not_undo_a_text() {
    assert_eq!(bind(r#"{"command":"a","Command":"b"}"#), Ok(json!({"command": "b"})));
    assert_eq!(bind(r#"{"command":"a","command":null}"#), Ok(json!({"command": "a"})));
    assert_eq!(bind(r#"{"files":["a","b"],"files":["c"]}"#), Ok(json!({"files": ["c"]})));
    assert_eq!(bind(r#"{"files":["a"],"files":null}"#), Ok(json!({})));
    assert_eq!(bind(r#"{"envs":{"A":"1"},"envs":{"B":"2"}}"#), Ok(json!({"envs": {"A": "1", "B": "2"}})));
}

#[test]
fn null_inside_a_list_or_map_is_the_zero_value() {
    assert_eq!(
        bind(r#"{"files":["a",null],"envs":{"A":null}}"#),
        Ok(json!({"files": ["a", ""], "envs": {"A": ""}}))
    );
    assert_eq!(
        bind(r#"{"deep":{"a":null,"b":[null,[null]]}}"#),
        Ok(json!({"deep": {"a": [], "b": [[], [false]]}}))
    );
    assert_eq!(bind(r#"{"positions":[null],"any":[null]}"#), Ok(json!({"positions": [{}], "any": [null]})));
}

#[test]
fn broken_text_becomes_replacement_characters_and_whole_numbers_stay_exact() {
    let bound = daemon::body(&PROBE, b"{\"command\":\"a\xff\xe2\x82z\"}");
    assert_eq!(bound, Ok(json!({"command": "a\u{fffd}\u{fffd}\u{fffd}z"})));
    assert_eq!(
        bind(r#"{"command":"\ud800|\udc00|\ud83d\ude00|\ud83d\u0041|\/\b\f\n\r\t\"\\"}"#),
        Ok(json!({"command": "\u{fffd}|\u{fffd}|😀|\u{fffd}A|/\u{8}\u{c}\n\r\t\"\\"}))
    );
    assert_eq!(bind(r#"{"command":"\u0041\u0042\u00e9"}"#), Ok(json!({"command": "ABé"})));
    assert_eq!(
        bind(r#"{"any":[-0,0]}"#).map(|bound| bound.to_string()),
        Ok(r#"{"any":[-0.0,0]}"#.to_owned())
    );
    assert_eq!(
        bind(r#"{"big":-9223372036854775808,"huge":18446744073709551615,"small":-0}"#),
        Ok(json!({"big": i64::MIN, "huge": u64::MAX, "small": 0}))
    );
}

#[test]
fn required_means_not_zero_and_every_missing_member_gets_a_line() {
    let lines = |names: &[(&str, &str)]| {
        let lines: Vec<_> = names
            .iter()
            .map(|(key, field)| {
                format!(
                    "Key: 'Strict.{key}' Error:Field validation for '{field}' failed on the 'required' tag"
                )
            })
            .collect();
        Err(BindError::Required(lines.join("\n")))
    };
    let all = ["URL", "Count", "Ratio", "Quiet", "Files", "Envs", "Any", "Position", "NewValue"]
        .map(|name| (name, name));
    assert_eq!(daemon::body(&STRICT, b"{}"), lines(&all));
    assert_eq!(daemon::body(&STRICT, b"null"), lines(&all));

    let zeros = br#"{"url":"","count":0,"ratio":0.0,"quiet":false,"files":[],"envs":{},"any":"","position":{"line":0},"newValue":""}"#;
    let failing = [
        ("URL", "URL"),
        ("Count", "Count"),
        ("Ratio", "Ratio"),
        ("Quiet", "Quiet"),
        ("Position.Line", "Line"),
    ];
    assert_eq!(daemon::body(&STRICT, zeros), lines(&failing));

    let values = json!({"url": "u", "count": 1, "ratio": 0.5, "quiet": true, "files": [], "envs": {}, "any": 0, "position": {"line": 1}, "newValue": ""});
    assert_eq!(daemon::body(&STRICT, values.to_string().as_bytes()), Ok(values));
}

#[test]
fn depth_is_refused_and_never_exhausts_the_stack() {
    let too_deep = Err("invalid character '[' exceeded max depth".to_owned());
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(bind(&"[".repeat(1_000_000)), too_deep);
    assert_eq!(bind(&format!("{{\"other\":{}}}", nested(9_999))), Ok(json!({})));
    assert_eq!(bind(&format!("{{\"other\":{}}}", nested(10_000))), too_deep);
    assert!(
        bind(&format!("{{\"command\":{}}}", nested(9_999))).is_err_and(|text| text.contains("array into"))
    );
    // A value that is kept may not be that deep: whoever walks it does so recursively.
    assert!(bind(&format!("{{\"any\":{}}}", nested(127))).is_ok());
    assert_eq!(bind(&format!("{{\"any\":{}}}", nested(128))), too_deep);
}

/// Bodies whose answers the real daemon gave, bound with the generated tables. Pull and push are not among them: they
/// shared one structure then and have one each since.
#[test]
fn the_generated_tables_give_the_texts_the_real_daemon_gave() {
    let missing = |shape: &str, field: &str| {
        format!("Key: '{shape}.{field}' Error:Field validation for '{field}' failed on the 'required' tag")
    };
    let mismatch = |text: &str| format!("json: cannot unmarshal {text}");
    let cases = [
        ("/process/execute", Method::Post, "null", missing("ExecuteRequest", "Command")),
        (
            "/process/execute",
            Method::Post,
            r#"{"command":"true","envs":{"A":1}}"#,
            mismatch("number into Go struct field ExecuteRequest.envs of type string"),
        ),
        (
            "/process/execute",
            Method::Post,
            r#"{"command":"true","envs":["A=1"]}"#,
            mismatch("array into Go struct field ExecuteRequest.envs of type map[string]string"),
        ),
        (
            "/process/execute",
            Method::Post,
            r#"{"command":"true","timeout":-1}"#,
            mismatch("number -1 into Go struct field ExecuteRequest.timeout of type uint32"),
        ),
        (
            "/process/execute",
            Method::Post,
            "command=echo",
            "invalid character 'c' looking for beginning of value".into(),
        ),
        (
            "/process/code-run",
            Method::Post,
            r#"{"code":"","language":"python"}"#,
            missing("CodeRunRequest", "Code"),
        ),
        (
            "/process/session",
            Method::Post,
            r#"{"sessionId":null}"#,
            missing("CreateSessionRequest", "SessionId"),
        ),
        (
            "/process/session/{sessionId}/command/{commandId}/input",
            Method::Post,
            r#"{"data":""}"#,
            missing("SessionSendInputRequest", "Data"),
        ),
        (
            "/process/pty",
            Method::Post,
            r#"{"id":5}"#,
            mismatch("number into Go struct field PTYCreateRequest.id of type string"),
        ),
        (
            "/process/pty",
            Method::Post,
            r#"{"id":"x","cols":-1}"#,
            mismatch("number -1 into Go struct field PTYCreateRequest.cols of type uint16"),
        ),
        (
            "/process/pty/{sessionId}/resize",
            Method::Post,
            r#"{"cols":70000,"rows":10}"#,
            mismatch("number 70000 into Go struct field PTYResizeRequest.cols of type uint16"),
        ),
        ("/git/branches", Method::Post, r#"{"path":"r"}"#, missing("GitBranchRequest", "Name")),
        ("/git/branches", Method::Post, r#"{"name":"x"}"#, missing("GitBranchRequest", "Path")),
        ("/git/branches", Method::Delete, r#"{"path":"r"}"#, missing("GitDeleteBranchRequest", "Name")),
        ("/git/checkout", Method::Post, r#"{"path":"r"}"#, missing("GitCheckoutRequest", "Branch")),
        ("/git/add", Method::Post, r#"{"path":"r"}"#, missing("GitAddRequest", "Files")),
        (
            "/git/commit",
            Method::Post,
            r#"{"path":"r","message":"m","email":"e"}"#,
            missing("GitCommitRequest", "Author"),
        ),
        ("/git/clone", Method::Post, r#"{"path":"r"}"#, missing("GitCloneRequest", "URL")),
    ];
    for (path, method, body, text) in cases {
        let mut operations = contract::toolbox::DOCUMENT.operations.iter();
        let operation = operations.find(|operation| operation.path == path && operation.method == method);
        let shape = operation.and_then(|operation| operation.body).and_then(|body| body.shape).expect(path);
        let error = daemon::body(shape, body.as_bytes()).expect_err(body);
        assert_eq!(error.to_string(), text, "{method} {path} {body}");
    }
}

#[test]
fn a_query_keeps_what_can_be_read_and_takes_the_first_value() {
    let query = daemon::query(Some(
        "path=%2Fa%20b+c&path=second&bad=%zz&se;mi=1&flag&&=nameless&e=a=b&Path=upper&%70ercent=1&raw=%ff",
    ));
    assert_eq!(query.first("path"), "/a b c");
    assert_eq!(query.all("path").collect::<Vec<_>>(), ["/a b c", "second"]);
    assert_eq!(
        [query.first("bad"), query.first("se;mi"), query.first("absent"), query.first("flag")],
        [""; 4]
    );
    assert!(query.contains("flag") && !query.contains("bad") && !query.contains("absent"));
    assert_eq!(
        [query.first("e"), query.first("Path"), query.first("percent"), query.first("")],
        ["a=b", "upper", "1", "nameless"]
    );
    assert_eq!(query.first("raw"), "\u{fffd}");
    assert_eq!(daemon::query(None), daemon::query(Some("")));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Bytes that resemble JSON enough to get somewhere.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "\"command\"",
        "\"any\"",
        "\"files\"",
        "\"envs\"",
        "\"positions\"",
        "null",
        "true",
        "false",
        "-",
        "0",
        "12",
        ".5",
        "e",
        "\u{17f}",
        " ",
    ]);
    let bytes = prop_oneof![9 => piece.prop_map(|text| text.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 1..3)];
    prop::collection::vec(bytes, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_binder_panic(bytes in prop_oneof![nearly_json(), prop::collection::vec(any::<u8>(), 0..64)]) {
        // What is no JSON for serde_json is none here, apart from text that gets repaired and trailing bytes.
        let bound = daemon::body(&PROBE, &bytes);
        if serde_json::from_slice::<Value>(&bytes).is_ok() {
            prop_assert!(!matches!(bound, Err(BindError::Syntax(_) | BindError::Truncated | BindError::Empty)), "{:?}", bound);
        }
        let _ = daemon::query(std::str::from_utf8(&bytes).ok());
    }

    #[test]
    fn a_body_of_the_documented_types_is_bound_as_it_is(
        command in any::<String>(), timeout in any::<u32>(), big in any::<i64>(), ratio in any::<f64>(), quiet in any::<bool>(),
        files in prop::collection::vec(any::<String>(), 0..4), envs in prop::collection::btree_map(any::<String>(), any::<String>(), 0..4),
        kept in any_json(), pretty in any::<bool>(),
    ) {
        let mut value = json!({"command": command, "timeout": timeout, "big": big, "ratio": ratio, "quiet": quiet, "files": files, "envs": envs});
        if !kept.is_null() {
            value["any"] = kept;
        }
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert_eq!(daemon::body(&PROBE, text.unwrap_or_default().as_bytes()), Ok(value));
    }
}
