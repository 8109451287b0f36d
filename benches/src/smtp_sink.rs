// SPDX-License-Identifier: EUPL-1.2
//! A mail relay that accepts everything and counts, with a delay before each reply where a round trip is simulated.
//!
//! A process of its own; a thread a connection, because the system's sleep is more exact than a timer wheel's.

use std::io::{BufRead, BufReader, Result as Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::sink::{Arrivals, answer_commands};

/// Serves until standard input ends; each reply comes `delay` after its command.
///
/// # Errors
/// When no port is free.
pub fn serve(delay: Duration) -> Result<()> {
    let arrivals = Arc::new(Arrivals::default());
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let counted = arrivals.clone();
    thread::spawn(move || {
        answer_commands(&counted);
        std::process::exit(0);
    });
    for stream in listener.incoming() {
        let (stream, arrivals) = (stream?, arrivals.clone());
        thread::spawn(move || converse(&stream, delay, &arrivals));
    }
    Ok(())
}

/// One connection, until the other side takes leave or is gone. As relays do, it answers commands that came together
/// together, one delay for all of them.
fn converse(stream: &TcpStream, delay: Duration, arrivals: &Arrivals) -> Read<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut replies = String::from("220 sink ESMTP\r\n");
    let mut line = Vec::new();
    loop {
        if reader.buffer().is_empty() {
            send(stream, delay, &mut replies)?;
        }
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let verb: String = line
            .iter()
            .take(4)
            .map(|it| char::from(it.to_ascii_uppercase()))
            .collect();
        match verb.as_str() {
            "EHLO" => replies.push_str("250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"),
            "DATA" => {
                replies.push_str("354 go on\r\n");
                send(stream, delay, &mut replies)?;
                let message = read_message(&mut reader)?;
                arrivals.count_message(message);
                replies.push_str("250 2.0.0 accepted\r\n");
            }
            "QUIT" => {
                replies.push_str("221 2.0.0 bye\r\n");
                return send(stream, delay, &mut replies);
            }
            _ => replies.push_str("250 2.0.0 ok\r\n"),
        }
    }
}

fn send(mut stream: &TcpStream, delay: Duration, replies: &mut String) -> Read<()> {
    if !delay.is_zero() {
        thread::sleep(delay);
    }
    stream.write_all(replies.as_bytes())?;
    replies.clear();
    Ok(())
}

/// Everything up to the line that holds a dot alone.
fn read_message(reader: &mut impl BufRead) -> Read<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let start = message.len();
        let read = reader.read_until(b'\n', &mut message)?;
        if read == 0 || &message[start..] == b".\r\n" {
            message.truncate(start);
            return Ok(message);
        }
    }
}
