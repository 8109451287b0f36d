// SPDX-License-Identifier: EUPL-1.2
// A local push service for tests, as a library and as a command:
//
//   node tests/peers/push_service.mjs --port 9300 [--websocket-port 9301] [--clock 2026-07-01T00:00:00Z]
//
// prints one JSON line with its addresses when it is ready, and runs until SIGTERM. Browsers connect by WebSocket
// (push_browsers.mjs), application servers POST to /push/TOKEN (push_delivery.mjs) over HTTP/1.1 or HTTP/2 without
// TLS, and tests steer it under /control:
//
//   GET    /control/counts         totals: subscriptions, messages by state, answers by status, requests that hang
//   GET    /control/messages       JSON Lines of what was accepted; those for virtual subscriptions decrypted;
//                                  ?endpoint=… for one subscription only
//   DELETE /control/messages       forget them and the totals
//   GET    /control/refusals       JSON Lines: status, error number and reason of what was refused
//   GET    /control/browsers       which browsers are known, and whether they are connected
//   POST   /control/disconnect     cut the browsers' connections
//   POST   /control/away           {"away": true}: no browser reaches the service until {"away": false}
//   POST   /control/silent         {"silent": true}: requests for a subscription are never answered
//   POST   /control/forget         forget every browser: they come back as new ones
//   POST   /control/subscriptions  {"count": 3, "vapid_key": "…"} → JSON Lines of {endpoint, keys: {p256dh, auth}}
//   POST   /control/unsubscribe    {"endpoint": "…"}: from now on 410
//   POST   /control/answers        {"endpoint": "…" or "*", "answers": [{"status": 429, "retry_after": 5}, …]}
//   POST   /control/clock          {"now": "2026-07-01T00:00:00Z"}

import { parseArgs } from "node:util";
import { runAsCommand } from "./command.mjs";
import { answerControl, JsonLines, Refusal } from "./control.mjs";
import { listen } from "./http_server.mjs";
import { PushBrowsers } from "./push_browsers.mjs";
import { PushDelivery } from "./push_delivery.mjs";
import { decrypt, PushStore, ServiceClock } from "./push_store.mjs";

/** Starts the service; without ports it takes free ones. `close()` ends it and every connection. */
export async function startPushService({ port = 0, websocketPort, clock: instant } = {}) {
  const clock = new ServiceClock(instant);
  const parts = {};
  const server = await listen({
    port,
    handler: (request, response) => answer(parts, request, response),
    onUpgrade: (...connection) => parts.browsers.upgrade(...connection),
  });
  // The origin is known only once the port is, and it is what VAPID's `aud` is compared with.
  const origin = `http://127.0.0.1:${server.port}`;
  const store = new PushStore(origin, clock);
  const browsers = new PushBrowsers(store);
  const delivery = new PushDelivery({ origin, store, clock });
  Object.assign(parts, { browsers, delivery, routes: controlRoutes({ store, delivery, browsers, clock }) });
  const webSocketServer = websocketPort === undefined ? server : await listenForBrowsers(websocketPort, browsers);
  return {
    origin,
    webSocketUrl: `ws://127.0.0.1:${webSocketServer.port}/`,
    controlUrl: `${origin}/control`,
    store,
    browsers,
    delivery,
    close: () => Promise.all([...new Set([server, webSocketServer])].map((it) => it.close())),
  };
}

function answer(parts, request, response) {
  if (request.url.startsWith("/push/")) return parts.delivery.answer(request, response);
  return answerControl(parts.routes, request, response);
}

function listenForBrowsers(port, browsers) {
  return listen({
    port,
    handler: (_request, response) => response.writeHead(426).end(),
    onUpgrade: (...connection) => browsers.upgrade(...connection),
  });
}

function controlRoutes({ store, delivery, browsers, clock }) {
  return {
    "GET /control/counts": () => counts(store, delivery),
    "GET /control/messages": ({ query }) => new JsonLines(describeMessages(store, query.endpoint)),
    "DELETE /control/messages": () => {
      store.forgetMessages();
      delivery.forget();
    },
    "GET /control/refusals": () => new JsonLines(delivery.report().refusals),
    "GET /control/browsers": () => browsers.list(),
    "POST /control/disconnect": () => browsers.disconnect(),
    "POST /control/away": ({ body }) => browsers.setAway(Boolean(body.away)),
    "POST /control/silent": ({ body }) => browsers.setSilent(Boolean(body.silent)),
    "POST /control/forget": () => browsers.forget(),
    "POST /control/subscriptions": ({ body }) => new JsonLines(createSubscriptions(store, body)),
    "POST /control/unsubscribe": ({ body }) => unsubscribe(store, body.endpoint),
    "POST /control/answers": ({ body }) => scriptAnswers(delivery, body),
    "POST /control/clock": ({ body }) => clock.set(body.now),
  };
}

function counts(store, delivery) {
  const states = {};
  for (const { state } of store.messages()) states[state] = (states[state] ?? 0) + 1;
  const { answers, hanging } = delivery.report();
  const subscriptions = store.subscriptions().filter((it) => !it.gone).length;
  return { subscriptions, messages: store.messages().length, states, answers, hanging };
}

function* describeMessages(store, endpoint) {
  for (const message of store.messages()) {
    if (endpoint && message.subscription.endpoint !== endpoint) continue;
    yield {
      id: message.id,
      endpoint: message.subscription.endpoint,
      state: message.state,
      ttl: message.ttl,
      urgency: message.urgency,
      topic: message.topic,
      received_at: new Date(message.receivedAt * 1000).toISOString(),
      body_bytes: message.body.length,
      ...decrypt(message),
    };
  }
}

function* createSubscriptions(store, { count = 1, vapid_key: vapidKey }) {
  for (let made = 0; made < count; made += 1) yield store.subscribeVirtually(vapidKey);
}

function unsubscribe(store, endpoint) {
  const subscription = store.findByEndpoint(endpoint);
  if (!subscription) throw new Refusal(404, "no such subscription");
  store.unsubscribe(subscription);
}

function scriptAnswers(delivery, { endpoint = "*", answers = [] }) {
  if (!delivery.script(endpoint, answers)) throw new Refusal(404, "no such subscription");
}

await runAsCommand(import.meta.url, async () => {
  const { values } = parseArgs({
    options: { port: { type: "string" }, "websocket-port": { type: "string" }, clock: { type: "string" } },
  });
  const websocketPort = values["websocket-port"];
  const service = await startPushService({
    port: Number(values.port ?? 0),
    websocketPort: websocketPort === undefined ? undefined : Number(websocketPort),
    clock: values.clock,
  });
  const { origin, webSocketUrl, controlUrl } = service;
  return { addresses: { origin, websocket_url: webSocketUrl, control_url: controlUrl }, close: service.close };
});
