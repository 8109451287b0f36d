// SPDX-License-Identifier: EUPL-1.2
//! Other programs that send pushes, doing the same job: each is given the subscriptions, the payload and the keys in a
//! file, sends them to the same sink, and says how long that took, its own start not counted.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::Settings;

/// A browser, as peers read it.
#[derive(Debug, Clone, Serialize)]
pub struct Subscription {
    /// Where its messages go.
    pub endpoint: String,
    /// Its public key.
    pub p256dh: String,
    /// Its secret.
    pub auth: String,
}

/// What is to be sent to whom.
#[derive(Debug, Clone, Serialize)]
pub struct Job {
    /// The browsers.
    pub subscriptions: Vec<Subscription>,
    /// What each of them is sent.
    pub payload: String,
    /// The VAPID key.
    pub public_key: String,
    /// Its private half.
    pub private_key: String,
    /// Who signs.
    pub subject: String,
    /// How many may be under way at once.
    pub at_once: usize,
    /// The authority that signed the sink's certificate.
    pub authority: PathBuf,
}

/// What a peer says at its end.
#[derive(Debug, Deserialize)]
struct Done {
    sent: usize,
    seconds: f64,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// npm `web-push`.
    Npm,
    /// `pywebpush` of `PyPI`.
    Pypi,
    /// Crate `web-push` with its own encryption and client.
    Crate,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Npm, Self::Pypi, Self::Crate];

    /// As the table says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm web-push",
            Self::Pypi => "PyPI pywebpush",
            Self::Crate => "crate web-push, its own encryption and client",
        }
    }

    /// How many times as fast we are asked to be.
    #[must_use]
    pub const fn asked(self) -> f64 {
        match self {
            Self::Npm => 8.0,
            Self::Pypi => 3.0,
            Self::Crate => 2.0,
        }
    }

    /// What runs it, and what must be there for that.
    fn command(self, settings: &Settings) -> (PathBuf, Vec<PathBuf>, PathBuf) {
        let peers = &settings.peers;
        match self {
            Self::Npm => (
                PathBuf::from("node"),
                vec![peers.join("web_push.mjs")],
                peers.join("node_modules/web-push"),
            ),
            Self::Pypi => {
                let python = settings.folder.join("python/bin/python");
                (python.clone(), vec![peers.join("pywebpush_peer.py")], python)
            }
            Self::Crate => {
                let program = settings.program.with_file_name("web-push-peer");
                (program.clone(), Vec::new(), program)
            }
        }
    }

    /// Whether it was installed.
    #[must_use]
    pub fn is_there(self, settings: &Settings) -> bool {
        self.command(settings).2.exists()
    }

    /// Sends `job` and says how many it sent a second.
    ///
    /// # Errors
    /// When it does not send all of them.
    pub async fn send(self, settings: &Settings, job: &Job, file: &Path) -> Result<f64> {
        std::fs::write(file, serde_json::to_vec(job)?)?;
        let (program, arguments, _) = self.command(settings);
        let output = Command::new(program)
            .args(arguments)
            .arg(file)
            .env("NODE_EXTRA_CA_CERTS", &job.authority)
            .env("REQUESTS_CA_BUNDLE", &job.authority)
            .output()
            .await
            .with_context(|| format!("starting {}", self.name()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} failed: {errors}", self.name());
        let done: Done =
            serde_json::from_str(said.trim()).with_context(|| format!("{}: {said} {errors}", self.name()))?;
        ensure!(
            done.sent == job.subscriptions.len(),
            "{} sent {}: {errors}",
            self.name(),
            done.sent
        );
        Ok(done.sent as f64 / done.seconds)
    }
}
