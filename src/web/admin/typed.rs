// SPDX-License-Identifier: EUPL-1.2
//! What people type, read without guessing: dates, times, amounts of euros, links, and plain text.

use chrono::{NaiveDate, NaiveTime};
use url::Url;

/// The years that a date can be in; a year of two digits or five is a slip.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// A date: `2026-09-30`, as date fields send it, or `30/9/2026`, as people write it.
#[must_use]
pub fn date(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.trim().split(['-', '/', '.']).map(str::trim).collect();
    let [first, month, last] = parts[..] else {
        return None;
    };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

/// A time of the day to the minute: `9:30`, `09.30`; seconds are left out.
#[must_use]
pub fn time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.trim().split([':', '.']);
    let (hour, minute) = (parts.next()?, parts.next()?);
    let is_shaped =
        minute.len() == 2 && parts.next().is_none_or(|seconds| seconds.len() == 2) && parts.next().is_none();
    NaiveTime::from_hms_opt(hour.parse().ok().filter(|_| is_shaped)?, minute.parse().ok()?, 0)
}

/// Why an amount cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadAmount {
    /// It is below nothing.
    Negative,
    /// It is no number of euros.
    NoNumber,
}

/// The most digits before the cents: a thousand billions of euros have thirteen.
const MOST_DIGITS: usize = 13;

/// Cents from an amount of euros: `25000`, `25.000`, `25,000.50`, `1.200,5 €`.
///
/// Both languages' marks are understood at once: one or two digits after the last mark are cents, three a group.
///
/// # Errors
/// [`BadAmount`].
pub fn cents(text: &str) -> Result<i64, BadAmount> {
    let bare: String = text
        .to_lowercase()
        .replace("euro", "")
        .replace("eur", "")
        .replace('€', "");
    let bare: String = bare.chars().filter(|letter| !letter.is_whitespace()).collect();
    if let Some(positive) = bare.strip_prefix(['-', '−', '–']) {
        return Err(if positive_cents(positive).is_some() {
            BadAmount::Negative
        } else {
            BadAmount::NoNumber
        });
    }
    positive_cents(&bare).ok_or(BadAmount::NoNumber)
}

fn positive_cents(bare: &str) -> Option<i64> {
    let (whole, mark, fraction) = match bare.rfind(['.', ',']) {
        Some(at) if (2..=3).contains(&(bare.len() - at)) => (&bare[..at], bare.as_bytes().get(at), &bare[at + 1..]),
        _ => (bare, None, ""),
    };
    if mark.is_some_and(|mark| whole.as_bytes().contains(mark)) {
        return None;
    }
    let digits = ungrouped(whole).filter(|digits| digits.len() <= MOST_DIGITS)?;
    let is_number = fraction.bytes().all(|byte| byte.is_ascii_digit());
    format!("{digits}{fraction:0<2}").parse().ok().filter(|_| is_number)
}

/// The digits of a whole number, whose groups must be complete and parted by one kind of mark.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(['.', ',']);
    let first = groups.next()?;
    let is_grouped = groups.clone().next().is_some();
    let fits = if is_grouped {
        (1..=3).contains(&first.len())
    } else {
        !first.is_empty()
    };
    let complete = groups.all(|group| group.len() == 3);
    let one_mark = !(whole.contains('.') && whole.contains(','));
    let digits: String = whole.chars().filter(|letter| !matches!(letter, '.' | ',')).collect();
    (fits && complete && one_mark && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// An address of the web, as browsers write it. Other schemes, and names before an `@`, are none.
#[must_use]
pub fn link(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_web && is_plain).then(|| url.into())
}

/// One line of text, without what cannot be seen.
#[must_use]
pub fn line(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(|letter| letter.is_whitespace() || !letter.is_control())
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of text, ended as databases and programs expect it.
#[must_use]
pub fn lines(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let visible: String = unix
        .chars()
        .filter(|letter| matches!(letter, '\n' | '\t') || !letter.is_control())
        .collect();
    visible.trim_start_matches('\n').trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_fields_send_it_and_as_people_write_it() {
        let expected = NaiveDate::from_ymd_opt(2026, 9, 3);
        for text in ["2026-09-03", " 3/9/2026 ", "03.09.2026", "3-9-2026"] {
            assert_eq!(date(text), expected, "{text}");
        }
        for text in [
            "aprile 2024",
            "",
            "31/02/2026",
            "3/9/26",
            "0026-09-03",
            "12026-09-03",
            "2026-13-01",
            "2026-09",
            "a-b-c",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_has_hours_and_minutes() {
        for text in ["9:30", "09.30", "09:30:00"] {
            assert_eq!(time(text), NaiveTime::from_hms_opt(9, 30, 0), "{text}");
        }
        for text in ["9", "24:00", "9:5", "9:60", "noon", "9:30:00:00"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn euros_are_read_with_the_marks_of_both_languages() {
        for (text, expected) in [
            ("25000", 2_500_000),
            ("25.000", 2_500_000),
            ("25,000", 2_500_000),
            ("25 000 €", 2_500_000),
            ("1.200.000,5", 120_000_050),
            ("1,200,000.50", 120_000_050),
            ("0,99 euro", 99),
            ("€ 12.5", 1250),
            ("0", 0),
        ] {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
        for text in [
            "tanti",
            "",
            "1.2.3",
            "1.000.00",
            "1,000,00",
            "12.34.567",
            "1.000,000.5",
            "25.0000",
            ",5",
            "1e9",
            "99999999999999",
        ] {
            assert_eq!(cents(text), Err(BadAmount::NoNumber), "{text}");
        }
        assert_eq!(cents("-5"), Err(BadAmount::Negative));
        assert_eq!(cents("−1.000 €"), Err(BadAmount::Negative));
        assert_eq!(cents("-tanti"), Err(BadAmount::NoNumber));
    }

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert_eq!(
            link(" https://www.example.it/bando ").as_deref(),
            Some("https://www.example.it/bando")
        );
        assert_eq!(link("HTTPS:\\\\example.it").as_deref(), Some("https://example.it/"));
        for text in [
            "javascript:alert(1)",
            "www.example.it",
            "ftp://example.it/",
            "https://",
            "https://bank.it@example.it/",
            "data:text/html,x",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }

    #[test]
    fn text_loses_only_what_cannot_be_seen() {
        assert_eq!(
            line("  Bando\r\n\u{0} per  <b>tutti</b> \u{7}"),
            "Bando per <b>tutti</b>"
        );
        assert_eq!(lines("## Uno\r\n\r\nDue\u{0}\r\n"), "## Uno\n\nDue");
    }
}
