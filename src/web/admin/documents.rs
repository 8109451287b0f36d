// SPDX-License-Identifier: EUPL-1.2
//! The documents of an opportunity in the form of the editor: rows of a title and an address, read and shown again.

use crate::domain::opportunity::Document;
use crate::texts::Texts;
use crate::web::admin::typed;
use crate::web::site::answers::FieldError;

/// The most documents that an opportunity has.
pub const MOST_DOCUMENTS: usize = 20;

/// The longest title.
const LONGEST_TITLE: usize = 200;

/// The longest address.
const LONGEST_LINK: usize = 2_000;

/// How many rows are empty: more come with each saving.
const EMPTY_ROWS: usize = 2;

/// One row of the form, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentRow {
    /// The id of the field of its title.
    pub title_field: String,
    /// The id of the field of its address.
    pub link_field: String,
    /// Its title.
    pub title: String,
    /// Its address.
    pub link: String,
}

/// The rows of the form: what was typed, and some that are empty.
#[must_use]
pub fn rows(titles: &[String], links: &[String]) -> Vec<DocumentRow> {
    let typed = pairs(titles, links).filter(|(title, link)| !title.is_empty() || !link.is_empty());
    let empty = std::iter::repeat_n(("", ""), EMPTY_ROWS);
    let numbered = (1..=MOST_DOCUMENTS).zip(typed.chain(empty));
    numbered
        .map(|(number, (title, link))| DocumentRow {
            title_field: format!("document-title-{number}"),
            link_field: format!("document-link-{number}"),
            title: title.to_owned(),
            link: link.to_owned(),
        })
        .collect()
}

/// The documents that the rows stand for; what cannot be used is added to `errors`.
pub fn read(titles: &[String], links: &[String], texts: Texts, errors: &mut Vec<FieldError>) -> Vec<Document> {
    let mut documents = Vec::new();
    let typed = rows(titles, links).into_iter();
    for row in typed.filter(|row| !row.title.is_empty() || !row.link.is_empty()) {
        let title = typed::line(&row.title);
        let link = typed::link(&row.link).filter(|link| link.len() <= LONGEST_LINK);
        match (title.chars().count(), link) {
            (0, _) => errors.push(wrong(&row.title_field, texts, "staff-error-document-title")),
            (length, _) if length > LONGEST_TITLE => {
                let values = [
                    ("longest", &*LONGEST_TITLE.to_string()),
                    ("length", &*length.to_string()),
                ];
                let sentence = texts.fill("staff-error-too-long", &values);
                errors.push(FieldError::new(&row.title_field, sentence));
            }
            (_, None) => errors.push(wrong(&row.link_field, texts, "staff-error-link")),
            (_, Some(link)) => documents.push(Document { title, link }),
        }
    }
    if pairs(titles, links)
        .filter(|(title, link)| !title.is_empty() || !link.is_empty())
        .count()
        > MOST_DOCUMENTS
    {
        errors.push(wrong("document-title-1", texts, "staff-error-too-many-documents"));
    }
    documents
}

fn wrong(field: &str, texts: Texts, key: &str) -> FieldError {
    FieldError::new(field, texts.get(key))
}

fn pairs<'a>(titles: &'a [String], links: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let longest = titles.len().max(links.len());
    let at = |list: &'a [String], place: usize| list.get(place).map_or("", |text| text.trim());
    (0..longest).map(move |place| (at(titles, place), at(links, place)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    fn texts() -> Texts {
        Texts::new(Language::Italian, chrono_tz::Europe::Rome)
    }

    fn owned(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn rows_are_documents_in_their_order_and_empty_ones_are_none() {
        let (titles, links) = (
            owned(&["Il bando", "", "Modulo"]),
            owned(&["https://example.org/bando.pdf", "", "http://example.org/modulo"]),
        );
        let mut errors = Vec::new();
        let read = read(&titles, &links, texts(), &mut errors);
        assert_eq!(errors, []);
        let titles: Vec<&str> = read.iter().map(|it| it.title.as_str()).collect();
        assert_eq!(titles, ["Il bando", "Modulo"]);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_stays_as_typed() {
        let (titles, links) = (
            owned(&["", "Modulo"]),
            owned(&["https://example.org/a", "javascript:alert(1)"]),
        );
        let mut errors = Vec::new();
        assert_eq!(read(&titles, &links, texts(), &mut errors), []);
        let fields: Vec<&str> = errors.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["document-title-1", "document-link-2"]);
        let shown = rows(&titles, &links);
        assert_eq!((shown.len(), shown[1].link.as_str()), (4, "javascript:alert(1)"));
    }

    #[test]
    fn there_are_not_more_than_can_be_shown() {
        let many: Vec<String> = (0..30).map(|number| format!("https://example.org/{number}")).collect();
        let mut errors = Vec::new();
        assert_eq!(read(&many, &many, texts(), &mut errors).len(), MOST_DOCUMENTS);
        assert_eq!(errors.len(), 1);
    }
}
