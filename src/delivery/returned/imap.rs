// SPDX-License-Identifier: EUPL-1.2
//! A mailbox on an IMAP server that mails come back to (RFC 3501), over TLS.
//!
//! Reads what is neither seen nor deleted, without marking it. What was understood is removed when it has been dealt with;
//! what was not is marked seen and flagged, and kept for a person to look at. A mail that was not filed is read again.

use std::time::Duration;

use async_imap::Session;
use async_imap::types::Uid;
use futures_util::TryStreamExt as _;
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use crate::delivery::returned::LONGEST_MAIL;
use crate::delivery::smtp_stream::connector;

const IMAPS_PORT: u16 = 993;

/// How long the server may take for one step.
const STEP: Duration = Duration::from_secs(30);

/// Why the mailbox cannot be used. The text holds neither user nor password.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The setting has another form.
    #[error("the bounce mailbox is not given as imaps://user:password@host/FOLDER")]
    Malformed,
    /// The server does not answer in time.
    #[error("the mail server of the bounce mailbox does not answer in time")]
    Late,
    /// No connection, or no trust in its certificate.
    #[error("no connection to the mail server of the bounce mailbox: {0}")]
    Connection(#[from] std::io::Error),
    /// User or password are wrong.
    #[error("the mail server of the bounce mailbox does not accept user and password")]
    SignIn,
    /// Anything else that the server says.
    #[error("the mail server of the bounce mailbox: {0}")]
    Server(String),
}

impl From<async_imap::error::Error> for ImapError {
    fn from(error: async_imap::error::Error) -> Self {
        match error {
            async_imap::error::Error::Io(error) => Self::Connection(error),
            other => Self::Server(other.to_string()),
        }
    }
}

/// Where the mailbox is, and who may read it.
pub struct ImapMailbox {
    host: String,
    port: u16,
    user: String,
    password: String,
    folder: String,
}

impl ImapMailbox {
    /// Reads `imaps://user:password@host[:port][/FOLDER]`; without a folder it is `INBOX`. Other characters than letters
    /// and digits in user, password and folder are percent-encoded.
    ///
    /// # Errors
    /// [`ImapError::Malformed`].
    pub fn parse(url: &str) -> Result<Self, ImapError> {
        let url = Url::parse(url).map_err(|_| ImapError::Malformed)?;
        let plain = |text: &str| {
            let text = percent_decode_str(text)
                .decode_utf8()
                .map_err(|_| ImapError::Malformed)?;
            // What stands in quotes in a command must not end it (RFC 3501, section 4.3).
            let fits = !text.contains(char::is_control);
            fits.then(|| text.into_owned()).ok_or(ImapError::Malformed)
        };
        let folder = plain(url.path().trim_start_matches('/'))?;
        let mailbox = Self {
            host: url.host_str().ok_or(ImapError::Malformed)?.to_owned(),
            port: url.port().unwrap_or(IMAPS_PORT),
            user: plain(url.username())?,
            password: plain(url.password().ok_or(ImapError::Malformed)?)?,
            folder: if folder.is_empty() { "INBOX".to_owned() } else { folder },
        };
        let whole = url.scheme() == "imaps" && !mailbox.user.is_empty() && !mailbox.host.is_empty();
        whole.then_some(mailbox).ok_or(ImapError::Malformed)
    }

    /// Connects, signs in and opens the folder.
    ///
    /// # Errors
    /// [`ImapError`] in words for whoever runs the program.
    pub async fn open(&self) -> Result<OpenMailbox, ImapError> {
        let tls = within(async { Ok(self.connect().await?) }).await?;
        let mut client = async_imap::Client::new(tls);
        within(async { Ok(client.read_response().await?) }).await?;
        let signed_in = within(async { Ok(client.login(&self.user, &self.password).await) }).await?;
        let mut session = signed_in.map_err(|_| ImapError::SignIn)?;
        within(async { Ok(session.select(&self.folder).await?) }).await?;
        Ok(OpenMailbox { session })
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(self.host.clone()).map_err(std::io::Error::other)?;
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        connector()?.connect(name, stream).await
    }
}

/// The folder while it is open.
pub struct OpenMailbox {
    session: Session<TlsStream<TcpStream>>,
}

impl OpenMailbox {
    /// The numbers of the mails that nobody has read, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// What the server says.
    pub async fn list(&mut self, limit: usize) -> Result<Vec<Uid>, ImapError> {
        let found = within(async { Ok(self.session.uid_search("UNSEEN UNDELETED").await?) }).await?;
        let mut numbers: Vec<Uid> = found.into_iter().collect();
        numbers.sort_unstable();
        numbers.truncate(limit);
        Ok(numbers)
    }

    /// The mail with this number, as far as it is read; empty if it has gone.
    ///
    /// # Errors
    /// What the server says.
    pub async fn read(&mut self, number: Uid) -> Result<Vec<u8>, ImapError> {
        let what = format!("BODY.PEEK[]<0.{LONGEST_MAIL}>");
        within(async {
            let fetched = self.session.uid_fetch(number.to_string(), what).await?;
            let fetched: Vec<_> = fetched.try_collect().await?;
            let body = fetched.iter().find_map(|it| it.body());
            Ok(body.map(<[u8]>::to_vec).unwrap_or_default())
        })
        .await
    }

    /// Marks the mail with this number as dealt with: to be removed, or flagged where it was not understood.
    ///
    /// # Errors
    /// What the server says.
    pub async fn file(&mut self, number: Uid, understood: bool) -> Result<(), ImapError> {
        let flags = if understood {
            "+FLAGS.SILENT (\\Seen \\Deleted)"
        } else {
            "+FLAGS.SILENT (\\Seen \\Flagged)"
        };
        within(async {
            let stored = self.session.uid_store(number.to_string(), flags).await?;
            stored.try_collect::<Vec<_>>().await?;
            Ok(())
        })
        .await
    }

    /// Removes what was marked so, and takes leave.
    ///
    /// # Errors
    /// What the server says.
    pub async fn close(mut self) -> Result<(), ImapError> {
        within(async {
            self.session.expunge().await?.try_collect::<Vec<_>>().await?;
            Ok(())
        })
        .await?;
        within(async { Ok(self.session.logout().await?) }).await
    }
}

async fn within<T>(step: impl Future<Output = Result<T, ImapError>>) -> Result<T, ImapError> {
    timeout(STEP, step).await.unwrap_or(Err(ImapError::Late))
}
