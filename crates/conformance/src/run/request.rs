//! Makes a request out of a step whose variables are filled in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contract::{Credentials, Operation};
use http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::Value;

use super::Server;
use super::server::operation;
use crate::case::{Auth, Part, Side, Step};

const BOUNDARY: &str = "conformance-6b1f0d8c2a";

/// A request that can be sent, and the operation it means.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) request: Request<Bytes>,
    pub(super) operation: Option<&'static Operation>,
    pub(super) side: Side,
}

/// Who asks, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller<'a> {
    pub(super) server: &'a Server,
    pub(super) key: Option<&'a str>,
    pub(super) toolbox: Option<&'a str>,
}

impl Caller<'_> {
    /// Makes the request of `step`, whose first line is `method` and `path`.
    pub(super) fn prepare(
        self,
        method: &str,
        path: &str,
        side: Side,
        step: &Step,
    ) -> Result<Prepared, String> {
        let place = self.place(path, step.to.unwrap_or(side))?;
        let address = with_query(&place.address, step)?;
        let mut headers = HeaderMap::new();
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("conformance/", env!("CARGO_PKG_VERSION"))));
        let auth = step.auth.unwrap_or(if place.known { Auth::Default } else { Auth::None });
        if let Some(key) = self.credential(auth)? {
            let (name, text) = match place.side.document().credentials {
                Credentials::Bearer => (AUTHORIZATION, format!("Bearer {key}")),
                Credentials::ApiKey { header, .. } => (field_name(header)?, key),
            };
            headers.insert(name, HeaderValue::from_str(&text).map_err(|error| error.to_string())?);
        }
        let body = body(step, &mut headers)?;
        apply_headers(step, &mut headers)?;
        let mut request = Request::new(body);
        *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        *request.uri_mut() = address.parse().map_err(|error| format!("`{address}`: {error}"))?;
        *request.headers_mut() = headers;
        let operation = place.path.as_deref().and_then(|path| operation(place.side, method, path));
        Ok(Prepared { request, operation, side: place.side })
    }

    fn credential(self, auth: Auth) -> Result<Option<String>, String> {
        match auth {
            Auth::Default => Ok(self.key.map(ToOwned::to_owned)),
            Auth::None => Ok(None),
            Auth::Bad => Ok(Some(self.server.bad_key())),
            Auth::Other => match &self.server.other_key {
                Some(key) => Ok(Some(key.clone())),
                None => Err("there is no other tenant's key".to_owned()),
            },
        }
    }

    fn place(self, path: &str, side: Side) -> Result<Place, String> {
        let control = self.server.control.as_deref();
        let bases = [
            (Side::Control, control),
            (Side::Toolbox, self.toolbox),
            (Side::Workspace, control),
            (Side::VoidRun, control),
        ];
        if path.starts_with('/') {
            let base = bases.iter().find(|(known, _)| *known == side).and_then(|(_, base)| *base);
            let base = base.ok_or_else(|| format!("there is no {side:?} address"))?;
            let address = format!("{base}{path}");
            return Ok(Place { address, side, path: Some(path.to_owned()), known: true });
        }
        // A whole address may still be one of ours.
        for (side, base) in bases {
            let inner = base.and_then(|base| path.strip_prefix(base)).filter(|rest| rest.starts_with('/'));
            if let Some(inner) = inner {
                return Ok(Place {
                    address: path.to_owned(),
                    side,
                    path: Some(inner.to_owned()),
                    known: true,
                });
            }
        }
        Ok(Place { address: path.to_owned(), side, path: None, known: false })
    }
}

#[derive(Debug)]
struct Place {
    address: String,
    side: Side,
    path: Option<String>,
    known: bool,
}

fn with_query(address: &str, step: &Step) -> Result<String, String> {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    let mut any = false;
    for (name, value) in &step.query {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            Value::Null => continue,
            single => std::slice::from_ref(single),
        };
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => {
                    return Err(format!(
                        "the query parameter `{name}` is neither text, number nor truth value"
                    ));
                }
            };
            pairs.append_pair(name, &text);
            any = true;
        }
    }
    Ok(if any { format!("{address}?{}", pairs.finish()) } else { address.to_owned() })
}

fn body(step: &Step, headers: &mut HeaderMap) -> Result<Bytes, String> {
    if let Some(json) = &step.json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return Ok(json.to_string().into());
    }
    if let Some(text) = &step.body {
        return Ok(text.clone().into());
    }
    if let Some(text) = &step.base64 {
        return decode(text).map(Into::into);
    }
    if let Some(parts) = &step.multipart {
        let value = HeaderValue::from_str(&format!("multipart/form-data; boundary={BOUNDARY}"));
        headers.insert(CONTENT_TYPE, value.map_err(|error| error.to_string())?);
        return multipart(parts).map(Into::into);
    }
    Ok(Bytes::new())
}

fn multipart(parts: &[Part]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{BOUNDARY}\r\n").as_bytes());
        let filename = part.filename.as_ref().map(|name| format!("; filename=\"{}\"", quoted(name)));
        let name = quoted(&part.name);
        let disposition =
            format!("Content-Disposition: form-data; name=\"{name}\"{}\r\n", filename.unwrap_or_default());
        body.extend_from_slice(disposition.as_bytes());
        if let Some(media_type) = &part.media_type {
            body.extend_from_slice(format!("Content-Type: {media_type}\r\n").as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        match (&part.value, &part.base64) {
            (Some(text), None) => body.extend_from_slice(text.as_bytes()),
            (None, Some(text)) => body.extend_from_slice(&decode(text)?),
            _ => return Err(format!("the part `{}` has one of value and base64", part.name)),
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Ok(body)
}

/// Names in a part's header as browsers write them.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text).map_err(|error| format!("`{text}` is no base64: {error}"))
}

fn field_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|error| format!("`{name}`: {error}"))
}

fn apply_headers(step: &Step, headers: &mut HeaderMap) -> Result<(), String> {
    for (name, value) in &step.headers {
        let name = field_name(name)?;
        match value {
            None => {
                headers.remove(&name);
            }
            Some(value) => {
                let value = HeaderValue::from_str(value).map_err(|error| format!("`{name}`: {error}"))?;
                headers.insert(name, value);
            }
        }
    }
    Ok(())
}
