// SPDX-License-Identifier: EUPL-1.2
//! Who is signed in. A handler that takes [`Person`] or [`Staff`] cannot be reached without being one.
//!
//! The cookie holds a random name; the database holds its hash and whose session it is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use crate::app::App;
use crate::domain::ids::{StaffId, SubscriberId};
use crate::domain::staff::StaffMember;
use crate::domain::subscriber::{SubscriberStatus, session_of};
use crate::secrets::fingerprint;
use crate::storage::{self, sessions, staff, subscribers};
use crate::web::error::PageError;
use crate::web::page::{append_cookie, cookie};

/// Whose session it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A subscriber's.
    Person,
    /// A member of staff's.
    Staff,
}

impl Kind {
    const fn cookie(self, production: bool) -> &'static str {
        match (self, production) {
            (Self::Person, false) => "informa_person",
            (Self::Staff, false) => "informa_staff",
            (Self::Person, true) => "__Host-informa_person",
            (Self::Staff, true) => "__Host-informa_staff",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Staff => "staff",
        }
    }

    /// How long a session lasts.
    const fn life(self) -> TimeDelta {
        match self {
            Self::Person => TimeDelta::hours(24),
            Self::Staff => TimeDelta::hours(8),
        }
    }
}

/// Opens a session and adds its cookie to the answer.
///
/// # Errors
/// What the database says.
pub async fn open(app: &App, kind: Kind, id: i64, mut response: Response) -> storage::Result<Response> {
    let name = URL_SAFE_NO_PAD.encode(app.chance.bytes::<32>());
    let expires_at = app.now().plus(kind.life());
    let mut transaction = app.database.begin().await?;
    let whose = match kind {
        Kind::Person => session_of(SubscriberId(id)),
        Kind::Staff => format!("{}:{id}", kind.word()),
    };
    sessions::save(&mut transaction, &fingerprint(name.as_bytes()), &whose, expires_at).await?;
    transaction.commit().await?;
    append_cookie(
        &mut response,
        &cookie(app, kind.cookie(app.config.is_production()), name),
    );
    Ok(response)
}

/// Ends a session and takes its cookie away.
///
/// # Errors
/// What the database says.
pub async fn close(app: &App, kind: Kind, jar: &CookieJar, mut response: Response) -> storage::Result<Response> {
    let cookie_name = kind.cookie(app.config.is_production());
    if let Some(held) = jar.get(cookie_name) {
        let mut transaction = app.database.begin().await?;
        sessions::delete(&mut transaction, &fingerprint(held.value().as_bytes())).await?;
        transaction.commit().await?;
    }
    let mut gone = cookie(app, cookie_name, String::new());
    gone.make_removal();
    append_cookie(&mut response, &gone);
    Ok(response)
}

/// The hash of the session that this browser has, whether or not it still lives.
#[must_use]
pub fn hash_of(app: &App, jar: &CookieJar, kind: Kind) -> Option<String> {
    let held = jar.get(kind.cookie(app.config.is_production()))?;
    Some(fingerprint(held.value().as_bytes()))
}

/// Whose session the cookie names, if it has not expired.
async fn find(app: &App, jar: &CookieJar, kind: Kind) -> storage::Result<Option<i64>> {
    let Some(held) = jar.get(kind.cookie(app.config.is_production())) else {
        return Ok(None);
    };
    let mut transaction = app.database.read().await?;
    let session = sessions::find(&mut transaction, &fingerprint(held.value().as_bytes()), app.now()).await?;
    let whose = session.map(|(whose, _)| whose).unwrap_or_default();
    Ok(whose
        .split_once(':')
        .filter(|(word, _)| *word == kind.word())
        .and_then(|(_, id)| id.parse().ok()))
}

/// Whether somebody of this kind is signed in: for menus, which show no more than that.
pub async fn has_session(app: &App, jar: &CookieJar, kind: Kind) -> bool {
    find(app, jar, kind).await.ok().flatten().is_some()
}

/// Whoever is signed in, also who has left: what is kept of them is theirs to see and to erase.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn(pub SubscriberId);

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let jar = CookieJar::from_headers(&parts.headers);
        let found = find(app, &jar, Kind::Person).await?;
        found.map(|id| Self(SubscriberId(id))).ok_or(PageError::SignInFirst)
    }
}

/// Whether somebody who is signed in has left.
///
/// # Errors
/// What the database says.
pub async fn has_left(app: &App, person: SubscriberId) -> storage::Result<bool> {
    let mut transaction = app.database.read().await?;
    let found = subscribers::find(&mut transaction, person).await?;
    Ok(found.is_none_or(|it| it.status == SubscriberStatus::Left))
}

/// The subscriber who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Person(pub SubscriberId);

impl FromRequestParts<App> for Person {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let SignedIn(person) = SignedIn::from_request_parts(parts, app).await?;
        if has_left(app, person).await? {
            return Err(PageError::HasLeft);
        }
        Ok(Self(person))
    }
}

/// The subscriber who is signed in, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct MaybePerson(pub Option<SubscriberId>);

impl FromRequestParts<App> for MaybePerson {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(person) = find(app, &jar, Kind::Person).await?.map(SubscriberId) else {
            return Ok(Self(None));
        };
        Ok(Self((!has_left(app, person).await?).then_some(person)))
    }
}

/// A member of staff who is signed in and may write and publish.
#[derive(Debug, Clone)]
pub struct Staff(pub StaffMember);

impl FromRequestParts<App> for Staff {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let jar = CookieJar::from_headers(&parts.headers);
        let id = find(app, &jar, Kind::Staff).await?.ok_or(PageError::StaffSignInFirst)?;
        let mut transaction = app.database.read().await?;
        let member = staff::find(&mut transaction, StaffId(id))
            .await?
            .ok_or(PageError::StaffSignInFirst)?;
        if member.may_publish() {
            Ok(Self(member))
        } else {
            Err(PageError::NotYours)
        }
    }
}
