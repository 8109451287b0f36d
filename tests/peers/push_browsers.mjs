// SPDX-License-Identifier: EUPL-1.2
// The push service as a browser sees it: Mozilla's autopush protocol, JSON frames over a WebSocket. It reads the
// browser's frames, keeps which browsers are connected, and sends each the messages that the store holds for it.

import crypto from "node:crypto";
import { WebSocketServer } from "ws";

const SUBPROTOCOL = "push-notification";

/** Codes of an `ack` frame: the message was decrypted and handed to the page's worker, or why it was not. */
const ACKNOWLEDGED = { 100: "delivered", 101: "undecryptable", 102: "failed" };

export class PushBrowsers {
  #store;
  #sockets = new Map();
  #agents = new Set();
  #away = false;
  #silent = false;
  #server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  constructor(store) {
    this.#store = store;
    store.on("message", (message) => this.#deliver(message));
  }

  /** Takes over an HTTP/1.1 connection that asks to become a WebSocket. */
  upgrade(request, socket, head) {
    if (this.#away) {
      socket.destroy();
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket));
  }

  /** Every browser that ever said hello: whether it is connected now, and how many subscriptions it holds. */
  list() {
    return [...this.#agents].map((agentId) => ({
      uaid: agentId,
      connected: this.#sockets.has(agentId),
      subscriptions: this.#store.subscriptions().filter((it) => it.agentId === agentId && !it.gone).length,
    }));
  }

  /** Cuts all connections, as a network does; browsers come back by themselves. */
  disconnect() {
    for (const webSocket of this.#sockets.values()) webSocket.terminate();
    this.#sockets.clear();
  }

  /** No browser reaches the service until it is back; what is sent meanwhile waits. */
  setAway(away) {
    this.#away = away;
    if (away) this.disconnect();
  }

  /** Requests for a subscription are never answered while it is silent. */
  setSilent(silent) {
    this.#silent = silent;
  }

  /** Forgets every browser, as a service does that has lost its data: they come back as new ones, and drop what they had. */
  forget() {
    for (const subscription of this.#store.subscriptions()) {
      if (this.#agents.has(subscription.agentId)) this.#store.unsubscribe(subscription);
    }
    this.#agents.clear();
    this.disconnect();
  }

  #welcome(webSocket) {
    const connection = { webSocket, agentId: null };
    webSocket.on("message", (data) => this.#receive(connection, data.toString("utf8")));
    webSocket.on("error", () => webSocket.terminate());
    webSocket.on("close", () => {
      if (this.#sockets.get(connection.agentId) === webSocket) this.#sockets.delete(connection.agentId);
    });
  }

  #receive(connection, text) {
    const frame = JSON.parse(text);
    const handlers = {
      hello: () => this.#hello(connection, frame),
      register: () => this.#register(connection, frame),
      unregister: () => this.#unregister(connection, frame),
      ack: () => this.#acknowledge(connection, frame),
      // An empty object is the protocol's own ping.
      undefined: () => connection.webSocket.send("{}"),
    };
    // What remains (nack, broadcast_subscribe) needs no answer.
    handlers[frame.messageType]?.();
  }

  #hello(connection, frame) {
    connection.agentId = this.#agents.has(frame.uaid) ? frame.uaid : crypto.randomBytes(16).toString("hex");
    this.#agents.add(connection.agentId);
    this.#sockets.get(connection.agentId)?.terminate();
    this.#sockets.set(connection.agentId, connection.webSocket);
    const answer = { messageType: "hello", status: 200, uaid: connection.agentId, use_webpush: true, broadcasts: {} };
    send(connection.webSocket, answer);
    for (const message of this.#store.undelivered(connection.agentId)) this.#deliver(message);
  }

  #register({ webSocket, agentId }, { channelID: channelId, key }) {
    if (!agentId) return webSocket.close();
    if (this.#silent) return undefined;
    // Asked twice for the same channel, the answer is the same.
    const known = this.#store.findByChannel(agentId, channelId);
    const vapidKey = key ? Buffer.from(key, "base64url").toString("base64url") : null;
    const { endpoint } = known ?? this.#store.subscribeBrowser({ vapidKey, agentId, channelId });
    return send(webSocket, { messageType: "register", channelID: channelId, status: 200, pushEndpoint: endpoint });
  }

  #unregister({ webSocket, agentId }, { channelID: channelId }) {
    const subscription = this.#store.findByChannel(agentId, channelId);
    if (subscription) this.#store.unsubscribe(subscription);
    send(webSocket, { messageType: "unregister", channelID: channelId, status: 200 });
  }

  #acknowledge({ agentId }, { updates = [] }) {
    for (const { channelID: channelId, version, code } of updates) {
      const subscription = this.#store.findByChannel(agentId, channelId);
      const message = subscription?.messages.find((it) => it.id === version);
      if (!message) continue;
      message.state = ACKNOWLEDGED[code ?? 100] ?? "failed";
      subscription.messages.splice(subscription.messages.indexOf(message), 1);
    }
  }

  #deliver(message) {
    const { agentId, channelId } = message.subscription;
    const webSocket = this.#sockets.get(agentId);
    if (!webSocket) return;
    message.state = "sent";
    const frame = { messageType: "notification", channelID: channelId, version: message.id, ttl: message.ttl };
    if (message.body.length > 0) {
      frame.data = message.body.toString("base64url");
      frame.headers = { encoding: message.encoding };
    }
    send(webSocket, frame);
  }
}

function send(webSocket, frame) {
  webSocket.send(JSON.stringify(frame));
}
