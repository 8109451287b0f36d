// SPDX-License-Identifier: EUPL-1.2
//! Choose which sections a digest has: on the private page, or one fewer in one click from the mail itself.

use crate::app::App;
use crate::domain::digest::Section;
use crate::domain::ids::SubscriberId;
use crate::services::{Error, Result};
use crate::storage::{editions, targets};
use crate::urls::SectionCode;

/// Leaves out the section that the code names from the digests of its person. Repeating it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn switch_section_off(app: &App, code: &str) -> Result<()> {
    let code = SectionCode::open(&app.unsubscribe_key, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    let target = targets::find(&mut transaction, code.target)
        .await?
        .ok_or(Error::NotFound)?;
    let off = editions::sections_off(&mut transaction, &[target.subscriber.0]).await?;
    let off = off.first().map_or(0, |(_, bits)| *bits) | code.section.bit();
    editions::set_sections_off(&mut transaction, target.subscriber, off).await?;
    transaction.commit().await?;
    Ok(())
}

/// Sets which sections a subscriber wants; the others are left out.
///
/// # Errors
/// What the database says.
pub async fn choose_sections(app: &App, subscriber: SubscriberId, wanted: &[Section]) -> Result<()> {
    let off = Section::ALL.iter().filter(|section| !wanted.contains(section));
    let off = off.fold(0, |bits, section| bits | section.bit());
    let mut transaction = app.database.begin().await?;
    editions::set_sections_off(&mut transaction, subscriber, off).await?;
    transaction.commit().await?;
    Ok(())
}
