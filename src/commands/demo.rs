// SPDX-License-Identifier: EUPL-1.2
//! The demo: sample opportunities, made-up subscribers and an editor's account; served on this machine only.

use anyhow::{Result, bail};

use informa::config::Config;
use informa::domain::quiet_hours::QuietHours;
use informa::services::load_demo::{DEMO_EDITOR, DEMO_PASSWORD, load_demo};
use informa::services::open_app::open_app;
use informa::urls::paths;

use super::{Outcome, print, serve};

/// Loads the demo and serves.
pub(super) async fn demo(mut config: Config) -> Result<Outcome> {
    if config.is_production() || !config.listen.ip().is_loopback() {
        bail!(
            "the demo has a known password: it runs only with an http address (INFORMA_PUBLIC_URL) on this machine (INFORMA_LISTEN)"
        );
    }
    // Whoever tries the demo in the evening wants to see the push that they asked for.
    config.quiet_hours = QuietHours::NONE;
    let app = open_app(config).await?;
    load_demo(&app).await?;
    let at = |path: &str| app.urls.absolute(path);
    print("")?;
    print(&format!("  The service      {}", at(paths::HOME)))?;
    print(&format!("  Subscribe        {}", at(paths::SUBSCRIBE)))?;
    print(&format!(
        "  Back office      {}   {DEMO_EDITOR} / {DEMO_PASSWORD}",
        at(paths::STAFF)
    ))?;
    if app.config.smtp_url.is_none() {
        print(&format!("  Mail that left   {}", at(paths::MAILBOX)))?;
    }
    print("  Stop with Ctrl-C.")?;
    print("")?;
    serve::serve(app).await
}
