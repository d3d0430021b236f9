//! Pictures (toolbox-files-git-desktop.md §6.3).

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::toolbox::types::{Position, ScreenshotResponse};
use dialect::Routes;
use engine::desktop::DesktopError;
use engine::desktop::capture::{Capture, Picture, Region};
use engine::desktop::encode::Encoding;
use http::StatusCode;

use super::{Ready, at_work};
use crate::Shared;
use crate::errors::Failure;
use crate::files::Query;
use crate::go_json;

pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("TakeScreenshot", whole)
        .serve("TakeRegionScreenshot", region)
        .serve("TakeCompressedScreenshot", whole_compressed)
        .serve("TakeCompressedRegionScreenshot", region_compressed)
}

async fn whole(_: Ready, State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let shown = boolean(&query)?;
    at_work(&toolbox, move |engine| plain(&engine.capture(None, shown)?, (0, 0))).await
}

async fn region(_: Ready, State(toolbox): State<Shared>, query: Query) -> Result<Response, Failure> {
    let region = rectangle(&query)?;
    let shown = boolean(&query)?;
    at_work(&toolbox, move |engine| plain(&engine.capture(Some(region), shown)?, (region.x, region.y))).await
}

async fn whole_compressed(
    _: Ready,
    State(toolbox): State<Shared>,
    query: Query,
) -> Result<Response, Failure> {
    let shown = boolean(&query)?;
    let wish = Wish::read(&query)?;
    at_work(&toolbox, move |engine| wish.compressed(engine.capture(None, shown)?, (0, 0))).await
}

async fn region_compressed(
    _: Ready,
    State(toolbox): State<Shared>,
    query: Query,
) -> Result<Response, Failure> {
    let region = rectangle(&query)?;
    let shown = boolean(&query)?;
    let wish = Wish::read(&query)?;
    at_work(&toolbox, move |engine| {
        wish.compressed(engine.capture(Some(region), shown)?, (region.x, region.y))
    })
    .await
}

/// How a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wish {
    encoding: Encoding,
    scale: f64,
}

impl Wish {
    fn read(query: &Query) -> Result<Self, Failure> {
        let quality: u8 = match text(query, "quality") {
            None => 85,
            Some(value) => {
                let number: i64 = value.parse().map_err(|_| invalid("quality", "must be an integer"))?;
                let within = u8::try_from(number).ok().filter(|number| (1..=100).contains(number));
                within.ok_or_else(|| invalid("quality", "must be between 1 and 100"))?
            }
        };
        let scale: f64 = match text(query, "scale") {
            None => 1.0,
            Some(value) => value.parse().map_err(|_| invalid("scale", "must be a number"))?,
        };
        if !(0.1..=1.0).contains(&scale) {
            return Err(invalid("scale", "must be between 0.1 and 1.0"));
        }
        Ok(match text(query, "format").as_deref() {
            None | Some("png") => Self { encoding: Encoding::Png, scale },
            Some("jpeg") => Self { encoding: Encoding::Jpeg(quality), scale },
            // As real daemons do with what they don't know.
            Some(_) => Self { encoding: Encoding::Png, scale: 1.0 },
        })
    }

    /// An answer with the length of the file, and the pointer where that was asked for. `origin` is the picture's corner.
    fn compressed(self, capture: Capture, origin: (i64, i64)) -> Result<Response, DesktopError> {
        let scaled = |at: i64, from: i64| from + ((at - from) as f64 * self.scale) as i64;
        let cursor =
            capture.pointer.map(|pointer| (scaled(pointer.x, origin.0), scaled(pointer.y, origin.1)));
        answer(&capture.picture.scaled(self.scale), self.encoding, cursor, true)
    }
}

/// An answer without a length; where the pointer was not asked for, the picture's corner stands for it.
fn plain(capture: &Capture, origin: (i64, i64)) -> Result<Response, DesktopError> {
    let cursor = capture.pointer.map_or(origin, |pointer| (pointer.x, pointer.y));
    answer(&capture.picture, Encoding::Png, Some(cursor), false)
}

fn answer(
    picture: &Picture,
    encoding: Encoding,
    cursor: Option<(i64, i64)>,
    with_length: bool,
) -> Result<Response, DesktopError> {
    let file = picture.encode(encoding).map_err(|error| DesktopError::Display(error.to_string()))?;
    let length = |length: usize| i64::try_from(length).ok();
    let answer = ScreenshotResponse {
        screenshot: Some(STANDARD.encode(&file)),
        cursor_position: cursor.map(|(x, y)| Position { x: Some(x), y: Some(y) }),
        size_bytes: length(file.len()).filter(|_| with_length),
        width: length(picture.width),
        height: length(picture.height),
    };
    Ok(go_json::response(StatusCode::OK, &answer))
}

fn text(query: &Query, name: &str) -> Option<String> {
    query.optional(name)
}

/// In the order in which they are complained of.
fn rectangle(query: &Query) -> Result<Region, Failure> {
    let x = integer(query, "x")?;
    let y = integer(query, "y")?;
    let width = length(query, "width")?;
    let height = length(query, "height")?;
    Ok(Region { x, y, width, height })
}

fn integer(query: &Query, name: &str) -> Result<i64, Failure> {
    let value = query.required(name, &format!("missing required query parameter: {name}"))?;
    value.parse().map_err(|_| invalid(name, "must be an integer"))
}

fn length(query: &Query, name: &str) -> Result<i64, Failure> {
    let length = integer(query, name)?;
    if length > 0 { Ok(length) } else { Err(invalid(name, "must be greater than zero")) }
}

/// Whether the pointer is to be shown, under the newer of both names or the older, which wins.
fn boolean(query: &Query) -> Result<bool, Failure> {
    let value = text(query, "show_cursor").or_else(|| text(query, "showCursor"));
    match value.as_deref() {
        None | Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Ok(false),
        Some("1" | "t" | "T" | "TRUE" | "true" | "True") => Ok(true),
        Some(_) => Err(invalid("showCursor", "must be a boolean")),
    }
}

fn invalid(name: &str, reason: &str) -> Failure {
    Failure::bad_request(&format!("invalid query parameter {name}: {reason}"))
}
