// SPDX-License-Identifier: EUPL-1.2
// What the local push service remembers: subscriptions, and the messages accepted for each. A browser's messages
// wait here while it is away; a virtual subscription has no browser: the service keeps its private key and decrypts.
// It decides what RFC 8030 leaves to the service: TTL (§5.2) and Topic (§5.4).

import crypto from "node:crypto";
import { EventEmitter } from "node:events";
import ece from "http_ece";

const LONGEST_TTL_SECONDS = 30 * 24 * 60 * 60;

/** The service's clock: the machine's, or one that starts at a given instant and runs on from there. */
export class ServiceClock {
  #offset = 0;

  constructor(instant) {
    if (instant) this.set(instant);
  }

  set(instant) {
    const start = Date.parse(instant);
    if (Number.isNaN(start)) throw new Error(`not an instant: ${instant}`);
    this.#offset = start - Date.now();
  }

  nowSeconds() {
    return (Date.now() + this.#offset) / 1000;
  }
}

/** Emits `message` for each accepted message, so that a connected browser gets it at once. */
export class PushStore extends EventEmitter {
  #origin;
  #clock;
  #subscriptions = new Map();
  #messages = [];

  constructor(origin, clock) {
    super();
    this.#origin = origin;
    this.#clock = clock;
  }

  /** A browser's subscription; `vapidKey` is the only sender it will take messages from (`null`: anyone). */
  subscribeBrowser({ vapidKey, agentId, channelId }) {
    return this.#add({ vapidKey, agentId, channelId });
  }

  /** A subscription for which the service plays the browser. Without a key, the first sender's key is kept. */
  subscribeVirtually(vapidKey = null) {
    const privateKey = crypto.createECDH("prime256v1");
    const publicKey = privateKey.generateKeys();
    const auth = crypto.randomBytes(16);
    const subscription = this.#add({ vapidKey, privateKey, auth, keepsFirstKey: vapidKey === null });
    const keys = { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") };
    return { endpoint: subscription.endpoint, keys };
  }

  #add(properties) {
    const token = crypto.randomBytes(24).toString("base64url");
    const endpoint = `${this.#origin}/push/${token}`;
    const subscription = { token, endpoint, gone: false, messages: [], ...properties };
    this.#subscriptions.set(token, subscription);
    return subscription;
  }

  find(token) {
    return this.#subscriptions.get(token);
  }

  findByEndpoint(endpoint) {
    return this.find(String(endpoint).split("/").at(-1));
  }

  findByChannel(agentId, channelId) {
    return this.subscriptions().find((it) => it.agentId === agentId && it.channelId === channelId && !it.gone);
  }

  subscriptions() {
    return [...this.#subscriptions.values()];
  }

  messages() {
    return this.#messages;
  }

  /** Forgets what was received; messages that still wait for their browser are kept for it. */
  forgetMessages() {
    this.#messages = this.#messages.filter((message) => message.state === "waiting");
  }

  unsubscribe(subscription) {
    subscription.gone = true;
  }

  /** Takes a message that has passed every check; the TTL that the service grants is in the result. */
  accept(subscription, { ttl, urgency, topic, encoding, body }) {
    const message = {
      id: crypto.randomUUID(),
      subscription,
      ttl: Math.min(ttl, LONGEST_TTL_SECONDS),
      urgency,
      topic,
      encoding,
      body,
      receivedAt: this.#clock.nowSeconds(),
      state: subscription.privateKey ? "delivered" : "waiting",
    };
    if (topic) replaceWaiting(subscription, topic);
    this.#messages.push(message);
    if (message.state === "waiting") {
      subscription.messages.push(message);
      this.emit("message", message);
      // Nobody took it at once: a TTL of 0 says that it is worth nothing later.
      if (message.state === "waiting" && message.ttl === 0) message.state = "dropped";
    }
    return message;
  }

  /** What a browser that has come back is still owed, oldest first. */
  undelivered(agentId) {
    const messages = this.subscriptions()
      .filter((subscription) => subscription.agentId === agentId && !subscription.gone)
      .flatMap((subscription) => subscription.messages);
    for (const message of messages) {
      const expired = message.receivedAt + message.ttl < this.#clock.nowSeconds();
      if (message.state === "waiting" && expired) message.state = "expired";
    }
    return messages.filter((message) => message.state === "waiting" || message.state === "sent");
  }
}

/**
 * What a virtual subscription's browser would read: `{ payload }`, or `{ error }` when it cannot be decrypted.
 * Decrypted when asked, not when received, so that the service does not slow down the program under test.
 */
export function decrypt(message) {
  const { privateKey, auth } = message.subscription;
  if (!privateKey) return {};
  try {
    const plaintext = ece.decrypt(message.body, { version: "aes128gcm", privateKey, authSecret: auth });
    return { payload: plaintext.toString("utf8") };
  } catch (error) {
    return { error: `cannot be decrypted: ${error.message}` };
  }
}

function replaceWaiting(subscription, topic) {
  for (const message of subscription.messages) {
    if (message.topic === topic && message.state === "waiting") message.state = "replaced";
  }
}
