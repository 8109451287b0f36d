// SPDX-License-Identifier: EUPL-1.2
//! A mail relay on this machine: it keeps what it accepts, and refuses whom it is told to refuse.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// When a refused mail is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// When its recipient is named.
    Recipient,
    /// When its content has been sent.
    Content,
}

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// The sender of the envelope.
    pub(crate) sender: String,
    /// The recipient of the envelope.
    pub(crate) recipient: String,
    /// Headers and body as they came.
    pub(crate) raw: Vec<u8>,
}

impl Mail {
    fn parsed(&self) -> mail_parser::Message<'_> {
        MessageParser::default().parse(&self.raw).unwrap()
    }

    pub(crate) fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    /// The text part, lines ended by `\n`.
    pub(crate) fn text(&self) -> String {
        self.parsed().body_text(0).unwrap().replace("\r\n", "\n")
    }

    pub(crate) fn html(&self) -> String {
        self.parsed().body_html(0).unwrap().replace("\r\n", "\n")
    }

    /// The unfolded value of a header, as it was written.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let message = self.parsed();
        let value = message.header_raw(name.to_owned())?;
        Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The last part of the first address in the text that has `path` in it: the code of a link.
    pub(crate) fn code_after(&self, path: &str) -> String {
        let text = self.text();
        let after = text
            .split_once(path)
            .unwrap_or_else(|| panic!("no address with {path} in:\n{text}"))
            .1;
        after.split_whitespace().next().unwrap().to_owned()
    }
}

#[derive(Default)]
struct State {
    mails: Vec<Mail>,
    attempts: HashMap<String, usize>,
    refusals: HashMap<String, (Stage, String)>,
}

/// The relay; it ends when it is dropped.
pub(crate) struct SmtpReceiver {
    port: u16,
    state: Arc<Mutex<State>>,
    _server: AbortOnDropHandle<()>,
}

impl SmtpReceiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&shared)));
            }
        });
        Self {
            port,
            state,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// The setting that sends mail here.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers mails to `recipient` with `reply` from now on.
    pub(crate) fn refuse(&self, recipient: &str, stage: Stage, reply: &str) {
        self.state()
            .refusals
            .insert(recipient.to_owned(), (stage, reply.to_owned()));
    }

    /// Accepts mails to `recipient` again.
    pub(crate) fn accept(&self, recipient: &str) {
        self.state().refusals.remove(recipient);
    }

    /// Everything that was accepted, the first first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// What was accepted for `recipient`, the first first.
    pub(crate) fn mails_to(&self, recipient: &str) -> Vec<Mail> {
        self.mails()
            .into_iter()
            .filter(|mail| mail.recipient == recipient)
            .collect()
    }

    /// The only mail that was accepted for `recipient`.
    pub(crate) fn only_mail_to(&self, recipient: &str) -> Mail {
        let mut mails = self.mails_to(recipient);
        assert_eq!(
            mails.len(),
            1,
            "mails to {recipient}: {:?}",
            mails.iter().map(Mail::subject).collect::<Vec<_>>()
        );
        mails.remove(0)
    }

    /// How often somebody tried to send to `recipient`.
    pub(crate) fn attempts_to(&self, recipient: &str) -> usize {
        self.state().attempts.get(recipient).copied().unwrap_or_default()
    }

    /// Forgets what was accepted so far.
    pub(crate) fn forget(&self) {
        self.state().mails.clear();
    }
}

/// One connection: the few commands of RFC 5321 that a client needs.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) {
    stream.set_nodelay(true).unwrap();
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    let (mut sender, mut recipient) = (String::new(), String::new());
    if writer.write_all(b"220 receiver ESMTP\r\n").await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let command = line.trim_end();
        let verb = command
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-receiver\r\n250 8BITMIME".to_owned(),
            "HELO" | "RSET" | "NOOP" => "250 2.0.0 well".to_owned(),
            "MAIL" => {
                sender = address_in(command);
                "250 2.1.0 well".to_owned()
            }
            "RCPT" => {
                recipient = address_in(command);
                let mut state = state.lock().unwrap();
                *state.attempts.entry(recipient.clone()).or_default() += 1;
                refusal(&state, &recipient, Stage::Recipient).unwrap_or_else(|| "250 2.1.5 well".to_owned())
            }
            "DATA" => {
                if writer.write_all(b"354 go on\r\n").await.is_err() {
                    return;
                }
                let Some(raw) = content(&mut lines).await else { return };
                let mut state = state.lock().unwrap();
                refusal(&state, &recipient, Stage::Content).unwrap_or_else(|| {
                    state.mails.push(Mail {
                        sender: sender.clone(),
                        recipient: recipient.clone(),
                        raw,
                    });
                    "250 2.0.0 kept".to_owned()
                })
            }
            "QUIT" => {
                _ = writer.write_all(b"221 2.0.0 bye\r\n").await;
                return;
            }
            _ => "500 5.5.1 unknown".to_owned(),
        };
        if writer.write_all(format!("{reply}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn refusal(state: &State, recipient: &str, now: Stage) -> Option<String> {
    let (at, reply) = state.refusals.get(recipient)?;
    (*at == now).then(|| reply.clone())
}

fn address_in(command: &str) -> String {
    let bracketed = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    bracketed.map_or_else(String::new, |(address, _)| address.to_owned())
}

/// The content up to the line with a dot alone; doubled dots are undone.
async fn content(lines: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await.unwrap_or(0) == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(raw);
        }
        let start = usize::from(line.starts_with(b"."));
        raw.extend_from_slice(&line[start..]);
    }
}
