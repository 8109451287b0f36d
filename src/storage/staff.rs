// SPDX-License-Identifier: EUPL-1.2
//! Those who sign in to the back office.

use crate::domain::clock::Timestamp;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, StaffMember};
use crate::storage::database::on;
use crate::storage::{Error, Result, Transaction};

type Row = (StaffId, String, String, String);

fn read((id, email, roles, password_hash): Row) -> Result<(StaffMember, String)> {
    let email = EmailAddress::known(&email).map_err(|_| Error::Corrupt(format!("staff {id}")))?;
    let roles = roles.split(' ').filter_map(Role::from_code).collect();
    Ok((StaffMember { id, email, roles }, password_hash))
}

/// Adds a member of staff.
///
/// # Errors
/// [`Error::Conflict`] when the address has an account.
pub async fn insert(
    transaction: &mut Transaction,
    email: &EmailAddress,
    password_hash: &str,
    roles: &[Role],
    now: Timestamp,
) -> Result<StaffId> {
    let roles = roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(" ");
    Ok(on!(transaction, connection => {
        sqlx::query_scalar(
            "insert into staff (email, password_hash, roles, created_at) values ($1, $2, $3, $4) returning id",
        ).bind(email.as_str()).bind(password_hash).bind(roles).bind(now).fetch_one(connection).await?
    }))
}

/// The member of staff with this id.
///
/// # Errors
/// What the engine says.
pub async fn find(transaction: &mut Transaction, id: StaffId) -> Result<Option<StaffMember>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as("select id, email, roles, password_hash from staff where id = $1")
            .bind(id).fetch_optional(connection).await?
    });
    Ok(row.map(read).transpose()?.map(|(member, _)| member))
}

/// The member of staff with this address, and the hash of their password.
///
/// # Errors
/// What the engine says.
pub async fn find_by_email(
    transaction: &mut Transaction,
    email: &EmailAddress,
) -> Result<Option<(StaffMember, String)>> {
    let row: Option<Row> = on!(transaction, connection => {
        sqlx::query_as("select id, email, roles, password_hash from staff where email = $1")
            .bind(email.as_str()).fetch_optional(connection).await?
    });
    row.map(read).transpose()
}
