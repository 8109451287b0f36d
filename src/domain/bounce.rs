// SPDX-License-Identifier: EUPL-1.2
//! What a refusal says of the mailbox or browser it concerns, and how many of them are too many.
//!
//! Decides from codes, words and instants alone; services keep the strikes and act. The codes are those of RFC 3463.

use chrono::TimeDelta;

use crate::domain::clock::Timestamp;

/// What a report about a mail says of the mailbox. The worse sorts after the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judgement {
    /// Nothing that matters: it was delivered, or somebody is still trying.
    Fine,
    /// It was refused for who we are, what we wrote or how: that says nothing of the mailbox.
    Unrelated,
    /// It failed this time: full, refused for what it said, not reached in time.
    Soft,
    /// There is no such mailbox.
    Hard,
}

/// Why an address is on the list of those that nothing is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuppressionReason {
    /// There is no such mailbox.
    HardBounce,
    /// Mail to it failed again and again.
    SoftBounces,
    /// Whoever reads it called our mail unwanted.
    Complaint,
    /// Everything was erased that was held about whoever reads it: at their request, or some time after they left.
    Erased,
}

impl SuppressionReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::HardBounce, Self::SoftBounces, Self::Complaint, Self::Erased];

    /// The word for it in the database and in the names of sentences.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::SoftBounces => "soft_bounces",
            Self::Complaint => "complaint",
            Self::Erased => "erased",
        }
    }

    /// The reason with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// How many strikes are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrikeLimits {
    /// How many soft bounces within [`StrikeLimits::mailbox_span`] stop a mailbox.
    pub mailbox: usize,
    /// Within which time they count.
    pub mailbox_span: TimeDelta,
    /// How many refusals in a row, spread over more than [`StrikeLimits::browser_span`], drop a browser.
    pub browser: usize,
    /// Over how long they must be spread.
    pub browser_span: TimeDelta,
}

/// How long a strike is remembered at all.
pub const STRIKE_LIFE: TimeDelta = TimeDelta::days(30);

impl StrikeLimits {
    /// Whether a mailbox with these strikes is to be left alone.
    #[must_use]
    pub fn stop_mailbox(self, strikes: &[Timestamp], now: Timestamp) -> bool {
        let lately = strikes.iter().filter(|at| now.since(**at) < self.mailbox_span);
        lately.count() >= self.mailbox
    }

    /// Whether a browser with these strikes, since it last accepted anything, is to be dropped.
    #[must_use]
    pub fn drop_browser(self, strikes: &[Timestamp]) -> bool {
        let spread = strikes.iter().max().zip(strikes.iter().min());
        strikes.len() >= self.browser && spread.is_some_and(|(last, first)| last.since(*first) > self.browser_span)
    }
}

/// The enhanced codes by which a mail system says that a mailbox is not there (RFC 3463, section 3.2; RFC 7505).
const NO_SUCH_MAILBOX: [&str; 5] = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"];

/// How mail systems without exact codes say the same.
const NO_SUCH_MAILBOX_IN_WORDS: [&str; 12] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here by that name",
    "mailbox not found",
    "does not exist",
    "recipient not found",
    "unrouteable address",
    "address rejected: access denied",
    "recipientnotfound",
];

/// Whether a reply of class 5 names a mailbox that is not there: by its enhanced code, and by its words where it has
/// none.
#[must_use]
pub fn names_no_mailbox(detail: Option<&str>, words: &str) -> bool {
    match detail {
        Some(detail) => NO_SUCH_MAILBOX.contains(&detail),
        None => says_no_mailbox(words),
    }
}

/// Whether a refusal of a recipient is about who sends: Exim verifies the sender there, and says of our address what it
/// says of a mailbox that is not there.
#[must_use]
pub fn speaks_of_the_sender(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["sender", "verification failed", "verify failed"]
        .iter()
        .any(|said| words.contains(said))
}

fn says_no_mailbox(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    NO_SUCH_MAILBOX_IN_WORDS.iter().any(|said| words.contains(said))
}

/// What a failed delivery says of the mailbox: `status` as the report gives it, `diagnosis` as the last mail system
/// answered. Where the status is too general (Exim writes 5.0.0 for everything), the diagnosis decides; 5.1.0 and 5.4.1
/// (Exchange, for mailboxes that its directory does not know) need its words too.
#[must_use]
pub fn judge(status: &str, diagnosis: &str) -> Judgement {
    let status = enhanced_code_in(status);
    let vague = matches!(status, None | Some("5.0.0" | "4.0.0"));
    let exact = enhanced_code_in(diagnosis).filter(|_| vague).or(status);
    let hard = match exact {
        Some("5.0.0" | "5.1.0" | "5.4.1") => says_no_mailbox(diagnosis),
        Some(code) => NO_SUCH_MAILBOX.contains(&code),
        None => !is_passing(diagnosis) && says_no_mailbox(diagnosis),
    };
    match exact {
        _ if hard => Judgement::Hard,
        Some(code) if is_unrelated(code) => Judgement::Unrelated,
        _ => Judgement::Soft,
    }
}

/// Whether a code speaks of the mail system, the protocol, the content or the policy there, or of the sender (RFC 3463,
/// sections 3.4 and 3.6 to 3.8): a block list would otherwise cost a whole provider its mailboxes.
fn is_unrelated(code: &str) -> bool {
    let detail = code.split_once('.').map_or("", |(_, detail)| detail);
    matches!(detail, "1.7" | "1.8")
        || ["3.", "5.", "6.", "7."]
            .iter()
            .any(|subject| detail.starts_with(subject))
}

/// Whether an answer without an enhanced code is of class 4.
fn is_passing(diagnosis: &str) -> bool {
    let mut words = diagnosis.split(|c: char| !c.is_ascii_digit());
    words.any(|word| word.len() == 3 && word.starts_with('4'))
}

/// The first enhanced status code in a text: three numbers joined by dots, the first of them 2, 4 or 5.
#[must_use]
pub fn enhanced_code_in(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let mut words = words.map(|word| word.trim_matches('.'));
    words.find(|word| {
        let numbers: Vec<&str> = word.split('.').collect();
        let short = |it: &&str| (1..=3).contains(&it.len());
        numbers.len() == 3 && matches!(numbers[0], "2" | "4" | "5") && numbers.iter().all(short)
    })
}

/// Whether the reason of a refusal speaks of the mailbox rather than of the mail, of us or of the relay (RFC 3463, section
/// 3.3): full, closed, too small; or busy, where there is no exact code (RFC 5321, section 4.2.3).
#[must_use]
pub fn concerns_the_mailbox(reason: &str) -> bool {
    match enhanced_code_in(reason) {
        Some(code) => code.split_once('.').is_some_and(|(_, rest)| rest.starts_with("2.")),
        None => reason == "450" || reason.starts_with("450,"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: StrikeLimits = StrikeLimits {
        mailbox: 3,
        mailbox_span: TimeDelta::days(7),
        browser: 5,
        browser_span: TimeDelta::hours(24),
    };

    fn hours(numbers: &[i64]) -> Vec<Timestamp> {
        let start = Timestamp::from_milliseconds(1_782_864_000_000);
        numbers.iter().map(|it| start.plus(TimeDelta::hours(*it))).collect()
    }

    #[test]
    fn a_status_says_whether_there_is_such_a_mailbox() {
        for (status, diagnosis, expected) in [
            (
                "5.1.1",
                "smtp; 550 5.1.1 <x@example.org>: user unknown",
                Judgement::Hard,
            ),
            (
                "5.1.10",
                "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound",
                Judgement::Hard,
            ),
            ("5.1.2", "", Judgement::Hard),
            (
                "5.4.1",
                "550 5.4.1 Recipient address rejected: Access denied",
                Judgement::Hard,
            ),
            ("5.4.1", "no answer from host", Judgement::Soft),
            ("5.1.0", "550 5.1.0 Address rejected", Judgement::Soft),
            ("5.0.0", "smtp; 550 5.1.1 no", Judgement::Hard),
            ("5.0.0", "smtp; 550 Unrouteable address", Judgement::Hard),
            ("5.0.0", "smtp; 550 go away", Judgement::Soft),
            ("", "smtp; 450 user unknown in virtual table", Judgement::Soft),
            ("", "550 no such user here", Judgement::Hard),
            ("5.2.2", "552 mailbox full, 10.0.0.1", Judgement::Soft),
            ("5.7.1", "550 5.7.1 blocked: user unknown to us", Judgement::Unrelated),
            ("5.1.8", "sender's domain does not exist", Judgement::Unrelated),
            ("4.7.0", "454 throttled", Judgement::Unrelated),
            ("5.3.4", "552 too big", Judgement::Unrelated),
            ("4.4.7", "", Judgement::Soft),
            ("4.0.0", "smtp; 451 4.1.1 user unknown", Judgement::Soft),
        ] {
            assert_eq!(judge(status, diagnosis), expected, "{status} {diagnosis}");
        }
    }

    #[test]
    fn a_code_is_found_in_words() {
        assert_eq!(enhanced_code_in("(#5.1.1)"), Some("5.1.1"));
        assert_eq!(enhanced_code_in("550-5.1.1 The email"), Some("5.1.1"));
        assert_eq!(enhanced_code_in("host 192.0.2.1 said: 550 no."), None);
        assert_eq!(enhanced_code_in("1.2.3"), None);
    }

    #[test]
    fn three_soft_bounces_in_seven_days_are_too_many() {
        let strikes = hours(&[0, 60, 120]);
        assert!(LIMITS.stop_mailbox(&strikes, strikes[2]));
        assert!(!LIMITS.stop_mailbox(&strikes[..2], strikes[2]));
        let strikes = hours(&[0, 100, 168]);
        assert!(
            !LIMITS.stop_mailbox(&strikes, strikes[2]),
            "the first is seven days old"
        );
    }

    #[test]
    fn a_browser_is_dropped_by_five_refusals_over_more_than_a_day() {
        assert!(LIMITS.drop_browser(&hours(&[0, 1, 2, 3, 25])));
        assert!(!LIMITS.drop_browser(&hours(&[0, 1, 2, 3, 24])), "not more than a day");
        assert!(!LIMITS.drop_browser(&hours(&[0, 1, 2, 25])), "only four");
        assert!(!LIMITS.drop_browser(&[]));
    }
}
