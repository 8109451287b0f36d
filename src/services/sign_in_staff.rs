// SPDX-License-Identifier: EUPL-1.2
//! Check the address and password of a member of staff. An unknown address takes as long as a wrong password.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;

use crate::app::App;
use crate::domain::email_address::EmailAddress;
use crate::domain::staff::StaffMember;
use crate::services::{Error, Refusal, Result};
use crate::storage::{audit_log, staff};

/// The hash of nobody's password, so that an unknown address costs the same work.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$B+mgmbr7qkFSLcQBvz5cNvMN8cQD4fB8B9s2N8xGk6o";

/// The member of staff with this address and password.
///
/// # Errors
/// [`Refusal::Credentials`], whichever of the two is wrong.
pub async fn sign_in_staff(app: &App, email: &str, password: String) -> Result<StaffMember> {
    let mut transaction = app.database.read().await?;
    let found = match EmailAddress::known(email) {
        Ok(address) => staff::find_by_email(&mut transaction, &address).await?,
        Err(_) => None,
    };
    drop(transaction);
    let (member, hash) = found.map_or((None, NOBODY.to_owned()), |(member, hash)| (Some(member), hash));
    let fits = tokio::task::spawn_blocking(move || password_fits(&password, &hash)).await;
    let fits = fits.map_err(|error| Error::Unexpected(format!("checking a password: {error}")))?;
    let member = member.filter(|_| fits).ok_or(Refusal::Credentials)?;
    let mut transaction = app.database.begin().await?;
    audit_log::insert(
        &mut transaction,
        Some(member.id),
        "signed in",
        &member.id.to_string(),
        app.now(),
    )
    .await?;
    transaction.commit().await?;
    Ok(member)
}

fn password_fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_a_readable_hash_that_no_password_fits() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!password_fits("", NOBODY));
    }
}
