//! What programs tell assistive technology (toolbox-files-git-desktop.md §6.8).

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    AccessibilityBounds, AccessibilityInvokeRequest, AccessibilityNodeRequest, AccessibilityNodesResponse,
    AccessibilitySetValueRequest, AccessibilityTreeResponse, ComputeruseAccessibilityNode, Empty,
    FindAccessibilityNodesRequest,
};
use dialect::Routes;
use engine::desktop::access::element::{Address, Element};
use engine::desktop::access::find::Filter;
use engine::desktop::access::{AccessError, Scope};
use http::StatusCode;

use super::Ready;
use crate::Shared;
use crate::errors::Failure;
use crate::files::Query;
use crate::go_json;
use crate::request::Bound;

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("GetAccessibilityTree", tree)
        .serve("FindAccessibilityNodes", find)
        .serve("FocusAccessibilityNode", focus)
        .serve("InvokeAccessibilityNode", invoke)
        .serve("SetAccessibilityNodeValue", set_value)
}

async fn tree(_: Ready, State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let pid = integer(&query, "pid", 0)?;
    let depth = integer(&query, "maxDepth", -1)?;
    let scope = Scope::parse(&query.optional("scope").unwrap_or_default(), pid)?;
    let tree = toolbox.engine.elements(scope, depth).await?;
    let answer = AccessibilityTreeResponse { root: Some(node(tree.root)), truncated: Some(tree.truncated) };
    Ok(go_json::response(StatusCode::OK, &answer))
}

async fn find(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<FindAccessibilityNodesRequest>,
) -> Result<Response, Failure> {
    let text = Option::unwrap_or_default;
    let scope = Scope::parse(&text(request.scope), request.pid.unwrap_or(0))?;
    let states = request.states.unwrap_or_default();
    let (role, name, way) = (text(request.role), text(request.name), text(request.name_match));
    let filter = Filter::new(&role, &name, &way, &states, request.limit.unwrap_or(0))?;
    let found = toolbox.engine.find_elements(scope, &filter).await?;
    let matches = Some(found.matches.into_iter().map(node).collect());
    let answer = AccessibilityNodesResponse { matches, truncated: Some(found.truncated) };
    Ok(go_json::response(StatusCode::OK, &answer))
}

async fn focus(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<AccessibilityNodeRequest>,
) -> Result<Response, Failure> {
    let address = Address::parse(&request.id)?;
    done(toolbox.engine.focus_element(&address).await)
}

async fn invoke(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<AccessibilityInvokeRequest>,
) -> Result<Response, Failure> {
    let address = Address::parse(&request.id)?;
    let action = request.action.filter(|action| !action.is_empty());
    done(toolbox.engine.invoke_element(&address, action.as_deref()).await)
}

async fn set_value(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<AccessibilitySetValueRequest>,
) -> Result<Response, Failure> {
    let address = Address::parse(&request.id)?;
    done(toolbox.engine.set_element_value(&address, &request.value.unwrap_or_default()).await)
}

fn done(outcome: Result<(), AccessError>) -> Result<Response, Failure> {
    outcome?;
    Ok(go_json::response(StatusCode::OK, &Empty::new()))
}

/// What is empty and may be left out is.
fn node(element: Element) -> ComputeruseAccessibilityNode {
    let Element { address, role, name, description, bounds, states, actions, children } = element;
    let [x, y, width, height] = bounds.map(Some);
    ComputeruseAccessibilityNode {
        id: Some(address.id()),
        role: Some(role),
        name: Some(name),
        description: Some(description).filter(|text| !text.is_empty()),
        bounds: Some(AccessibilityBounds { x, y, width, height }),
        states: Some(states.into_iter().map(str::to_owned).collect()),
        actions: Some(actions).filter(|actions| !actions.is_empty()),
        children: children
            .filter(|children| !children.is_empty())
            .map(|children| children.into_iter().map(node).collect()),
    }
}

fn integer(query: &Query, name: &str, absent: i64) -> Result<i64, Failure> {
    let Some(value) = query.optional(name) else { return Ok(absent) };
    let refused = |_| AccessError::Request(format!("invalid query parameter {name}: must be an integer"));
    Ok(value.parse().map_err(refused)?)
}
