//! Mouse and keyboard (toolbox-files-git-desktop.md §6.4, §6.5).

use axum::extract::State;
use axum::response::Response;
use contract::toolbox::types::{
    Empty, KeyboardHotkeyRequest, KeyboardKeyDownRequest, KeyboardKeyUpRequest, KeyboardPressRequest,
    KeyboardTypeRequest, MouseClickRequest, MouseDownRequest, MouseDragRequest, MouseMoveRequest,
    MousePositionResponse, MouseScrollRequest, MouseUpRequest, ScrollResponse,
};
use dialect::Routes;
use engine::Engine;
use engine::desktop::keys::{self, Chord};
use engine::desktop::mouse::{Button, Direction, Place};
use engine::desktop::{DesktopError, Pointer};
use http::StatusCode;

use super::{Ready, at_work};
use crate::Shared;
use crate::errors::Failure;
use crate::go_json;
use crate::request::Bound;

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("GetMousePosition", position)
        .serve("MoveMouse", move_mouse)
        .serve("Click", click)
        .serve("Drag", drag)
        .serve("Scroll", scroll)
        .serve("MouseDown", mouse_down)
        .serve("MouseUp", mouse_up)
        .serve("TypeText", type_text)
        .serve("PressKey", press_key)
        .serve("PressHotkey", press_hotkey)
        .serve("KeyDown", key_down)
        .serve("KeyUp", key_up)
}

/// Does something and tells where the pointer is then.
async fn pointed(
    toolbox: &Shared,
    work: impl FnOnce(&Engine) -> Result<Pointer, DesktopError> + Send + 'static,
) -> Result<Response, Failure> {
    let pointer = at_work(toolbox, work).await?;
    let answer = MousePositionResponse { x: Some(pointer.x), y: Some(pointer.y) };
    Ok(go_json::response(StatusCode::OK, &answer))
}

/// Does something of which there is nothing to tell.
async fn typed(
    toolbox: &Shared,
    work: impl FnOnce(&Engine) -> Result<(), DesktopError> + Send + 'static,
) -> Result<Response, Failure> {
    at_work(toolbox, work).await?;
    Ok(go_json::response(StatusCode::OK, &Empty::new()))
}

/// What is left out is zero.
fn place(x: Option<i64>, y: Option<i64>) -> Place {
    (x.unwrap_or(0), y.unwrap_or(0))
}

fn button(name: Option<&str>) -> Result<Button, DesktopError> {
    Button::named(name.unwrap_or_default())
}

async fn position(_: Ready, State(toolbox): State<Shared>) -> Result<Response, Failure> {
    pointed(&toolbox, Engine::pointer).await
}

async fn move_mouse(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<MouseMoveRequest>,
) -> Result<Response, Failure> {
    pointed(&toolbox, move |engine| engine.move_pointer(place(request.x, request.y))).await
}

async fn click(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<MouseClickRequest>,
) -> Result<Response, Failure> {
    let double = request.double.unwrap_or_default();
    let clicks = request.clicks.unwrap_or(if double { 2 } else { 1 });
    pointed(&toolbox, move |engine| {
        let button = button(request.button.as_deref())?;
        let held = keys::modifiers(&request.modifiers.unwrap_or_default())?;
        engine.click(place(request.x, request.y), button, clicks, &held)
    })
    .await
}

async fn drag(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<MouseDragRequest>,
) -> Result<Response, Failure> {
    pointed(&toolbox, move |engine| {
        let button = button(request.button.as_deref())?;
        let held = keys::modifiers(&request.modifiers.unwrap_or_default())?;
        let (from, to) = (place(request.start_x, request.start_y), place(request.end_x, request.end_y));
        engine.drag(from, to, button, &held)
    })
    .await
}

async fn scroll(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<MouseScrollRequest>,
) -> Result<Response, Failure> {
    at_work(&toolbox, move |engine| {
        let direction = Direction::named(&request.direction.unwrap_or_default())?;
        let held = keys::modifiers(&request.modifiers.unwrap_or_default())?;
        engine.scroll(place(request.x, request.y), direction, request.amount.unwrap_or(1), &held)
    })
    .await?;
    Ok(go_json::response(StatusCode::OK, &ScrollResponse { success: Some(true) }))
}

async fn mouse_down(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(MouseDownRequest { x, y, button }): Bound<MouseDownRequest>,
) -> Result<Response, Failure> {
    hold(&toolbox, (x, y), button, true).await
}

async fn mouse_up(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(MouseUpRequest { x, y, button }): Bound<MouseUpRequest>,
) -> Result<Response, Failure> {
    hold(&toolbox, (x, y), button, false).await
}

/// Where no place is given, the pointer stays where it is.
async fn hold(
    toolbox: &Shared,
    at: (Option<i64>, Option<i64>),
    name: Option<String>,
    down: bool,
) -> Result<Response, Failure> {
    let at = (at != (None, None)).then(|| place(at.0, at.1));
    pointed(toolbox, move |engine| engine.hold_button(at, button(name.as_deref())?, down)).await
}

async fn type_text(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<KeyboardTypeRequest>,
) -> Result<Response, Failure> {
    let delay = u32::try_from(request.delay.unwrap_or(0).max(0)).unwrap_or(u32::MAX);
    typed(&toolbox, move |engine| engine.type_text(&request.text.unwrap_or_default(), delay)).await
}

async fn press_key(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<KeyboardPressRequest>,
) -> Result<Response, Failure> {
    typed(&toolbox, move |engine| {
        let key = request.key.unwrap_or_default();
        engine.press(&Chord::press(&key, &request.modifiers.unwrap_or_default())?)
    })
    .await
}

async fn press_hotkey(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<KeyboardHotkeyRequest>,
) -> Result<Response, Failure> {
    typed(&toolbox, move |engine| engine.press(&Chord::hotkey(&request.keys.unwrap_or_default())?)).await
}

async fn key_down(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<KeyboardKeyDownRequest>,
) -> Result<Response, Failure> {
    typed(&toolbox, move |engine| engine.hold_key(keys::key(&request.key)?, true)).await
}

async fn key_up(
    _: Ready,
    State(toolbox): State<Shared>,
    Bound(request): Bound<KeyboardKeyUpRequest>,
) -> Result<Response, Failure> {
    typed(&toolbox, move |engine| engine.hold_key(keys::key(&request.key)?, false)).await
}
