// SPDX-License-Identifier: EUPL-1.2
//! What an editor writes, as people read it.

/// Markdown as safe HTML: no scripts, no styles, no images, and headings that begin below the page's own.
#[must_use]
pub fn prose(markdown: &str) -> String {
    let mut html = String::new();
    let events = pulldown_cmark::Parser::new_ext(markdown, pulldown_cmark::Options::ENABLE_TABLES).map(lower_heading);
    pulldown_cmark::html::push_html(&mut html, events);
    ammonia::Builder::default()
        .rm_tags(["img", "details", "summary", "map", "area", "h1"])
        .link_rel(Some("noopener nofollow"))
        .clean(&html)
        .to_string()
}

fn lower_heading(event: pulldown_cmark::Event<'_>) -> pulldown_cmark::Event<'_> {
    use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
    match event {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: HeadingLevel::H2,
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => Event::End(TagEnd::Heading(HeadingLevel::H2)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_writes_cannot_run_in_a_reader() {
        let html =
            prose("# Titolo\n\n<script>alert(1)</script>[ciao](javascript:alert(1)) <img src=x onerror=alert(1)>");
        assert!(html.contains("<h2>Titolo</h2>"), "{html}");
        for bad in ["<script", "href=\"javascript:", "onerror", "<img", "<h1"] {
            assert!(!html.contains(bad), "{html}");
        }
    }
}
