// SPDX-License-Identifier: EUPL-1.2
// One port for HTTP/1.1 and for HTTP/2 without TLS ("prior knowledge", RFC 9113 §3.3). The first bytes of a
// connection say which of the two it speaks; the same handler answers both.

import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

const HTTP2_PREFACE = "PRI";

/**
 * Listens on loopback and answers every request with `handler(request, response)`.
 * `onUpgrade` gets WebSocket upgrades of HTTP/1.1. Returns `{ port, close }`.
 */
export async function listen({ port = 0, handler, onUpgrade }) {
  const http1 = http.createServer({ keepAliveTimeout: 60_000 }, handler);
  if (onUpgrade) http1.on("upgrade", onUpgrade);
  const http2Server = http2.createServer({ settings: { maxConcurrentStreams: 1000 } }, handler);
  const connections = new Set();
  const server = net.createServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    // A client that goes away in the middle is an everyday event for a peer, not a failure.
    socket.on("error", () => socket.destroy());
    handOver(socket, http1, http2Server);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { port: server.address().port, close: () => closeAll(server, connections) };
}

function handOver(socket, http1, http2Server) {
  socket.once("data", (firstBytes) => {
    const isHttp2 = firstBytes.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
    socket.pause();
    socket.unshift(firstBytes);
    (isHttp2 ? http2Server : http1).emit("connection", socket);
    if (!isHttp2) process.nextTick(() => socket.resume());
  });
}

async function closeAll(server, connections) {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of connections) socket.destroy();
  await closed;
}
