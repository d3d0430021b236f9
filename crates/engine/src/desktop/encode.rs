//! Pictures as files.

use super::capture::Picture;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Without loss.
    Png,
    /// With loss, from 1, the worst, to 100.
    Jpeg(u8),
}

/// Why a picture has no file.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// The PNG encoder's words.
    #[error("failed to encode the picture: {0}")]
    Png(#[from] png::EncodingError),
    /// The JPEG encoder's words.
    #[error("failed to encode the picture: {0}")]
    Jpeg(#[from] jpeg_encoder::EncodingError),
    /// JPEG counts its sides in 16 bits.
    #[error("failed to encode the picture: it is too large for JPEG")]
    Size,
}

impl Picture {
    /// The content of its file.
    ///
    /// # Errors
    ///
    /// When the kind of file cannot hold it.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, EncodeError> {
        match encoding {
            Encoding::Png => self.png(),
            Encoding::Jpeg(quality) => self.jpeg(quality),
        }
    }

    fn png(&self) -> Result<Vec<u8>, EncodeError> {
        let side = |length: usize| u32::try_from(length).map_err(|_| EncodeError::Size);
        let mut file = Vec::with_capacity(self.pixels.len() / 8);
        let mut encoder = png::Encoder::new(&mut file, side(self.width)?, side(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        // Screens are looked at once, so time counts for more than size.
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }

    fn jpeg(&self, quality: u8) -> Result<Vec<u8>, EncodeError> {
        let side = |length: usize| u16::try_from(length).map_err(|_| EncodeError::Size);
        let mut file = Vec::with_capacity(self.pixels.len() / 8);
        let encoder = jpeg_encoder::Encoder::new(&mut file, quality);
        encoder.encode(&self.pixels, side(self.width)?, side(self.height)?, jpeg_encoder::ColorType::Rgb)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_holds_the_very_pixels() {
        let pixels: Vec<u8> = (0..60).collect();
        let picture = Picture { width: 5, height: 4, pixels };
        let file = picture.encode(Encoding::Png).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height, info.color_type), (5, 4, png::ColorType::Rgb));
        assert_eq!(read, picture.pixels);
    }

    #[test]
    fn a_jpeg_is_smaller_the_worse_it_is() {
        let pixels = (0..64 * 64 * 3).map(|number: u32| (number.wrapping_mul(2_654_435_761) >> 24) as u8);
        let picture = Picture { width: 64, height: 64, pixels: pixels.collect() };
        let [good, bad] = [90, 10].map(|quality| picture.encode(Encoding::Jpeg(quality)).unwrap());
        assert!(good.starts_with(&[0xff, 0xd8, 0xff]));
        assert!(bad.len() * 2 < good.len(), "{} {}", bad.len(), good.len());
    }
}
