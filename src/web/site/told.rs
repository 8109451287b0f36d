// SPDX-License-Identifier: EUPL-1.2
//! What was done to an opportunity by a button, said on the page that comes next: a cookie that lasts until then carries
//! it, so that no address that is kept or shared says it again.

use axum::response::Response;
use axum_extra::extract::CookieJar;

use crate::app::App;
use crate::domain::ids::OpportunityId;
use crate::storage::opportunities;
use crate::texts::Texts;
use crate::web::error::PageError;
use crate::web::page::{append_cookie, cookie};

const COOKIE: &str = "informa_told";

/// Something that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Saved for later.
    Saved,
    /// Not saved any more.
    Dropped,
    /// Marked as read.
    Read,
    /// Marked as not read.
    Unread,
    /// Hidden.
    Hidden,
    /// Shown again.
    Shown,
    /// Said to be useful, or why not.
    Judged,
    /// No longer said to be anything.
    Withdrawn,
}

impl Deed {
    const ALL: [Self; 8] = [
        Self::Saved,
        Self::Dropped,
        Self::Read,
        Self::Unread,
        Self::Hidden,
        Self::Shown,
        Self::Judged,
        Self::Withdrawn,
    ];

    /// The word for it in the cookie and in the names of sentences.
    const fn word(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Dropped => "dropped",
            Self::Read => "read",
            Self::Unread => "unread",
            Self::Hidden => "hidden",
            Self::Shown => "shown",
            Self::Judged => "judged",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What was done, to say and to forget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// In a sentence that names the opportunity.
    pub sentence: String,
    /// To which opportunity.
    pub opportunity: OpportunityId,
}

/// The answer, with what the next page will say.
#[must_use]
pub fn telling(app: &App, deed: Deed, opportunity: OpportunityId, mut answer: Response) -> Response {
    append_cookie(
        &mut answer,
        &cookie(app, COOKIE, format!("{}-{opportunity}", deed.word())),
    );
    answer
}

/// What the page before has left to say.
///
/// # Errors
/// What the database says.
pub async fn left_to_say(app: &App, jar: &CookieJar, texts: Texts) -> Result<Option<Told>, PageError> {
    let read = || {
        let (word, id) = jar.get(COOKIE)?.value().split_once('-')?;
        let deed = Deed::ALL.into_iter().find(|it| it.word() == word)?;
        Some((deed, OpportunityId(id.parse().ok()?)))
    };
    let Some((deed, id)) = read() else { return Ok(None) };
    let mut transaction = app.database.read().await?;
    let found = opportunities::find(&mut transaction, id).await?;
    Ok(found.filter(|it| it.status.is_public()).map(|it| Told {
        sentence: texts.fill(&format!("deed-{}", deed.word()), &[("title", &it.content.title)]),
        opportunity: id,
    }))
}

/// The answer, after which it is said no more.
#[must_use]
pub fn said(app: &App, jar: &CookieJar, mut answer: Response) -> Response {
    if jar.get(COOKIE).is_some() {
        let mut forgotten = cookie(app, COOKIE, String::new());
        forgotten.make_removal();
        append_cookie(&mut answer, &forgotten);
    }
    answer
}
