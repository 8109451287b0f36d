// SPDX-License-Identifier: EUPL-1.2
//! Mails a second with the ledger on, beside bare connections that hand over the same message again and again, and with
//! a simulated round trip beside what the connections then allow.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;

use crate::Settings;
use crate::installation::{Engine, Installation, Ports};
use crate::population::Reach;
use crate::scenarios::pushes::{self, dispatch};
use crate::sink::Sink;
use crate::table::{Asked, Figure};

/// How many mails one round sends.
const MAILS: u64 = 10_000;

/// How many over connections with a round trip.
const DISTANT_MAILS: u64 = 1_000;

/// The round trip, in milliseconds.
const ROUND_TRIP: u64 = 10;

/// How often a mail waits for a relay that takes commands in one go: for the envelope, and for the message.
const ROUND_TRIPS_A_MAIL: f64 = 2.0;

/// Near, then far.
pub async fn measure(settings: &Settings) -> Result<Vec<Figure>> {
    let mut figures = near(settings).await?;
    figures.extend(far(settings).await?);
    Ok(figures)
}

async fn near(settings: &Settings) -> Result<Vec<Figure>> {
    let mut sink = Sink::start(&["smtp-sink"])?;
    let count = settings.size(MAILS);
    let installations = populated(sink.port, count).await?;
    let connections = installations[0].app.config.smtp_connections;
    dispatch(&installations[0], count).await?;
    let message = sink.message()?;
    sink.require(count).await?;
    let (mut bare, mut ours) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..settings.rounds {
        for (way, rates) in [Way::StepByStep, Way::InOneGo].into_iter().zip(&mut bare) {
            rates.push(send_bare(sink.port, connections, &message, count, way).await?);
            sink.require(count - count % connections as u64).await?;
        }
        for (installation, rates) in installations.iter().zip(&mut ours) {
            rates.push(dispatch(installation, count).await?);
            sink.require(count).await?;
        }
    }
    remove(installations).await?;
    let size = message.len() / 1024;
    let [step_by_step, in_one_go] = bare;
    let bound = format!("{connections} bare connections, the same message of {size} KiB");
    let name = "mails, with the ledger";
    let asked = [Asked::AtLeast(0.7), Asked::AtLeast(0.6)];
    let mut all = figures(name, ours.clone(), &bound, &step_by_step, asked);
    let bound = format!("{bound}, its commands in one go");
    all.extend(figures(name, ours, &bound, &in_one_go, [Asked::Nothing; 2]));
    Ok(all)
}

async fn far(settings: &Settings) -> Result<Vec<Figure>> {
    let mut sink = Sink::start(&["smtp-sink", "--delay", &ROUND_TRIP.to_string()])?;
    let count = settings.size(DISTANT_MAILS);
    let installations = populated(sink.port, count).await?;
    let connections = installations[0].app.config.smtp_connections;
    let mut ours = [Vec::new(), Vec::new()];
    for _ in 0..settings.rounds.min(3) {
        for (installation, rates) in installations.iter().zip(&mut ours) {
            rates.push(dispatch(installation, count).await?);
            sink.require(count).await?;
        }
    }
    remove(installations).await?;
    let allowed = connections as f64 * 1000.0 / (ROUND_TRIPS_A_MAIL * ROUND_TRIP as f64);
    Ok(figures(
        &format!("mails, with the ledger, {ROUND_TRIP} ms round trip"),
        ours,
        &format!("what {connections} connections allow, {ROUND_TRIPS_A_MAIL} round trips a mail"),
        &[allowed],
        [Asked::AtLeast(0.9); 2],
    ))
}

fn figures(name: &str, ours: [Vec<f64>; 2], bound: &str, bounds: &[f64], asked: [Asked; 2]) -> Vec<Figure> {
    let engines = Engine::BOTH.into_iter().zip(ours).zip(asked);
    let figures = engines.map(|((engine, values), asked)| Figure {
        name: name.to_owned(),
        engine: engine.name(),
        unit: "/s",
        values,
        bound: bound.to_owned(),
        bounds: bounds.to_vec(),
        asked,
    });
    figures.collect()
}

async fn populated(port: u16, count: u64) -> Result<Vec<Installation>> {
    let mut installations = Vec::new();
    for engine in Engine::BOTH {
        let installation = pushes::populated(engine, Ports { push: 0, smtp: port }, count, Reach::Mailbox).await?;
        installations.push(installation);
    }
    Ok(installations)
}

async fn remove(installations: Vec<Installation>) -> Result<()> {
    for installation in installations {
        installation.remove().await?;
    }
    Ok(())
}

/// How a bare connection announces a mail.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// As crate `lettre` does: each command waits for the reply to the one before.
    StepByStep,
    /// As the program does where the relay allows it (RFC 2920).
    InOneGo,
}

/// As many connections as the program has, each handing over its share of `count`, and nothing else.
async fn send_bare(port: u16, connections: usize, message: &str, count: u64, way: Way) -> Result<f64> {
    let share = count / connections as u64;
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(connect(port).await?);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|connection| tokio::spawn(hand_over(connection, message.to_owned(), share, way)))
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok((share * connections as u64) as f64 / begun.elapsed().as_secs_f64())
}

async fn connect(port: u16) -> Result<AsyncSmtpConnection> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let hello = ClientId::Domain("localhost".to_owned());
    let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
    tokio::time::timeout(Duration::from_secs(10), greeting)
        .await?
        .context("greeting the sink")
}

async fn hand_over(mut connection: AsyncSmtpConnection, message: String, count: u64, way: Way) -> Result<()> {
    let from: Address = "avvisi@informa.example.org".parse()?;
    let to: Address = "persona-1@example.org".parse()?;
    for _ in 0..count {
        let sender = Mail::new(Some(from.clone()), Vec::new());
        let recipient = Rcpt::new(to.clone(), Vec::new());
        match way {
            Way::StepByStep => {
                connection.command(sender).await?;
                connection.command(recipient).await?;
                connection.command(Data).await?;
                connection.message(message.as_bytes()).await?;
            }
            Way::InOneGo => {
                connection.command(format!("{sender}{recipient}{Data}")).await?;
                connection.read_response().await?;
                connection.read_response().await?;
                connection.command(format!("{message}\r\n.\r\n")).await?;
            }
        }
    }
    connection.quit().await?;
    Ok(())
}
