//! Pictures of the display (toolbox-files-git-desktop.md §6.3).

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, ImageOrder};

use super::DesktopError;
use super::screen::{Pointer, Screen, ScreenError};
use crate::Engine;

/// Largest picture, in pixels: what is asked for beyond the display is painted black, and must fit into memory.
const PIXELS: i64 = 64 << 20;
/// Length of an arm of the cross that stands for the pointer.
const ARM: i64 = 10;

const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];
const RED: [u8; 3] = [255, 0, 0];

/// Red, green and blue of every pixel, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Three bytes for each pixel.
    pub pixels: Vec<u8>,
}

/// A rectangle of the display. May reach beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Pixels across, more than zero.
    pub width: i64,
    /// Pixels down, more than zero.
    pub height: i64,
}

/// A picture, and where the pointer was when it was asked for.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The picture.
    pub picture: Picture,
    /// The pointer, on the display; only when it was to be shown.
    pub pointer: Option<Pointer>,
}

impl Engine {
    /// Takes a picture of a region, or of the whole display, with a mark at the pointer when that is wished. Blocks.
    ///
    /// # Errors
    ///
    /// [`DesktopError::Capture`] when the display cannot be read.
    pub fn capture(&self, region: Option<Region>, show_pointer: bool) -> Result<Capture, DesktopError> {
        let asked = region.unwrap_or(Region { x: 0, y: 0, width: 0, height: 0 });
        let refused = |reason: String| {
            let Region { x, y, width, height } = asked;
            DesktopError::Capture { x, y, width, height, reason }
        };
        if asked.width.checked_mul(asked.height).is_none_or(|pixels| pixels > PIXELS) {
            return Err(refused("the picture would be too large".to_owned()));
        }
        let taken = self.look(|screen| {
            let region = match region {
                Some(region) => region,
                None => whole(screen)?,
            };
            let mut picture = take(screen, region)?;
            let pointer = if show_pointer { Some(screen.pointer()?) } else { None };
            if let Some(pointer) = pointer {
                picture.mark(pointer.x - region.x, pointer.y - region.y);
            }
            Ok(Capture { picture, pointer })
        });
        taken.map_err(|error| refused(error.to_string()))
    }
}

fn whole(screen: &Screen) -> Result<Region, ScreenError> {
    let size = screen.x.get_geometry(screen.root)?.reply()?;
    Ok(Region { x: 0, y: 0, width: size.width.into(), height: size.height.into() })
}

/// What of the region lies on the display, on black.
fn take(screen: &Screen, region: Region) -> Result<Picture, ScreenError> {
    let display = whole(screen)?;
    let (left, right) = overlap(region.x, region.width, display.width);
    let (top, bottom) = overlap(region.y, region.height, display.height);
    let mut picture = Picture::black(region.width as usize, region.height as usize);
    if left >= right || top >= bottom {
        return Ok(picture);
    }
    let (width, height) = ((right - left) as u16, (bottom - top) as u16);
    let image = screen.x.get_image(
        ImageFormat::Z_PIXMAP,
        screen.root,
        left as i16,
        top as i16,
        width,
        height,
        u32::MAX,
    )?;
    let image = image.reply()?;
    let format = Format::of(screen, image.depth)?;
    let place = ((left - region.x) as usize, (top - region.y) as usize);
    picture.paint(place, (width.into(), height.into()), &image.data, &format);
    Ok(picture)
}

/// The part of `from..from + length` that lies in `0..limit`.
fn overlap(from: i64, length: i64, limit: i64) -> (i64, i64) {
    (from.clamp(0, limit), from.saturating_add(length).clamp(0, limit))
}

/// How the display writes its pixels.
struct Format {
    /// Where red, green and blue lie among the four bytes of a pixel.
    places: [usize; 3],
    /// Bytes of a row are filled up to a multiple of this.
    unit: usize,
}

impl Format {
    fn of(screen: &Screen, depth: u8) -> Result<Self, ScreenError> {
        let setup = screen.x.setup();
        let unknown = || ScreenError::Refused(format!("pixels of depth {depth} cannot be read"));
        let format = setup.pixmap_formats.iter().find(|format| format.depth == depth).ok_or_else(unknown)?;
        let screens = setup.roots.iter().flat_map(|root| &root.allowed_depths);
        let mut visuals =
            screens.filter(|allowed| allowed.depth == depth).flat_map(|allowed| &allowed.visuals);
        let visual = visuals.next().ok_or_else(unknown)?;
        if format.bits_per_pixel != 32 {
            return Err(unknown());
        }
        let place = |mask: u32| {
            let byte = (mask.trailing_zeros() / 8) as usize;
            let whole = mask == 0xff << (byte as u32 * 8);
            whole.then_some(if setup.image_byte_order == ImageOrder::LSB_FIRST { byte } else { 3 - byte })
        };
        let masks = [visual.red_mask, visual.green_mask, visual.blue_mask];
        let [Some(red), Some(green), Some(blue)] = masks.map(place) else { return Err(unknown()) };
        Ok(Self { places: [red, green, blue], unit: usize::from(format.scanline_pad / 8).max(1) })
    }
}

impl Picture {
    /// All black.
    fn black(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height * 3] }
    }

    /// Copies an image of the display to a place.
    fn paint(&mut self, place: (usize, usize), size: (usize, usize), data: &[u8], format: &Format) {
        let ((left, top), (width, height)) = (place, size);
        let source_row = (width * 4).next_multiple_of(format.unit);
        let [red, green, blue] = format.places;
        let target_row = self.width * 3;
        let rows = self.pixels.chunks_exact_mut(target_row).skip(top).take(height);
        for (target, source) in rows.zip(data.chunks_exact(source_row)) {
            let target = target[left * 3..(left + width) * 3].chunks_exact_mut(3);
            for (to, from) in target.zip(source.chunks_exact(4)) {
                to[0] = from[red];
                to[1] = from[green];
                to[2] = from[blue];
            }
        }
    }

    /// Draws the cross that stands for the pointer: black arms with a white core, and a red centre.
    fn mark(&mut self, x: i64, y: i64) {
        for along in -ARM..=ARM {
            for across in [-1, 1] {
                self.dot(x + along, y + across, BLACK);
                self.dot(x + across, y + along, BLACK);
            }
        }
        for along in -ARM..=ARM {
            self.dot(x + along, y, WHITE);
            self.dot(x, y + along, WHITE);
        }
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            self.dot(x + dx, y + dy, RED);
        }
    }

    fn dot(&mut self, x: i64, y: i64, colour: [u8; 3]) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let at = (y * self.width + x) * 3;
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// The picture with its sides multiplied by `scale`, at least one pixel each: the nearest pixel is taken.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        let side = |length: usize| ((length as f64 * scale).floor() as usize).max(1);
        let (width, height) = (side(self.width), side(self.height));
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let nearest = |at: usize, from: usize, to: usize| (at * from / to).min(from - 1);
        let columns: Vec<usize> = (0..width).map(|x| nearest(x, self.width, width) * 3).collect();
        let mut pixels = Vec::with_capacity(width * height * 3);
        for y in 0..height {
            let row = nearest(y, self.height, height) * self.width * 3;
            for column in &columns {
                pixels.extend_from_slice(&self.pixels[row + column..row + column + 3]);
            }
        }
        Self { width, height, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: usize, height: usize) -> Picture {
        let pixels = (0..width * height).flat_map(|number| [number as u8; 3]).collect();
        Picture { width, height, pixels }
    }

    #[test]
    fn scaling_takes_the_nearest_pixel_and_leaves_one_at_least() {
        let half = numbered(5, 4).scaled(0.5);
        assert_eq!((half.width, half.height), (2, 2));
        assert_eq!(half.pixels.chunks(3).map(|pixel| pixel[0]).collect::<Vec<_>>(), [0, 2, 10, 12]);
        let least = numbered(5, 1).scaled(0.1);
        assert_eq!((least.width, least.height), (1, 1));
        assert_eq!(numbered(3, 3).scaled(1.0), numbered(3, 3));
    }

    #[test]
    fn an_image_is_painted_into_its_place_whatever_the_order_of_its_bytes() {
        let format = Format { places: [2, 1, 0], unit: 4 };
        let mut picture = Picture::black(3, 2);
        picture.paint((1, 1), (2, 1), &[3, 2, 1, 0, 6, 5, 4, 0], &format);
        assert_eq!(picture.pixels[..12], [0; 12]);
        assert_eq!(picture.pixels[12..], [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_mark_is_cut_at_the_edges() {
        let mut picture = numbered(4, 4);
        picture.mark(0, 0);
        assert_eq!(picture.pixels[..6], [255, 0, 0, 255, 0, 0]);
        picture.mark(-100, 400);
        assert_eq!(overlap(-5, 10, 100), (0, 5));
        assert_eq!(overlap(5000, 10, 100), (100, 100));
        assert_eq!(overlap(i64::MAX, 10, 100), (100, 100));
    }
}
