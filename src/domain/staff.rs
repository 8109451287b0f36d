// SPDX-License-Identifier: EUPL-1.2
//! Those who sign in to the back office, and what each role may do.

use std::collections::BTreeSet;

use crate::domain::email_address::EmailAddress;
use crate::domain::ids::StaffId;

/// What a member of staff is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Writes and publishes.
    Editor,
    /// Approves what others wrote.
    Reviewer,
    /// Runs surveys, vocabularies and accounts.
    Admin,
    /// Opens the record of a person.
    Privacy,
    /// Signs people up at the counter.
    Desk,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Editor, Self::Reviewer, Self::Admin, Self::Privacy, Self::Desk];

    /// The word for it in commands and the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Editor => "editor",
            Self::Reviewer => "reviewer",
            Self::Admin => "admin",
            Self::Privacy => "privacy",
            Self::Desk => "desk",
        }
    }

    /// The role with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Their id.
    pub id: StaffId,
    /// The address they sign in with.
    pub email: EmailAddress,
    /// What they are there for.
    pub roles: BTreeSet<Role>,
}

impl StaffMember {
    /// Whether they may write and publish opportunities.
    #[must_use]
    pub fn may_publish(&self) -> bool {
        self.roles.contains(&Role::Editor) || self.roles.contains(&Role::Admin)
    }
}
