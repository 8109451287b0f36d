// SPDX-License-Identifier: EUPL-1.2
//! Many readers at once: connections that each ask for the next address as soon as the answer before has arrived, and a
//! bare server that answers with the same bytes, for the bound of the same work.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, COOKIE, HOST};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a browser says that it can read.
const ENCODINGS: &str = "gzip, deflate, br, zstd";

/// An address, and the cookie of whoever asks; empty for nobody in particular.
#[derive(Debug, Clone)]
pub struct Question {
    /// Path and query.
    pub path: String,
    /// `name=value`.
    pub cookie: String,
}

/// What a round of questions took.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Answers in a second.
    pub a_second: f64,
    /// The 99th percentile of what one took, in milliseconds.
    pub tail: f64,
}

/// Asks `count` questions in turn over `at_once` connections; every answer must be a page.
///
/// # Errors
/// A connection that breaks, or an answer that is not 200.
pub async fn ask(server: SocketAddr, questions: &Arc<[Question]>, count: usize, at_once: usize) -> Result<Round> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut readers = Vec::new();
    for _ in 0..at_once {
        readers.push(Reader::connect(server).await?);
    }
    let begun = Instant::now();
    let asking = readers.into_iter().map(|reader| {
        let (questions, next) = (questions.clone(), next.clone());
        let asked = tokio::spawn(reader.ask_until(questions, next, count));
        async move { asked.await? }
    });
    let times = try_join_all(asking).await?;
    let elapsed = begun.elapsed().as_secs_f64();
    let mut times: Vec<f64> = times.into_iter().flatten().collect();
    times.sort_by(f64::total_cmp);
    ensure!(
        times.len() == count,
        "{} of {count} questions were answered",
        times.len()
    );
    Ok(Round {
        a_second: count as f64 / elapsed,
        tail: times[(times.len() - 1) * 99 / 100],
    })
}

/// The answer to one question, as it comes over the line: the bytes and how they are packed.
///
/// # Errors
/// The same as of [`ask`].
pub async fn fetch(server: SocketAddr, question: &Question) -> Result<(Bytes, String)> {
    Reader::connect(server).await?.fetch(question).await
}

struct Reader {
    connection: SendRequest<Empty<Bytes>>,
    host: String,
}

impl Reader {
    async fn connect(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self {
            connection,
            host: server.to_string(),
        })
    }

    async fn fetch(&mut self, question: &Question) -> Result<(Bytes, String)> {
        let request = Request::get(&question.path)
            .header(HOST, &self.host)
            .header(ACCEPT_ENCODING, ENCODINGS)
            .header(COOKIE, &question.cookie)
            .body(Empty::new())?;
        self.connection.ready().await?;
        let answer = self.connection.send_request(request).await?;
        let status = answer.status();
        ensure!(status == StatusCode::OK, "{} answers {status}", question.path);
        let packed = answer.headers().get(CONTENT_ENCODING);
        let packed = packed.map(|it| it.to_str().map(str::to_owned)).transpose()?;
        let body = answer
            .into_body()
            .collect()
            .await
            .context("an answer that breaks off")?;
        Ok((body.to_bytes(), packed.unwrap_or_default()))
    }

    /// Asks until `count` questions have been asked by all readers together; the milliseconds of each of its own.
    async fn ask_until(mut self, questions: Arc<[Question]>, next: Arc<AtomicUsize>, count: usize) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(times);
            }
            let begun = Instant::now();
            let (body, _) = self.fetch(&questions[number % questions.len()]).await?;
            ensure!(!body.is_empty(), "an answer with nothing in it");
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
    }
}

/// A server that answers whatever is asked with the same bytes, and does nothing else.
pub struct BareServer {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl BareServer {
    /// Starts it.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(body: Bytes) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve_connection(stream, body.clone()));
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for BareServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve_connection(stream: TcpStream, body: Bytes) {
    _ = stream.set_nodelay(true);
    let service = service_fn(move |_: Request<Incoming>| {
        let answer = Response::new(Full::new(body.clone()));
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = hyper::server::conn::http1::Builder::new();
    _ = connection.serve_connection(TokioIo::new(stream), service).await;
}
