// SPDX-License-Identifier: EUPL-1.2
//! Serving: pages, the work behind them, or both; until SIGTERM or Ctrl-C, then what is under way is finished.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use informa::app::App;
use informa::config::Config;
use informa::jobs::worker;
use informa::services::open_app::open_app;
use informa::storage::Engine;
use informa::web;

use super::{Outcome, say};

/// Pages and work in one process.
pub(super) async fn serve(app: App) -> Result<Outcome> {
    let _lock = app.database.lock_for_serving()?;
    let listener = listen(&app).await?;
    stop_on_signal(&app)?;
    let work = tokio::spawn({
        let app = app.clone();
        async move { worker::work(&app).await }
    });
    // Pages without the work behind them would look well and tell nobody anything.
    let work = async {
        let worked = work.await;
        app.stopping.cancel();
        worked.context("the worker")?.map_err(anyhow::Error::from)
    };
    let pages = async {
        let served = serve_pages(&app, listener).await;
        app.stopping.cancel();
        served
    };
    let (served, worked) = tokio::join!(drained(&app, pages), drained(&app, work));
    worked.unwrap_or(Ok(()))?;
    close(&app).await;
    served.unwrap_or(Ok(()))?;
    Ok(Outcome::Complete)
}

/// Closes the database, unless something that was left under way holds on to it.
async fn close(app: &App) {
    if tokio::time::timeout(CLOSING, app.database.close()).await.is_err() {
        tracing::warn!("the database was still in use when the program stopped");
    }
}

/// How long closing the database may take.
const CLOSING: Duration = Duration::from_secs(1);

/// How long what is under way may take once the program is to stop; a service manager kills it after 20 seconds or more.
const DRAIN: Duration = Duration::from_secs(18);

/// What `ending` leads to; `None` if it goes on for too long once the program is to stop. What was claimed then comes
/// back when its lease runs out.
async fn drained<T>(app: &App, ending: impl Future<Output = T>) -> Option<T> {
    let late = async {
        app.stopping.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = ending => Some(ended),
        () = late => {
            tracing::warn!("stopped before everything under way had ended; it is taken up again");
            None
        }
    }
}

/// Pages alone.
pub(super) async fn web(config: Config) -> Result<Outcome> {
    let app = open_on_postgres(config, "web").await?;
    let listener = listen(&app).await?;
    stop_on_signal(&app)?;
    drained(&app, serve_pages(&app, listener)).await.unwrap_or(Ok(()))?;
    close(&app).await;
    Ok(Outcome::Complete)
}

/// Work alone.
pub(super) async fn work(config: Config) -> Result<Outcome> {
    let app = open_on_postgres(config, "work").await?;
    stop_on_signal(&app)?;
    say("informa: working");
    let work = Box::pin(worker::work(&app));
    drained(&app, work).await.unwrap_or(Ok(()))?;
    close(&app).await;
    Ok(Outcome::Complete)
}

async fn open_on_postgres(config: Config, command: &str) -> Result<App> {
    let app = open_app(config).await?;
    if app.database.engine() == Engine::Sqlite {
        bail!(
            "`informa {command}` needs PostgreSQL, where several processes share one database; with SQLite run `informa serve`"
        );
    }
    Ok(app)
}

async fn listen(app: &App) -> Result<TcpListener> {
    let address = app.config.listen;
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("{address} is in use by another program: stop it, or choose another port with INFORMA_LISTEN")
        }
        other => {
            other.with_context(|| format!("cannot listen on {address}; choose another address with INFORMA_LISTEN"))
        }
    }
}

async fn serve_pages(app: &App, listener: TcpListener) -> Result<()> {
    say(&format!(
        "informa: serving on {} for {}",
        listener.local_addr()?,
        app.config.public_url
    ));
    let stopping = app.stopping.clone();
    let service = web::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(async move { stopping.cancelled().await })
        .await
        .context("serving pages")
}

/// Cancels everything on SIGTERM or Ctrl-C.
fn stop_on_signal(app: &App) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    let stopping = app.stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stopping.cancel();
    });
    Ok(())
}
