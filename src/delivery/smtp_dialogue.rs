// SPDX-License-Identifier: EUPL-1.2
//! What is said and heard in SMTP: commands as they are, replies read line by line (RFC 5321, section 4.2).
//!
//! Reads replies no longer than a relay has reason to make them: one that never ends is an error after a few kilobytes.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::delivery::smtp_stream::Stream;

/// The longest line of a reply. RFC 5321 (section 4.5.3.1.5) allows 512; relays that explain themselves write more.
const LONGEST_LINE: usize = 4 * 1024;
/// The longest reply, all its lines together.
const LONGEST_REPLY: usize = 32 * 1024;

/// A stream, and what came over it and was not read yet.
pub(super) struct Dialogue {
    stream: Stream,
    received: Vec<u8>,
    read: usize,
}

/// What the relay says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub(super) code: u16,
    /// The text of all lines, each on its own.
    pub(super) text: String,
}

impl Reply {
    /// Whether the command was taken (2xx), or waits for more (3xx).
    pub(super) const fn is_positive(&self) -> bool {
        self.code < 400
    }
}

impl Dialogue {
    /// Begins to speak over `stream`.
    pub(super) const fn over(stream: Stream) -> Self {
        Self {
            stream,
            received: Vec::new(),
            read: 0,
        }
    }

    /// Says `words`, line ends included.
    pub(super) async fn say(&mut self, words: &[u8]) -> io::Result<()> {
        self.stream.write_all(words).await?;
        self.stream.flush().await
    }

    /// Hears the next reply.
    ///
    /// # Errors
    /// What the stream says; `UnexpectedEof` at its end, `InvalidData` for what is no reply or far too long.
    pub(super) async fn hear(&mut self) -> io::Result<Reply> {
        let mut text = String::new();
        loop {
            let line = self.line().await?;
            let (code, is_last, words) = read_line(line).ok_or(io::ErrorKind::InvalidData)?;
            text.push_str(&String::from_utf8_lossy(words));
            if is_last {
                return Ok(Reply { code, text });
            }
            text.push('\n');
            if text.len() > LONGEST_REPLY {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// Gives back the stream to be encrypted. What came after the reply that allowed it was said in clear by anybody and
    /// must not count as said under encryption.
    ///
    /// # Errors
    /// `InvalidData` when there is such.
    pub(super) fn into_stream(self) -> io::Result<Stream> {
        if self.read < self.received.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(self.stream)
    }

    /// The next line without its end.
    async fn line(&mut self) -> io::Result<&[u8]> {
        let mut searched = self.read;
        loop {
            if let Some(end) = self.received[searched..].iter().position(|byte| *byte == b'\n') {
                let from = std::mem::replace(&mut self.read, searched + end + 1);
                let line = &self.received[from..searched + end];
                return Ok(line.strip_suffix(b"\r").unwrap_or(line));
            }
            if self.received.len() - self.read > LONGEST_LINE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.received.drain(..self.read);
            self.read = 0;
            searched = self.received.len();
            self.received.reserve(LONGEST_LINE);
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The code of a line, whether it is the last of its reply, and its words.
fn read_line(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code: u16 = str::from_utf8(digits).ok()?.parse().ok()?;
    let (is_last, words) = match rest.split_first() {
        None => (true, rest),
        Some((b' ', words)) => (true, words),
        Some((b'-', words)) => (false, words),
        Some(_) => return None,
    };
    (200..600).contains(&code).then_some((code, is_last, words))
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// What is heard of `said`, which comes in pieces of `piece` bytes, after which the relay leaves.
    async fn heard(said: &[u8], piece: usize) -> Vec<Result<(u16, String), io::ErrorKind>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pieces: Vec<Vec<u8>> = said.chunks(piece).map(<[u8]>::to_vec).collect();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            for piece in pieces {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        let mut dialogue = Dialogue::over(Stream::Clear(TcpStream::connect(address).await.unwrap()));
        let mut heard = Vec::new();
        loop {
            let reply = dialogue.hear().await;
            let ended = reply.is_err();
            heard.push(reply.map(|it| (it.code, it.text)).map_err(|error| error.kind()));
            if ended {
                return heard;
            }
        }
    }

    #[tokio::test]
    async fn replies_are_told_apart_however_they_come() {
        let said = b"220 relay ESMTP\r\n250-relay\r\n250-PIPELINING\r\n250 SIZE 1000\r\n250\r\n354 go\n";
        let expected = [
            Ok((220, "relay ESMTP".to_owned())),
            Ok((250, "relay\nPIPELINING\nSIZE 1000".to_owned())),
            Ok((250, String::new())),
            Ok((354, "go".to_owned())),
            Err(io::ErrorKind::UnexpectedEof),
        ];
        for piece in [1, 2, 7, 1000] {
            assert_eq!(heard(said, piece).await, expected, "{piece} bytes at a time");
        }
    }

    #[tokio::test]
    async fn what_is_no_reply_is_an_error() {
        for said in [
            "nonsense\r\n",
            "999 what\r\n",
            "25\r\n",
            "\r\n",
            "2500 x\r\n",
            "+25 x\r\n",
            "199 x\r\n",
        ] {
            assert_eq!(
                heard(said.as_bytes(), 100).await,
                [Err(io::ErrorKind::InvalidData)],
                "{said:?}"
            );
        }
        assert_eq!(heard(b"250-half", 100).await, [Err(io::ErrorKind::UnexpectedEof)]);
    }

    #[tokio::test]
    async fn a_reply_without_end_is_an_error_soon() {
        let lines = b"250-and so on\r\n".repeat(100_000);
        assert_eq!(heard(&lines, 64 * 1024).await, [Err(io::ErrorKind::InvalidData)]);
        assert_eq!(
            heard(&vec![b'2'; 1_000_000], 64 * 1024).await,
            [Err(io::ErrorKind::InvalidData)]
        );
    }
}
