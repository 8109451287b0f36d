// SPDX-License-Identifier: EUPL-1.2
//! Pushes a second with the ledger on, over TLS and HTTP/2 to a sink in a process of its own, beside the same pipeline
//! without a database and beside other programs that do the same.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use futures_util::StreamExt;
use informa::app::App;
use informa::delivery::web_push::{PushRequest, Urgency};
use informa::delivery::wording::{OwnLinks, Told, Wording};
use informa::domain::chance::Chance;
use informa::domain::language::Language;
use informa::domain::notification::Outcome;
use informa::domain::opportunity::Opportunity;
use informa::services::dispatch_outbox::dispatch_outbox;
use informa::services::fan_out::fan_out;

use crate::Settings;
use crate::call::{Audience, draft, publish};
use crate::certificate::Files;
use crate::installation::{Engine, Installation, Ports};
use crate::peers::{Job, Peer, Subscription};
use crate::population::{self, Reach, browser_keys};
use crate::sink::Sink;
use crate::table::{Asked, Figure};

/// How many browsers a round of ours tells.
const BROWSERS: u64 = 20_000;

/// How many a round of a peer tells: enough to be steady.
const PEER_BROWSERS: u64 = 3_000;

/// As many as the program itself has under way at once to one push service.
const AT_ONCE: usize = 64;

/// Everyone in turn, round by round.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let mut sink = push_sink(settings)?;
    let ports = Ports {
        push: sink.port,
        smtp: 0,
    };
    let count = settings.size(BROWSERS);
    let mut installations = Vec::new();
    for engine in Engine::BOTH {
        installations.push(populated(engine, ports, count, Reach::Browser).await?);
    }
    let example = example(&installations[0]).await?;
    let subscriptions = subscriptions(ports, count)?;
    let mut job = job(settings, &installations[0].app, &example, &subscriptions);
    job.subscriptions
        .truncate(usize::try_from(settings.size(PEER_BROWSERS))?);
    let peers: Vec<Peer> = Peer::ALL.into_iter().filter(|it| it.is_there(settings)).collect();
    let (mut bare, mut ours) = (Vec::new(), [Vec::new(), Vec::new()]);
    let mut theirs = vec![Vec::new(); peers.len()];
    for _ in 0..settings.rounds {
        bare.push(send_bare(&installations[0].app, &example, &subscriptions).await?);
        sink.require(count).await?;
        for (installation, rates) in installations.iter().zip(&mut ours) {
            rates.push(dispatch(installation, count).await?);
            sink.require(count).await?;
        }
        for (peer, rates) in peers.iter().zip(&mut theirs) {
            rates.push(peer.send(settings, &job, &settings.folder.join("job.json")).await?);
            sink.require(u64::try_from(job.subscriptions.len())?).await?;
        }
    }
    for installation in installations {
        installation.remove().await?;
    }
    let mut figures = Vec::new();
    for ((engine, values), asked) in Engine::BOTH.into_iter().zip(ours).zip([0.75, 0.6]) {
        let figure = |bound: &str, bounds: &[f64], asked| Figure {
            name: "pushes, with the ledger".to_owned(),
            engine: engine.name(),
            unit: "/s",
            values: values.clone(),
            bound: bound.to_owned(),
            bounds: bounds.to_vec(),
            asked,
        };
        figures.push(figure(
            "the same pipeline without a database",
            &bare,
            Asked::AtLeast(asked),
        ));
        for (peer, rates) in peers.iter().zip(&theirs) {
            figures.push(figure(peer.name(), rates, Asked::AtLeast(peer.asked())));
        }
    }
    Ok(figures)
}

/// A push service in a process of its own.
pub fn push_sink(settings: &Settings) -> Result<Sink> {
    Sink::start(&["push-sink", &settings.folder.display().to_string()])
}

/// An installation whose every subscriber can be reached and follows one topic.
pub async fn populated(engine: Engine, ports: Ports, count: u64, reach: Reach) -> Result<Installation> {
    let installation = Installation::make(engine, ports).await?;
    population::add(&installation, 0, i64::try_from(count)?, reach).await?;
    population::add_common_follow(&installation).await?;
    Ok(installation)
}

/// A call as it is told: published, with nobody concerned yet.
async fn example(installation: &Installation) -> Result<Opportunity> {
    let id = draft(installation, Audience::Everyone).await?;
    let published = publish(installation, id).await?;
    let statements = ["delete from occasions"];
    installation.execute(&statements).await?;
    Ok(published)
}

fn subscriptions(ports: Ports, count: u64) -> Result<Vec<Subscription>> {
    let chance = Chance::system();
    let origin = ports.push_origin();
    let subscription = |number| {
        let (p256dh, auth) = browser_keys(&chance)?;
        Ok(Subscription {
            endpoint: format!("{origin}/push/{number}"),
            p256dh,
            auth,
        })
    };
    (0..count).map(subscription).collect()
}

fn payload(app: &App, opportunity: &Opportunity) -> Vec<u8> {
    let vocabulary = app.vocabulary();
    let privacy_url = app.privacy_url();
    let wording = Wording {
        texts: app.texts(Language::Italian),
        urls: &app.urls,
        vocabulary: &vocabulary,
        service: &app.config.service_name,
        body: &app.config.body_name,
        privacy_url: &privacy_url,
        address: &app.config.body_address,
        colour: app.config.primary_colour,
    };
    wording.push(
        Told::Opportunity(opportunity, &[]),
        OwnLinks::default(),
        opportunity.token.as_str(),
        app.now(),
    )
}

fn job(settings: &Settings, app: &App, opportunity: &Opportunity, subscriptions: &[Subscription]) -> Job {
    let keys = app.push_keys();
    let key = &keys.installed[0].key;
    Job {
        subscriptions: subscriptions.to_vec(),
        payload: String::from_utf8_lossy(&payload(app, opportunity)).into_owned(),
        public_key: key.public_base64url().to_owned(),
        private_key: URL_SAFE_NO_PAD.encode(key.private_bytes()),
        subject: app.config.push_contact(),
        at_once: AT_ONCE,
        authority: std::path::absolute(Files::of(&settings.folder).authority).unwrap_or_default(),
    }
}

/// Put into words, encrypt, sign, send: everything but the database.
async fn send_bare(app: &App, opportunity: &Opportunity, subscriptions: &[Subscription]) -> Result<f64> {
    let begun = Instant::now();
    let keys = app.push_keys();
    let key = &keys.installed[0].key;
    let sent = futures_util::stream::iter(subscriptions)
        .map(|to| async move {
            let payload = payload(app, opportunity);
            let request = PushRequest {
                endpoint: &to.endpoint,
                p256dh: &to.p256dh,
                auth: &to.auth,
                key,
                payload: &payload,
                ttl: TimeDelta::days(7),
                urgency: Urgency::Normal,
                topic: Some(opportunity.token.as_str()),
            };
            app.push.send(&request, app.now()).await
        })
        .buffer_unordered(AT_ONCE)
        .filter(|outcome| std::future::ready(*outcome == Outcome::Sent))
        .count()
        .await;
    ensure!(sent == subscriptions.len(), "only {sent} pushes were accepted");
    Ok(sent as f64 / begun.elapsed().as_secs_f64())
}

/// Sends what a call owes to everybody, and says how many a second; matching it is not counted here.
pub async fn dispatch(installation: &Installation, count: u64) -> Result<f64> {
    let app = &installation.app;
    let id = draft(installation, Audience::Everyone).await?;
    publish(installation, id).await?;
    fan_out(app).await.map_err(|error| anyhow!("fan-out: {error}"))?;
    installation.settle().await?;
    let begun = Instant::now();
    let done = dispatch_outbox(app)
        .await
        .map_err(|error| anyhow!("dispatching: {error}"))?;
    let rate = done.sent as f64 / begun.elapsed().as_secs_f64();
    ensure!(done.sent == count, "{} of {count} were accepted", done.sent);
    forget(installation).await?;
    Ok(rate)
}

/// Takes away what the rounds before led to, so that each finds the same.
pub async fn forget(installation: &Installation) -> Result<()> {
    installation
        .execute(&["delete from notifications", "delete from matches"])
        .await?;
    installation.settle().await?;
    // What was written behind the sink's back settles before the next turn.
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}
