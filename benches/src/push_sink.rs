// SPDX-License-Identifier: EUPL-1.2
//! A push service that accepts everything and counts: HTTP/2 over TLS, and HTTP/1.1 for peers that speak no other.
//!
//! A process of its own, so that what it costs is not counted as ours. It reads commands from standard input and answers
//! on standard output, see `sink`.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::certificate::Files;
use crate::sink::{Arrivals, answer_commands};

/// Serves until standard input ends.
///
/// # Errors
/// When the certificate cannot be read or no port is free.
pub fn serve(folder: &Path) -> Result<()> {
    // One thread: a push service is another machine, and takes of this one no more than it must.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let arrivals = Arc::new(Arrivals::default());
    let acceptor = acceptor(folder)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    println!("{}", listener.local_addr()?.port());
    let counted = arrivals.clone();
    std::thread::spawn(move || {
        answer_commands(&counted);
        std::process::exit(0);
    });
    runtime.block_on(accept(&listener, &acceptor, &arrivals))
}

fn acceptor(folder: &Path) -> Result<TlsAcceptor> {
    let files = Files::of(folder);
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .context("the certificate")?
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files.key).context("the key")?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: &TcpListener, acceptor: &TlsAcceptor, arrivals: &Arc<Arrivals>) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve_connection(stream, acceptor.clone(), arrivals.clone()));
    }
}

/// A connection that breaks is the other side's to notice.
async fn serve_connection(stream: TcpStream, acceptor: TlsAcceptor, arrivals: Arc<Arrivals>) {
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let service = service_fn(move |request| receive(request, arrivals.clone()));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(100);
    _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Reads the whole message before it is accepted, as a push service does.
async fn receive(request: Request<Incoming>, arrivals: Arc<Arrivals>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let read = request.into_body().collect().await;
    let status = if read.is_ok() {
        arrivals.count();
        StatusCode::CREATED
    } else {
        StatusCode::BAD_REQUEST
    };
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    Ok(response)
}
