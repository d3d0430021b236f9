//! The way of a request through the whole edge, to a dialect that tells what reached it.
#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use contract::control::DOCUMENT;
use dialect::{Caller, Credential, Found, OrganizationId, Refusal, Tenants};
use edge::{
    Answers as _, App, BoxFuture, CheckMode, Config, Exchange, Findings, Guard, Hook, Hooks, Mount, Patience,
};
use http::StatusCode;
use http_body_util::BodyExt as _;
use lab::SeededIds;

/// Lets everybody in but one.
struct Anybody;

impl Tenants for Anybody {
    fn identify(&self, credential: &Credential) -> Result<Caller, Refusal> {
        if *credential == Credential::ApiKey("nobody".to_owned()) {
            return Err(Refusal::InvalidCredentials);
        }
        Ok(Caller { organization: OrganizationId::new("o"), credential: credential.clone() })
    }
}

fn config(check: CheckMode, hooks: Hooks) -> Config {
    Config {
        guard: Arc::new(Guard::default()),
        tenants: Arc::new(Anybody),
        ids: Arc::new(SeededIds::new(1)),
        check,
        findings: Findings::default(),
        patience: Patience::default(),
        hooks,
    }
}

/// Tells what it knows of a request.
async fn dialect(request: Request) -> Response {
    let extensions = request.extensions();
    let operation = Found::operation(extensions).map_or("none", |operation| operation.id);
    let original = extensions.get::<OriginalUri>().map(|uri| uri.0.path().to_owned()).unwrap_or_default();
    let caller = extensions.get::<Caller>().is_some();
    format!("{operation} {} {original} {caller}", request.uri().path()).into_response()
}

fn app(check: CheckMode, hooks: Hooks) -> App {
    let service = tower::service_fn(async |request| Ok(dialect(request).await));
    let mounts = ["/api", ""].map(|prefix| Mount::new(prefix, &DOCUMENT, service));
    App::new(config(check, hooks), mounts.into(), axum::Router::new().route("/told", get("console")))
}

fn request(method: &str, path: &str) -> http::request::Builder {
    http::Request::builder().method(method).uri(path).header("host", "localhost")
}

async fn ask(app: &App, request: http::request::Builder) -> (Response, String) {
    let (parts, body) = app.answer(request.body(Body::empty()).unwrap()).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, Body::empty()), String::from_utf8(body.to_vec()).unwrap())
}

/// Both ways a request may go: with nobody looking on, and with somebody.
fn apps() -> [App; 2] {
    [app(CheckMode::Off, Hooks::default()), app(CheckMode::Record, Hooks::default())]
}

#[tokio::test]
async fn a_dialect_is_told_what_was_found_out_of_the_request() {
    for app in apps() {
        let told =
            async |method, path| ask(&app, request(method, path).header("authorization", "Bearer k")).await.1;
        assert_eq!(told("GET", "/api/sandbox/1").await, "getSandbox /sandbox/1 /api/sandbox/1 true");
        assert_eq!(told("GET", "/sandbox/1").await, "getSandbox /sandbox/1 /sandbox/1 true");
        assert_eq!(told("PATCH", "/sandbox/1").await, "none /sandbox/1 /sandbox/1 true");
        let nobody = request("GET", "/sandbox/1").header("authorization", "Bearer nobody");
        assert_eq!(ask(&app, nobody).await.1, "getSandbox /sandbox/1 /sandbox/1 false");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_unless_the_request_has_one() {
    for app in apps() {
        let (answer, _) = ask(&app, request("GET", "/api/health")).await;
        assert_eq!(answer.headers()["x-request-id"].len(), 36);
        let (answer, _) = ask(&app, request("GET", "/api/health").header("x-request-id", "mine")).await;
        assert!(!answer.headers().contains_key("x-request-id"));
    }
}

#[tokio::test]
async fn an_answer_to_head_has_the_length_of_the_body_that_is_left_out() {
    for app in apps() {
        let (answer, body) = ask(&app, request("HEAD", "/sandbox/1")).await;
        assert_eq!(body, "");
        assert_eq!(answer.headers()["content-length"], "none /sandbox/1 /sandbox/1 false".len().to_string());
    }
}

#[tokio::test]
async fn pages_that_may_read_the_answer_are_named_on_it_and_others_get_none() {
    for app in apps() {
        let from = |origin| request("GET", "/sandbox/1").header("origin", origin);
        let (answer, _) = ask(&app, from("http://localhost:5173")).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:5173");
        let (answer, _) = ask(&app, from("https://evil.example")).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(!answer.headers().contains_key("access-control-allow-origin"));
        let asks = request("OPTIONS", "/sandbox/1").header("origin", "http://localhost:5173");
        let (answer, body) = ask(&app, asks.header("access-control-request-method", "POST")).await;
        assert_eq!((answer.status(), body.as_str()), (StatusCode::NO_CONTENT, ""));
        assert_eq!(answer.headers()["access-control-allow-origin"], "http://localhost:5173");
    }
}

#[tokio::test]
async fn the_console_takes_what_it_knows_and_nothing_else() {
    for app in apps() {
        assert_eq!(ask(&app, request("GET", "/_pitlane/told")).await.1, "console");
        assert_eq!(ask(&app, request("GET", "/_pitlane/x")).await.1, "none /_pitlane/x /_pitlane/x false");
        assert_eq!(ask(&app, request("GET", "/_pitlanes")).await.1, "none /_pitlanes /_pitlanes false");
    }
}

/// Writes down that it was passed, and may send a request elsewhere or end it.
#[derive(Clone)]
struct Witness {
    name: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
    turns: Option<fn(&mut Request) -> ControlFlow<()>>,
}

impl Hook for Witness {
    fn request<'a>(
        &'a self,
        exchange: &'a Exchange,
        mut request: Request,
    ) -> BoxFuture<'a, ControlFlow<Response, Request>> {
        let operation = exchange.operation.map_or("none", |operation| operation.id);
        let caller = request.extensions().get::<Caller>().is_some();
        self.seen.lock().unwrap().push(format!("{} in {operation} {caller}", self.name));
        Box::pin(async move {
            match self.turns.map(|turn| turn(&mut request)) {
                Some(ControlFlow::Break(())) => ControlFlow::Break(StatusCode::IM_A_TEAPOT.into_response()),
                _ => ControlFlow::Continue(request),
            }
        })
    }

    fn response<'a>(&'a self, _exchange: &'a Exchange, response: Response) -> BoxFuture<'a, Response> {
        self.seen.lock().unwrap().push(format!("{} out {}", self.name, response.status().as_u16()));
        Box::pin(async move { response })
    }
}

/// An app with a witness at every place; the one at `faults` turns requests.
fn witnessed(turns: fn(&mut Request) -> ControlFlow<()>) -> (App, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = |name, turns| -> Arc<[Arc<dyn Hook>]> {
        let witness: Arc<dyn Hook> = Arc::new(Witness { name, seen: Arc::clone(&seen), turns });
        Arc::from([witness])
    };
    let hooks = Hooks {
        journal: hook("journal", None),
        faults: hook("faults", Some(turns)),
        mutants: hook("mutants", None),
    };
    (app(CheckMode::Off, hooks), seen)
}

#[tokio::test]
async fn hooks_are_passed_in_their_order_and_the_tenant_is_known_behind_the_journal() {
    let (app, seen) = witnessed(|_| ControlFlow::Continue(()));
    ask(&app, request("GET", "/sandbox/1").header("authorization", "Bearer k")).await;
    let seen = seen.lock().unwrap().clone();
    assert_eq!(
        seen,
        [
            "journal in getSandbox false",
            "faults in getSandbox true",
            "mutants in getSandbox true",
            "mutants out 200",
            "faults out 200",
            "journal out 200",
        ]
    );
}

#[tokio::test]
async fn a_request_a_hook_ends_goes_no_further_and_one_it_turns_goes_where_it_was_sent() {
    let (app, seen) = witnessed(|_| ControlFlow::Break(()));
    assert_eq!(ask(&app, request("GET", "/sandbox/1")).await.0.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(seen.lock().unwrap().last().map(String::as_str), Some("journal out 418"));
    assert!(!seen.lock().unwrap().iter().any(|what| what.starts_with("mutants")));
    let (app, _) = witnessed(|request| {
        *request.uri_mut() = "/api/health".parse().unwrap();
        ControlFlow::Continue(())
    });
    let (_, told) = ask(&app, request("GET", "/sandbox/1")).await;
    assert_eq!(told, "HealthController_live /health /api/health false");
}
