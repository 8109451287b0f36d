// SPDX-License-Identifier: EUPL-1.2
//! Open the program: the database at this version, its vocabularies, the secrets and keys of the installation.

use std::path::Path;
use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio_util::sync::CancellationToken;

use crate::app::{App, InstalledKey, PushKeys};
use crate::config::{Config, Secret};
use crate::delivery::dkim::Signer;
use crate::delivery::mailbox::Mailbox;
use crate::delivery::smtp_pool::{Mailer, Pool};
use crate::delivery::vapid::VapidKey;
use crate::delivery::web_push::PushSender;
use crate::domain::chance::Chance;
use crate::domain::clock::Clock;
use crate::domain::logo::Logo;
use crate::outbound::{Guard, HostPattern, KNOWN_PUSH_HOSTS};
use crate::secrets::{Secrets, StableKey, Use};
use crate::services::load_vocabularies::load_vocabularies;
use crate::services::push_keys::open_key;
use crate::storage::vapid_keys::StoredKey;
use crate::storage::{self, Database, Transaction, settings, vapid_keys};
use crate::texts::Catalogues;
use crate::urls::Urls;

/// Why the program could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] storage::Error),
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The generated secret cannot be kept.
    #[error(
        "cannot keep the generated secret in {file}: {cause}; give one as INFORMA_SECRET or make the folder writable"
    )]
    SecretFile {
        /// Which file.
        file: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Something that should have worked did not.
    #[error("{0}")]
    Unexpected(String),
}

/// Opens the database and everything else. An SQLite file is brought to this version on the way; on PostgreSQL, which
/// several processes share, that is `informa migrate`'s to do.
///
/// # Errors
/// [`OpenError`] in words for whoever started the program.
pub async fn open_app(config: Config) -> Result<App, OpenError> {
    let database = Database::open(&config.database_url, config.database_connections).await?;
    match database.engine() {
        storage::Engine::Sqlite => database.migrate().await?,
        storage::Engine::Postgres => database.require_current().await?,
    }
    let clock = config.clock();
    open_with(config, database, clock, Chance::system()).await
}

/// Opens everything over a database that is at this version, with the clock and chance of the caller.
///
/// # Errors
/// [`OpenError`] in words for whoever started the program.
pub async fn open_with(config: Config, database: Database, clock: Clock, chance: Chance) -> Result<App, OpenError> {
    let vocabulary = load_vocabularies(&database)
        .await
        .map_err(|error| OpenError::Unexpected(error.to_string()))?;
    let secrets = Secrets::new(secret(&config, &chance)?, config.previous_secret.clone());
    let guard = guard(&config)?;
    let push = PushSender::new(guard.clone(), &config.push_contact(), chance.clone());
    let push = push.map_err(|error| OpenError::Unexpected(format!("the system's certificates: {error}")))?;
    let (unsubscribe_key, vapid_keys) = installed_keys(&database, &secrets, &clock, &chance).await?;
    Ok(App {
        urls: Arc::new(Urls::new(&config.public_url)),
        guard: Arc::new(guard),
        push: Arc::new(push),
        mailer: Arc::new(mailer(&config)?),
        unsubscribe_key,
        vapid_keys: Arc::new(RwLock::new(Arc::new(PushKeys {
            installed: vapid_keys,
            read_at: clock.now(),
        }))),
        catalogues: catalogues(&config)?,
        logo: logo(&config)?.map(Arc::new),
        vocabularies: Arc::new(RwLock::new(Arc::new(vocabulary))),
        work: Arc::default(),
        stopping: CancellationToken::new(),
        secrets: Arc::new(secrets),
        config: Arc::new(config),
        clock,
        chance,
        database,
    })
}

/// The texts of this installation, where it has a folder of its own. They live as long as the program, which opens once.
fn catalogues(config: &Config) -> Result<Option<&'static Catalogues>, OpenError> {
    let Some(folder) = &config.texts_folder else {
        return Ok(None);
    };
    let read = Catalogues::with_folder(folder);
    let read = read.map_err(|problem| {
        OpenError::Setting(format!(
            "INFORMA_TEXTS_FOLDER {} cannot be used:{problem}",
            folder.display()
        ))
    })?;
    for unknown in read.unknown() {
        tracing::warn!(unknown, "a text is never shown");
    }
    Ok(Some(Box::leak(Box::new(read))))
}

/// The logo of the body, where it has one.
fn logo(config: &Config) -> Result<Option<Logo>, OpenError> {
    let Some(file) = &config.logo_file else {
        return Ok(None);
    };
    let unusable = |cause: String| OpenError::Setting(format!("INFORMA_LOGO_FILE {} {cause}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    Logo::read(bytes)
        .map(Some)
        .map_err(|problem| unusable(problem.to_string()))
}

fn guard(config: &Config) -> Result<Guard, OpenError> {
    let named: Vec<&str> = config
        .push_hosts
        .split(',')
        .map(str::trim)
        .filter(|host| !host.is_empty())
        .collect();
    // With the development setting, this machine is admitted anyway: naming it in the list is no mistake.
    let listed: Vec<&str> = named
        .iter()
        .copied()
        .filter(|host| !(config.push_allow_loopback && is_this_machine(host)))
        .collect();
    let hosts = if named.is_empty() {
        KNOWN_PUSH_HOSTS.to_owned()
    } else {
        listed.join(",")
    };
    let hosts = if hosts.is_empty() {
        Ok(Vec::new())
    } else {
        HostPattern::parse_list(&hosts)
    };
    let hosts = hosts.map_err(|error| OpenError::Setting(format!("INFORMA_PUSH_HOSTS: {error}")))?;
    let guard = Guard::new(hosts);
    Ok(if config.push_allow_loopback {
        guard.allowing_loopback()
    } else {
        guard
    })
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// How mail leaves: signed where a key is set.
fn mailer(config: &Config) -> Result<Mailer, OpenError> {
    let way = way(config)?;
    let settings = (&config.dkim_domain, &config.dkim_selector, &config.dkim_key_file);
    let (Some(domain), Some(selector), Some(file)) = settings else {
        return Ok(way);
    };
    let unusable = |cause: String| OpenError::Setting(format!("INFORMA_DKIM_KEY_FILE: {cause}"));
    let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let signer = Signer::new(domain, selector, &pem).map_err(|error| unusable(error.to_string()))?;
    Ok(Mailer::Signed(Box::new(signer), Box::new(way)))
}

fn way(config: &Config) -> Result<Mailer, OpenError> {
    let hello = Urls::new(&config.public_url).host();
    match &config.smtp_url {
        Some(url) => Pool::new(url.expose(), config.smtp_connections, &hello)
            .map(|pool| Mailer::Smtp(Box::new(pool)))
            .map_err(|error| OpenError::Setting(format!("INFORMA_SMTP_URL: {error}"))),
        None => Mailbox::open(&config.data_folder.join("mailbox"))
            .map(Mailer::Folder)
            .map_err(|error| OpenError::Setting(format!("the mailbox folder: {error}"))),
    }
}

/// The secret that was given, or the one that was generated on the first start.
fn secret(config: &Config, chance: &Chance) -> Result<Secret, OpenError> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone());
    }
    let file = config.data_folder.join("secret");
    match std::fs::read_to_string(&file) {
        Ok(secret) if secret.trim().len() >= 32 => Ok(Secret::new(secret.trim().to_owned())),
        _ => generate_secret(&file, chance).map_err(|cause| OpenError::SecretFile {
            file: file.display().to_string(),
            cause,
        }),
    }
}

fn generate_secret(file: &Path, chance: &Chance) -> std::io::Result<Secret> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let secret = URL_SAFE_NO_PAD.encode(chance.bytes::<32>());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut opened = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    opened.write_all(secret.as_bytes())?;
    Ok(Secret::new(secret))
}

/// The name of the setting that keeps the key of addresses that stop mail.
const UNSUBSCRIBE_KEY: &str = "unsubscribe key";

/// What to do when the secret is not the one that the database was made with.
const WRONG_SECRET: &str = "INFORMA_SECRET does not open the push keys of this database: give the secret that it was made \
    with, or the previous one as INFORMA_PREVIOUS_SECRET";

/// The keys kept in the database. Where nothing is missing they are only read: a command beside a busy server waits for
/// no writer.
async fn installed_keys(
    database: &Database,
    secrets: &Secrets,
    clock: &Clock,
    chance: &Chance,
) -> Result<(StableKey, Vec<InstalledKey>), OpenError> {
    let mut transaction = database.read().await?;
    let mut stored = vapid_keys::list(&mut transaction).await?;
    let mut unsubscribe_key = stored_unsubscribe_key(&mut transaction).await?;
    drop(transaction);
    let is_current = |key: &StoredKey| key.retired_at.is_some() || secrets.is_current(Use::VapidKey, &key.private_key);
    if unsubscribe_key.is_none() || stored.is_empty() || !stored.iter().all(is_current) {
        let mut transaction = database.begin().await?;
        make_missing_keys(&mut transaction, secrets, clock, chance).await?;
        stored = vapid_keys::list(&mut transaction).await?;
        unsubscribe_key = stored_unsubscribe_key(&mut transaction).await?;
        transaction.commit().await?;
    }
    let key = unsubscribe_key.ok_or_else(|| OpenError::Unexpected("the unsubscribe key was not kept".to_owned()))?;
    let in_use = stored.iter().filter(|key| key.retired_at.is_none());
    let opened = in_use.map(|stored| {
        let key = open_key(secrets, stored).map_err(|error| OpenError::Unexpected(error.to_string()))?;
        key.ok_or_else(|| OpenError::Setting(WRONG_SECRET.to_owned()))
    });
    Ok((StableKey::new(key), opened.collect::<Result<_, OpenError>>()?))
}

async fn stored_unsubscribe_key(transaction: &mut Transaction) -> Result<Option<[u8; 32]>, OpenError> {
    let kept = settings::find(transaction, UNSUBSCRIBE_KEY).await?;
    Ok(kept.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()))
}

/// The first start makes the keys, and the first with a new secret seals them anew.
async fn make_missing_keys(
    transaction: &mut Transaction,
    secrets: &Secrets,
    clock: &Clock,
    chance: &Chance,
) -> Result<(), OpenError> {
    if stored_unsubscribe_key(transaction).await?.is_none() {
        let key = URL_SAFE_NO_PAD.encode(chance.bytes::<32>());
        settings::keep_first(transaction, UNSUBSCRIBE_KEY, &key).await?;
    }
    // Read after that: of two processes that start for the first time together, one waits above for the other's keys.
    let stored = vapid_keys::list(transaction).await?;
    if stored.is_empty() {
        let key = VapidKey::generate().map_err(|error| OpenError::Unexpected(error.to_string()))?;
        let sealed = secrets.seal(Use::VapidKey, key.private_bytes());
        vapid_keys::insert(transaction, key.public_base64url(), &sealed, clock.now()).await?;
    }
    for key in stored.into_iter().filter(|key| key.retired_at.is_none()) {
        if !secrets.is_current(Use::VapidKey, &key.private_key) {
            let opened = secrets.open(Use::VapidKey, &key.private_key);
            let opened = opened.ok_or_else(|| OpenError::Setting(WRONG_SECRET.to_owned()))?;
            let sealed = secrets.seal(Use::VapidKey, &opened);
            vapid_keys::reseal(transaction, key.id, &sealed).await?;
        }
    }
    Ok(())
}
