// SPDX-License-Identifier: EUPL-1.2
//! What can be asked on the command line: each command parses, calls a service, and prints.

mod backup;
mod check;
mod deliveries;
mod demo;
mod export;
mod import;
mod progress;
mod push_keys;
mod serve;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Subcommand, ValueEnum};

use informa::app::App;
use informa::config::{Config, LogFormat};
use informa::domain::email_address::EmailAddress;
use informa::domain::ids::OpportunityId;
use informa::domain::staff::Role;
use informa::jobs::Job;
use informa::services::create_staff::create_staff;
use informa::services::open_app::open_app;
use informa::storage::Database;
use informa::telemetry;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it went well.
    Complete,
    /// Some of it went well, and what did not was printed.
    Partial,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve pages and do the work behind them, in one process
    #[command(after_help = "Example: INFORMA_LISTEN=127.0.0.1:8080 informa serve")]
    Serve,
    /// Serve pages only; as many as needed, on PostgreSQL
    #[command(after_help = "Example: INFORMA_DATABASE_URL=postgres://informa@db/informa informa web")]
    Web,
    /// Do the work behind the pages only; as many as needed, on PostgreSQL
    #[command(after_help = "Example: INFORMA_DATABASE_URL=postgres://informa@db/informa informa work")]
    Work,
    /// Bring the database to this version
    #[command(after_help = "Example: informa migrate")]
    Migrate,
    /// Load sample opportunities and accounts, and serve on this machine only
    #[command(after_help = "Example: informa demo")]
    Demo,
    /// Import opportunities from JSON Lines
    #[command(after_help = "Example: informa import calls.jsonl --publish --notify")]
    Import {
        /// The file, or an https address
        #[arg(value_name = "FILE-or-URL")]
        file: String,
        /// The name of the source, instead of the one in the file
        #[arg(long)]
        source: Option<String>,
        /// Publish what is complete; everything stays a draft otherwise
        #[arg(long)]
        publish: bool,
        /// Tell those it concerns; nobody is told otherwise
        #[arg(long, requires = "publish")]
        notify: bool,
    },
    /// Import subscribers from JSON Lines, with the proof of their consent
    #[command(after_help = "Example: informa import-subscribers subscribers.jsonl")]
    ImportSubscribers {
        /// The file
        file: PathBuf,
    },
    /// Make up subscribers, spread over Lombardia by population, as JSON Lines
    #[command(after_help = "Example: informa generate-subscribers 10000 --seed 1 --output subscribers.jsonl")]
    GenerateSubscribers {
        /// How many
        number: u64,
        /// The same seed makes the same people
        #[arg(long)]
        seed: u64,
        /// The file to write; standard output if left out
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// JSON Lines of push subscriptions to give to them, one each
        #[arg(long, value_name = "FILE")]
        push_subscriptions: Option<PathBuf>,
    },
    /// Show opportunities
    #[command(subcommand, after_help = "Example: informa opportunity list --json")]
    Opportunity(OpportunityCommand),
    /// Whom an opportunity concerns: the count, or everyone with the reasons
    #[command(after_help = "Example: informa audience 12 --list --json")]
    Audience {
        /// The id of the opportunity
        id: OpportunityId,
        /// A line for each profile instead of the count
        #[arg(long)]
        list: bool,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// What became of the notifications of an opportunity: how many were sent, are open, failed and why
    #[command(after_help = "Example: informa deliveries 12 --json")]
    Deliveries {
        #[command(flatten)]
        of: deliveries::Which,
        /// For programs
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// For spreadsheets: a line for each channel, state and reason
        #[arg(long)]
        csv: bool,
    },
    /// Try again what failed of an opportunity, where it is still of use
    #[command(after_help = "Example: informa retry-failed 12")]
    RetryFailed {
        #[command(flatten)]
        of: deliveries::Which,
    },
    /// Accounts of the back office
    #[command(
        subcommand,
        after_help = "Example: informa staff create redazione@example.org --role editor"
    )]
    Staff(StaffCommand),
    /// The keys by which push services recognise this installation
    #[command(subcommand, after_help = "Example: informa push-keys rotate")]
    PushKeys(push_keys::PushKeysCommand),
    /// Run one job now
    #[command(after_help = "Example: informa run-job close-opportunities")]
    RunJob {
        /// Which job
        name: String,
    },
    /// How many opportunities, people, matches and notifications there are, by state
    #[command(after_help = "Example: informa status --json")]
    Status {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Check the configuration, the database, the mail relay, the push keys and the DNS records of the sender
    #[command(after_help = "Example: informa check")]
    Check,
    /// Write a consistent copy of the database while it is in use
    #[command(after_help = "Example: informa backup informa-2026-07-01.db")]
    Backup {
        /// The file to write; it must not exist
        file: PathBuf,
    },
}

/// What can be asked of opportunities.
#[derive(Debug, Subcommand)]
pub(crate) enum OpportunityCommand {
    /// Everything about one opportunity
    #[command(after_help = "Example: informa opportunity show 12 --json")]
    Show {
        /// Its id
        id: OpportunityId,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// All opportunities, a line each: id, source, the source's key, status
    #[command(after_help = "Example: informa opportunity list --json")]
    List {
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

/// What can be asked of accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Make an account; the password is read from standard input
    #[command(after_help = "Example: informa staff create redazione@example.org --role editor")]
    Create {
        /// The address to sign in with
        email: String,
        /// What they are there for; may be given several times
        #[arg(long = "role", required = true)]
        roles: Vec<RoleName>,
    },
}

/// The roles of staff, as they are written on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleName {
    /// Writes and publishes
    Editor,
    /// Approves what others wrote
    Reviewer,
    /// Runs surveys, vocabularies and accounts
    Admin,
    /// Opens the record of a person
    Privacy,
    /// Signs people up at the counter
    Desk,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Editor => Self::Editor,
            RoleName::Reviewer => Self::Reviewer,
            RoleName::Admin => Self::Admin,
            RoleName::Privacy => Self::Privacy,
            RoleName::Desk => Self::Desk,
        }
    }
}

impl Command {
    /// Does what was asked.
    pub(crate) async fn run(self) -> Result<Outcome> {
        let config = Config::from_environment()?;
        telemetry::start(&config.log, config.log_format == LogFormat::Json);
        match self {
            Self::Serve => serve::serve(open_app(config).await?).await,
            Self::Web => serve::web(config).await,
            Self::Work => serve::work(config).await,
            Self::Migrate => migrate(config).await,
            Self::Demo => demo::demo(config).await,
            Self::Check => check::check(config).await,
            Self::Backup { file } => backup::backup(config, &file).await,
            other => other.run_with(&open_app(config).await?).await,
        }
    }

    /// The commands that need everything open.
    async fn run_with(self, app: &App) -> Result<Outcome> {
        match self {
            Self::Import {
                file,
                source,
                publish,
                notify,
            } => import::opportunities(app, &file, source.as_deref(), publish, notify).await,
            Self::ImportSubscribers { file } => import::subscribers(app, &file).await,
            Self::GenerateSubscribers {
                number,
                seed,
                output,
                push_subscriptions,
            } => export::generated_subscribers(app, number, seed, output.as_deref(), push_subscriptions.as_deref()),
            Self::Opportunity(OpportunityCommand::Show { id, json }) => export::opportunity(app, id, json).await,
            Self::Opportunity(OpportunityCommand::List { json }) => export::opportunities(app, json).await,
            Self::Audience { id, list, json } => export::audience(app, id, list, json).await,
            Self::Deliveries { of, json, csv } => deliveries::report(app, of, json, csv).await,
            Self::RetryFailed { of } => deliveries::retry(app, of).await,
            Self::Staff(StaffCommand::Create { email, roles }) => create_account(app, &email, &roles).await,
            Self::PushKeys(command) => push_keys::run(app, command).await,
            Self::RunJob { name } => run_job(app, &name).await,
            Self::Status { json } => export::status(app, json).await,
            _ => bail!("this command does not run with everything open"),
        }
    }
}

async fn migrate(config: Config) -> Result<Outcome> {
    let database = Database::open(&config.database_url, config.database_connections).await?;
    database.migrate().await?;
    informa::services::load_vocabularies::load_vocabularies(&database).await?;
    database.close().await;
    print("The database is at this version.")?;
    Ok(Outcome::Complete)
}

async fn create_account(app: &App, email: &str, roles: &[RoleName]) -> Result<Outcome> {
    let address = EmailAddress::known(email)?;
    say("Password (at least 12 characters), then Enter:");
    let mut password = String::new();
    std::io::stdin()
        .read_line(&mut password)
        .context("the password could not be read from standard input")?;
    let roles: Vec<Role> = roles.iter().map(|role| Role::from(*role)).collect();
    create_staff(app, &address, password.trim_end_matches(['\r', '\n']), &roles).await?;
    print(&format!(
        "{} can sign in at {}",
        address.as_str(),
        app.urls.absolute(informa::urls::paths::STAFF)
    ))?;
    Ok(Outcome::Complete)
}

async fn run_job(app: &App, name: &str) -> Result<Outcome> {
    let names: Vec<&str> = Job::ALL.iter().map(|job| job.name()).collect();
    let job =
        Job::from_name(name).with_context(|| format!("there is no job {name:?}; there are {}", names.join(", ")))?;
    let done = job.run(app).await?;
    print(&format!("{name}: {done}"))?;
    Ok(Outcome::Complete)
}

/// Prints a line of the result; a reader that has gone away ends the command quietly.
pub(crate) fn print(line: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context("the result could not be printed"),
    }
}

/// Tells whoever started the command something that is not part of the result.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}
