// SPDX-License-Identifier: EUPL-1.2
//! How this installation looks: the style sheet and the drawings in its own colour, and its logo.
//!
//! Made once, at start, of the files that the program carries (`web::assets`): every colour of the program's own
//! primary family becomes the shade of the installation's colour that is as dark or as light. Served like the files
//! themselves, under names that change with what is in them.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

use crate::app::App;
use crate::domain::colour::{Colour, READABLE, Shade};
use crate::domain::logo::Logo;
use crate::web::assets;

/// How far a hue may be from the primary one to belong to its family: the library turns it a little for highlights.
const FAMILY: f64 = 8.0;

/// The least saturation of a colour of the family: below, it is a grey.
const SATURATED: f64 = 20.0;

/// From this lightness on, a shade is a background.
const LIGHT: f64 = 90.0;

/// What an installation shows in its own way.
#[derive(Debug, Default)]
pub struct Theme {
    names: HashMap<String, String>,
    files: HashMap<String, Drawn>,
}

/// A file that was made at start.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Theme {
    /// How the installation looks.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let mut theme = Self::default();
        let colour = app.config.primary_colour;
        if colour != Colour::PRIMARY {
            theme.paint(colour);
        }
        if let Some(logo) = &app.logo {
            theme.show(logo);
        }
        theme
    }

    /// The address of the file called `name` before its hash: this installation's, or the program's own.
    #[must_use]
    pub fn address(&self, name: &str) -> String {
        let own = self.names.get(name);
        own.map_or_else(|| assets::address(name), |name| format!("{}/{name}", assets::ADDRESS))
    }

    /// The address of the logo, if there is one.
    #[must_use]
    pub fn logo(&self) -> Option<String> {
        self.names.get("logo").map(|name| format!("{}/{name}", assets::ADDRESS))
    }

    /// A file that was made at start, by its name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Drawn> {
        self.files.get(name)
    }

    fn paint(&mut self, colour: Colour) {
        let Some(sheet) = assets::text("app.css") else {
            return;
        };
        let mut painted = repainted(&sheet, colour);
        for drawing in assets::drawings() {
            let Some(text) = assets::text(&drawing) else { continue };
            let own = repainted(&text, colour);
            if own != text {
                let name = self.keep(&drawing, "drawing", "svg", "image/svg+xml", own.into_bytes());
                painted = painted.replace(&drawing, &name);
            }
        }
        self.keep("app.css", "app", "css", "text/css", painted.into_bytes());
        if let Some(icon) = assets::text("icon.svg") {
            let own = repainted(&icon, colour).into_bytes();
            self.keep("icon.svg", "icon", "svg", "image/svg+xml", own);
        }
    }

    fn show(&mut self, logo: &Logo) {
        let kind = logo.kind;
        self.keep("logo", "logo", kind.ending(), kind.media_type(), logo.bytes.clone());
    }

    /// Keeps a file under a name with a hash of what is in it, and returns that name.
    fn keep(&mut self, of: &str, begin: &str, ending: &str, kind: &'static str, bytes: Vec<u8>) -> String {
        let hash = HEXLOWER.encode(digest(&SHA256, &bytes).as_ref());
        let name = format!("{begin}.{}.{ending}", &hash[..10]);
        self.names.insert(of.to_owned(), name.clone());
        self.files.insert(name.clone(), Drawn { kind, bytes });
        name
    }
}

/// A style sheet or drawing in which every colour of the primary family is the installation's.
fn repainted(text: &str, colour: Colour) -> String {
    let mut painted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, length)) = next_colour(rest) {
        painted.push_str(&rest[..at]);
        let found = &rest[at..at + length];
        painted.push_str(&painted_as(found, colour).unwrap_or_else(|| found.to_owned()));
        rest = &rest[at + length..];
    }
    painted.push_str(rest);
    painted
}

/// The ways in which a colour begins: the last one is the library's, for use with an opacity.
const BEGINNINGS: [&str; 6] = ["hsl(", "hsla(", "rgb(", "rgba(", "#", "-rgb:"];

/// Where the next colour stands, and how long it is.
fn next_colour(text: &str) -> Option<(usize, usize)> {
    let found = BEGINNINGS.iter().filter_map(|begin| Some((text.find(begin)?, *begin)));
    let (at, begin) = found.min()?;
    let rest = &text[at..];
    let length = match begin {
        "#" => 1 + rest[1..].bytes().take_while(u8::is_ascii_hexdigit).count(),
        "-rgb:" => rest.find([';', '}']).unwrap_or(rest.len()),
        _ => rest.find(')').map_or(rest.len(), |end| end + 1),
    };
    Some((at, length))
}

/// A colour as it is written, in the installation's colour; nothing for one of another family.
fn painted_as(written: &str, colour: Colour) -> Option<String> {
    if let Some(digits) = written.strip_prefix('#') {
        let own = Colour::parse(digits)?;
        return shifted(own.shade(), colour).map(|it| it.to_string());
    }
    if let Some(parts) = written.strip_prefix("-rgb:") {
        let shade = Colour::of_parts(numbers(parts)?).shade();
        let [red, green, blue] = shifted(shade, colour)?.parts();
        return Some(format!("-rgb: {red}, {green}, {blue}"));
    }
    let (kind, parts) = written.strip_suffix(')')?.split_once('(')?;
    let [first, second, third] = numbers(parts)?;
    let shade = if kind.starts_with("hsl") {
        Shade {
            hue: first,
            saturation: second,
            lightness: third,
        }
    } else {
        let scale = if parts.contains('%') { 2.55 } else { 1.0 };
        Colour::of_parts([first * scale, second * scale, third * scale]).shade()
    };
    let [red, green, blue] = shifted(shade, colour)?.parts();
    Some(match parts.split(',').nth(3) {
        Some(opacity) => format!("rgba({red},{green},{blue},{})", opacity.trim()),
        None => format!("rgb({red},{green},{blue})"),
    })
}

/// The first three numbers of a list.
fn numbers(parts: &str) -> Option<[f64; 3]> {
    let mut parts = parts
        .split(',')
        .map(|it| it.trim().trim_end_matches('%').parse::<f64>().ok());
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// The shade of `colour` that stands for one of the program's own primary family; nothing for another family.
fn shifted(shade: Shade, colour: Colour) -> Option<Colour> {
    let (own, new) = (Colour::PRIMARY.shade(), colour.shade());
    let turn = shade.hue - own.hue;
    if turn.abs() > FAMILY || shade.saturation < SATURATED {
        return None;
    }
    if (shade.lightness - own.lightness).abs() < 0.5 && (shade.saturation - own.saturation).abs() < 1.0 {
        return Some(colour);
    }
    let shifted = |lightness: f64| {
        Colour::of(Shade {
            hue: (new.hue + turn).rem_euclid(360.0),
            saturation: shade.saturation * new.saturation / 100.0,
            lightness,
        })
    };
    if shade.lightness < LIGHT {
        return Some(shifted((shade.lightness * new.lightness / own.lightness).min(80.0)));
    }
    // What is written in the colour stays readable on its own lightest shade.
    let mut lighter =
        (0..=10).map(|step| shifted(shade.lightness + (100.0 - shade.lightness) * f64::from(step) / 10.0));
    Some(
        lighter
            .find(|it| it.contrast(colour) >= READABLE)
            .unwrap_or(Colour::WHITE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red() -> Colour {
        Colour::parse("#a3123f").unwrap()
    }

    #[test]
    fn colours_of_the_primary_family_become_the_installations_in_every_way_of_writing() {
        let sheet =
            "a{color:hsl(172, 100%, 20%);border:hsla(172,100%,20%,.25);--bs-primary-rgb: 0, 102, 88.4;fill:#006658}";
        let painted = repainted(sheet, red());
        assert_eq!(
            painted,
            "a{color:rgb(163,18,63);border:rgba(163,18,63,.25);--bs-primary-rgb: 163, 18, 63;fill:#a3123f}"
        );
    }

    #[test]
    fn other_colours_and_names_stay() {
        let sheet =
            "#content{color:#fff;background:hsl(160,100%,25%);--bs-success-rgb: 0, 127.5, 85}a{color:hsl(210,17%,44%)}";
        assert_eq!(repainted(sheet, red()), sheet);
        assert_eq!(repainted("a{color:rgb(", red()), "a{color:rgb(");
    }

    #[test]
    fn darker_shades_stay_darker_and_the_lightest_readable() {
        for text in ["#a3123f", "#0066cc", "#7a5a00", "#767676", "#17324d"] {
            let colour = Colour::parse(text).unwrap();
            let shade = |lightness, saturation| {
                let own = Shade {
                    hue: 172.0,
                    saturation,
                    lightness,
                };
                shifted(own, colour).expect("of the family")
            };
            let (dark, light) = (shade(14.0, 100.0), shade(96.0, 40.0));
            assert!(
                dark.contrast(Colour::WHITE) > colour.contrast(Colour::WHITE),
                "{text}: {dark}"
            );
            assert!(light.contrast(colour) >= READABLE, "{text} on {light}");
        }
    }
}
