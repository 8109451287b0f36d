// SPDX-License-Identifier: EUPL-1.2
//! How people and programs ask: every route on one page, and what holds for all of them.

pub mod assets;
pub mod client;
pub mod csrf;
pub mod theme;
pub mod error;
pub mod page;
pub mod prose;
pub mod query;
pub mod security;
pub mod session;
pub mod topic_tree;
pub mod unchanged;
pub mod site;
pub mod admin;
pub mod dev_mailbox;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::urls::paths;
use crate::web::client::{ContactLimits, RatingLimits, SignUpLimits, StaffSignInLimits};
use crate::web::error::PageError;
use crate::web::theme::Theme;

/// The longest body that is read.
const LONGEST_BODY: usize = 512 * 1024;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Every route of the service.
pub fn router(app: App) -> Router {
    let clock = app.clock.clone();
    let theme = Arc::new(Theme::of(&app));
    let limits = Arc::new(SignUpLimits::new(&clock));
    let rating_limits = Arc::new(RatingLimits::new(&app.clock));
    let contact_limits = Arc::new(ContactLimits::new(&app.clock));
    let pages = Router::new()
        .merge(public())
        .merge(feeds())
        .merge(preferences())
        .merge(help())
        .merge(managing())
        .merge(private())
        .merge(push())
        .merge(staff())
        .merge(development(&app));
    pages
        .fallback(async || PageError::NotFound)
        .layer(from_fn_with_state(app.clone(), site::push::know_keys))
        .layer(from_fn_with_state(app.clone(), error::explain))
        .layer(from_fn_with_state(app.clone(), page::remember_language))
        .layer(from_fn_with_state(app.clone(), csrf::give_form_cookie))
        .merge(files())
        .layer(Extension(theme))
        .layer(Extension(limits))
        .layer(Extension(Arc::new(StaffSignInLimits::new(&clock))))
        .layer(Extension(rating_limits))
        .layer(Extension(contact_limits))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn(security::log))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// What programs fetch again and again.
fn feeds() -> Router<App> {
    Router::new()
        .route(&format!("{}.atom", paths::OPPORTUNITIES), get(site::feeds::atom))
        .route(&format!("{}.ics", paths::OPPORTUNITIES), get(site::feeds::calendar))
        .route(
            &format!("{}/{{slug}}/calendario.ics", paths::OPPORTUNITIES),
            get(site::feeds::one),
        )
        .route(
            &format!("{}/elenco/{{file}}", paths::INBOX),
            get(site::private_feeds::read),
        )
        .layer(from_fn(unchanged::answer_unchanged))
}

/// What everybody can see and do.
fn public() -> Router<App> {
    Router::new()
        .route(paths::HOME, get(site::home::show))
        .route(paths::OPPORTUNITIES, get(site::catalogue::list))
        .route(
            &format!("{}/{{slug}}", paths::OPPORTUNITIES),
            get(site::opportunities::show),
        )
        .route(paths::SUBSCRIBE, get(site::wizard::first))
        .route(&format!("{}/{{step}}", paths::SUBSCRIBE), get(site::wizard::show))
        .route(
            &format!("{}/riepilogo", paths::SUBSCRIBE),
            get(site::wizard::summary).post(site::subscribe::submit),
        )
        .route(paths::SIGNED_UP, get(site::subscribe::check_mail))
        .route(
            &format!("{}/{{code}}", paths::CONFIRM),
            get(site::confirm::ask).post(site::confirm::confirm),
        )
        .route(
            &format!("{}/{{code}}", paths::MOVE_MAILBOX),
            get(site::move_mailbox::ask).post(site::move_mailbox::agree),
        )
        .route(paths::SIGN_IN, get(site::sign_in::form).post(site::sign_in::submit))
        .route(&format!("{}/controlla", paths::SIGN_IN), get(site::sign_in::check_mail))
        .route(
            &format!("{}/{{code}}", paths::SIGN_IN),
            get(site::sign_in::ask).post(site::sign_in::enter),
        )
        .route(
            &format!("{}/{{code}}", paths::UNSUBSCRIBE),
            get(site::unsubscribe::ask).post(site::unsubscribe::one_click),
        )
        .route(
            &format!("{}/{{code}}/tutto", paths::UNSUBSCRIBE),
            post(site::unsubscribe::everything),
        )
        .route(
            &format!("{}/{{code}}/fatto", paths::UNSUBSCRIBE),
            get(site::unsubscribe::ended),
        )
        .route(
            &format!("{}/{{code}}", paths::STOP_SECTION),
            get(site::sections::ask).post(site::sections::stop),
        )
        .route(&format!("{}/fatto", paths::STOP_SECTION), get(site::sections::done))
        .route(&format!("{}/fatto", paths::UNSUBSCRIBE), get(site::unsubscribe::done))
        .route("/robots.txt", get(site::discovery::robots))
        .route("/sitemap.xml", get(site::discovery::sitemap_index))
        .route("/sitemap/{number}", get(site::discovery::sitemap))
        .route(paths::PRIVACY, get(site::legal::privacy))
        .route(paths::LEGAL_NOTES, get(site::legal::notes))
        .route("/areas", get(site::areas::suggest))
}

/// How people are helped, and say what they think.
fn help() -> Router<App> {
    Router::new()
        .route(paths::HELP, get(site::help::show))
        .route(paths::WRITE, get(site::contact::form).post(site::contact::submit))
        .route(&format!("{}/inviato", paths::WRITE), get(site::contact::sent))
        .route(paths::RATE, post(site::rating::rate))
        .route(
            &format!("{}/{{code}}", paths::RATE),
            get(site::rating::ask).post(site::rating::answer),
        )
}

/// What a subscriber chooses who is signed in.
fn preferences() -> Router<App> {
    Router::new()
        .route(paths::PREFERENCES, get(site::preferences::show))
        .route(
            &format!("{}/profilo/{{kind}}", paths::PREFERENCES),
            get(site::profile::form).post(site::profile::save),
        )
        .route(
            &format!("{}/profilo/{{kind}}/togli", paths::PREFERENCES),
            post(site::profile::remove),
        )
        .route(
            &format!("{}/profilo/{{kind}}/argomenti", paths::PREFERENCES),
            get(site::tellings::show).post(site::tellings::choose),
        )
        .route(
            &format!("{}/consensi", paths::PREFERENCES),
            get(site::consents::show).post(site::consents::choose),
        )
        .route(
            &format!("{}/quando", paths::PREFERENCES),
            get(site::wishes::show).post(site::wishes::choose),
        )
        .route(&format!("{}/pausa", paths::PREFERENCES), post(site::wishes::pause))
        .route(
            &format!("{}/riepiloghi", paths::PREFERENCES),
            post(site::sections::choose),
        )
        .route(
            &format!("{}/lingua", paths::PREFERENCES),
            post(site::preferences::choose_language),
        )
        .route(&format!("{}/esci", paths::PREFERENCES), post(site::sign_in::leave))
        .route(
            &format!("{}/disiscriviti", paths::PREFERENCES),
            get(site::leaving::ask).post(site::leaving::leave),
        )
        .route(&format!("{}/torna", paths::PREFERENCES), post(site::leaving::come_back))
        .route(
            &format!("{}/promemoria", paths::PREFERENCES),
            post(site::reminders::choose),
        )
        .merge(targets())
}

/// Where a subscriber is told: browsers and mailboxes.
fn targets() -> Router<App> {
    Router::new()
        .route(
            &format!("{}/prova", paths::PREFERENCES),
            post(site::preferences::send_test),
        )
        .route(
            &format!("{}/dispositivo/togli", paths::PREFERENCES),
            post(site::preferences::remove),
        )
        .route(
            &format!("{}/dispositivo/nome", paths::PREFERENCES),
            post(site::preferences::rename),
        )
        .route(
            &format!("{}/email", paths::PREFERENCES),
            post(site::preferences::add_mailbox),
        )
        .route(
            &format!("{}/indirizzo", paths::PREFERENCES),
            get(site::move_mailbox::form).post(site::move_mailbox::submit),
        )
}

/// Less of what people are told, and nothing more of it: by the code in a notification, or signed in.
fn managing() -> Router<App> {
    Router::new()
        .route(
            &format!("{}/{{code}}", paths::MANAGE),
            get(site::manage::show).post(site::manage::act),
        )
        .route(
            paths::HIDDEN,
            get(site::hidden::show).post(site::hidden::show_one_again),
        )
}

/// What a subscriber sees who is signed in: what concerned them, and what is held about them.
fn private() -> Router<App> {
    Router::new()
        .route(paths::INBOX, get(site::inbox::show))
        .route(&format!("{}/letto", paths::INBOX), post(site::inbox::read))
        .route(&format!("{}/da-leggere", paths::INBOX), post(site::inbox::unread))
        .route(&format!("{}/tutti-letti", paths::INBOX), post(site::inbox::read_all))
        .route(&format!("{}/elenchi", paths::INBOX), post(site::private_feeds::choose))
        .route(&format!("{}/nascondi", paths::INBOX), post(site::inbox::mute))
        .route(&format!("{}/mostra", paths::INBOX), post(site::inbox::show_again))
        .route(&format!("{}/giudizio", paths::INBOX), post(site::inbox::judge))
        .route(&format!("{}/salva", paths::INBOX), post(site::inbox::save))
        .route(&format!("{}/non-salvare", paths::INBOX), post(site::inbox::drop_one))
        .route(
            &format!("{}/dati.json", paths::PREFERENCES),
            get(site::personal_data::json),
        )
        .route(
            &format!("{}/dati.csv", paths::PREFERENCES),
            get(site::personal_data::table),
        )
        .route(
            &format!("{}/avvisi.csv", paths::PREFERENCES),
            get(site::personal_data::csv),
        )
        .route(
            &format!("{}/cancella", paths::PREFERENCES),
            get(site::personal_data::ask).post(site::personal_data::erase),
        )
        .route(paths::ERASED, get(site::personal_data::done))
}

/// What the scripts of our pages and the service worker ask.
fn push() -> Router<App> {
    Router::new()
        .route("/push/subscriptions", post(site::push::register))
        .route("/push/state", post(site::push::state))
        .route("/push/subscription-changed", post(site::push::changed))
        .route("/push/opened", post(site::push::opened))
        .route("/push/sign-in", post(site::push::sign_in))
}

/// The back office.
fn staff() -> Router<App> {
    let below = |path: &str| format!("{}{path}", paths::STAFF);
    Router::new()
        .route(paths::STAFF, get(admin::opportunities::list))
        .route(&below("/accedi"), get(admin::session::form).post(admin::session::enter))
        .route(&below("/esci"), post(admin::session::leave))
        .route(&below("/opportunita"), get(admin::opportunities::list))
        .route(
            &below("/opportunita/nuova"),
            get(admin::editor::new).post(admin::editor::create),
        )
        .route(
            &below("/opportunita/{id}"),
            get(admin::editor::edit).post(admin::editor::save),
        )
        .route(
            &below("/opportunita/{id}/pubblica"),
            get(admin::publish::ask).post(admin::publish::publish),
        )
        .route(
            &below("/opportunita/{id}/modifica"),
            get(admin::revise::edit).post(admin::revise::save),
        )
        .route(
            &below("/opportunita/{id}/svolta/{what}"),
            get(admin::turns::ask).post(admin::turns::take),
        )
        .merge(deliveries(&below("/opportunita/{id}/consegne")))
        .route(&below("/invii"), get(admin::batches::list))
        .merge(deliveries(&below("/invii/{id}")))
}

/// The delivery report at `path`, for an opportunity or for everything that was made in one go.
fn deliveries(path: &str) -> Router<App> {
    Router::new()
        .route(path, get(admin::deliveries::show))
        .route(&format!("{path}/numeri.csv"), get(admin::deliveries::csv))
        .route(&format!("{path}/destinatari.csv"), get(admin::deliveries::recipients))
        .route(&format!("{path}/riprova"), post(admin::deliveries::retry))
}

/// What only a development installation shows: the mail that went into a folder.
fn development(app: &App) -> Router<App> {
    if app.config.is_production() || app.config.smtp_url.is_some() {
        return Router::new();
    }
    Router::new()
        .route(paths::MAILBOX, get(dev_mailbox::list))
        .route(&format!("{}/{{name}}", paths::MAILBOX), get(dev_mailbox::show))
        .route(&format!("{}/{{name}}/html", paths::MAILBOX), get(dev_mailbox::html))
}

/// Files of the front end.
fn files() -> Router<App> {
    Router::new()
        .route("/service-worker.js", get(site::web_app::service_worker))
        .route("/manifest.webmanifest", get(site::web_app::manifest))
        .route("/offline/{language}", get(site::web_app::offline))
        .route(&format!("{}/{{name}}", assets::ADDRESS), get(assets::file))
}
