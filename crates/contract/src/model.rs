//! The shape of the generated tables. Everything is `'static`: start-up parses nothing.

use std::fmt;

/// One API of one era: the merged fragments of one directory under `conformance/contract`.
#[derive(Debug)]
pub struct Document {
    /// Short name, `control` or `toolbox`.
    pub name: &'static str,
    /// Version of the official document the structure was taken from.
    pub version: &'static str,
    /// Path the real service mounts this document under, without a trailing slash; empty for the toolbox.
    pub base: &'static str,
    /// How requests show who sends them.
    pub credentials: Credentials,
    /// Every operation, sorted by path and method.
    pub operations: &'static [Operation],
    /// Errors any operation may answer.
    pub errors: &'static [ErrorEntry],
    /// Component schema of an error body that is not described otherwise.
    pub error_schema: &'static str,
    /// The whole document as compact JSON without its prose, for schema checks; parsed only when a check is asked for.
    pub json: &'static str,
}

impl Document {
    /// The version without the mark of what was added from later ones.
    #[must_use]
    pub fn release(&self) -> &'static str {
        self.version.split('+').next().unwrap_or(self.version)
    }

    /// The operation with this id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

/// One method on one path.
#[derive(Debug)]
pub struct Operation {
    /// The official operation id.
    pub id: &'static str,
    /// Name of the document it belongs to.
    pub document: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path template relative to the document's base, such as `/sandbox/{sandboxIdOrName}`.
    pub path: &'static str,
    /// Capability the operation belongs to.
    pub tag: &'static str,
    /// One sentence saying what it does.
    pub summary: &'static str,
    /// Path, query and header parameters.
    pub parameters: &'static [Parameter],
    /// The request body, if the operation takes one.
    pub body: Option<RequestBody>,
    /// Documented answers, success first.
    pub responses: &'static [Response],
    /// Errors peculiar to this operation.
    pub errors: &'static [ErrorEntry],
    /// Which credentials it needs.
    pub auth: Auth,
    /// Permissions of an API key one of which it needs; none when any key will do.
    pub permissions: &'static [&'static str],
    /// Whether the request upgrades to a WebSocket.
    pub websocket: bool,
    /// Capabilities a server needs to serve it.
    pub requires: &'static [&'static str],
    /// Whether this build does not serve it yet and answers 501.
    pub planned: bool,
}

impl Operation {
    /// The status of a successful answer: the first documented one below 400.
    #[must_use]
    pub fn success(&self) -> u16 {
        let mut named = self.responses.iter().map(|response| response.status);
        named.find(|status| (Response::ANY + 1..400).contains(status)).unwrap_or(200)
    }

    /// Whether `status` is documented: as an answer, as one of its errors, or as an error of the whole document.
    #[must_use]
    pub fn documents_status(&self, document: &Document, status: u16) -> bool {
        self.responses.iter().any(|response| [status, Response::ANY].contains(&response.status))
            || self.errors.iter().chain(document.errors).any(|error| error.status == status)
    }
}

impl PartialEq for Operation {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.document == other.document
    }
}

/// HTTP methods that occur in the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The method with this name; `None` for one no document uses.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How the requests of a document show who sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// As `Authorization: Bearer`.
    Bearer,
    /// As a key in a header of its own, or as a query parameter where a client cannot set headers.
    ApiKey {
        /// Name of the header.
        header: &'static str,
        /// Name of the query parameter.
        query: &'static str,
    },
}

/// Credentials an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Nobody is asked.
    None,
    /// An API key or a token.
    Bearer,
    /// A user's token; API keys only where the server is lenient.
    Jwt,
    /// A key of the platform's own services.
    Service,
    /// A system administrator.
    Admin,
    /// A signature in the query instead of a header.
    Signature,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Location {
    Path,
    Query,
    Header,
}

/// A path, query or header parameter.
#[derive(Debug)]
pub struct Parameter {
    /// Name on the wire.
    pub name: &'static str,
    /// Where it travels.
    pub location: Location,
    /// Whether the operation refuses a request without it.
    pub required: bool,
    /// Type of its value.
    pub kind: Kind,
    /// Limits of its value.
    pub bound: Bound,
    /// Departures the real servers accept.
    pub lenient: &'static [Lenient],
}

/// A request body.
#[derive(Clone, Copy, Debug)]
pub struct RequestBody {
    /// Whether a request without a body is refused.
    pub required: bool,
    /// Media types listed, first one preferred.
    pub media_types: &'static [&'static str],
    /// Members of a JSON body.
    pub shape: Option<&'static Shape>,
    /// JSON pointer of the schema in [`Document::json`], such as `/components/schemas/CreateSandbox`.
    pub schema: Option<&'static str>,
}

/// One documented answer.
#[derive(Debug)]
pub struct Response {
    /// HTTP status; [`Response::ANY`] for every one that is not named.
    pub status: u16,
    /// What the body holds.
    pub payload: Payload,
}

impl Response {
    /// The status of an answer that is somebody else's, passed on as it is: `default` in the document.
    pub const ANY: u16 = 0;
}

/// The body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// No body.
    Empty,
    /// JSON described by the schema at this JSON pointer in [`Document::json`].
    Json(&'static str),
    /// JSON described by the schema at this pointer, or another documented media type, as the header says.
    Mixed(&'static str),
    /// Bare text, not JSON.
    Text,
    /// Bytes that are not checked as a whole.
    Stream,
}

/// An entry of the error catalogue.
#[derive(Debug)]
pub struct ErrorEntry {
    /// HTTP status.
    pub status: u16,
    /// `code` member of the body, when it has one.
    pub code: Option<&'static str>,
    /// Text; `<x>` stands for a value.
    pub message: &'static str,
    /// When it is answered.
    pub when: &'static str,
    /// Where the fact comes from.
    pub source: &'static str,
}

/// An object a binder reads.
#[derive(Debug)]
pub struct Shape {
    /// Name of the schema, which the daemon's binding errors call a Go struct.
    pub name: &'static str,
    /// Known members, in document order.
    pub members: &'static [Member],
}

/// A member of an object a binder reads.
#[derive(Debug)]
pub struct Member {
    /// Name on the wire.
    pub name: &'static str,
    /// Field name the daemon's binding errors use.
    pub go_name: &'static str,
    /// Type of its value.
    pub kind: Kind,
    /// Whether binding fails without it: documented as required, and enforced by the real server.
    pub required: bool,
    /// Whether `null` is a value of its own rather than the same as leaving it out; in the daemon's documents, whether
    /// an empty value passes where the member is required.
    pub nullable: bool,
    /// Limits of its value.
    pub bound: Bound,
    /// Departures the real servers accept.
    pub lenient: &'static [Lenient],
}

/// The type of a value a binder reads.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Any,
    String,
    Bool,
    /// A whole number; `name` is the Go type in binding errors (`int`, `uint32`, `int64`).
    Integer {
        name: &'static str,
    },
    Number,
    Array(&'static Kind),
    /// An object with any names and values of one type.
    Map(&'static Kind),
    Object(&'static Shape),
}

/// Limits of a value; all inclusive.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bound {
    /// Smallest number, or least length of a text or list.
    pub minimum: Option<f64>,
    /// Largest number, or greatest length of a text or list.
    pub maximum: Option<f64>,
    /// The only texts allowed; empty when any is.
    pub values: &'static [&'static str],
    /// What is taken when the value is left out, as JSON text.
    pub default: Option<&'static str>,
}

impl Bound {
    /// No limit at all.
    pub const NONE: Self = Self { minimum: None, maximum: None, values: &[], default: None };
}

/// A departure from the documented type that the real server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lenient {
    /// Text holding a number counts as the number.
    CoerceNumber,
    /// Text holding a truth value counts as the truth value.
    CoerceBool,
    /// One value counts as a list of it.
    SingleAsArray,
    /// `null` counts as left out.
    Null,
    /// Zero, empty text and an empty list count as left out.
    FalsyAsAbsent,
    /// What is of a wrong type counts as left out.
    UnreadableAsAbsent,
}
