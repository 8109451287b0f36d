// SPDX-License-Identifier: EUPL-1.2
// Every page in its states, looked at by axe in Firefox: no violation of WCAG 2.2 A and AA or of its best practices,
// at the width of a telephone and of a desk, and nothing wider than the screen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { startProgram } from "./program.mjs";
import { addEditor, enterBackOffice, publish, reachSummary, signUpByPush, tick, writeCall } from "./steps.mjs";

const skip = whyBrowserIsSkipped();
const WIDTHS = [320, 1280];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let pushService;
let smtpReceiver;
let program;
let firefox;
let opportunity;

before(async () => {
  if (skip) return;
  pushService = await startPushService();
  smtpReceiver = await startSmtpReceiver();
  program = await startProgram({ pushService, smtpReceiver });
  await addEditor(program);
  firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl });
  opportunity = await publish(firefox, program, { title: "Festa del pane di montagna", topic: "culture-festivals" });
});

after(async () => {
  await firefox?.close();
  await program?.remove();
  await smtpReceiver?.close();
  await pushService?.close();
});

for (const [path, name] of [
  ["/", "home"],
  ["/opportunita", "the list"],
  ["/opportunita?q=nothing-has-these-words", "the empty list"],
  [() => opportunity, "an opportunity"],
  ["/iscriviti", "signing up: who"],
  ["/iscriviti/dove?kind=operator", "signing up: where"],
  ["/iscriviti/cosa", "signing up: what"],
  ["/iscriviti/come?topics=environment", "signing up: how"],
  ["/iscriviti/riepilogo?topics=environment", "signing up: the summary"],
  ["/iscriviti/controlla", "after signing up"],
  ["/accedi", "signing in"],
  ["/conferma/no-such-link", "a link that is not ours"],
  ["/privacy", "privacy"],
  ["/note-legali", "legal notes"],
  ["/cancellato", "after erasing"],
  ["/no-such-page", "a page that is missing"],
  ["/staff/accedi", "signing in of staff"],
]) {
  test(`${name}: axe finds nothing, in Italian and English`, { skip }, async () => {
    const page = await firefox.newPage();
    const address = new URL(typeof path === "function" ? path() : path, program.publicUrl);
    for (const language of ["it", "en"]) {
      address.searchParams.set("lang", language);
      await page.goto(address.href);
      await inspect(page);
    }
    await page.goto(`${program.publicUrl}/?lang=it`);
    await page.close();
  });
}

test("signing up with mistakes: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/iscriviti/dove`);
  await page.type("#place-1", "Bergmo");
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  await inspect(page);
  await page.goto(`${program.publicUrl}/iscriviti/come`);
  await page.waitForSelector(".alert-danger");
  await inspect(page);
  for (const way of ["push", "email"]) {
    await reachSummary(page, program, { topic: "culture-festivals", way });
    await inspect(page);
  }
  await page.type("#email", "no address");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#email[aria-invalid=true]");
  await inspect(page);
  await page.close();
});

test("the private pages: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await signUpByPush(page, program, "culture-festivals");
  await inspect(page);
  await page.goto(`${program.publicUrl}/preferenze/profilo/citizen`);
  await inspect(page);
  await untilInboxHolds(page, "Festa del pane di montagna");
  await inspect(page);
  await page.goto(`${program.publicUrl}/avvisi?saved=yes`);
  await inspect(page);
  await page.goto(new URL(opportunity, program.publicUrl).href);
  await page.click("form[action='/avvisi/salva'] button");
  await page.waitForSelector("form[action='/avvisi/non-salvare']");
  await inspect(page);
  await page.goto(`${program.publicUrl}/avvisi?saved=yes`);
  await inspect(page);
  for (const path of ["/preferenze/profilo/citizen/argomenti", "/preferenze/quando", "/preferenze/consensi", "/preferenze/indirizzo", "/preferenze/cancella"]) {
    await page.goto(`${program.publicUrl}${path}`);
    await inspect(page);
  }
  await page.close();
});

test("the back office: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await enterBackOffice(page, program);
  await inspect(page);
  await page.goto(`${program.publicUrl}/staff/opportunita/nuova`);
  await inspect(page);
  await page.click("button[name=action][value=publish]");
  await page.waitForSelector(".alert-danger");
  await inspect(page);
  await writeCall(page, program, { title: "Una bozza", topic: "work-school" });
  await inspect(page);
  await page.close();
});

test("changing what was published: axe finds nothing", { skip }, async () => {
  const path = await publish(firefox, program, { title: "Festa della castagna d'autunno", topic: "culture-festivals" });
  const page = await firefox.newPage();
  await enterBackOffice(page, program);
  await page.evaluate(() => [...document.querySelectorAll("th a")].find((link) => link.textContent.includes("autunno")).click());
  await page.waitForSelector("a[href$='/modifica']");
  await inspect(page);
  const turn = await page.$eval("a[href$='/svolta/exhausted']", (link) => link.href);
  await page.click("a[href$='/modifica']");
  await page.waitForSelector("#note");
  await inspect(page);
  await page.type("#note", "Si svolge anche in caso di pioggia.");
  await page.click(".actions button[value=look]");
  await page.waitForSelector("button[value=revise]");
  await inspect(page);
  await page.click("button[value=revise]");
  await page.waitForSelector("[role=status]");
  await page.goto(turn);
  await inspect(page);
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[role=status]");
  await inspect(page);
  await page.goto(new URL(path, program.publicUrl).href);
  assert.ok(await page.$("ol.history"), "the page tells what has become of it");
  await inspect(page);
  await page.close();
});

test("the delivery report: axe finds nothing", { skip }, async () => {
  await publish(firefox, program, { title: "Festa della castagna", topic: "culture-festivals" });
  const page = await firefox.newPage();
  await enterBackOffice(page, program);
  await page.evaluate(() => [...document.querySelectorAll("th a")].find((link) => link.textContent.includes("castagna")).click());
  await page.waitForSelector("a[href$='/consegne']");
  await inspect(page);
  const report = await page.$eval("a[href$='/consegne']", (link) => link.href);
  // Whoever subscribed above is told of it.
  for (let attempt = 0; attempt < 50 && !(await page.$("[data-count=web_push-sent]")); attempt += 1) {
    await page.goto(report);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const query of ["?tried=0", "?tried=2&lang=en", "?lang=it"]) {
    await page.goto(`${report}${query}`);
    assert.ok(await page.$("[data-count=web_push-owed]"), "somebody was owed it");
    await inspect(page);
  }
  await page.goto(`${program.publicUrl}/staff/opportunita/1/consegne`);
  await inspect(page);
  await page.goto(`${program.publicUrl}/staff/invii`);
  await inspect(page);
  await page.close();
});

async function untilInboxHolds(page, title) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await page.goto(`${program.publicUrl}/avvisi`);
    if ((await page.$eval("main", (element) => element.textContent)).includes(title)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the inbox never held ${title}`);
}

/** Fails with what axe finds on the open page at each width, and with what sticks out of the screen. */
async function inspect(page) {
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 900 });
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    });
    assert.deepEqual(violations, [], `${page.url()} at ${width} pixels`);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overhang <= 0, `${page.url()} is ${overhang} pixels wider than a screen of ${width}`);
  }
}
