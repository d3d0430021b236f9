//! Focus, actions and values of elements.

use super::AccessError;
use super::element::Address;
use crate::Engine;

impl Engine {
    /// Gives an element the focus.
    ///
    /// # Errors
    ///
    /// When there is no bus or no such element, and when it cannot have the focus.
    pub async fn focus_element(&self, element: &Address) -> Result<(), AccessError> {
        let bus = self.bus().await?;
        bus.states(element).await?;
        done(bus.call(element, "Component", "GrabFocus", &()).await?)
    }

    /// Lets an element do what it can do: the first thing, or the one of this name in any letter case.
    ///
    /// # Errors
    ///
    /// When there is no bus or no such element, and when it cannot do that.
    pub async fn invoke_element(&self, element: &Address, action: Option<&str>) -> Result<(), AccessError> {
        let bus = self.bus().await?;
        bus.states(element).await?;
        let actions = bus.actions(element).await;
        let meant = |name: &String| action.is_none_or(|action| name.to_lowercase() == action.to_lowercase());
        let number = actions.iter().position(meant).ok_or(AccessError::Unsupported)?;
        let number = i32::try_from(number).map_err(|_| AccessError::Unsupported)?;
        done(bus.call(element, "Action", "DoAction", &(number,)).await?)
    }

    /// Gives an element a text, or a number where it holds one.
    ///
    /// # Errors
    ///
    /// When there is no bus or no such element, and when it takes neither.
    pub async fn set_element_value(&self, element: &Address, value: &str) -> Result<(), AccessError> {
        let bus = self.bus().await?;
        let interfaces: Vec<String> = bus.call(element, "Accessible", "GetInterfaces", &()).await?;
        let has = |name: &str| interfaces.iter().any(|interface| interface.ends_with(name));
        if has(".EditableText") {
            return done(bus.call(element, "EditableText", "SetTextContents", &(value,)).await?);
        }
        if !has(".Value") {
            return Err(AccessError::Unsupported);
        }
        let number = value.trim().parse();
        let number: f64 =
            number.map_err(|_| AccessError::Request(format!("value {value:?} is no number")))?;
        bus.set_number(element, "Value", "CurrentValue", number).await
    }
}

/// Elements say whether they did it.
fn done(did: bool) -> Result<(), AccessError> {
    if did { Ok(()) } else { Err(AccessError::Unsupported) }
}
