// SPDX-License-Identifier: EUPL-1.2
//! The byte stream to the mail relay: TCP without Nagle's delay, and TLS from the first byte where the relay wants it.
//!
//! Reads the relay's address, writes nothing; `smtp_connection` speaks SMTP over the stream, and upgrades it by
//! STARTTLS where that is how the relay is reached.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::delivery::smtp_relay::Encryption;
use crate::delivery::smtp_relay::Relay;

/// Opens the connection.
pub(super) async fn connect(relay: &Relay) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((relay.host.as_str(), relay.port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Encrypts it where that comes before the first word.
pub(super) async fn protect(relay: &Relay, stream: TcpStream) -> io::Result<Box<dyn AsyncTokioStream>> {
    if relay.encryption != Encryption::Implicit {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(relay.host.clone()).map_err(io::Error::other)?;
    let stream = connector()?.connect(name, stream).await?;
    Ok(Box::new(Encrypted(stream)))
}

/// Trusts the authorities that the system trusts.
pub(super) fn connector() -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A stream that is encrypted before SMTP begins.
struct Encrypted(TlsStream<TcpStream>);

impl fmt::Debug for Encrypted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Encrypted(…)")
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
