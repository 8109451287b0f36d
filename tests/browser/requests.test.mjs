// SPDX-License-Identifier: EUPL-1.2
// What Firefox asks for while somebody goes through the whole site: nothing of anybody else. And what the style sheet
// makes of the pages: the library at its version, its classes, and our own fonts alone. With a logo and a colour of the
// installation's own, in both languages.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { launchFirefox, whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { startProgram } from "./program.mjs";
import { addEditor, enterBackOffice, publish, signUpByPush } from "./steps.mjs";

const skip = whyBrowserIsSkipped();
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 40"><path fill="#fff" d="M0 0h40v40H0zm50 10h110v20H50z"/></svg>';

let pushService;
let smtpReceiver;
let program;
let firefox;
let opportunity;
let folder;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(os.tmpdir(), "informa-logo-"));
  await writeFile(path.join(folder, "logo.svg"), LOGO);
  pushService = await startPushService();
  smtpReceiver = await startSmtpReceiver();
  const environment = {
    INFORMA_LOGO_FILE: path.join(folder, "logo.svg"),
    INFORMA_PRIMARY_COLOUR: "#a3123f",
    INFORMA_BODY_NAME: "Regione di prova",
    INFORMA_BODY_ADDRESS: "Piazza Città di Lombardia 1, 20124 Milano",
    INFORMA_BODY_TAX_CODE: "80050050154",
    INFORMA_BODY_PEC: "protocollo@pec.example.org",
  };
  program = await startProgram({ pushService, smtpReceiver, environment });
  await addEditor(program);
  firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl });
  opportunity = await publish(firefox, program, { title: "Festa del pane di montagna", topic: "culture-festivals" });
});

after(async () => {
  await firefox?.close();
  await program?.remove();
  await smtpReceiver?.close();
  await pushService?.close();
  if (folder) await rm(folder, { recursive: true });
});

const PUBLIC = [
  "/", "/opportunita", "/opportunita?q=nothing-has-these-words", "/iscriviti", "/iscriviti/dove?kind=operator", "/iscriviti/cosa",
  "/iscriviti/come?topics=environment", "/iscriviti/riepilogo?topics=environment", "/iscriviti/controlla", "/accedi",
  "/accedi/controlla", "/conferma/no-such-link", "/sposta/no-such-link", "/avviso/no-such-link", "/disiscriviti/no-such-link",
  "/disiscriviti/fatto", "/disiscriviti/sezione/fatto", "/aiuto", "/aiuto/scrivi", "/aiuto/scrivi/inviato", "/privacy", "/note-legali",
  "/cancellato", "/no-such-page", "/staff/accedi",
];

test("public pages ask nothing of anybody else", { skip }, async () => {
  await visit([...PUBLIC, opportunity]);
});

test("the pages of somebody who is signed in ask nothing of anybody else", { skip }, async () => {
  const page = await firefox.newPage();
  await signUpByPush(page, program, "culture-festivals");
  await page.close();
  await visit([
    "/preferenze", "/preferenze/profilo/citizen", "/preferenze/profilo/citizen/argomenti", "/preferenze/quando",
    "/preferenze/consensi", "/preferenze/nascosti", "/preferenze/indirizzo", "/preferenze/cancella", "/avvisi", "/avvisi?saved=yes", opportunity,
  ]);
});

test("the back office asks nothing of anybody else", { skip }, async () => {
  const page = await firefox.newPage();
  await enterBackOffice(page, program);
  await page.close();
  await visit([
    "/staff", "/staff/opportunita", "/staff/opportunita/nuova", "/staff/opportunita/1", "/staff/opportunita/1/modifica",
    "/staff/opportunita/1/svolta/exhausted", "/staff/opportunita/1/consegne", "/staff/invii",
  ]);
});

test("the library, its classes and our own fonts make every public page", { skip }, async () => {
  const page = await firefox.newPage();
  for (const address of [...PUBLIC, opportunity]) {
    await page.goto(`${program.publicUrl}${address}`);
    const found = await page.evaluate(libraryOf);
    assert.ok(found.version >= "2.0.0" && found.version < "3", `${address}: version ${found.version}`);
    assert.ok(found.share >= 0.3, `${address}: ${Math.round(found.share * 100)} % of the classes are the library's`);
    assert.deepEqual(found.families, ["Titillium Web"], address);
    assert.equal(found.styles, 0, `${address}: a style element was added`);
    assert.match(found.lang, /^(it|en)$/, address);
  }
  await page.close();
});

/** Opens each path in both languages; fails with whatever is asked of another origin, or is not there. */
async function visit(paths) {
  const page = await firefox.newPage();
  const [asked, missing] = [new Set(), new Set()];
  page.on("request", (request) => asked.add(request.url()));
  page.on("response", (response) => {
    const isPage = response.request().isNavigationRequest();
    if (!isPage && response.status() >= 400) missing.add(`${response.status()} ${response.url()}`);
  });
  for (const language of ["it", "en"]) {
    for (const wanted of paths) {
      const address = new URL(wanted, program.publicUrl);
      address.searchParams.set("lang", language);
      await page.goto(address.href);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language, address.pathname);
      const outside = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
      for (const entry of outside) asked.add(entry);
    }
  }
  await page.goto(`${program.publicUrl}/?lang=it`);
  await page.close();
  assert.ok(asked.size > paths.length, "requests were seen");
  // What the browser draws its own controls with is written into its style sheets, and asked of nobody.
  const foreign = [...asked].filter((address) => !address.startsWith("data:") && new URL(address).origin !== program.publicUrl);
  assert.deepEqual(foreign, []);
  assert.deepEqual([...missing], []);
}

/** In the page: the library's version, how many of the classes in use are in its style sheet, and what fonts are used. */
function libraryOf() {
  const style = getComputedStyle(document.documentElement);
  const version = style.getPropertyValue("--bootstrap-italia-version").replace(/['"\s]/g, "");
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join("\n");
  const used = new Set([...document.querySelectorAll("[class]")].flatMap((element) => [...element.classList]));
  const own = /^(slim-links|site-navigation|footer-body|footer-list|help-block|logo|read-on|actions|section|rows|form-|field|hero)/;
  const known = [...used].filter((name) => !own.test(name) && rules.includes(`.${CSS.escape(name)}`));
  const texts = [...document.querySelectorAll("h1, h2, h3, p")].map((element) => getComputedStyle(element).fontFamily);
  const families = [...new Set(texts.map((family) => family.split(",")[0].replace(/["']/g, "")))];
  const styles = document.querySelectorAll("style").length;
  return { version, share: known.length / used.size, families, styles, lang: document.documentElement.lang };
}
