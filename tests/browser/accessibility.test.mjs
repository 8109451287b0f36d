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
import { addEditor, enterBackOffice, publish, reachSummary, signUpByPush, signUpByMail, tick, writeCall } from "./steps.mjs";

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
  ["/aiuto", "help"],
  ["/aiuto#accessibilita", "help with an open answer"],
  ["/aiuto/scrivi", "writing to the body"],
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
  for (const path of ["/preferenze/profilo/citizen/argomenti", "/preferenze/nascosti", "/preferenze/quando", "/preferenze/consensi", "/preferenze/indirizzo", "/preferenze/cancella"]) {
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

test("the stars of a page, from the first to the thanks: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/privacy`);
  assert.deepEqual(await visible(page, "[data-element^=feedback-rating-]"), [], "nothing is asked before the stars");
  await page.click("[data-element=feedback-rate-5]");
  await kept(page);
  assert.deepEqual(await visible(page, "fieldset[data-element]"), ["feedback-rating-positive"]);
  await inspect(page);
  // By keyboard from here on: two stars to the left of the fourth are three, and the focus stays on the stars.
  await page.focus("#rate-5");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.activeElement.id === "rate-3" && document.activeElement.checked);
  await kept(page);
  assert.deepEqual(await visible(page, "fieldset[data-element]"), ["feedback-rating-negative"]);
  await inspect(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press(" ");
  assert.equal(await page.$eval("#rating-negative-unclear", (box) => box.checked), true, "the answers come right after");
  await page.focus("[data-rating-next]");
  await page.keyboard.press("Enter");
  assert.deepEqual(await visible(page, "fieldset[data-element], [data-element=feedback-input-text]"), ["feedback-input-text"]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "rating-text");
  await inspect(page);
  await page.keyboard.type("Parole difficili");
  await page.focus("[data-rating] form:last-of-type [type=submit]");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-rating-thanks]:not([hidden])");
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("data-rating-thanks")), true);
  assert.equal(new URL(page.url()).pathname, "/privacy", "nobody left the page");
  await inspect(page);
  await page.close();
});

test("the stars without scripts: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/privacy`);
  await page.click("[data-element=feedback-rate-2]");
  await kept(page);
  // As a browser without scripts sends the form: past the script that would keep it here.
  await page.$eval("form[action='/valutazione']", (form) => HTMLFormElement.prototype.submit.call(form));
  await page.waitForFunction(() => location.pathname.startsWith("/valutazione/"));
  assert.deepEqual(await visible(page, "fieldset[data-element]"), ["feedback-rating-negative"]);
  await inspect(page);
  await page.$eval("#rating-text", (field) => {
    field.value = "a".repeat(201);
  });
  await page.click("main form button[type=submit]");
  await page.waitForSelector("#errors");
  await inspect(page);
  await page.$eval("#rating-text", (field) => {
    field.value = "Breve";
  });
  await page.click("main form button[type=submit]");
  await page.waitForSelector("main a[href='/privacy']:only-child");
  await page.waitForFunction(() => !document.querySelector("main form"));
  await inspect(page);
  await page.close();
});

test("writing to the body, with mistakes and sent: axe finds nothing", { skip }, async () => {
  const page = await firefox.newPage();
  await page.goto(`${program.publicUrl}/aiuto/scrivi`);
  await page.type("#email", "no address");
  await page.click("main form .btn-lg");
  await page.waitForSelector("#errors");
  assert.equal(await page.evaluate(() => document.activeElement.id), "errors", "the focus is on the index of mistakes");
  await inspect(page);
  await tick(page, "subject", "accessibility");
  await page.type("#message", "Il colore dei pulsanti non si legge.");
  await page.$eval("#email", (field) => {
    field.value = "anna@example.org";
  });
  await page.click("main form .btn-lg");
  await page.waitForFunction(() => location.pathname === "/aiuto/scrivi/inviato");
  await inspect(page);
  await page.close();
});

test("managing a notification and what was hidden: axe finds nothing", { skip }, async () => {
  const reader = "gestisce@example.org";
  const cookies = await firefox.browser.cookies();
  await firefox.browser.deleteCookie(...cookies.filter((cookie) => cookie.name === "informa_person"));
  const page = await firefox.newPage();
  await signUpByMail(page, program, "culture-festivals", reader);
  await page.goto(await linkIn(reader, 1, /http:\/\/localhost:\d+\/conferma\/\S+/));
  await page.click("main form button");
  await page.waitForFunction(() => location.pathname === "/preferenze");
  await page.goto(`${program.publicUrl}/preferenze/nascosti`);
  await inspect(page);
  await publish(firefox, program, { title: "Sagra del formaggio d'alpe", topic: "culture-festivals" });
  const address = await linkIn(reader, 2, /http:\/\/localhost:\d+\/avviso\/[\w-]+/);
  await page.goto(address);
  await inspect(page);
  for (const button of ["[name=hide]", "[name=hide]", "[value=fewer]", "[value=too-many]"]) {
    await Promise.all([page.waitForNavigation(), page.click(`main button${button}`)]);
    await page.waitForSelector(".alert-success");
  }
  await inspect(page);
  await page.goto(`${program.publicUrl}/avvisi`);
  await page.waitForSelector("form[action='/avvisi/mostra']");
  await inspect(page);
  await page.goto(`${program.publicUrl}/preferenze/nascosti`);
  await inspect(page);
  await Promise.all([page.waitForNavigation(), page.click("main button[name=what]")]);
  await inspect(page);
  await page.close();
});

/** What `pattern` finds in the mail with this number to an address. */
async function linkIn(address, number, pattern) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await fetch(`${smtpReceiver.controlUrl}/messages?to=${encodeURIComponent(address)}`);
    const mails = (await answer.text()).split("\n").filter(Boolean);
    if (mails.length >= number) return JSON.parse(mails[number - 1]).text.match(pattern)[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail number ${number} to ${address}`);
}

/** The data-element of what is visible among these. */
function visible(page, selector) {
  return page.$$eval(selector, (elements) => elements.filter((it) => it.checkVisibility()).map((it) => it.dataset.element));
}

/** Waits until the server has the stars. */
async function kept(page) {
  await page.waitForFunction(() => {
    const status = document.querySelector("[data-rating] [role=status]");
    return status.textContent === status.dataset.ratingKept;
  });
}

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
