// SPDX-License-Identifier: EUPL-1.2
// Every kind of mail as the program sent it, opened in Firefox on a light and on a dark screen, as wide as a telephone
// and as a programme for mail: nothing sticks out, everything can be read, and nothing is asked of anybody.
// With INFORMA_SHOTS=FOLDER, each is also kept there as an image.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { startProgram } from "./program.mjs";
import { addEditor, enterBackOffice, signUpByMail, tick } from "./steps.mjs";

const skip = whyBrowserIsSkipped();
const WIDTHS = [320, 600];
const CLIPPED_BYTES = 100_000;
const LONG_TITLE = "Contributi straordinari per l'efficientamento energetico degli edifici scolastici di montagna";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What only the subject of a mail of each kind says: other mails come to the same people meanwhile.
const KINDS = {
  confirmation: /^Conferma la tua iscrizione a /,
  announcement: /^Bando: Contributi straordinari/,
  "sign-in": /^Il collegamento alle tue preferenze/,
  change: /^Prorogato: Contributi straordinari/,
  test: /^Messaggio di prova di /,
  move: /^Conferma il cambio di indirizzo per /,
  contact: /^\[Informa\] .*: messaggio dal sito$/,
  digest: /^Contributi straordinari/,
  reminder: /^Scade tra 7 giorni: Contributi straordinari/,
  erased: /^I tuoi dati sono stati cancellati/,
};

let pushService;
let smtpReceiver;
let program;
let mailServer;
const mails = new Map();

before(async () => {
  if (skip) return;
  pushService = await startPushService();
  smtpReceiver = await startSmtpReceiver();
  const environment = {
    INFORMA_CLOCK: "2026-07-01T05:30:00Z",
    INFORMA_CONTACT_EMAIL: "urp@informa.example",
    INFORMA_BODY_ADDRESS: "Piazza Città di Lombardia 1, 20124 Milano",
  };
  program = await startProgram({ pushService, smtpReceiver, environment });
  const firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl });
  try {
    await haveEveryMail(firefox);
  } finally {
    await firefox.close();
  }
  mailServer = await serveMails();
});

after(async () => {
  mailServer?.close();
  await program?.remove();
  await smtpReceiver?.close();
  await pushService?.close();
});

for (const dark of [false, true]) {
  test(`every mail can be read on a ${dark ? "dark" : "light"} screen, narrow and wide`, { skip }, async () => {
    const firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl, dark });
    try {
      const page = await firefox.newPage();
      const asked = [];
      page.on("request", (request) => asked.push(request.url()));
      for (const [kind, mail] of mails) await inspect(page, kind, mail, dark);
      const foreign = asked.filter((address) => !address.startsWith(mailServer.address));
      assert.deepEqual(foreign, [], "a mail asks nothing of anybody");
    } finally {
      await firefox.close();
    }
  });
}

test("every mail is short enough not to be cut, and says at the beginning what it is about", { skip }, () => {
  assert.deepEqual([...mails.keys()].toSorted(), Object.keys(KINDS).toSorted());
  for (const [kind, mail] of mails) {
    const named = Object.keys(KINDS).filter((it) => KINDS[it].test(mail.subject));
    assert.deepEqual(named, [kind], `${mail.subject} is of one kind`);
    assert.ok(mail.raw.length < CLIPPED_BYTES, `${kind} has ${mail.raw.length} bytes`);
    assert.ok([...mail.subject].length <= 60, `${kind}: ${mail.subject}`);
    assert.match(mail.html, /<div class="preheader">[^<]{6,}/, kind);
  }
});

/** Fails with what axe finds in a mail, with what sticks out, and with small letters. */
async function inspect(page, kind, mail, dark) {
  for (const width of WIDTHS) {
    await page.setViewport({ width, height: 800 });
    await page.goto(`${mailServer.address}/${kind}`);
    const scheme = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
    assert.equal(scheme, dark, "the browser shows the scheme that is tested");
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overhang <= 0, `${kind} is ${overhang} pixels wider than there is room at ${width}`);
    const [background, smallest] = await page.evaluate(() => {
      const sheet = document.querySelector(".sheet");
      const sizes = [...sheet.querySelectorAll("*")].map((it) => parseFloat(getComputedStyle(it).fontSize));
      return [getComputedStyle(sheet).backgroundColor, Math.min(...sizes)];
    });
    assert.equal(background, dark ? "rgb(23, 36, 47)" : "rgb(255, 255, 255)", kind);
    assert.ok(smallest >= 14, `${kind} has letters of ${smallest} pixels`);
    assert.deepEqual(await page.evaluate(brokenWords), [], `${kind} breaks words at ${width} pixels`);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
      const { violations, incomplete } = await window.axe.run(document, { runOnly });
      const contrast = incomplete.filter(({ id }) => id === "color-contrast");
      return [...violations, ...contrast].flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
    });
    assert.deepEqual(violations, [], `${kind} at ${width} pixels, ${dark ? "dark" : "light"}`);
    await keepShot(page, `${kind}-${width}-${dark ? "dark" : "light"}`);
  }
}

/** In the page: the words of headings, of lines and of columns, that do not stand in one line. */
function brokenWords() {
  const broken = [];
  for (const heading of document.querySelectorAll("h1, h2, h3, th")) {
    const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const { 0: word, index } of texts.currentNode.data.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(texts.currentNode, index);
        range.setEnd(texts.currentNode, index + word.length);
        if (range.getClientRects().length > 1) broken.push(word);
      }
    }
  }
  return broken;
}

async function keepShot(page, name) {
  if (!process.env.INFORMA_SHOTS) return;
  await mkdir(process.env.INFORMA_SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(process.env.INFORMA_SHOTS, `${name}.png`), fullPage: true });
}

/** Lets happen whatever mail is written of; time passes by restarting the program at a later clock. */
async function haveEveryMail(firefox) {
  await addEditor(program);
  await importReaders();
  const page = await firefox.newPage();
  await signUpByMail(page, program, "environment", "maria@informa.example");
  const confirmation = await keep("confirmation", "maria@informa.example");
  await follow(page, confirmation, "conferma");
  await publishWithDeadline(page);
  await keep("announcement", "maria@informa.example");
  await page.goto(`${program.publicUrl}/preferenze`);
  await page.click("form[action='/preferenze/prova'] button");
  await page.waitForFunction(() => location.search.includes("done="));
  await keep("test", "maria@informa.example");
  await page.goto(`${program.publicUrl}/opportunita`);
  await page.goto(await page.$eval("main a[href^='/opportunita/']", (link) => link.href));
  await page.click("form[action='/avvisi/salva'] button");
  await page.waitForSelector("form[action='/avvisi/non-salvare']");
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", "dora@informa.example");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.pathname === "/accedi/controlla");
  await keep("sign-in", "dora@informa.example");
  await moveDeadline(page);
  await keep("change", "maria@informa.example");
  await page.goto(`${program.publicUrl}/preferenze/indirizzo`);
  await page.type("#email", "altra@informa.example");
  await page.keyboard.press("Enter");
  await keep("move", "altra@informa.example");
  await writeToBody(page);
  await later("2026-07-02T06:30:01Z");
  await keep("contact", "urp@informa.example");
  await keep("digest", "dora@informa.example");
  await later("2026-10-08T07:00:30Z");
  await keep("reminder", "maria@informa.example");
  await eraseAgain(page);
  await later("2026-10-08T07:05:00Z");
  await keep("erased", "maria@informa.example");
}

/** Somebody who reads a digest, with the proof of her consent. */
async function importReaders() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "informa-readers-"));
  const consent = { at: "2026-06-01T10:00:00Z", source: "modulo", text: "Voglio ricevere gli avvisi." };
  const dora = { email: "dora@informa.example", kind: "citizen", topics: ["environment"], frequency: "daily", consent };
  const file = path.join(folder, "readers.jsonl");
  await writeFile(file, `${JSON.stringify(dora)}\n`);
  await program.run("import-subscribers", file);
  await rm(folder, { recursive: true });
}

async function publishWithDeadline(page) {
  await enterBackOffice(page, program);
  await page.goto(`${program.publicUrl}/staff/opportunita/nuova`);
  await tick(page, "kind", "call");
  await page.type("#title", LONG_TITLE);
  await page.type("#summary", "Fino a 200.000 euro per isolare tetti e pareti e per cambiare la caldaia delle scuole.");
  await tick(page, "topics", "environment");
  await tick(page, "areas", "IT");
  await fill(page, "#closes_on", "2026-09-30");
  await page.click("button[name=action][value=publish]");
  await page.waitForFunction(() => location.pathname.endsWith("/pubblica"));
  await page.click("main form button[type=submit]");
  await page.waitForSelector("main a[href^='/opportunita/']");
}

async function moveDeadline(page) {
  await enterBackOffice(page, program);
  await page.click("th a");
  await page.waitForSelector("a[href$='/modifica']");
  await page.click("a[href$='/modifica']");
  await page.waitForSelector("#note");
  await fill(page, "#closes_on", "2026-10-15");
  await page.type("#note", "Due settimane in più, perché le scuole lo hanno chiesto.");
  await page.click(".actions button[value=look]");
  await page.waitForSelector("button[value=revise]");
  await page.click("button[value=revise]");
  await page.waitForSelector("[role=status]");
}

async function writeToBody(page) {
  await page.goto(`${program.publicUrl}/aiuto/scrivi?argomento=accessibility`);
  await page.type("#message", "Il colore dei pulsanti non si legge.");
  await fill(page, "#email", "anna@informa.example");
  await page.click("main form .btn-lg");
  await page.waitForFunction(() => location.pathname === "/aiuto/scrivi/inviato");
}

/** Her session has ended months later: she asks for a link, and erases everything. */
async function eraseAgain(page) {
  const cookies = await page.browser().cookies();
  await page.browser().deleteCookie(...cookies.filter((cookie) => cookie.name === "informa_person"));
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", "maria@informa.example");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.pathname === "/accedi/controlla");
  await follow(page, await arrived("sign-in", "maria@informa.example"), "accedi");
  await page.goto(`${program.publicUrl}/preferenze/cancella`);
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/cancellato");
}

async function fill(page, selector, value) {
  await page.$eval(selector, (field, text) => {
    field.value = text;
  }, value);
}

/** Opens the link of a mail and presses its button. */
async function follow(page, mail, what) {
  await page.goto(mail.text.match(new RegExp(`http://localhost:\\d+/${what}/\\S+`))[0]);
  await page.click("main form button");
  await page.waitForFunction(() => location.pathname === "/preferenze");
}

async function later(instant) {
  await program.stop();
  await program.start({ INFORMA_CLOCK: instant });
}

async function mailsTo(address) {
  const found = [];
  for await (const mail of smtpReceiver.mailbox.parsed(address)) found.push(mail);
  return found;
}

/** Waits for a mail of this kind to `address`, and returns the latest. */
async function arrived(kind, address) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const found = (await mailsTo(address)).filter((mail) => KINDS[kind].test(mail.subject));
    if (found.length > 0) return found.at(-1);
    await sleep(100);
  }
  const subjects = (await mailsTo(address)).map((mail) => mail.subject);
  throw new Error(`no ${kind} came to ${address}, only ${JSON.stringify(subjects)}; the program printed:\n${program.printed()}`);
}

/** Waits for a mail of this kind to `address`, and keeps it as the one that is looked at. */
async function keep(kind, address) {
  const mail = await arrived(kind, address);
  mails.set(kind, mail);
  return mail;
}

/** Serves the HTML of each mail under its kind. */
async function serveMails() {
  const server = http.createServer((request, response) => {
    const mail = mails.get(request.url.slice(1));
    response.writeHead(mail ? 200 : 404, { "Content-Type": "text/html; charset=utf-8" });
    response.end(mail?.html ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
