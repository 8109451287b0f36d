// SPDX-License-Identifier: EUPL-1.2
//! The logo of the body: a drawing (SVG) or an image (PNG) that shows itself and does nothing else.

/// The largest file, in bytes: every page loads it.
pub const LARGEST: usize = 200 * 1024;

/// How wide and high an image may be, in pixels.
const PIXELS: std::ops::RangeInclusive<u32> = 48..=2_000;

/// What a PNG begins with.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What a PNG ends with: its last chunk, empty.
const PNG_END: &[u8] = b"IEND\xaeB`\x82";

/// A logo that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// How it is drawn.
    pub kind: LogoKind,
    /// The file.
    pub bytes: Vec<u8>,
}

/// How a logo is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoKind {
    /// By lines and surfaces.
    Svg,
    /// By pixels.
    Png,
}

impl LogoKind {
    /// The end of its file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

/// Why a file is no logo, with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoProblem {
    /// It is too large.
    #[error("has {0} bytes, and at most {LARGEST} are loaded with every page: make it smaller")]
    TooLarge(usize),
    /// It is something else.
    #[error("is neither an SVG nor a PNG: save it as one of them")]
    OtherKind,
    /// It is cut off.
    #[error("ends before the image does: copy it again")]
    CutOff,
    /// It has too few pixels, or too many.
    #[error("is {0} by {1} pixels, and each side must be from 48 to 2000")]
    Pixels(u32, u32),
    /// It has no size of its own.
    #[error("has no viewBox, so nobody knows how large it is: save it with one")]
    NoSize,
    /// It would do more than show itself.
    #[error("holds {0}, which a logo must not: save it as a plain SVG")]
    Active(&'static str),
}

/// What a drawing must not hold, in lower case: what runs, and what is loaded from somewhere.
const ACTIVE: [&str; 10] = [
    "<script",
    "<foreignobject",
    "<iframe",
    "<!doctype",
    "<!entity",
    "<?xml-stylesheet",
    "javascript:",
    "@import",
    "http-equiv",
    "<set",
];

impl Logo {
    /// The logo in a file.
    ///
    /// # Errors
    /// [`LogoProblem`] in words for whoever installs the service; they go on after the file's name.
    pub fn read(bytes: Vec<u8>) -> Result<Self, LogoProblem> {
        if bytes.len() > LARGEST {
            return Err(LogoProblem::TooLarge(bytes.len()));
        }
        let kind = if bytes.starts_with(PNG) {
            check_image(&bytes)?;
            LogoKind::Png
        } else {
            check_drawing(std::str::from_utf8(&bytes).map_err(|_| LogoProblem::OtherKind)?)?;
            LogoKind::Svg
        };
        Ok(Self { kind, bytes })
    }
}

fn check_image(bytes: &[u8]) -> Result<(), LogoProblem> {
    let side = |at: usize| {
        let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(four))
    };
    let (Some(width), Some(height)) = (side(16), side(20)) else {
        return Err(LogoProblem::CutOff);
    };
    if !bytes.ends_with(PNG_END) {
        return Err(LogoProblem::CutOff);
    }
    if !PIXELS.contains(&width) || !PIXELS.contains(&height) {
        return Err(LogoProblem::Pixels(width, height));
    }
    Ok(())
}

fn check_drawing(text: &str) -> Result<(), LogoProblem> {
    let text = text.to_lowercase();
    let (Some(begin), Some(_)) = (text.find("<svg"), text.rfind("</svg>")) else {
        let is_cut_off = text.contains("<svg");
        return Err(if is_cut_off {
            LogoProblem::CutOff
        } else {
            LogoProblem::OtherKind
        });
    };
    if let Some(active) = ACTIVE.iter().find(|it| text.contains(*it)) {
        return Err(LogoProblem::Active(active));
    }
    if has_handler(&text) {
        return Err(LogoProblem::Active("an attribute that runs a script"));
    }
    if loads_something(&text) {
        return Err(LogoProblem::Active("an address of something else"));
    }
    let root = text[begin..].split('>').next().unwrap_or_default();
    if root.contains("viewbox=") {
        Ok(())
    } else {
        Err(LogoProblem::NoSize)
    }
}

/// Whether an attribute begins with `on`, such as `onload`.
fn has_handler(text: &str) -> bool {
    text.match_indices("on").any(|(at, _)| {
        let begins = text[..at].ends_with(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '/'));
        let name = text[at..].split('=').next().unwrap_or_default().trim_end();
        begins && at + name.len() < text.len() && name.len() > 2 && name.bytes().all(|it| it.is_ascii_lowercase())
    })
}

/// Whether something is referred to that is not a part of the drawing (`#part`), nor an image written into it.
fn loads_something(text: &str) -> bool {
    let after = |mark: &str| {
        let rests: Vec<String> = text.split(mark).skip(1).map(str::to_owned).collect();
        rests
    };
    let own = |rest: &String| {
        let value = rest.trim_start_matches(|it: char| it.is_whitespace() || matches!(it, '=' | '"' | '\''));
        value.starts_with('#') || value.starts_with("data:image/png") || value.starts_with("data:image/jpeg")
    };
    !["href", "src=", "url("].iter().all(|mark| after(mark).iter().all(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWING: &str = r#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><path d="M0 0h40v40z"/></svg>"#;

    fn read(text: &str) -> Result<LogoKind, LogoProblem> {
        Logo::read(text.as_bytes().to_vec()).map(|logo| logo.kind)
    }

    #[test]
    fn a_drawing_that_shows_itself_is_taken() {
        assert_eq!(read(DRAWING), Ok(LogoKind::Svg));
        let used = DRAWING.replace("<path", "<g id=\"a\"/><use xlink:href=\"#a\" fill=\"url(#a)\"/><path");
        assert_eq!(read(&used), Ok(LogoKind::Svg));
    }

    #[test]
    fn a_drawing_that_does_something_is_refused() {
        for active in [
            "<script>alert(1)</script>",
            "<a href=\"https://example.org\"/>",
            "<image xlink:href='//example.org/a.png'/>",
            "<rect onload=\"alert(1)\"/>",
            "<rect\nonClick = 'alert(1)'/>",
            "<style>@import 'x.css'</style>",
            "<rect fill=\"url(https://example.org/a)\"/>",
            "<foreignObject/>",
            "<a href=\"javascript:alert(1)\"/>",
        ] {
            let drawing = DRAWING.replace("<path", &format!("{active}<path"));
            assert!(matches!(read(&drawing), Err(LogoProblem::Active(_))), "{active}");
        }
    }

    #[test]
    fn what_is_no_logo_is_refused_with_what_to_do() {
        assert_eq!(read("GIF89a"), Err(LogoProblem::OtherKind));
        assert_eq!(read(&DRAWING.replace("</svg>", "")), Err(LogoProblem::CutOff));
        assert_eq!(read(&DRAWING.replace("viewBox", "box")), Err(LogoProblem::NoSize));
        assert_eq!(
            Logo::read(vec![0; LARGEST + 1]),
            Err(LogoProblem::TooLarge(LARGEST + 1))
        );
        assert_eq!(Logo::read(vec![0xff; 10]), Err(LogoProblem::OtherKind));
    }

    #[test]
    fn an_image_has_a_size_and_an_end() {
        let image = |width: u32, height: u32| {
            let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
            [
                PNG,
                b"\0\0\0\rIHDR",
                &sides,
                b"\x08\x06\0\0\0crc.",
                b"\0\0\0\0",
                PNG_END,
            ]
            .concat()
        };
        assert_eq!(Logo::read(image(400, 100)).unwrap().kind, LogoKind::Png);
        assert_eq!(Logo::read(image(20, 100)), Err(LogoProblem::Pixels(20, 100)));
        assert_eq!(Logo::read(image(400, 4_000)), Err(LogoProblem::Pixels(400, 4_000)));
        let mut cut = image(400, 100);
        cut.truncate(40);
        assert_eq!(Logo::read(cut), Err(LogoProblem::CutOff));
        assert_eq!(Logo::read(PNG.to_vec()), Err(LogoProblem::CutOff));
    }
}
