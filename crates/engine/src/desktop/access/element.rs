//! One element: its address, and what is read of it.

use futures_util::future::join_all;
use serde::Deserialize;
use zbus::names::BusName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, Type};

use super::AccessError;
use super::bus::Bus;
use crate::desktop::keys::quoted;

/// Names of the states, by their number.
const STATES: [&str; 44] = [
    "invalid",
    "active",
    "armed",
    "busy",
    "checked",
    "collapsed",
    "defunct",
    "editable",
    "enabled",
    "expandable",
    "expanded",
    "focusable",
    "focused",
    "has_tooltip",
    "horizontal",
    "iconified",
    "modal",
    "multi_line",
    "multiselectable",
    "opaque",
    "pressed",
    "resizable",
    "selectable",
    "selected",
    "sensitive",
    "showing",
    "single_line",
    "stale",
    "transient",
    "vertical",
    "visible",
    "manages_descendants",
    "indeterminate",
    "required",
    "truncated",
    "animated",
    "invalid_entry",
    "supports_autocompletion",
    "selectable_text",
    "is_default",
    "visited",
    "checkable",
    "has_popup",
    "read_only",
];
/// Screen coordinates, for extents.
const OF_SCREEN: u32 = 0;

/// Where an element is: the program's name on the bus, and the element's within the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(super) bus: String,
    pub(super) path: String,
}

impl Address {
    /// Reads an id such as `:1.5:/org/a11y/atspi/accessible/12`.
    ///
    /// # Errors
    ///
    /// When it is not written so.
    pub fn parse(id: &str) -> Result<Self, AccessError> {
        let invalid =
            |reason: &str| AccessError::Request(format!("invalid node id {}: {reason}", quoted(id)));
        let slash = id.find('/').ok_or_else(|| invalid("missing object path"))?;
        let (bus, path) = id.split_at(slash);
        let bus = bus.strip_suffix(':').ok_or_else(|| invalid("missing ':' separator before object path"))?;
        if BusName::try_from(bus).is_err() {
            return Err(invalid("invalid bus name"));
        }
        if ObjectPath::try_from(path).is_err() {
            return Err(invalid("invalid object path"));
        }
        Ok(Self { bus: bus.to_owned(), path: path.to_owned() })
    }

    /// The registry's own: all programs are below.
    pub(super) fn desktop() -> Self {
        Self { bus: "org.a11y.atspi.Registry".to_owned(), path: "/org/a11y/atspi/accessible/root".to_owned() }
    }

    /// The id that clients know it by.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.bus, self.path)
    }
}

/// An address as it comes over the bus.
#[derive(Debug, Deserialize, Type)]
pub(super) struct Reference(String, OwnedObjectPath);

impl From<Reference> for Address {
    fn from(Reference(bus, path): Reference) -> Self {
        Self { bus, path: path.to_string() }
    }
}

/// What is known of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Where it is.
    pub address: Address,
    /// What it is, such as `push button`.
    pub role: String,
    /// What it is called.
    pub name: String,
    /// More about it; often empty.
    pub description: String,
    /// Left, top, width and height on the display, in pixels; nothing for what does not show.
    pub bounds: [i64; 4],
    /// What holds for it now.
    pub states: Vec<&'static str>,
    /// What it can do.
    pub actions: Vec<String>,
    /// What is in it, as far as that was looked at; `None` when it was not.
    pub children: Option<Vec<Element>>,
}

impl Bus {
    /// Reads one element without what is in it. What it does not answer is empty; an element without a role is gone.
    pub(super) async fn element(&self, address: &Address) -> Result<Element, AccessError> {
        const ACCESSIBLE: &str = "Accessible";
        let (role, name, description, states, interfaces) = tokio::join!(
            self.call::<_, String>(address, ACCESSIBLE, "GetRoleName", &()),
            self.property::<String>(address, ACCESSIBLE, "Name"),
            self.property::<String>(address, ACCESSIBLE, "Description"),
            self.states(address),
            self.call::<_, Vec<String>>(address, ACCESSIBLE, "GetInterfaces", &()),
        );
        let interfaces = interfaces.unwrap_or_default();
        let has = |name: &str| interfaces.iter().any(|interface| interface.ends_with(name));
        let bounds = async {
            match has(".Component") {
                true => self.bounds(address).await,
                false => [0; 4],
            }
        };
        let actions = async {
            match has(".Action") {
                true => self.actions(address).await,
                false => Vec::new(),
            }
        };
        let (bounds, actions) = tokio::join!(bounds, actions);
        Ok(Element {
            address: address.clone(),
            role: role?,
            name: name.unwrap_or_default(),
            description: description.unwrap_or_default(),
            bounds,
            states: states?,
            actions,
            children: None,
        })
    }

    pub(super) async fn states(&self, address: &Address) -> Result<Vec<&'static str>, AccessError> {
        let words: Vec<u32> = self.call(address, "Accessible", "GetState", &()).await?;
        let holds = |number: usize| words.get(number / 32).is_some_and(|word| word >> (number % 32) & 1 == 1);
        Ok(STATES
            .into_iter()
            .enumerate()
            .filter(|(number, _)| holds(*number))
            .map(|(_, name)| name)
            .collect())
    }

    async fn bounds(&self, address: &Address) -> [i64; 4] {
        let told =
            self.call::<_, (i32, i32, i32, i32)>(address, "Component", "GetExtents", &(OF_SCREEN,)).await;
        told.map_or([0; 4], |(x, y, width, height)| [x, y, width, height].map(i64::from))
    }

    /// The names of what it can do, in the order of their numbers.
    pub(super) async fn actions(&self, address: &Address) -> Vec<String> {
        let count = self.property::<i32>(address, "Action", "NActions").await.unwrap_or(0);
        let named = (0..count).map(|number| async move {
            self.call::<_, String>(address, "Action", "GetName", &(number,)).await.unwrap_or_default()
        });
        join_all(named).await
    }

    /// The addresses of what is in it.
    pub(super) async fn children(&self, address: &Address) -> Result<Vec<Address>, AccessError> {
        let children: Vec<Reference> = self.call(address, "Accessible", "GetChildren", &()).await?;
        let named = children.into_iter().map(Address::from);
        // Some toolkits put an address of nothing where an element is about to come.
        Ok(named.filter(|child| !child.bus.is_empty() && !child.path.ends_with("/null")).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_name_on_the_bus_and_a_path() {
        let id = ":1.5:/org/a11y/atspi/accessible/12";
        let address = Address::parse(id).unwrap();
        assert_eq!((address.bus.as_str(), address.path.as_str()), (":1.5", "/org/a11y/atspi/accessible/12"));
        assert_eq!(address.id(), id);
        for (id, reason) in [
            ("", "invalid node id \"\": missing object path"),
            ("x", "invalid node id \"x\": missing object path"),
            (":1.0/a", "invalid node id \":1.0/a\": missing ':' separator before object path"),
            (":1.0:/a//b", "invalid node id \":1.0:/a//b\": invalid object path"),
            (":/a", "invalid node id \":/a\": invalid bus name"),
        ] {
            let text = Address::parse(id).unwrap_err().to_string();
            assert_eq!(text, format!("invalid accessibility request: {reason}"));
        }
    }
}
