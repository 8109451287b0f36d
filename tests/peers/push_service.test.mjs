// SPDX-License-Identifier: EUPL-1.2
// The local push service keeps the RFCs: a peer that is too lenient would hide faults of the program under test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import ece from "http_ece";
import { WebSocket } from "ws";
import { claimsFor, encrypt, sendPush } from "./application_server.mjs";
import { startPushService } from "./push_service.mjs";
import { generateVapidKeys } from "./vapid.mjs";

const vapidKeys = generateVapidKeys();
let service;

before(async () => {
  service = await startPushService();
});

after(() => service.close());

test("a message for a virtual subscription is accepted and decrypted", async () => {
  const [subscription] = await virtualSubscriptions(1);
  const response = await sendPush({ subscription, payload: "Buongiorno, perché no", vapidKeys, headers: { topic: "call-7" } });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("ttl"), "3600");
  const [message] = await messagesFor(subscription);
  assert.equal(message.payload, "Buongiorno, perché no");
  assert.equal(message.topic, "call-7");
  assert.equal(message.urgency, "normal");
});

test("the vector of RFC 8291 decrypts", () => {
  // RFC 8291 §5 and Appendix A.
  const receiver = crypto.createECDH("prime256v1");
  receiver.setPrivateKey(Buffer.from("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", "base64url"));
  const body =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT" +
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
  const plaintext = ece.decrypt(Buffer.from(body, "base64url"), {
    version: "aes128gcm",
    privateKey: receiver,
    authSecret: "BTBZMqHH6r4Tts7J_aSIgg",
  });
  assert.equal(plaintext.toString(), "When I grow up, I want to be a watermelon");
});

test("a message that was tampered with is reported as not decryptable", async () => {
  const [subscription, other] = await virtualSubscriptions(2);
  const response = await sendPush({
    subscription: { endpoint: subscription.endpoint, keys: other.keys },
    payload: "for somebody else",
    vapidKeys,
  });
  assert.equal(response.status, 201);
  const [message] = await messagesFor(subscription);
  assert.match(message.error, /cannot be decrypted/);
});

test("HTTP/2 without TLS is spoken on the same port", async () => {
  const [subscription] = await virtualSubscriptions(1);
  assert.equal(await postOverHttp2(subscription, "over HTTP/2"), 201);
  const [message] = await messagesFor(subscription);
  assert.equal(message.payload, "over HTTP/2");
});

const REFUSED_HEADERS = [
  ["no TTL", { ttl: undefined }, 400, 111],
  ["a negative TTL", { ttl: "-1" }, 400, 112],
  ["a Topic of 33 characters", { topic: "t".repeat(33) }, 400, 113],
  ["a Topic outside base64url", { topic: "call/7" }, 400, 113],
  ["an unknown Urgency", { urgency: "urgent" }, 400, 999],
  ["another Content-Encoding", { "content-encoding": "aesgcm" }, 400, 110],
  ["no Authorization", { authorization: undefined }, 401, 109],
  ["another scheme", { authorization: "Bearer abc" }, 401, 109],
];

for (const [what, headers, status, errorNumber] of REFUSED_HEADERS) {
  test(`${what} is refused with ${status}`, async () => {
    const [subscription] = await virtualSubscriptions(1);
    const response = await sendPushWithout(subscription, headers);
    assert.equal(response.status, status);
    assert.equal((await response.json()).errno, errorNumber);
    assert.deepEqual(await messagesFor(subscription), []);
  });
}

const REFUSED_CLAIMS = [
  ["another audience", { aud: "https://push.example" }],
  ["the audience without the port", { aud: "http://127.0.0.1" }],
  ["an expiry in the past", { exp: Math.floor(Date.now() / 1000) - 1 }],
  ["an expiry after 25 hours", { exp: Math.floor(Date.now() / 1000) + 25 * 3600 }],
  ["no expiry", { exp: undefined }],
  ["no contact", { sub: undefined }],
];

for (const [what, claims] of REFUSED_CLAIMS) {
  test(`a signature with ${what} is refused with 401`, async () => {
    const [subscription] = await virtualSubscriptions(1);
    const authorization = vapidKeys.sign({ ...claimsFor(subscription.endpoint), ...claims });
    const response = await sendPush({ subscription, payload: "x", vapidKeys, headers: { authorization } });
    assert.equal(response.status, 401);
  });
}

test("a signature by another key than the header names is refused", async () => {
  const [subscription] = await virtualSubscriptions(1);
  const token = generateVapidKeys().sign(claimsFor(subscription.endpoint)).split(",")[0];
  const authorization = `${token}, k=${vapidKeys.publicKey}`;
  const response = await sendPush({ subscription, payload: "x", vapidKeys, headers: { authorization } });
  assert.equal(response.status, 401);
});

test("only the key of the subscription may send", async () => {
  const [bound] = await virtualSubscriptions(1, vapidKeys.publicKey);
  const stranger = generateVapidKeys();
  assert.equal((await sendPush({ subscription: bound, payload: "x", vapidKeys: stranger })).status, 401);
  assert.equal((await sendPush({ subscription: bound, payload: "x", vapidKeys })).status, 201);
  const [free] = await virtualSubscriptions(1);
  assert.equal((await sendPush({ subscription: free, payload: "x", vapidKeys })).status, 201);
  assert.equal((await sendPush({ subscription: free, payload: "x", vapidKeys: stranger })).status, 401);
});

test("the service's clock decides about the expiry", async () => {
  const later = await startPushService({ clock: "2031-07-01T00:00:00Z" });
  const { endpoint, keys } = later.store.subscribeVirtually();
  const subscription = { endpoint, keys };
  const claims = (instant) => vapidKeys.sign(claimsFor(endpoint, Date.parse(instant) / 1000));
  const send = (authorization) => sendPush({ subscription, payload: "x", vapidKeys, headers: { authorization } });
  assert.equal((await send(claims("2031-07-01T00:00:00Z"))).status, 201);
  assert.equal((await send(claims("2026-07-01T00:00:00Z"))).status, 401);
  await later.close();
});

test("a body over 4096 bytes is refused with 413", async () => {
  const [subscription] = await virtualSubscriptions(1);
  assert.equal((await sendPush({ subscription, payload: "x".repeat(3993), vapidKeys })).status, 201);
  assert.equal((await sendPush({ subscription, payload: "x".repeat(3994), vapidKeys })).status, 413);
});

test("an unknown subscription is 404, an ended one 410", async () => {
  const [subscription] = await virtualSubscriptions(1);
  const unknown = { ...subscription, endpoint: `${service.origin}/push/unknown` };
  assert.equal((await sendPush({ subscription: unknown, payload: "x", vapidKeys })).status, 404);
  await post("/unsubscribe", { endpoint: subscription.endpoint });
  assert.equal((await sendPush({ subscription, payload: "x", vapidKeys })).status, 410);
});

test("scripted answers are given in order and then end", async () => {
  const [subscription] = await virtualSubscriptions(1);
  await post("/answers", {
    endpoint: subscription.endpoint,
    answers: [{ status: 429, retry_after: 7 }, { status: 503, times: 2 }, { status: 307, location: "http://127.0.0.1:9/" }],
  });
  const send = () => sendPush({ subscription, payload: "x", vapidKeys });
  const limited = await send();
  assert.deepEqual([limited.status, limited.headers.get("retry-after")], [429, "7"]);
  assert.deepEqual([(await send()).status, (await send()).status], [503, 503]);
  assert.equal((await send()).headers.get("location"), "http://127.0.0.1:9/");
  assert.equal((await send()).status, 201);
  assert.equal((await messagesFor(subscription)).length, 1);
});

test("a scripted silence hangs until the sender gives up, and can accept all the same", async () => {
  const [subscription] = await virtualSubscriptions(1);
  await post("/answers", { endpoint: subscription.endpoint, answers: [{ hang: true, accept: true }] });
  const sending = fetch(subscription.endpoint, {
    method: "POST",
    signal: AbortSignal.timeout(300),
    body: encrypt("x", subscription),
    headers: {
      authorization: vapidKeys.sign(claimsFor(subscription.endpoint)),
      "content-encoding": "aes128gcm",
      ttl: "60",
    },
  });
  await assert.rejects(sending, { name: "TimeoutError" });
  assert.equal((await messagesFor(subscription)).length, 1);
});

test("a browser receives what came while it was away, the latest of each topic, and nothing worth nothing", async () => {
  const browser = await connectBrowser();
  const endpoint = await browser.register("channel-1");
  const subscription = { endpoint, keys: browserKeys() };
  await browser.close();
  const send = (payload, headers) => sendPush({ subscription, payload, vapidKeys, headers });
  assert.equal((await send("first", { topic: "a" })).status, 201);
  assert.equal((await send("second", { topic: "a" })).status, 201);
  assert.equal((await send("dropped", { ttl: "0" })).status, 201);
  assert.equal((await send("kept")).status, 201);
  const states = (await messagesFor(subscription)).map((message) => message.state);
  assert.deepEqual(states, ["replaced", "waiting", "dropped", "waiting"]);
  const returned = await connectBrowser(browser.agentId);
  const notifications = [await returned.next("notification"), await returned.next("notification")];
  assert.ok(notifications.every((it) => it.channelID === "channel-1" && it.headers.encoding === "aes128gcm"));
  const updates = notifications.map(({ channelID, version }) => ({ channelID, version, code: 100 }));
  returned.send({ messageType: "ack", updates });
  await returned.ping();
  const delivered = (await messagesFor(subscription)).filter((message) => message.state === "delivered");
  assert.equal(delivered.length, 2);
  returned.send({ messageType: "unregister", channelID: "channel-1" });
  assert.equal((await returned.next("unregister")).status, 200);
  assert.equal((await send("late")).status, 410);
  await returned.close();
});

test("a message outlives its TTL in no browser", async () => {
  const short = await startPushService({ clock: "2026-07-01T00:00:00Z" });
  const browser = await connectBrowser(undefined, short);
  const subscription = { endpoint: await browser.register("channel-1"), keys: browserKeys() };
  await browser.close();
  const authorization = vapidKeys.sign(claimsFor(subscription.endpoint, Date.parse("2026-07-01") / 1000));
  const sent = await sendPush({ subscription, payload: "x", vapidKeys, headers: { authorization, ttl: "60" } });
  assert.equal(sent.status, 201);
  await post("/clock", { now: "2026-07-01T00:02:00Z" }, short);
  const returned = await connectBrowser(browser.agentId, short);
  await returned.ping();
  assert.equal(short.store.messages()[0].state, "expired");
  await short.close();
});

test("the command prints its addresses and stops on SIGTERM", async () => {
  const command = fileURLToPath(new URL("push_service.mjs", import.meta.url));
  const child = spawn(process.execPath, [command, "--port", "0", "--clock", "2026-07-01T00:00:00Z"]);
  const [firstLine] = await once(child.stdout, "data");
  const addresses = JSON.parse(firstLine);
  const counts = await (await fetch(`${addresses.control_url}/counts`)).json();
  assert.equal(counts.messages, 0);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

async function virtualSubscriptions(count, vapidKey) {
  const response = await post("/subscriptions", { count, vapid_key: vapidKey });
  return lines(await response.text());
}

async function messagesFor({ endpoint }) {
  const response = await fetch(`${service.controlUrl}/messages?endpoint=${encodeURIComponent(endpoint)}`);
  return lines(await response.text());
}

async function post(path, body, { controlUrl } = service) {
  const response = await fetch(controlUrl + path, { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 200, `control ${path}`);
  return response;
}

function lines(text) {
  return text.split("\n").filter(Boolean).map(JSON.parse);
}

/** As `sendPush`, but an undefined header is left out. */
function sendPushWithout(subscription, changed) {
  const correct = {
    authorization: vapidKeys.sign(claimsFor(subscription.endpoint)),
    "content-encoding": "aes128gcm",
    ttl: "3600",
  };
  const headers = Object.entries({ ...correct, ...changed }).filter(([, value]) => value !== undefined);
  return fetch(subscription.endpoint, { method: "POST", body: encrypt("x", subscription), headers });
}

async function postOverHttp2({ endpoint, keys }, payload) {
  const session = http2.connect(service.origin);
  const stream = session.request({
    ":method": "POST",
    ":path": new URL(endpoint).pathname,
    authorization: vapidKeys.sign(claimsFor(endpoint)),
    "content-encoding": "aes128gcm",
    ttl: "60",
  });
  stream.end(encrypt(payload, { keys }));
  const [headers] = await once(stream, "response");
  session.close();
  return headers[":status"];
}

function browserKeys() {
  const publicKey = crypto.createECDH("prime256v1").generateKeys("base64url");
  return { p256dh: publicKey, auth: crypto.randomBytes(16).toString("base64url") };
}

/** The least that a browser says: hello, register, and frames as they come. */
async function connectBrowser(agentId, { webSocketUrl } = service) {
  const webSocket = new WebSocket(webSocketUrl, "push-notification");
  const frames = [];
  webSocket.on("message", (data) => {
    frames.push(JSON.parse(data));
    webSocket.emit("frame");
  });
  await once(webSocket, "open");
  const browser = {
    send: (frame) => webSocket.send(JSON.stringify(frame)),
    next: async (type) => {
      for (;;) {
        const index = frames.findIndex((frame) => frame.messageType === type);
        if (index >= 0) return frames.splice(index, 1)[0];
        await once(webSocket, "frame");
      }
    },
    register: async (channelID) => {
      browser.send({ messageType: "register", channelID, key: vapidKeys.publicKey });
      return (await browser.next("register")).pushEndpoint;
    },
    ping: async () => {
      browser.send({});
      await browser.next(undefined);
    },
    close: async () => {
      webSocket.close();
      await once(webSocket, "close");
    },
  };
  browser.send({ messageType: "hello", use_webpush: true, uaid: agentId });
  browser.agentId = (await browser.next("hello")).uaid;
  return browser;
}
