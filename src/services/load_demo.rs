// SPDX-License-Identifier: EUPL-1.2
//! Load the demo: sample opportunities of our own, made-up subscribers, an editor's account. Loading again adds nothing.

use chrono::TimeDelta;
use serde::Deserialize;

use crate::app::App;
use crate::domain::criteria::CriteriaCodes;
use crate::domain::email_address::EmailAddress;
use crate::domain::local_time::{end_of_day, local, start_of_day};
use crate::domain::opportunity::{Amount, ContentRecord, Document, OpportunityKind, Origin};
use crate::domain::staff::Role;
use crate::services::create_staff::create_staff;
use crate::services::fan_out::fan_out;
use crate::services::generate_subscribers::Generator;
use crate::services::import_subscribers::import_subscribers;
use crate::services::publish_opportunity::{Telling, publish};
use crate::services::save_opportunity::insert;
use crate::services::{Error, Refusal, Result};
use crate::storage::{opportunities, sources};

/// The address of the demo's editor.
pub const DEMO_EDITOR: &str = "redazione@example.org";

/// The password of the demo's editor. The demo runs on one machine only and refuses to run elsewhere.
pub const DEMO_PASSWORD: &str = "prova-informa-2026";

/// How many subscribers are made up.
const SUBSCRIBERS: u64 = 2_000;

const SAMPLES: &str = include_str!("../../assets/demo/opportunities.json");

/// A sample: dates are days from the day on which it is loaded.
#[derive(Deserialize)]
struct Sample {
    kind: OpportunityKind,
    title: String,
    summary: String,
    body: String,
    publisher: String,
    #[serde(default)]
    documents: Vec<Document>,
    #[serde(default)]
    place: String,
    opens_in_days: Option<i64>,
    closes_in_days: Option<i64>,
    #[serde(default)]
    amount: Amount,
    criteria: CriteriaCodes,
    #[serde(default)]
    draft: bool,
}

/// Loads it.
///
/// # Errors
/// What the database says.
pub async fn load_demo(app: &App) -> Result<()> {
    let samples: Vec<Sample> =
        serde_json::from_str(SAMPLES).map_err(|error| Error::Unexpected(format!("demo: {error}")))?;
    for (number, sample) in (1..).zip(samples) {
        load_sample(app, number, sample).await?;
    }
    // Told, as the last month of an installation is told, and before there is anybody who would be written to.
    fan_out(app).await?;
    load_subscribers(app).await?;
    let email = EmailAddress::parse(DEMO_EDITOR).map_err(|_| Refusal::Address)?;
    match create_staff(app, &email, DEMO_PASSWORD, &[Role::Editor]).await {
        Err(Error::Refused(Refusal::AccountExists)) => Ok(()),
        other => other.map(drop),
    }
}

async fn load_sample(app: &App, number: u64, sample: Sample) -> Result<()> {
    let is_draft = sample.draft;
    let content = record(app, sample).resolve(&app.vocabulary())?;
    let mut transaction = app.database.begin().await?;
    let source = sources::find_or_insert(&mut transaction, "demo").await?;
    let origin = Origin {
        source,
        source_key: number.to_string(),
    };
    if opportunities::find_by_origin(&mut transaction, &origin)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let id = insert(app, &mut transaction, &content, Some(&origin), None).await?;
    if !is_draft {
        let draft = opportunities::find(&mut transaction, id)
            .await?
            .ok_or(Error::NotFound)?;
        publish(app, &mut transaction, &draft, Telling::Everyone).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn record(app: &App, sample: Sample) -> ContentRecord {
    let zone = app.config.zone;
    let today = local(app.now(), zone).date_naive();
    ContentRecord {
        kind: sample.kind,
        title: sample.title,
        summary: sample.summary,
        body: sample.body,
        publisher: sample.publisher,
        link: None,
        documents: sample.documents,
        place: sample.place,
        dates_note: String::new(),
        opens_at: sample
            .opens_in_days
            .map(|days| start_of_day(today + TimeDelta::days(days), zone)),
        closes_at: sample
            .closes_in_days
            .map(|days| end_of_day(today + TimeDelta::days(days), zone)),
        amount: sample.amount,
        criteria: sample.criteria,
    }
}

async fn load_subscribers(app: &App) -> Result<()> {
    let vocabulary = app.vocabulary();
    let generator = Generator::new(&vocabulary, 1);
    let lines = (1..=SUBSCRIBERS).map(|number| {
        let person = generator.person(number, None);
        serde_json::to_string(&person).map_err(std::io::Error::other)
    });
    import_subscribers(app, lines, || {}).await.map(drop)
}
