//! Trees of elements. A walk looks at so many elements and no more: programs may show endless ones.

use std::pin::Pin;

use super::AccessError;
use super::bus::Bus;
use super::element::{Address, Element};
use crate::Engine;
use crate::desktop::keys::quoted;

/// Most elements of one walk.
const BUDGET: usize = 20_000;

/// Whose elements are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of the program that is worked with, or of the first one.
    Focused,
    /// Those of the program with this process id.
    Process(i64),
    /// Those of all programs.
    All,
}

impl Scope {
    /// The scope of this name; the focused one for an empty name. `pid` counts with `pid` alone.
    ///
    /// # Errors
    ///
    /// When there is no such scope, and when a process id is not positive.
    pub fn parse(name: &str, pid: i64) -> Result<Self, AccessError> {
        match name.trim().to_lowercase().as_str() {
            "" | "focused" => Ok(Self::Focused),
            "all" => Ok(Self::All),
            "pid" if pid > 0 => Ok(Self::Process(pid)),
            "pid" => Err(AccessError::Request("pid must be positive".to_owned())),
            _ => Err(AccessError::Scope(quoted(name))),
        }
    }
}

/// A tree, and whether something of it was left out.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Its root.
    pub root: Element,
    /// Whether the walk ended before all was seen.
    pub truncated: bool,
}

impl Engine {
    /// The elements of a scope, down to `depth` levels below the root; all of them when that is negative.
    ///
    /// # Errors
    ///
    /// When there is no bus, and when no program of the scope shows elements.
    pub async fn elements(&self, scope: Scope, depth: i64) -> Result<Tree, AccessError> {
        let bus = self.bus().await?;
        let root = bus.root(scope).await?;
        let mut walk = Walk { bus: &bus, left: BUDGET, truncated: false };
        let root = walk.tree(root, depth).await?;
        Ok(Tree { root, truncated: walk.truncated })
    }
}

impl Bus {
    async fn root(&self, scope: Scope) -> Result<Address, AccessError> {
        let desktop = Address::desktop();
        if scope == Scope::All {
            return Ok(desktop);
        }
        let programs = self.children(&desktop).await.map_err(|_| AccessError::NoRoot)?;
        if let Scope::Process(pid) = scope {
            for program in programs {
                if self.process(&program).await == Some(pid) {
                    return Ok(program);
                }
            }
            return Err(AccessError::NoRoot);
        }
        for program in &programs {
            if self.is_active(program).await {
                return Ok(program.clone());
            }
        }
        programs.into_iter().next().ok_or(AccessError::NoRoot)
    }

    async fn process(&self, program: &Address) -> Option<i64> {
        let pid: Result<u32, _> = self.daemon("GetConnectionUnixProcessID", &(program.bus.as_str(),)).await;
        pid.ok().map(i64::from)
    }

    /// Whether a window of it is the one that is worked with.
    async fn is_active(&self, program: &Address) -> bool {
        for window in self.children(program).await.unwrap_or_default() {
            if self.states(&window).await.is_ok_and(|states| states.contains(&"active")) {
                return true;
            }
        }
        false
    }
}

struct Walk<'a> {
    bus: &'a Bus,
    left: usize,
    truncated: bool,
}

/// Boxed: trees hold trees.
type Walking<'b> = Pin<Box<dyn Future<Output = Result<Element, AccessError>> + Send + 'b>>;

impl Walk<'_> {
    fn tree(&mut self, address: Address, depth: i64) -> Walking<'_> {
        Box::pin(async move {
            self.left = self.left.saturating_sub(1);
            let mut element = self.bus.element(&address).await?;
            if depth == 0 {
                return Ok(element);
            }
            let mut children = Vec::new();
            for child in self.bus.children(&address).await.unwrap_or_default() {
                if self.left == 0 {
                    self.truncated = true;
                    break;
                }
                // What goes while it is looked at was never there.
                children.extend(self.tree(child, depth - 1).await.ok());
            }
            element.children = Some(children);
            Ok(element)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_three_names_in_any_letter_case() {
        assert_eq!(Scope::parse(" ALL ", 0).unwrap(), Scope::All);
        assert_eq!(Scope::parse("", -1).unwrap(), Scope::Focused);
        assert_eq!(Scope::parse("Pid", 7).unwrap(), Scope::Process(7));
        let text = Scope::parse("x", 0).unwrap_err().to_string();
        assert_eq!(text, "invalid accessibility scope: got \"x\", expected focused|pid|all");
        let text = Scope::parse("pid", 0).unwrap_err().to_string();
        assert_eq!(text, "invalid accessibility request: pid must be positive");
    }
}
