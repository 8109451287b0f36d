// SPDX-License-Identifier: EUPL-1.2
//! The colour of an installation: its contrast (WCAG 2.2, 1.4.3), and the shades that pages and mails make of it.

use std::fmt;

use serde::Deserialize;

/// The least contrast of a text with what is behind it (WCAG 2.2, level AA).
pub const READABLE: f64 = 4.5;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// Hue in degrees, saturation and lightness in per cent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shade {
    /// From 0 to 360.
    pub hue: f64,
    /// From 0 to 100.
    pub saturation: f64,
    /// From 0 to 100.
    pub lightness: f64,
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self::new(255, 255, 255);
    /// The program's own primary colour, of which `assets/styles/_settings.scss` makes the style sheet.
    pub const PRIMARY: Self = Self::new(0x00, 0x66, 0x58);

    /// A colour by its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// A colour by its parts as style sheets may write them, with fractions.
    #[must_use]
    pub fn of_parts(parts: [f64; 3]) -> Self {
        let [red, green, blue] = parts.map(|part| byte(part / 255.0));
        Self::new(red, green, blue)
    }

    /// A colour written as `#006658`, or without the sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self::new(part(0)?, part(2)?, part(4)?))
    }

    /// The colour of a shade.
    #[must_use]
    pub fn of(shade: Shade) -> Self {
        let (saturation, lightness) = (shade.saturation / 100.0, shade.lightness / 100.0);
        let reach = saturation * lightness.min(1.0 - lightness);
        let part = |offset: f64| {
            let at = (offset + shade.hue / 30.0).rem_euclid(12.0);
            byte(lightness - reach * (at - 3.0).min(9.0 - at).clamp(-1.0, 1.0))
        };
        Self::new(part(0.0), part(8.0), part(4.0))
    }

    /// Hue, saturation and lightness.
    #[must_use]
    pub fn shade(self) -> Shade {
        let [red, green, blue] = self.parts().map(|part| f64::from(part) / 255.0);
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let (spread, lightness) = (most - least, f64::midpoint(most, least));
        let hue = if spread == 0.0 {
            0.0
        } else if most <= red {
            60.0 * ((green - blue) / spread).rem_euclid(6.0)
        } else if most <= green {
            60.0 * ((blue - red) / spread + 2.0)
        } else {
            60.0 * ((red - green) / spread + 4.0)
        };
        let room = 1.0 - (2.0 * lightness - 1.0).abs();
        let saturation = if room == 0.0 { 0.0 } else { spread / room };
        Shade {
            hue,
            saturation: saturation * 100.0,
            lightness: lightness * 100.0,
        }
    }

    /// Red, green and blue.
    #[must_use]
    pub const fn parts(self) -> [u8; 3] {
        [self.red, self.green, self.blue]
    }

    /// The contrast with another colour, from 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The relative luminance of WCAG 2.2.
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// The same hue, as much lighter as it takes to have this contrast with a dark `background`.
    #[must_use]
    pub fn lightened(self, background: Self, contrast: f64) -> Self {
        let shade = self.shade();
        let lighter = |lightness: u8| {
            Self::of(Shade {
                lightness: f64::from(lightness),
                saturation: shade.saturation.min(80.0),
                ..shade
            })
        };
        let mut steps = (1..=100).map(lighter);
        steps
            .find(|it| it.contrast(background) >= contrast)
            .unwrap_or(Self::WHITE)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped just before"
)]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(text.trim())
            .ok_or_else(|| format!("the colour {text:?} must be six hexadecimal digits, such as #006658"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        assert_eq!(Colour::parse("#006658"), Some(Colour::PRIMARY));
        assert_eq!(Colour::parse("00665A").unwrap().to_string(), "#00665a");
        for wrong in ["", "#06", "#0066580", "#00665g", "verde", "àèìòù!"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_as_wcag_computes_it() {
        let with_white = |text: &str| Colour::parse(text).unwrap().contrast(Colour::WHITE);
        assert!((with_white("#000000") - 21.0).abs() < 0.01);
        assert!((with_white("#007A33") - 5.48).abs() < 0.01);
        assert!((with_white("#00A040") - 3.44).abs() < 0.01);
        assert!((with_white("#ffffff") - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_shade_is_the_colour_that_it_was_made_of() {
        for text in [
            "#006658", "#a3123f", "#ffffff", "#000000", "#808080", "#1a4f9c", "#7a5a00",
        ] {
            let colour = Colour::parse(text).unwrap();
            assert_eq!(Colour::of(colour.shade()), colour, "{text}");
        }
        let own = Colour::PRIMARY.shade();
        assert!(
            (own.hue - 172.0).abs() < 1.0 && (own.lightness - 20.0).abs() < 0.1,
            "{own:?}"
        );
    }

    #[test]
    fn every_colour_can_be_made_readable_on_a_dark_background() {
        let dark = Colour::parse("#17242f").unwrap();
        for text in ["#006658", "#000000", "#7a0000", "#0000ff", "#333333"] {
            let lighter = Colour::parse(text).unwrap().lightened(dark, 7.0);
            assert!(lighter.contrast(dark) >= 7.0, "{text} becomes {lighter}");
        }
    }
}
