// SPDX-License-Identifier: EUPL-1.2
//! Choose which sections a digest has: on the private page, or one fewer in one click from the mail itself.

use crate::app::App;
use crate::domain::digest::Section;
use crate::domain::ids::SubscriberId;
use crate::services::stop_codes::SectionCode;
use crate::services::{Error, Result};
use crate::storage::editions;

/// Leaves out the section that the code names from the digests of its person. Repeating it changes nothing. `false` where the
/// address that it was sent to is no longer written to.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn switch_section_off(app: &App, code: &str) -> Result<bool> {
    let code = SectionCode::read(app, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.begin().await?;
    let Some(target) = code.mailbox(app, &mut transaction).await? else {
        return Ok(false);
    };
    let off = editions::sections_off(&mut transaction, &[target.subscriber.0]).await?;
    let off = off.first().map_or(0, |(_, bits)| *bits) | code.section.bit();
    editions::set_sections_off(&mut transaction, target.subscriber, off).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The section that a code names; `None` where the address that it was sent to is no longer written to.
///
/// # Errors
/// [`Error::NotFound`] for a code that is not ours.
pub async fn section_of(app: &App, code: &str) -> Result<Option<Section>> {
    let code = SectionCode::read(app, code).ok_or(Error::NotFound)?;
    let mut transaction = app.database.read().await?;
    let mailbox = code.mailbox(app, &mut transaction).await?;
    Ok(mailbox.map(|_| code.section))
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
