//! Mutants: breaks of the contract on purpose, as data. Each names the requirement that has to go red.
//!
//! This module changes answers and what is said on WebSockets; it knows nothing of any server. Whoever has one adapts it:
//! collect the answer, call [`Applied::change`], send what it says; stand between the two sides of a socket where
//! [`Applied::breaks_sockets`], and pass on what [`Applied::message`] and [`Applied::closing`] make of it.

mod apply;
mod json;
mod sockets;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use apply::{Applied, MutantAnswer, Mutated};
pub use sockets::{SocketClose, SocketMessage};

use crate::case::{Side, Span};
use crate::data::Data;
use crate::{Error, toml_entries};

/// One break of the contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mutant {
    /// Stable name in lower case with hyphens.
    pub id: String,
    /// The contract of the operation.
    pub contract: Side,
    /// The operation whose answers are broken; `*` breaks those of every operation.
    pub operation: String,
    /// What is done to them.
    pub r#break: Break,
    /// Only answers with this status are broken; any success when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_status: Option<u16>,
    /// The requirement that has to go red.
    pub kills: String,
    /// Only these cases are run; all cases of the requirement when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// Why a server could be like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is done to an answer. Members are named by paths such as `items[0].id`; a `[*]` means every item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub enum Break {
    /// Another status, same body.
    Status {
        /// The status sent.
        status: u16,
    },
    /// A member is left out.
    DropMember {
        /// Which.
        member: String,
    },
    /// A member has another name.
    RenameMember {
        /// Which.
        member: String,
        /// Its new name.
        to: String,
    },
    /// A member has a value of another type: numbers, truth values, lists and objects become text; text becomes a number.
    ChangeType {
        /// Which.
        member: String,
    },
    /// A member has another value.
    SetMember {
        /// Which.
        member: String,
        /// The value.
        value: Value,
    },
    /// Two members have each other's values.
    SwapMembers {
        /// Both.
        members: [String; 2],
    },
    /// A member is added.
    AddMember {
        /// Where; the last name is the new one.
        member: String,
        /// The value.
        value: Value,
    },
    /// A member keeps for ever the value it had the first time the same path was asked for.
    Stale {
        /// Which; `$` for the whole body.
        member: String,
    },
    /// A list is empty.
    EmptyList {
        /// Which; `$` for the whole body.
        member: String,
    },
    /// A list lacks its last item, as when a page is counted wrongly.
    ShortList {
        /// Which; `$` for the whole body.
        member: String,
    },
    /// A list has its first item twice.
    RepeatItem {
        /// Which; `$` for the whole body.
        member: String,
    },
    /// A list is the wrong way round.
    ReverseList {
        /// Which; `$` for the whole body.
        member: String,
    },
    /// A number is off by this much.
    AddToNumber {
        /// Which.
        member: String,
        /// How much.
        by: i64,
    },
    /// A cursor never moves on: the member keeps the first cursor that was given, whatever the query.
    RepeatCursor {
        /// Which.
        member: String,
    },
    /// A header is left out.
    DropHeader {
        /// Which.
        header: String,
    },
    /// A header has another value.
    SetHeader {
        /// Which.
        header: String,
        /// The value.
        value: String,
    },
    /// The body ends in the middle, with a matching length.
    Truncate,
    /// The body is empty.
    EmptyBody,
    /// The body is this.
    ReplaceBody {
        /// As text.
        text: String,
    },
    /// Every occurrence of one text in the body is another.
    ReplaceText {
        /// This one.
        from: String,
        /// Becomes this one.
        to: String,
    },
    /// A body of bare text becomes a JSON string.
    QuoteText,
    /// An error's body is `{"error": "<text>"}` and nothing else. Broken are errors, not successes.
    ErrorShape,
    /// An error's text is another. Broken are errors, not successes.
    ErrorText {
        /// The text.
        message: String,
    },
    /// The answer comes late.
    Delay {
        /// How late.
        by: Span,
    },
    /// Who is refused (401, 403 or, for things of others, 404) is let in: a success with this body.
    LetIn {
        /// The success.
        status: u16,
        /// The body.
        body: Value,
    },
    /// Messages of a WebSocket are not sent.
    DropMessage {
        /// Those with this text in them.
        with: String,
    },
    /// Messages of a WebSocket are sent twice.
    RepeatMessage {
        /// Those with this text in them.
        with: String,
    },
    /// Messages of a WebSocket are binary instead of text, or text instead of binary.
    SwapMessageKind {
        /// Those with this text in them.
        with: String,
    },
    /// Every occurrence of one text in the messages of a WebSocket is another.
    ReplaceInMessage {
        /// This one.
        from: String,
        /// Becomes this one.
        to: String,
    },
    /// Before each message of a WebSocket with one text comes the same with another.
    ForgeMessage {
        /// This one.
        from: String,
        /// Becomes this one.
        to: String,
    },
    /// A WebSocket begins with a text message nobody asked for.
    Greet {
        /// The message.
        text: String,
    },
    /// The server closes a WebSocket with another code.
    CloseCode {
        /// Only where it is this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<u16>,
        /// The code sent.
        code: u16,
    },
    /// The server closes a WebSocket with another reason.
    CloseReason {
        /// The reason sent.
        text: String,
    },
    /// The server ends a WebSocket without closing it.
    CutOff,
}

impl Mutant {
    /// Whether it breaks answers of this operation.
    #[must_use]
    pub fn concerns(&self, contract: &str, operation: &str) -> bool {
        self.contract.document().name == contract && (self.operation == "*" || self.operation == operation)
    }
}

/// Reads `mutants/*.toml`.
pub(crate) fn load(data: &Data) -> Result<Vec<Mutant>, Error> {
    let mut mutants = Vec::new();
    for (file, text) in data.part("mutants", "toml") {
        for (entry, mutant) in toml_entries::read::<Mutant>(file, text, "mutant")? {
            let document = mutant.contract.document();
            if mutant.operation != "*" && document.operation(&mutant.operation).is_none() {
                let problem =
                    format!("the {} contract has no operation `{}`", document.name, mutant.operation);
                return Err(Error::data(file, &entry, problem));
            }
            json::check(&mutant.r#break).map_err(|problem| Error::data(file, &entry, problem))?;
            mutants.push(mutant);
        }
    }
    Ok(mutants)
}
