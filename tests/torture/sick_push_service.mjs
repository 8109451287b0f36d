// SPDX-License-Identifier: EUPL-1.2
// Push services that misbehave, and one that does not: every status, silence, resets, bodies without end, redirects, nonsense. Which of it a
// request meets is decided by the endpoint's number and how often it was tried, so that a run can be repeated.

import { once } from "node:events";
import net from "node:net";

const STATUSES = [
  200, 201, 202, 204, 300, 301, 302, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 418, 421,
  422, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 529, 599,
];
const RETRY_AFTER = ["1", "0", "-5", "soon", "86400000", "Wed, 01 Jul 2026 20:00:00 GMT", "Wed, 99 Foo 2026 20:00:00 GMT"];

/** What a request meets; each takes the socket and the status that is its turn. */
const MANNERS = {
  accept: (socket) => socket.write("HTTP/1.1 201 X\r\nContent-Length: 0\r\n\r\n"),
  answer: (socket, status) => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`),
  retryAfter: (socket, status, turn) =>
    socket.write(`HTTP/1.1 ${turn % 2 ? 429 : 503} X\r\nRetry-After: ${RETRY_AFTER[turn % RETRY_AFTER.length]}\r\nContent-Length: 0\r\n\r\n`),
  redirect: (socket) => socket.write("HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:22/\r\nContent-Length: 0\r\n\r\n"),
  reset: (socket) => socket.resetAndDestroy(),
  close: (socket) => socket.end(),
  nonsense: (socket) => socket.end("SMTP? 250 OK\r\n\r\n"),
  endlessBody: (socket) => pour(socket, "HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n", `1000\r\n${"x".repeat(0x1000)}\r\n`),
  endlessHeaders: (socket) => pour(socket, "HTTP/1.1 500 X\r\n", `X-More: ${"y".repeat(4000)}\r\n`),
  silence: () => {},
  halfAnswer: (socket) => socket.write("HTTP/1.1 201 Cre"),
};

/** Writes for as long as the other side reads, a thousand times at most. */
function pour(socket, head, more) {
  socket.write(head);
  let left = 1000;
  const next = () => {
    left -= 1;
    if (left === 0) return socket.destroy();
    if (!socket.destroyed && socket.write(more)) setImmediate(next);
    else socket.once("drain", next);
  };
  next();
}

/**
 * Starts one. `manners` are the names of what its requests meet in turn; `refuses` resets that share of its connections
 * before anything is read. `accepted` holds the paths that were answered with 2xx.
 */
export async function startSickPushService({ manners, refuses = 0 }) {
  const accepted = new Set();
  const tried = new Map();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    if (refuses > 0 && connections % 100 < refuses * 100) return socket.resetAndDestroy();
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      for (let request = take(); request; request = take()) meet(socket, request);
    });
    const take = () => {
      const head = received.indexOf("\r\n\r\n");
      if (head < 0) return null;
      const length = Number(/^content-length: *(\d+)/im.exec(received.slice(0, head))?.[1] ?? 0);
      if (received.length < head + 4 + length) return null;
      const path = received.slice(0, received.indexOf("\r\n")).split(" ")[1];
      received = received.slice(head + 4 + length);
      return path;
    };
  });
  const meet = (socket, path) => {
    const times = tried.get(path) ?? 0;
    tried.set(path, times + 1);
    const turn = Number(path.split("/").at(-1)) * 7 + times * 13;
    const manner = manners[turn % manners.length];
    const status = STATUSES[turn % STATUSES.length];
    if (manner === "accept" || (manner === "answer" && status < 300)) accepted.add(path);
    MANNERS[manner](socket, status, turn);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, accepted, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** All but those that take as long as the program has patience, and the healthy one. */
export const EVERY_MANNER = Object.keys(MANNERS).filter((manner) => !["accept", "silence", "halfAnswer"].includes(manner));
