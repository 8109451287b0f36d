// SPDX-License-Identifier: EUPL-1.2
// Push over the life of a subscription, in real Firefoxes: a second browser under a name of its own, a topic that is hidden
// from the page that a notification opens, a new VAPID key, a message that waits while the browser is away, a server that
// is gone, a browser that was removed, a refusal, and a push service that never answers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { startProgram } from "./program.mjs";
import { addEditor, nextMail, publish, reachSummary, signUpByPush, tick, untilNothingIsOwed } from "./steps.mjs";

const skip = whyBrowserIsSkipped();
const READER = "anna.bianchi@informa.example";
const TOPIC = "culture-festivals";
/** Firefox waits this long before it looks for its push service again, unless it is told otherwise. */
const SOON = { "dom.push.retryBaseInterval": 300, "dom.push.pingInterval": 5_000 };

let pushService;
let smtpReceiver;
let program;
let telephone;
let desk;

before(async () => {
  if (skip) return;
  pushService = await startPushService();
  smtpReceiver = await startSmtpReceiver();
  program = await startProgram({ pushService, smtpReceiver, environment: { INFORMA_WEEKLY_PUSHES: "50" } });
  await addEditor(program);
  const pushServiceWebSocketUrl = pushService.webSocketUrl;
  telephone = await launchFirefox({ pushServiceWebSocketUrl, more: SOON });
  desk = await launchFirefox({ pushServiceWebSocketUrl, more: SOON });
});

after(async () => {
  await desk?.close();
  await telephone?.close();
  await program?.remove();
  await smtpReceiver?.close();
  await pushService?.close();
});

const control = (path, body) =>
  fetch(`${pushService.controlUrl}/${path}`, { method: "POST", body: JSON.stringify(body) });

const call = (title) => publish(telephone, program, { title, topic: TOPIC });

/** The notification with this title, dismissed. */
async function isTold(firefox, title) {
  const notification = await firefox.waitForNotification({ title, timeout: 30_000 });
  await firefox.closeNotification(notification);
}

/** Everything owed is paid, and nothing of it came here. */
async function isNotTold(firefox) {
  await untilNothingIsOwed(program);
  await sleep(500);
  assert.deepEqual((await firefox.notifications()).map(({ title }) => title), []);
}

async function devices(firefox) {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/preferenze`);
  return page;
}

test("a second browser joins the first, and each has a name of its own", { skip }, async () => {
  await signUpByPush(await telephone.newPage(), program, TOPIC);
  const page = await devices(telephone);
  await page.$eval("details.rename", (details) => (details.open = true));
  await page.type("details.rename input[name=name]", "Il telefono");
  await page.click("details.rename button");
  await page.waitForFunction(() => document.querySelector("main").textContent.includes("Il telefono"));
  await page.type("#email", READER);
  await page.keyboard.press("Enter");
  const confirmation = await nextMail(smtpReceiver, READER, 1);
  await page.goto(confirmation.text.match(/http:\/\/localhost:\d+\/conferma\/\S+/)[0]);
  await page.click("main form button");
  await page.waitForFunction(() => !document.querySelector("main form"));

  const there = await desk.newPage();
  await there.goto(`${program.publicUrl}/accedi`);
  await there.type("#email", READER);
  await there.keyboard.press("Enter");
  const link = await nextMail(smtpReceiver, READER, 2);
  await there.goto(link.text.match(/http:\/\/localhost:\d+\/accedi\/\S+/)[0]);
  await there.click("main form button");
  await there.waitForFunction(() => location.pathname === "/preferenze");
  await there.click("[data-push-start]");
  await there.waitForFunction(() => location.search.includes("done=browser"));
  const named = await there.$$eval(".rows strong", (names) => names.map((name) => name.textContent.trim()));
  assert.ok(named.includes("Il telefono"), `${named}`);
  assert.equal(named.length, 3, "two browsers and a mailbox");

  await call("Il presepe in piazza");
  await isTold(telephone, "Il presepe in piazza");
  await isTold(desk, "Il presepe in piazza");
});

test("what is hidden from the page that a notification opens is heard of no more", { skip }, async () => {
  const path = await call("Sagra della polenta");
  await isTold(desk, "Sagra della polenta");
  await telephone.clickNotification(await telephone.waitForNotification({ title: "Sagra della polenta", timeout: 30_000 }));
  const opened = await telephone.waitForPage(path);
  await Promise.all([opened.waitForNavigation(), opened.click("main a[href*='/avviso/']")]);
  const press = (button) => Promise.all([opened.waitForNavigation(), opened.click(`main button${button}`)]);
  await press("[name=hide][value^=topic]");
  await call("Sagra del formaggio");
  await isNotTold(telephone);
  await isNotTold(desk);
  await press("[name=show][value^=topic]");
  await call("Sagra del miele");
  await isTold(telephone, "Sagra del miele");
  await isTold(desk, "Sagra del miele");
});

test("a new VAPID key loses nobody: old ones are served, and a visit brings the new one", { skip }, async () => {
  await program.run("push-keys", "rotate");
  await call("Mercatino di Natale");
  await isTold(telephone, "Mercatino di Natale");
  await isTold(desk, "Mercatino di Natale");

  const keys = async () => (await program.run("push-keys", "list", "--json")).trim().split("\n").map((line) => JSON.parse(line));
  const page = await telephone.newPage();
  // The keys are read again after some seconds; what counts is any page, not one about notifications.
  for (let attempt = 0; attempt < 40 && (await keys())[0].browsers === 0; attempt += 1) {
    await page.evaluate(() => sessionStorage.clear()).catch(() => {});
    await page.goto(`${program.publicUrl}/opportunita`);
    await sleep(500);
  }
  assert.deepEqual((await keys()).map(({ browsers, present }) => [browsers, present]), [[1, true], [1, false]]);
  await call("Concerto degli auguri");
  await isTold(telephone, "Concerto degli auguri");
  await isTold(desk, "Concerto degli auguri");

  await assert.rejects(program.run("push-keys", "retire", "1"), /1 browsers are still sent to/);
  await program.run("push-keys", "retire", "1", "--drop");
  await call("Fuochi di mezzanotte");
  await isTold(telephone, "Fuochi di mezzanotte");
  await isNotTold(desk);
  const back = await devices(desk);
  await back.waitForFunction(() => document.querySelector("[data-push-status]")?.textContent.includes("attive"));
  await call("La Befana scende in piazza");
  await isTold(telephone, "La Befana scende in piazza");
  await isTold(desk, "La Befana scende in piazza");
});

test("what is sent while a browser is away waits for it", { skip }, async () => {
  await control("away", { away: true });
  await call("Carnevale dei ragazzi");
  await isNotTold(telephone);
  await control("away", { away: false });
  await isTold(telephone, "Carnevale dei ragazzi");
  await isTold(desk, "Carnevale dei ragazzi");
});

test("when the server is gone, there is a page that says so", { skip }, async () => {
  const page = await telephone.newPage();
  await page.goto(`${program.publicUrl}/opportunita`);
  await page.waitForFunction(() => caches.keys().then((names) => names.some((name) => name.startsWith("informa-offline"))));
  await program.stop();
  await page.goto(`${program.publicUrl}/avvisi`);
  assert.equal(await page.$eval("html", ({ lang }) => lang), "it");
  assert.match(await page.$eval("h1", (heading) => heading.textContent), /connessione|rete/i);
  assert.ok(await page.$eval("body", (body) => getComputedStyle(body).fontFamily.includes("Titillium")), "with its style");
  await program.start();
  await page.goto(`${program.publicUrl}/avvisi`);
  assert.match(await page.$eval("h1", (heading) => heading.textContent), /avvisi/i);
});

test("a browser that was removed hears nothing more", { skip }, async () => {
  const page = await devices(telephone);
  // Its own is the one that was named: the other one is removed.
  await page.$$eval(".rows li", (rows) => {
    const other = rows.find((row) => row.querySelector("details.rename") && !row.textContent.includes("Il telefono"));
    other.querySelector("form[action='/preferenze/dispositivo/togli'] button").click();
  });
  await page.waitForFunction(() => document.querySelectorAll("details.rename").length === 1);
  await call("Polenta per tutti");
  await isTold(telephone, "Polenta per tutti");
  await isNotTold(desk);
  const there = await devices(desk);
  await sleep(1_000);
  assert.equal(await there.$$eval("details.rename", (found) => found.length), 1, "a visit does not bring it back");
});

test("who refused is told how to allow it, and who is not answered is told so", { skip }, async () => {
  const refusing = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl, notifications: "block" });
  try {
    const page = await refusing.newPage();
    await reachSummary(page, program, { topic: TOPIC, way: "push" });
    await page.waitForSelector("[data-push-below] [data-push-steps] li");
    const said = await page.$eval("[data-push-status]", (status) => status.parentElement.textContent);
    assert.match(said, /bloccat|lucchetto|permess/i);
    assert.equal(await page.$eval("[data-push-offer]", ({ hidden }) => hidden), true, "what cannot be done is not offered");
  } finally {
    await refusing.close();
  }
  // This Firefox would wait for a minute.
  const more = { "dom.push.requestTimeout": 60_000 };
  const waiting = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl, more });
  try {
    await control("silent", { silent: true });
    const page = await waiting.newPage();
    await reachSummary(page, program, { topic: TOPIC, way: "push" });
    await tick(page, "consent", "yes");
    await page.click("[data-push-start]");
    await page.waitForFunction(
      () => document.querySelector("[data-push-status] strong"), { timeout: 25_000 },
    );
    assert.match(await page.$eval("[data-push-status]", (status) => status.textContent), /non ha risposto/);
    assert.equal(await page.evaluate(() => location.pathname), "/iscriviti/riepilogo");
    assert.ok(await page.$("[data-push-status] a[href='#email']"), "e-mail is there for it");
  } finally {
    await control("silent", { silent: false });
    await waiting.close();
  }
});
