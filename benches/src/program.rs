// SPDX-License-Identifier: EUPL-1.2
//! The program itself, as it is served, over the database of an installation: what it sends and how much memory it takes.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::Settings;
use crate::installation::Installation;

/// `informa serve`, or `web` and `work` would do the same: pages and worker in one process.
pub struct Program {
    process: Child,
    listen: SocketAddr,
}

impl Program {
    /// Starts it with the settings of `installation`, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn serve(settings: &Settings, installation: &Installation) -> Result<Self> {
        let config = &installation.app.config;
        // A port that was free a moment ago.
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let smtp = config.smtp_url.as_ref().map_or("", |it| it.expose());
        let secret = config.secret.as_ref().map_or("", |it| it.expose());
        let process = Command::new(&settings.program)
            .arg("serve")
            .env("INFORMA_DATABASE_URL", &config.database_url)
            .env("INFORMA_DATA_FOLDER", installation.folder())
            .env("INFORMA_LISTEN", listen.to_string())
            .env("INFORMA_SMTP_URL", smtp)
            .env("INFORMA_SECRET", secret)
            .env("INFORMA_MAIL_FROM", config.sender())
            .env("INFORMA_VAPID_SUBJECT", config.push_contact())
            .env("INFORMA_PUSH_ALLOW_LOOPBACK", "true")
            .env("INFORMA_QUIET_HOURS", "none")
            .env("INFORMA_WEEKLY_PUSHES", config.weekly_pushes.to_string())
            .env("INFORMA_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", settings.program.display()))?;
        let program = Self { process, listen };
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(listen).await.is_ok() {
                return Ok(program);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the program does not answer at {listen}")
    }

    /// Where it answers.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.listen
    }

    /// The most resident memory that it ever had, in MiB, as the kernel counts it: code and libraries too.
    ///
    /// # Errors
    /// When it is gone.
    pub fn peak_memory(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|it| it.trim().strip_suffix("kB")).context("VmHWM")?;
        Ok(kibibytes.trim().parse::<f64>()? / 1024.0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
