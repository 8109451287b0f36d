// SPDX-License-Identifier: EUPL-1.2
// A mail relay that misbehaves: every class of reply at every step, closing after DATA, silence, replies without end. Which
// of it a mail meets is decided by its recipient's number and how often it was tried.

import { once } from "node:events";
import net from "node:net";

/** For each recipient in turn: at which step, and what is said there; `null` closes the connection. */
const MANNERS = [
  ["accept", "250 2.0.0 queued"],
  ["accept", "250 2.0.0 queued"],
  ["accept", "250 2.0.0 queued"],
  ["accept", "250 2.0.0 queued"],
  ["rcpt", "450 4.2.1 busy"],
  ["rcpt", "451 4.3.0 later"],
  ["rcpt", "452 4.2.2 full"],
  ["rcpt", "550 5.1.1 no such mailbox"],
  ["rcpt", "550 5.7.1 not from you"],
  ["rcpt", "552 5.2.2 full"],
  ["rcpt", "553 5.1.3 bad address"],
  ["rcpt", "999 what"],
  ["rcpt", "nonsense"],
  ["rcpt", null],
  ["data", "421 4.3.2 going away"],
  ["data", "554 5.5.1 no"],
  ["content", "451 4.7.1 greylisted"],
  ["content", "550 5.7.1 spam"],
  ["content", "552 5.3.4 too big"],
  ["content", null],
  ["content", "endless"],
];

/** How a relay in good health meets everybody. */
const WELL = [["accept", "250 2.0.0 queued"]];

/** Starts one, or with `sick` false one in good health; `accepted` holds the recipients whose mail was taken. */
export async function startSickRelay({ sick = true } = {}) {
  const manners = sick ? MANNERS : WELL;
  const accepted = new Set();
  const tried = new Map();
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    serve(socket, manners, tried, accepted);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const smtpUrl = `smtp://127.0.0.1:${server.address().port}?tls=none`;
  return { smtpUrl, accepted, close: () => new Promise((resolve) => server.close(resolve)) };
}

function serve(socket, manners, tried, accepted) {
  let received = "";
  let recipient = "";
  let manner = manners[0];
  let inContent = false;
  const say = (reply) => {
    if (reply === null) return socket.destroy();
    if (reply === "endless") return pour(socket);
    return socket.write(`${reply}\r\n`);
  };
  const command = (line) => {
    const word = line.slice(0, 4).toUpperCase();
    if (word === "EHLO" || word === "HELO") return say("250 sick.example.org");
    if (word === "MAIL" || word === "RSET" || word === "NOOP") return say("250 2.0.0 ok");
    if (word === "QUIT") return socket.end("221 2.0.0 bye\r\n");
    if (word === "RCPT") {
      recipient = /<([^>]*)>/.exec(line)?.[1] ?? "";
      const times = tried.get(recipient) ?? 0;
      tried.set(recipient, times + 1);
      manner = manners[(Number(/\d+/.exec(recipient)?.[0] ?? 0) + times * 5) % manners.length];
      return say(manner[0] === "rcpt" ? manner[1] : "250 2.1.5 ok");
    }
    if (word === "DATA") {
      if (manner[0] === "data") return say(manner[1]);
      inContent = true;
      return say("354 go on");
    }
    return say("500 5.5.1 what");
  };
  const content = () => {
    inContent = false;
    if (manner[0] === "accept") accepted.add(recipient);
    say(manner[1]);
  };
  socket.write("220 sick.example.org ESMTP\r\n");
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
    for (;;) {
      const end = inContent ? received.indexOf("\r\n.\r\n") : received.indexOf("\r\n");
      if (end < 0 || socket.destroyed) return;
      const line = received.slice(0, end);
      received = received.slice(end + (inContent ? 5 : 2));
      if (inContent) content();
      else command(line);
    }
  });
}

/** Lines of one reply for as long as the other side reads, ten thousand at most. */
function pour(socket) {
  for (let line = 0; line < 10_000 && !socket.destroyed; line += 1) socket.write("250-and so on and on and on\r\n");
  socket.destroy();
}
