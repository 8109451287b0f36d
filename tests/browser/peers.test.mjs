// SPDX-License-Identifier: EUPL-1.2
// The browser, the push service and the helpers are sound by themselves: a page of a few lines subscribes, a message
// is shown, and a click opens the page it names. When this fails, the fault is not in the program under test.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sendPush } from "../peers/application_server.mjs";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { listen } from "../peers/http_server.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { generateVapidKeys } from "../peers/vapid.mjs";

const skip = whyBrowserIsSkipped();
const vapidKeys = generateVapidKeys();
let service;
let site;
let firefox;
let subscription;

before(async () => {
  if (skip) return;
  service = await startPushService();
  site = await listen({ handler: serveSite });
  firefox = await launchFirefox({ pushServiceWebSocketUrl: service.webSocketUrl });
});

after(async () => {
  await firefox?.close();
  await site?.close();
  await service?.close();
});

test("a page subscribes with the local push service", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(address("/"));
  await page.click("#subscribe");
  await page.waitForSelector("#subscription:not(:empty)");
  subscription = JSON.parse(await page.$eval("#subscription", (element) => element.textContent));
  assert.ok(subscription.endpoint.startsWith(`${service.origin}/push/`));
  assert.equal(service.browsers.list()[0].subscriptions, 1);
});

test("a message becomes a notification, and a click opens the page it names", { skip }, async () => {
  const payload = JSON.stringify({ title: "Bando digitale", body: "Scade il 30 settembre", open: "/calls/7" });
  const response = await sendPush({ subscription, payload, vapidKeys });
  assert.equal(response.status, 201);
  const notification = await firefox.waitForNotification({ title: "Bando digitale" });
  assert.equal(notification.body, "Scade il 30 settembre");
  await firefox.clickNotification(notification);
  const page = await firefox.waitForPage("/calls/7");
  assert.equal(page.url(), address("/calls/7"));
  assert.equal(service.store.messages()[0].state, "delivered");
});

test("a notification is dismissed with its own button", { skip }, async () => {
  await sendPush({ subscription, payload: JSON.stringify({ title: "Da chiudere", body: "" }), vapidKeys });
  const notification = await firefox.waitForNotification({ title: "Da chiudere" });
  await firefox.closeNotification(notification);
  await firefox.waitUntilNoNotification();
});

test("another sender's message never reaches the browser", { skip }, async () => {
  const stranger = generateVapidKeys();
  const response = await sendPush({ subscription, payload: "{}", vapidKeys: stranger });
  assert.equal(response.status, 401);
});

test("a message sent while the connection is cut arrives when the browser is back", { skip }, async () => {
  service.browsers.disconnect();
  const payload = JSON.stringify({ title: "Dopo il ritorno", body: "" });
  assert.equal((await sendPush({ subscription, payload, vapidKeys })).status, 201);
  // Firefox waits about five seconds before it connects again.
  const notification = await firefox.waitForNotification({ title: "Dopo il ritorno", timeout: 30_000 });
  await firefox.closeNotification(notification);
});

function address(path) {
  return `http://localhost:${site.port}${path}`;
}

function serveSite(request, response) {
  const worker = request.url === "/worker.js";
  response.writeHead(200, { "content-type": worker ? "text/javascript" : "text/html; charset=utf-8" });
  response.end(worker ? WORKER : page());
}

function page() {
  return `<!doctype html><html lang="it"><title>Prova</title><button id="subscribe">Iscriviti</button>
<pre id="subscription"></pre><script type="module">
document.querySelector("#subscribe").addEventListener("click", async () => {
  await Notification.requestPermission();
  await navigator.serviceWorker.register("/worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = "${vapidKeys.publicKey}";
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  document.querySelector("#subscription").textContent = JSON.stringify(subscription);
});
</script>`;
}

const WORKER = `
self.addEventListener("push", (event) => {
  const { title, body, open } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, data: { open } }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.open));
});
`;
