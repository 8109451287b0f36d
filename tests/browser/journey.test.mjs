// SPDX-License-Identifier: EUPL-1.2
// The two journeys that the service exists for, with the built program and real peers. In Firefox: somebody subscribes
// on the page without any address, an editor publishes, the notification appears and opens the right page. By mail:
// the confirmation link is followed from the received mail, the notification is read, one click stops everything.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { startProgram } from "./program.mjs";
import { addEditor, publish, signUpByMail, signUpByPush } from "./steps.mjs";

const skip = whyBrowserIsSkipped();
const READER = "maria.rossi@informa.example";

let pushService;
let smtpReceiver;
let program;
let firefox;

before(async () => {
  if (skip) return;
  pushService = await startPushService();
  smtpReceiver = await startSmtpReceiver();
  program = await startProgram({ pushService, smtpReceiver });
  await addEditor(program);
  firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl });
});

after(async () => {
  await firefox?.close();
  await program?.remove();
  await smtpReceiver?.close();
  await pushService?.close();
});

test("a browser subscribes, an editor publishes, the notification opens the right page", { skip }, async () => {
  const page = await firefox.newPage();
  await signUpByPush(page, program, "culture-festivals");
  assert.match(await page.$eval(".alert", (element) => element.textContent), /notifiche sono attive/);

  const path = await publish(firefox, program, { title: "Festa del pane di montagna", topic: "culture-festivals" });
  const notification = await firefox.waitForNotification({ title: "Festa del pane di montagna", timeout: 20_000 });
  assert.match(notification.body, /Perché segui Sagre e feste/);
  await firefox.clickNotification(notification);
  const opened = await firefox.waitForPage(path);
  assert.equal(new URL(opened.url()).pathname, path);
  assert.equal(await opened.$eval("h1", (element) => element.textContent), "Festa del pane di montagna");
});

test("a test push arrives in the browser that asked for it", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/preferenze`);
  await page.click("form[action='/preferenze/prova'] button");
  const notification = await firefox.waitForNotification({ title: "Funziona!", timeout: 20_000 });
  await firefox.closeNotification(notification);
});

test("who has no address gets the link to the private page as a notification", { skip }, async () => {
  await signOutSubscriber();
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/accedi`);
  await page.click("[data-push-sign-in]:not([hidden]) button");
  const notification = await firefox.waitForNotification({ title: "Apri la tua pagina", timeout: 20_000 });
  await firefox.clickNotification(notification);
  const asked = await firefox.waitForPage("/accedi/");
  await asked.click("main form button");
  await asked.waitForFunction(() => location.pathname === "/preferenze");
  assert.match(await asked.$eval("main", (element) => element.textContent), /Sagre e feste/);
});

test("by mail: confirm from the link, read the notification, stop with one click, hear nothing more", { skip }, async () => {
  await signOutSubscriber();
  const page = await firefox.newPage();
  await signUpByMail(page, program, "work-school", READER);

  const confirmation = await nextMail(READER, 1);
  const link = confirmation.text.match(/http:\/\/localhost:\d+\/conferma\/\S+/)[0];
  await page.goto(link);
  await page.click("main form button");
  await page.waitForFunction(() => location.pathname === "/preferenze");

  await publish(firefox, program, { title: "Borse di studio per le superiori", topic: "work-school" });
  const told = await nextMail(READER, 2);
  assert.match(told.subject, /^Bando: Borse di studio/);
  assert.match(told.text, /Perché segui Scuola e diritto allo studio/);

  const unsubscribe = told.text.match(/http:\/\/localhost:\d+\/disiscriviti\/\S+/)[0];
  const oneClick = await fetch(unsubscribe, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
    redirect: "manual",
  });
  assert.equal(oneClick.status, 200);

  await publish(firefox, program, { title: "Libri gratis per la scuola", topic: "work-school" });
  await untilNothingIsOwed();
  assert.equal((await mailsTo(READER)).length, 2);
});

/** The subscriber is signed out; the editor stays, since attempts to sign in from one place are counted. */
async function signOutSubscriber() {
  const cookies = await firefox.browser.cookies();
  await firefox.browser.deleteCookie(...cookies.filter((cookie) => cookie.name === "informa_person"));
}

async function mailsTo(address) {
  const answer = await fetch(`${smtpReceiver.controlUrl}/messages?to=${encodeURIComponent(address)}`);
  const lines = (await answer.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Waits for the mail with this number to an address. */
async function nextMail(address, number) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const mails = await mailsTo(address);
    if (mails.length >= number) return mails[number - 1];
    await sleep(100);
  }
  throw new Error(`no mail number ${number} to ${address}; the program printed:\n${program.printed()}`);
}

/** Waits until everything that was published is matched and everything owed is finished. */
async function untilNothingIsOwed() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = JSON.parse(await program.run("status", "--json"));
    const open = Object.values(status.notifications).map((states) => states.open);
    if (status.unmatched === 0 && open.every((count) => !count)) return;
    await sleep(100);
  }
  throw new Error("notifications are still owed");
}
