// SPDX-License-Identifier: EUPL-1.2
// Every page in every state, as walks: the one list that the accessibility test and `make audit` share. A new page is a
// line in PATHS, a new state a `yield` in a walk; whoever walks looks at the page each time.
//
// A walk gets a page of a browser that nobody has used, signed in as nobody, and the world: the running program, what
// receives its mail, and what was published before. It chooses no language and no width.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { linkTo, refuseMailTo } from "./mails.mjs";
import { enterBackOffice, publish, tick, writeCall } from "./steps.mjs";
import { askByMail, makeMistakes, subscribeByMail, subscribeByPush } from "./subscribing.mjs";

export const TOPIC = "culture-festivals";
export const TITLE = "Festa del pane di montagna";

/** Pages that an address alone brings up: `world` says what was published. */
const PATHS = [
  ["/", "home"],
  ["/opportunita", "the list"],
  ["/opportunita?q=pane&kind=call&standing=open&audience=citizen", "the list, narrowed"],
  ["/opportunita?q=pane&area=Nessun+luogo", "the list, with a place that nobody knows"],
  ["/opportunita?q=nothing-has-these-words", "the empty list"],
  [(world) => world.opportunity, "an opportunity"],
  ["/iscriviti", "signing up"],
  [`/iscriviti?topics=${TOPIC}&place=Bergamo`, "signing up for one topic"],
  ["/iscriviti/controlla", "after signing up"],
  ["/accedi", "signing in"],
  ["/accedi/controlla", "after asking for the link"],
  ["/conferma/no-such-link", "a link that is not ours"],
  ["/disiscriviti/no-such-link", "a link to stop that is not ours"],
  ["/disiscriviti/fatto", "after stopping"],
  ["/disiscriviti/sezione/fatto", "after leaving a section out"],
  ["/cancellato", "after erasing"],
  ["/privacy", "privacy"],
  ["/note-legali", "legal notes"],
  ["/no-such-page", "a page that is missing"],
  ["/staff/accedi", "signing in of staff"],
];

/** The walks, in an order: what one publishes, the next may find. */
export const WALKS = [
  { name: "what everybody can open", walk: everybody },
  { name: "mistakes and refusals", walk: mistakes },
  { name: "subscribing by mail", walk: byMail },
  { name: "the private pages", walk: privatePages },
  { name: "a mailbox that fails", walk: failingMailbox },
  { name: "the back office", walk: backOffice },
  { name: "changing what was published", walk: changing },
  { name: "the delivery report", walk: deliveries },
];

async function* everybody(page, world) {
  for (const [path, name] of PATHS) {
    await page.goto(new URL(typeof path === "function" ? path(world) : path, world.program.publicUrl).href);
    yield name;
  }
}

async function* mistakes(page, { program }) {
  await makeMistakes(page, program);
  yield "signing up with mistakes";
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", "no address");
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  yield "signing in with a mistake";
  await page.$eval("main form input[name=csrf]", (field) => (field.value = "forged"));
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => !document.querySelector("#email"));
  yield "a form that was not ours";
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await page.goto(`${program.publicUrl}/accedi`);
    await page.type("#email", "nobody@informa.example");
    await page.click("main form button[type=submit]");
    await page.waitForFunction(() => !document.querySelector("#email"));
  }
  yield "too much from one place";
  await page.goto(`${program.publicUrl}/staff/accedi`);
  await page.type("#email", "nobody@informa.example");
  await page.type("#password", "not the password");
  await page.click("main form button[type=submit]");
  await page.waitForSelector(".alert-danger, [aria-invalid=true]");
  yield "signing in of staff with a mistake";
}

async function* byMail(page, { program, smtpReceiver, number }) {
  const email = `walk${number()}@informa.example`;
  await askByMail(page, program, { email, topic: TOPIC });
  yield "a mail is on its way";
  const link = await linkTo(smtpReceiver, email, "/conferma/");
  await page.goto(link);
  yield "confirming";
  await page.click("main form button");
  await page.waitForFunction(() => location.pathname === "/preferenze");
  yield "confirmed";
  await page.goto(link);
  yield "a link that was used";
  await page.goto(`${program.publicUrl}/preferenze/profilo/citizen`);
  await tick(page, "frequency", "daily");
  await page.click("main form[action$='/citizen'] button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/preferenze");
  yield "preferences with sections of a digest";
  await page.goto(`${program.publicUrl}/preferenze/profilo/citizen`);
  await page.type("input[name=place]", "Nessun luogo così");
  await page.click("main form[action$='/citizen'] button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  yield "a profile with a mistake";
  await page.goto(`${program.publicUrl}/preferenze/profilo/operator`);
  yield "a profile to add";
  await page.goto(`${program.publicUrl}/preferenze`);
  await page.click("form[action='/preferenze/esci'] button");
  await page.waitForFunction(() => location.pathname === "/");
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", email);
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/accedi/controlla");
  await page.goto(await linkTo(smtpReceiver, email, "/accedi/"));
  yield "the link to the private page";
}

async function* privatePages(page, world) {
  const { program } = world;
  await subscribeByPush(page, program, { topic: TOPIC });
  yield "preferences of a browser";
  await page.goto(`${program.publicUrl}/avvisi?saved=yes`);
  yield "nothing saved";
  await page.goto(`${program.publicUrl}/preferenze/profilo/citizen`);
  yield "a profile";
  await untilInboxHolds(page, program, TITLE);
  yield "the inbox";
  await page.goto(new URL(world.opportunity, program.publicUrl).href);
  await page.click("form[action='/avvisi/salva'] button");
  await page.waitForSelector("form[action='/avvisi/non-salvare']");
  yield "an opportunity, saved";
  await page.goto(`${program.publicUrl}/avvisi?saved=yes`);
  yield "what is saved";
  await page.goto(`${program.publicUrl}/avvisi?page=9999`);
  yield "beyond the end of the inbox";
  await page.goto(`${program.publicUrl}/preferenze/cancella`);
  yield "erasing";
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/cancellato");
  yield "erased";
}

async function* failingMailbox(page, { program, smtpReceiver, number }) {
  const email = `failing${number()}@informa.example`;
  await subscribeByMail(page, program, smtpReceiver, { email, topic: "work-school" });
  await refuseMailTo(smtpReceiver, email);
  await page.click("form[action='/preferenze/prova'] button");
  for (let attempt = 0; attempt < 100 && !(await page.$("#failing")); attempt += 1) {
    await sleep(100);
    await page.goto(`${program.publicUrl}/preferenze`);
  }
  assert.ok(await page.$("#failing"), "the page says that the mailbox fails");
  yield "preferences, with a mailbox that fails";
  await page.goto(`${program.publicUrl}/avvisi`);
  yield "the inbox, with a mailbox that fails";
}

async function* backOffice(page, { program }) {
  await enterBackOffice(page, program);
  yield "the list of staff";
  await page.goto(`${program.publicUrl}/staff/opportunita/nuova`);
  yield "the editor";
  await page.click("button[name=action][value=publish]");
  await page.waitForSelector(".alert-danger");
  yield "the editor with mistakes";
  await writeCall(page, program, { title: "Una bozza", topic: "work-school" });
  yield "before publishing";
}

async function* changing(page, { program, firefox }) {
  const path = await publish(firefox, program, { title: "Festa della castagna d'autunno", topic: TOPIC });
  await enterBackOffice(page, program);
  await openOfStaff(page, "autunno");
  await page.waitForSelector("a[href$='/modifica']");
  yield "what was published";
  const turn = await page.$eval("a[href$='/svolta/exhausted']", (link) => link.href);
  await page.click("a[href$='/modifica']");
  await page.waitForSelector("#note");
  yield "changing it";
  await page.type("#note", "Si svolge anche in caso di pioggia.");
  await page.click(".actions button[value=look]");
  await page.waitForSelector("button[value=revise]");
  yield "the last look at the change";
  await page.click("button[value=revise]");
  await page.waitForSelector("[role=status]");
  await page.goto(turn);
  yield "before it is exhausted";
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[role=status]");
  yield "exhausted";
  await page.goto(new URL(path, program.publicUrl).href);
  assert.ok(await page.$("ol.history"), "the page tells what has become of it");
  yield "an opportunity with a history";
}

async function* deliveries(page, world) {
  const { program, firefox } = world;
  const { email, topic } = { email: `told${world.number()}@informa.example`, topic: TOPIC };
  await subscribeByMail(page, program, world.smtpReceiver, { email, topic });
  await publish(firefox, program, { title: "Festa della castagna", topic });
  await enterBackOffice(page, program);
  await openOfStaff(page, "castagna");
  await page.waitForSelector("a[href$='/consegne']");
  const report = await page.$eval("a[href$='/consegne']", (link) => link.href);
  for (let attempt = 0; attempt < 100 && !(await page.$("[data-count=email-sent]")); attempt += 1) {
    await page.goto(report);
    await sleep(100);
  }
  for (const query of ["?tried=0", "?tried=2"]) {
    await page.goto(`${report}${query}`);
    assert.ok(await page.$("[data-count=email-owed]"), "somebody was owed it");
    yield `the delivery report ${query}`;
  }
  await page.goto(`${program.publicUrl}/staff/invii`);
  yield "what was made in one go";
}

async function openOfStaff(page, word) {
  await page.evaluate((word) => {
    [...document.querySelectorAll("th a")].find((link) => link.textContent.includes(word)).click();
  }, word);
}

async function untilInboxHolds(page, program, title) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await page.goto(`${program.publicUrl}/avvisi`);
    if ((await page.$eval("main", (element) => element.textContent)).includes(title)) return;
    await sleep(100);
  }
  throw new Error(`the inbox never held ${title}`);
}
