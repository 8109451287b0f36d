// SPDX-License-Identifier: EUPL-1.2
//! The loop of a worker: wait for a wake-up or a second, take the lease of what is due, run it, report; stop cleanly.
//!
//! Scheduled jobs run once for each due time, whichever worker comes first; missed times are caught up once. Matching,
//! sending, the calendar, and each job that may take long run beside one another: none waits for a server that is silent.
//! On PostgreSQL a connection of its own listens for publications; nothing depends on its notices arriving.

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::domain::clock::Timestamp;
use crate::jobs::schedule::Schedule;
use crate::jobs::{CONTINUOUS, Job, TABLE};
use crate::services::dispatch_outbox::Dispatcher;
use crate::services::{Error, Result};
use crate::storage::occasions::PUBLISHED_CHANNEL;
use crate::storage::{Database, job_runs};

/// How long a worker sleeps when nothing wakes it.
const TICK: Duration = Duration::from_secs(1);

/// How long a scheduled job that failed waits before it is tried again, for the same due time.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// How long the listener waits before it connects again.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// Works until the program stops; what is under way is finished.
///
/// # Errors
/// A line of the cron table that cannot be read is a fault of the program.
pub async fn work(app: &App) -> Result<()> {
    let (long, short): (Vec<_>, Vec<_>) = table()?.into_iter().partition(|(job, _)| job.may_take_long());
    let _listener = AbortOnDropHandle::new(tokio::spawn(listen(app.clone())));
    let mut loops = JoinSet::new();
    loops.spawn(match_continuously(app.clone()));
    loops.spawn(send_continuously(app.clone()));
    loops.spawn(follow_calendar(app.clone(), short));
    for job in long {
        loops.spawn(follow_calendar(app.clone(), vec![job]));
    }
    while let Some(ended) = loops.join_next().await {
        ended.map_err(|error| Error::Unexpected(format!("a loop of the worker: {error}")))?;
    }
    Ok(())
}

/// Matches what is published and fills inboxes, on every wake-up and second.
async fn match_continuously(app: App) {
    while !app.stopping.is_cancelled() {
        for job in CONTINUOUS {
            report(job, run(&app, job).await);
        }
        wait(&app, &app.work.matching).await;
    }
}

/// Runs these jobs whenever they are due, one after the other.
async fn follow_calendar(app: App, table: Vec<(Job, Schedule)>) {
    while !app.stopping.is_cancelled() {
        run_due(&app, &table).await;
        tokio::select! {
            () = sleep(TICK) => {}
            () = app.stopping.cancelled() => {}
        }
    }
}

/// Runs a job in a task of its own: a fault of the program in one fails that job alone.
async fn run(app: &App, job: Job) -> Result<u64> {
    let task = AbortOnDropHandle::new(tokio::spawn({
        let app = app.clone();
        async move { job.run(&app).await }
    }));
    task.await
        .unwrap_or_else(|error| Err(Error::Unexpected(error.to_string())))
}

/// The cron table, read.
///
/// # Errors
/// A line that cannot be read is a fault of the program.
pub fn table() -> Result<Vec<(Job, Schedule)>> {
    let lines = TABLE.iter().map(|(job, expression)| {
        let schedule = Schedule::parse(expression);
        let schedule = schedule.map_err(|error| Error::Unexpected(format!("{}: {error}", job.name())))?;
        Ok((*job, schedule))
    });
    lines.collect()
}

/// Runs every scheduled job whose last due time nobody has taken care of, in the order of the table. A job that cannot
/// be scheduled or fails is logged, and tried again later.
pub async fn run_due(app: &App, table: &[(Job, Schedule)]) {
    for (job, schedule) in table {
        if let Err(error) = run_if_due(app, *job, schedule).await {
            tracing::error!(job = job.name(), %error, "a job could not be scheduled");
        }
    }
}

/// Sends what is due, beside everything else, so that a long fan-out keeps nobody waiting.
async fn send_continuously(app: App) {
    let mut dispatcher = Dispatcher::default();
    while !app.stopping.is_cancelled() {
        let done = dispatcher.serve_idle_origins(&app).await;
        report(Job::DispatchOutbox, done.map(|done| done.attempts));
        wait(&app, &app.work.sending).await;
    }
    report(Job::DispatchOutbox, dispatcher.finish().await.map(|done| done.attempts));
}

/// Waits for a wake-up, the next second, or the end.
async fn wait(app: &App, bell: &Notify) {
    tokio::select! {
        () = bell.notified() => {}
        () = sleep(TICK) => {}
        () = app.stopping.cancelled() => {}
    }
}

fn report(job: Job, done: Result<u64>) {
    match done {
        Ok(0) => {}
        Ok(count) => tracing::info!(job = job.name(), count, "a job has done its work"),
        Err(error) => tracing::error!(job = job.name(), %error, "a job failed and will be run again"),
    }
}

/// Runs a scheduled job for its last due time, if no worker has yet.
async fn run_if_due(app: &App, job: Job, schedule: &Schedule) -> Result<()> {
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    let done_for = job_runs::scheduled_for(&mut transaction, job.name(), now).await?;
    let Some(due) = schedule.latest_before(now, done_for, app.config.zone) else {
        return Ok(transaction.commit().await?);
    };
    let token = i64::from_be_bytes(app.chance.bytes());
    let leased = job_runs::lease(
        &mut transaction,
        job.name(),
        due,
        token,
        now.plus(app.config.lease()),
        now,
    )
    .await?;
    transaction.commit().await?;
    if leased {
        run_leased(app, job, due, token).await?;
    }
    Ok(())
}

async fn run_leased(app: &App, job: Job, due: Timestamp, token: i64) -> Result<()> {
    let lease = AbortOnDropHandle::new(tokio::spawn(keep_lease(app.clone(), job, token)));
    let done = run(app, job).await;
    drop(lease);
    let now = app.now();
    let mut transaction = app.database.begin().await?;
    match &done {
        Ok(count) => {
            let outcome = format!("done: {count}");
            job_runs::finish(&mut transaction, job.name(), due, token, &outcome, now).await?;
        }
        Err(error) => {
            let outcome = format!("failed: {error}");
            job_runs::put_off(&mut transaction, job.name(), token, now.plus(AGAIN), &outcome, now).await?;
        }
    }
    transaction.commit().await?;
    report(job, done);
    Ok(())
}

/// Prolongs the lease of a job for as long as it runs, so that a worker that is lost delays it by one lease at most.
async fn keep_lease(app: App, job: Job, token: i64) {
    let third = (app.config.lease() / 3).to_std().unwrap_or_default();
    loop {
        sleep(third).await;
        if let Err(error) = prolong(&app, job, token).await {
            tracing::warn!(job = job.name(), %error, "the lease of a job could not be prolonged");
        }
    }
}

async fn prolong(app: &App, job: Job, token: i64) -> Result<()> {
    let mut transaction = app.database.begin().await?;
    let until = app.now().plus(app.config.lease());
    job_runs::prolong(&mut transaction, job.name(), token, until).await?;
    Ok(transaction.commit().await?)
}

/// Rings the worker's bell for every publication that another process announces.
async fn listen(app: App) {
    let Database::Postgres { address, .. } = &app.database else {
        return;
    };
    loop {
        if let Err(error) = ring_for_notices(&app, address).await {
            tracing::warn!(%error, "listening for publications was interrupted; the worker looks every second anyway");
        }
        sleep(LISTEN_AGAIN).await;
    }
}

async fn ring_for_notices(app: &App, address: &str) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(address).await?;
    listener.listen(PUBLISHED_CHANNEL).await?;
    loop {
        listener.recv().await?;
        app.wake_jobs();
    }
}
