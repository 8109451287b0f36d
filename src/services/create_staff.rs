// SPDX-License-Identifier: EUPL-1.2
//! Make an account for the back office. The password is kept as an argon2id hash.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::StaffId;
use crate::domain::staff::Role;
use crate::services::error::MINIMUM_PASSWORD;
use crate::services::{Error, Refusal, Result};
use crate::storage::{self, audit_log, staff};

/// Makes an account with these roles.
///
/// # Errors
/// [`Refusal::ShortPassword`], or [`Refusal::AccountExists`] for an address that has one.
pub async fn create_staff(app: &App, email: &EmailAddress, password: &str, roles: &[Role]) -> Result<StaffId> {
    if password.chars().count() < MINIMUM_PASSWORD {
        return Err(Refusal::ShortPassword.into());
    }
    let hash = hash_password(app, password)?;
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let id = match staff::insert(&mut transaction, email, &hash, roles, now).await {
        Err(storage::Error::Conflict(_)) => return Err(Refusal::AccountExists.into()),
        other => other?,
    };
    audit_log::insert(&mut transaction, None, "staff created", &id.to_string(), now).await?;
    transaction.commit().await?;
    Ok(id)
}

fn hash_password(app: &App, password: &str) -> Result<String> {
    let salt: [u8; 16] = app.chance.bytes();
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Error::Unexpected(format!("hashing a password: {error}")))?;
    Ok(hash.to_string())
}
