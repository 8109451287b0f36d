// SPDX-License-Identifier: EUPL-1.2
//! Checking an installation before people rely on it: configuration, database, relay, push keys, DNS of the sender.

use anyhow::Result;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

use informa::app::App;
use informa::config::Config;
use informa::delivery::smtp_pool::Mailer;
use informa::domain::language::Language;
use informa::domain::notification::Outcome as Answer;
use informa::services::open_app::open_app;
use informa::services::read_bounces::check_mailbox;

use super::{Outcome, print};

/// Checks everything, prints a line each; partial when something needs attention.
pub(super) async fn check(config: Config) -> Result<Outcome> {
    let mode = if config.is_production() {
        "production"
    } else {
        "development (the public address is not https)"
    };
    print(&format!("ok    configuration: {mode}"))?;
    let app = open_app(config).await?;
    print(&format!("ok    database: {:?}, at this version", app.database.engine()))?;
    print(&format!(
        "ok    push keys: {}, contact {}",
        app.push_keys().installed.len(),
        app.config.push_contact()
    ))?;
    let texts = check_texts(&app)?;
    let relay = check_relay(&app.mailer).await?;
    let signature = check_signature(&app.mailer).await?;
    let bounces = check_bounces(&app).await?;
    let records = check_records(&app).await?;
    app.database.close().await;
    Ok(if texts && relay && signature && bounces && records {
        Outcome::Complete
    } else {
        Outcome::Partial
    })
}

/// Which languages are spoken, what the added ones lack, and which texts of the installation nobody asks for.
fn check_texts(app: &App) -> Result<bool> {
    let texts = app.texts(Language::default());
    let spoken: Vec<&str> = texts.languages().iter().map(|it| it.code()).collect();
    print(&format!("ok    texts: {}", spoken.join(", ")))?;
    let Some(catalogues) = app.catalogues else {
        return Ok(true);
    };
    for lack in catalogues.lacks() {
        print(&format!(
            "note  texts: {} lacks {} of {} texts, which are shown in Italian",
            lack.language.code(),
            lack.missing,
            lack.all
        ))?;
    }
    for unknown in catalogues.unknown() {
        print(&format!(
            "wrong texts: {unknown}: correct the name, or take the text out"
        ))?;
    }
    Ok(catalogues.unknown().is_empty())
}

async fn check_relay(mailer: &Mailer) -> Result<bool> {
    match mailer {
        Mailer::Signed(_, way) => Box::pin(check_relay(way)).await,
        Mailer::Folder(_) => {
            print("note  mail relay: none, mail goes to a local folder (set INFORMA_SMTP_URL)")?;
            Ok(true)
        }
        Mailer::Smtp(pool) => match pool.check().await {
            Answer::Sent => {
                print("ok    mail relay: it answers")?;
                Ok(true)
            }
            other => {
                print(&format!("wrong mail relay: {other:?} (check INFORMA_SMTP_URL)"))?;
                Ok(false)
            }
        },
    }
}

/// Looks up the public half of the key that signs mail (DKIM, RFC 6376, section 3.6).
async fn check_signature(mailer: &Mailer) -> Result<bool> {
    let Mailer::Signed(signer, _) = mailer else {
        print("note  DKIM: no key here, the relay has to sign (or set INFORMA_DKIM_DOMAIN)")?;
        return Ok(true);
    };
    let (name, record) = (signer.record_name(), signer.record()?);
    let public = record.rsplit_once("p=").map_or(record.as_str(), |(_, public)| public);
    let found = text_records(&name).await;
    let published = |texts: &[String]| texts.iter().any(|text| text.replace([' ', '"'], "").contains(public));
    match found {
        Ok(texts) if published(&texts) => {
            print(&format!("ok    DNS records: {name} has the key that signs"))?;
            Ok(true)
        }
        Ok(_) => {
            print(&format!(
                "wrong DNS records: {name} must be a TXT record with: {record}"
            ))?;
            Ok(false)
        }
        Err(error) => {
            print(&format!("wrong DNS records: {name} could not be looked up: {error}"))?;
            Ok(false)
        }
    }
}

/// Whether what comes back can be read.
async fn check_bounces(app: &App) -> Result<bool> {
    let config = &app.config;
    let is_read = config.bounce_maildir.is_some() || config.bounce_imap_url.is_some();
    if config.bounce_address.is_none() || !is_read {
        print("note  bounces: not read (set INFORMA_BOUNCE_ADDRESS, and a Maildir or IMAP mailbox)")?;
        return Ok(true);
    }
    match check_mailbox(app).await {
        Ok(waiting) => {
            print(&format!("ok    bounces: the mailbox answers, {waiting} mails to read"))?;
            Ok(true)
        }
        Err(error) => {
            print(&format!("wrong bounces: {error}"))?;
            Ok(false)
        }
    }
}

/// Looks up what receivers look up about the sender's domain: SPF (RFC 7208) and DMARC (RFC 7489).
async fn check_records(app: &App) -> Result<bool> {
    let sender = app.config.sender();
    let domain = sender
        .rsplit_once('@')
        .map(|(_, domain)| domain.trim_end_matches('>').to_owned());
    let Some(domain) = domain.filter(|_| app.config.mail_from.is_some()) else {
        print("note  DNS records: no INFORMA_MAIL_FROM, nothing to look up")?;
        return Ok(true);
    };
    let spf = has_text_record(&domain, "v=spf1").await;
    let dmarc = has_text_record(&format!("_dmarc.{domain}"), "v=DMARC1").await;
    let mut complete = true;
    for (name, found) in [("SPF", spf), ("DMARC", dmarc)] {
        match found {
            Ok(true) => print(&format!("ok    DNS records: {domain} has {name}"))?,
            Ok(false) => print(&format!(
                "wrong DNS records: {domain} has no {name} record: large receivers will refuse its mail"
            ))?,
            Err(ref error) => print(&format!(
                "wrong DNS records: {name} of {domain} could not be looked up: {error}"
            ))?,
        }
        complete &= matches!(found, Ok(true));
    }
    Ok(complete)
}

async fn has_text_record(name: &str, beginning: &str) -> Result<bool> {
    Ok(text_records(name).await?.iter().any(|text| text.starts_with(beginning)))
}

async fn text_records(name: &str) -> Result<Vec<String>> {
    let resolver = TokioResolver::builder_tokio()?.build()?;
    let answers = match resolver.txt_lookup(name).await {
        Ok(answers) => answers,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let texts = answers.answers().iter().filter_map(|record| match &record.data {
        RData::TXT(text) => Some(text.to_string()),
        _ => None,
    });
    Ok(texts.collect())
}
