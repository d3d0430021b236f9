//! A client as data, and the requests it sends.

use bytes::Bytes;
use http_body_util::Full;
use serde_json::Value;

use crate::reading::{Kind, Reading};
use crate::socket::Socket;
use crate::support::{Answer, KEY, TestServer};

/// What a client does alike in every call (sdk-clients.md §a.2, §a.3, §b.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// `X-Daytona-Source`.
    pub(crate) source: &'static str,
    /// `X-Daytona-SDK-Version`.
    pub(crate) version: &'static str,
    /// Content type of JSON bodies.
    pub(crate) content_type: &'static str,
    /// `Accept`, where it sends one.
    pub(crate) accept: Option<&'static str>,
    /// Body of a create without any wish, as text.
    pub(crate) create: &'static str,
    /// Whether WebSockets carry source and version too.
    pub(crate) names_itself_on_websockets: bool,
    /// How it reads answers.
    pub(crate) reading: Reading,
}

/// A client with a sandbox of its own, made the way it makes them.
pub(crate) struct Client {
    pub(crate) server: TestServer,
    pub(crate) habits: Habits,
    pub(crate) sandbox: String,
    /// `{toolboxProxyUrl}/{sandboxId}`, without scheme and host.
    base: String,
}

/// What a client makes of an error answer (sdk-clients.md §e).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Where `source` is the daemon's: what picks the class. Empty otherwise.
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Client {
    pub(crate) async fn start(habits: Habits) -> Self {
        Self::start_with(habits, &[]).await
    }

    pub(crate) async fn start_with(habits: Habits, arguments: &[&str]) -> Self {
        let server = TestServer::start_with(arguments);
        let mut client = Self { server, habits, sandbox: String::new(), base: String::new() };
        let request = client.request("POST", "/api/sandbox", habits.create);
        let made = client.server.send(request).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let made = made.json();
        made["id"].as_str().unwrap().clone_into(&mut client.sandbox);
        let toolbox = made["toolboxProxyUrl"].as_str().unwrap().strip_prefix(&client.server.url).unwrap();
        client.base = format!("{}/{}", toolbox.trim_end_matches('/'), client.sandbox);
        client
    }

    fn request(&self, method: &str, path: &str, body: &str) -> http::Request<Full<Bytes>> {
        let Habits { source, version, content_type, accept, .. } = self.habits;
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("x-daytona-source", source)
            .header("x-daytona-sdk-version", version)
            .header("user-agent", format!("{source}/{version}"));
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        if !body.is_empty() {
            request = request.header("content-type", content_type);
        }
        request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
    }

    /// A request to the toolbox with all this client says, still without a body.
    pub(crate) fn builder(&self, method: &str, path: &str) -> http::request::Builder {
        let (head, _) = self.request(method, &format!("{}{path}", self.base), "").into_parts();
        let mut builder = http::Request::builder().method(head.method).uri(head.uri);
        if let Some(headers) = builder.headers_mut() {
            *headers = head.headers;
            headers.insert("host", self.server.authority().parse().unwrap());
        }
        builder
    }

    /// Calls the control plane, as [`Self::call`] the toolbox.
    pub(crate) async fn call_api(&self, method: &str, path: &str, body: &str) -> Answer {
        self.server.send(self.request(method, &format!("/api{path}"), body)).await
    }

    /// Calls the toolbox; the body is sent as it is, and none if it is empty.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.server.send(self.request(method, &format!("{}{path}", self.base), body)).await
    }

    /// Calls the toolbox and reads the answer as this client does; `status` is the documented one.
    pub(crate) async fn read(&self, method: &str, path: &str, body: &str, status: u16, kind: Kind) -> Value {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        let media_type = answer.headers["content-type"].to_str().unwrap();
        assert!(media_type.starts_with("application/json"), "{method} {path}: {media_type}");
        let value = answer.json();
        let complaints = self.habits.reading.complaints(&value, kind);
        assert!(complaints.is_empty(), "{method} {path}: {complaints:?} in {value}");
        value
    }

    /// Calls the toolbox for an answer of which only the status is looked at.
    pub(crate) async fn told(&self, method: &str, path: &str, body: &str) -> u16 {
        let answer = self.call(method, path, body).await;
        assert_eq!(answer.text(), "", "{method} {path}");
        answer.status
    }

    /// Calls the API and reads the answer as this client does; `status` is the documented one.
    pub(crate) async fn read_api(
        &self,
        method: &str,
        path: &str,
        body: &str,
        status: u16,
        kind: Kind,
    ) -> Value {
        let answer = self.call_api(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        let media_type = answer.headers["content-type"].to_str().unwrap();
        assert!(media_type.starts_with("application/json"), "{method} {path}: {media_type}");
        let value = answer.json();
        let complaints = self.habits.reading.complaints(&value, kind);
        assert!(complaints.is_empty(), "{method} {path}: {complaints:?} in {value}");
        value
    }

    /// Calls the API for an answer of which only the status is looked at.
    pub(crate) async fn told_api(&self, method: &str, path: &str, body: &str) -> u16 {
        let answer = self.call_api(method, path, body).await;
        assert_eq!(answer.text(), "", "{method} {path}");
        answer.status
    }

    /// Calls the API and reads the error.
    pub(crate) async fn refused_api(&self, method: &str, path: &str, body: &str) -> Refusal {
        let answer = self.call_api(method, path, body).await;
        refusal(answer.status, &answer.json())
    }

    /// Calls the toolbox and reads the error.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: &str) -> Refusal {
        let answer = self.call(method, path, body).await;
        refusal(answer.status, &answer.json())
    }

    /// Opens a WebSocket to the toolbox, with further headers.
    pub(crate) async fn socket(&self, path: &str, headers: &[(&str, &str)]) -> Result<Socket, Answer> {
        let url = format!("ws://{}{}{path}", self.server.authority(), self.base);
        self.socket_at(&url, headers).await
    }

    /// Opens a WebSocket anywhere.
    pub(crate) async fn socket_at(&self, url: &str, headers: &[(&str, &str)]) -> Result<Socket, Answer> {
        let bearer = format!("Bearer {KEY}");
        let mut all = vec![("authorization", bearer.as_str())];
        if self.habits.names_itself_on_websockets {
            all.extend([
                ("x-daytona-source", self.habits.source),
                ("x-daytona-sdk-version", self.habits.version),
            ]);
        }
        all.extend_from_slice(headers);
        Socket::open(url, &all).await
    }
}

/// Reads an error body: one flat object, `message` first choice for the text, `code` trusted from the daemon only.
pub(crate) fn refusal(status: u16, body: &Value) -> Refusal {
    let members = body.as_object().expect("an error is an object");
    // Java looks for members in the raw text, so that none may be nested; Go lets `statusCode` override the status.
    assert!(members.values().all(|member| !member.is_object() && !member.is_array()), "{body}");
    assert_eq!(body["statusCode"], status);
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let code = if body["source"] == "DAYTONA_DAEMON" { text("code") } else { String::new() };
    Refusal { status, code, message: text("message") }
}
