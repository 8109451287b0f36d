// SPDX-License-Identifier: EUPL-1.2
//! Give a browser of a signed-in subscriber the name that they know it by.

use crate::app::App;
use crate::domain::ids::{SubscriberId, TargetId};
use crate::domain::subscriber::Place;
use crate::services::{Error, Result};
use crate::storage::targets;

/// The longest name, in characters; what is longer is cut.
pub const LONGEST_NAME: usize = 40;

/// Renames the browser; an empty name gives it back the one that it said itself.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs, or is a mailbox, whose name is its address.
pub async fn rename_target(app: &App, subscriber: SubscriberId, target: TargetId, name: &str) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let found = targets::find(&mut transaction, target).await?;
    let found = found.filter(|it| it.subscriber == subscriber && matches!(it.place, Place::Browser(_)));
    let found = found.ok_or(Error::NotFound)?;
    targets::rename(&mut transaction, found.id, &one_line(name)).await?;
    transaction.commit().await?;
    Ok(())
}

/// The words of a name with one blank between them, without characters that are not to be seen.
fn one_line(name: &str) -> String {
    let shown: String = name.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars()
        .take(LONGEST_NAME)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(one_line("  il telefono\n\tdi  Maria "), "il telefono di Maria");
        assert_eq!(one_line(&"è".repeat(90)).chars().count(), LONGEST_NAME);
        assert_eq!(one_line(" \u{7}\n "), "");
    }
}
