// SPDX-License-Identifier: EUPL-1.2
// Every page in every state: the one list that the accessibility test and `make audit` share.
//
// A page that an address brings up is one line: in PUBLIC for everybody, in OWN for somebody signed in with a mailbox, in
// STAFF for the back office. `[address, what it shows]`; the address may be a function of the world. A state that takes
// steps is a `yield "what it shows"` in a walk, which is a function listed in WALKS; whoever walks looks at the page then.
//
// A walk gets a page that nobody is signed in on (staff may be), and the world: the running program, what receives its
// mail, and what was published before. It chooses no language and no width, takes its texts from no language, and leaves
// people and opportunities of other walks alone: whoever is to be erased is made for it.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { linkTo, refuseMailTo } from "./mails.mjs";
import { enterBackOffice, publish, reachSummary, signUpByMail, signUpByPush, tick, untilInboxHolds, writeCall } from "./steps.mjs";

export const TOPIC = "culture-festivals";
export const TITLE = "Festa del pane di montagna";

const ANSWERED = `kind=operator&company_size=small&sectors=C&areas=016024&topics=${TOPIC}&frequency=daily&way=push`;

/** What everybody can open. */
const PUBLIC = [
  ["/", "home"],
  ["/opportunita", "the list"],
  ["/opportunita?q=pane&kind=call&standing=open&audience=citizen", "the list, narrowed"],
  ["/opportunita?q=pane&area=Nessun+luogo", "the list, with a place that nobody knows"],
  ["/opportunita?area=Brembilla", "the list, with a place that is part of another one today"],
  ["/opportunita?q=nothing-has-these-words", "the empty list"],
  ["/opportunita?page=9999", "beyond the end of the list"],
  ["/opportunita?page=2", "the second page of the list"],
  ["/opportunita?q=vetirne", "the list for a misspelt word"],
  [(world) => world.opportunity, "an opportunity"],
  [(world) => world.samples.open, "a call with everything that it can have"],
  [(world) => world.samples.closing, "a call that closes soon"],
  [(world) => world.samples.announced, "a call that opens later"],
  [(world) => world.samples.undated, "a call without dates"],
  [(world) => world.samples.event, "an event"],
  [(world) => world.samples.alert, "an alert"],
  [(world) => world.samples.news, "news"],
  [(world) => world.samples.service, "a service"],
  [(world) => world.samples.long, "an opportunity with a very long word in its title"],
  ["/iscriviti", "signing up: who"],
  [`/iscriviti?${ANSWERED}`, "signing up: who, filled"],
  ["/iscriviti/dove?kind=operator", "signing up: where"],
  [`/iscriviti/dove?${ANSWERED}`, "signing up: where, filled"],
  ["/iscriviti/dove?place=Bergmo&checked=yes", "signing up: where, with a place that nobody knows"],
  ["/iscriviti/cosa", "signing up: what"],
  [`/iscriviti/cosa?${ANSWERED}`, "signing up: what, filled"],
  ["/iscriviti/cosa?checked=yes", "signing up: what, with nothing chosen"],
  ["/iscriviti/cosa?place=Brembilla", "signing up: a place that is part of another one today"],
  [`/iscriviti/come?topics=${TOPIC}`, "signing up: how, the first page of telling me"],
  [`/iscriviti/come?${ANSWERED}`, "signing up: how, filled"],
  [`/iscriviti/riepilogo?topics=${TOPIC}`, "signing up: the summary, the second page of telling me"],
  [`/iscriviti/riepilogo?${ANSWERED}`, "signing up: the summary of everything, by push"],
  ["/iscriviti/riepilogo?topics=agriculture&areas=016024", "signing up: the summary of what brings nothing"],
  ["/iscriviti/controlla", "after signing up"],
  ["/accedi", "signing in"],
  ["/accedi/controlla", "after asking for the link"],
  ["/conferma/no-such-link", "a link that is not ours"],
  ["/sposta/no-such-link", "a link to another address that is not ours"],
  ["/disiscriviti/no-such-link", "a link to stop that is not ours"],
  ["/disiscriviti/fatto", "after stopping"],
  ["/disiscriviti/sezione/fatto", "after leaving a section out"],
  ["/cancellato", "after erasing"],
  ["/aiuto", "help"],
  ["/aiuto#accessibilita", "help with an open answer"],
  ["/aiuto/scrivi", "writing to the body"],
  ["/aiuto/scrivi?argomento=accessibility", "writing about accessibility"],
  ["/aiuto/scrivi/inviato?argomento=accessibility", "after writing"],
  ["/privacy", "privacy"],
  ["/note-legali", "legal notes"],
  ["/valutazione/no-such-code", "stars that are not ours"],
  ["/avviso/no-such-code", "a notification that is not ours"],
  ["/offline/it", "without a network"],
  ["/no-such-page", "a page that is missing"],
  ["/staff/accedi", "signing in of staff"],
];

/** What somebody has who signed up by mail. */
const OWN = [
  ["/", "home, for who is signed in"],
  ["/preferenze", "the private page"],
  ["/preferenze?done=saved&place=Brembilla", "the private page, with what was done"],
  ["/preferenze/profilo/citizen", "a profile"],
  ["/preferenze/profilo/operator", "a profile to add"],
  ["/preferenze/profilo/citizen/argomenti", "topic by topic"],
  ["/preferenze/quando", "quiet hours, cap and pause"],
  ["/preferenze/nascosti", "what was hidden, with nothing hidden"],
  ["/preferenze/indirizzo", "another address"],
  ["/preferenze/consensi", "consents"],
  ["/preferenze/disiscriviti", "before leaving"],
  ["/preferenze/cancella", "before erasing"],
  ["/avvisi", "the inbox"],
  ["/avvisi?saved=yes", "what is saved, with nothing saved"],
  ["/avvisi?unread=yes", "what is unread, with nothing unread"],
  ["/avvisi?kind=event&standing=closed", "the inbox, with nothing like that"],
  ["/avvisi?page=9999", "beyond the end of the inbox"],
];

/** What staff have. */
const STAFF = [
  ["/staff", "the list of staff"],
  ["/staff?page=9999", "beyond the end of the list of staff"],
  ["/staff/opportunita/nuova", "the editor"],
  ["/staff/invii", "what was made in one go"],
];

/** The walks, in an order: what one publishes, the next may find. */
export const WALKS = [
  { name: "what everybody can open", walk: (page, world) => openEach(page, world, PUBLIC) },
  { name: "following one opportunity alone", walk: oneAlone },
  { name: "what the mouse rests on", walk: underMouse },
  { name: "mistakes and refusals", walk: mistakes },
  { name: "names of places while they are typed", walk: suggestions },
  { name: "stars and what follows them", walk: stars },
  { name: "subscribing by mail", walk: byMail },
  { name: "what somebody has", walk: own },
  { name: "changing what somebody has", walk: changes },
  { name: "managing a notification", walk: managing },
  { name: "a browser without a mailbox", walk: byPush },
  { name: "a mailbox that fails", walk: failingMailbox },
  { name: "the back office", walk: backOffice },
  { name: "changing what was published", walk: changing },
  { name: "the delivery report", walk: deliveries },
];

async function* openEach(page, world, addresses) {
  for (const [address, name] of addresses) {
    await page.goto(new URL(typeof address === "function" ? address(world) : address, world.program.publicUrl).href);
    yield name;
  }
}

async function* oneAlone(page, { program, opportunity }) {
  await page.goto(new URL(opportunity, program.publicUrl).href);
  await page.click("[aria-labelledby=saving] a");
  await page.waitForFunction(() => location.pathname === "/iscriviti/come");
  yield "signing up: how, for one opportunity alone";
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/iscriviti/riepilogo");
  yield "signing up: the summary, for one opportunity alone";
}

async function* underMouse(page, { program }) {
  await page.goto(`${program.publicUrl}/opportunita`);
  const links = [".it-header-slim-wrapper a", ".site-navigation a", "main form .btn", ".section-head .btn", ".it-card a", ".feeds a"];
  for (const link of [...links, "[data-element=feedback-rate-3]", ".help-block a", ".it-footer-main a", ".footer-list a"]) {
    await page.hover(link);
    await sleep(400); // A colour takes its time to change.
    yield `the mouse on ${link}`;
  }
}

async function* mistakes(page, { program }) {
  const open = (path) => page.goto(`${program.publicUrl}${path}`);
  await reachSummary(page, program, { topic: TOPIC, way: "email" });
  await page.type("#email", "no address");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#email[aria-invalid=true]");
  yield "signing up: the summary with mistakes";
  await open("/aiuto/scrivi");
  await page.type("#email", "no address");
  await page.click("main form .btn-lg");
  await page.waitForSelector("#errors");
  yield "writing to the body, with mistakes";
  await open("/accedi");
  await page.type("#email", "no address");
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  yield "signing in with a mistake";
  await page.$eval("main form input[name=csrf]", (field) => (field.value = "forged"));
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => !document.querySelector("#email"));
  yield "a form that was not ours";
  await open("/staff/accedi");
  await page.type("#email", "nobody@informa.example");
  await page.type("#password", "not the password");
  await page.click("main form button[type=submit]");
  await page.waitForSelector(".alert-danger, [aria-invalid=true]");
  yield "signing in of staff with a mistake";
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await open("/accedi");
    await page.type("#email", "nobody@informa.example");
    await page.click("main form button[type=submit]");
    await page.waitForFunction(() => !document.querySelector("#email"));
  }
  yield "too much from one place";
}

async function* suggestions(page, { program }) {
  await page.goto(`${program.publicUrl}/iscriviti/dove`);
  await page.waitForSelector(".autocomplete__input#place-1");
  for (const [letters, name] of [["Berg", "names of places, open"], ["Brembil", "a name of another time, open"]]) {
    await page.$eval("#place-1", (field) => field.select());
    await page.type("#place-1", letters);
    const begins = (letters) => document.querySelector(".autocomplete__option")?.textContent.startsWith(letters);
    await page.waitForFunction(begins, {}, letters);
    await page.keyboard.press("ArrowDown");
    yield name;
  }
}

async function* stars(page, { program }) {
  const kept = () =>
    page.waitForFunction(() => {
      const status = document.querySelector("[data-rating] [role=status]");
      return status.textContent === status.dataset.ratingKept;
    });
  await page.goto(`${program.publicUrl}/privacy`);
  await page.click("[data-element=feedback-rate-5]");
  await kept();
  yield "five stars";
  await page.click("[data-element=feedback-rate-2]");
  await page.waitForSelector("[data-element=feedback-rating-negative]:not([hidden])");
  yield "two stars";
  await page.click("[data-rating-next]");
  yield "a few words after the stars";
  await page.click("[data-rating] form:last-of-type [type=submit]");
  await page.waitForSelector("[data-rating-thanks]:not([hidden])");
  yield "thanks for the stars";
  await page.goto(`${program.publicUrl}/note-legali`);
  await page.click("[data-element=feedback-rate-2]");
  await kept();
  // As a browser without scripts sends the form: past the script that would keep it here.
  await page.$eval("form[action='/valutazione']", (form) => HTMLFormElement.prototype.submit.call(form));
  await page.waitForFunction(() => location.pathname.startsWith("/valutazione/"));
  yield "what follows the stars, without scripts";
  await page.$eval("#rating-text", (field) => (field.value = "a".repeat(201)));
  await page.click("main form button[type=submit]");
  await page.waitForSelector("#errors");
  yield "what follows the stars, with a mistake";
  await page.$eval("#rating-text", (field) => (field.value = "Breve"));
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => !document.querySelector("main form"));
  yield "thanks for the stars, without scripts";
}

/** Signs up by mail and follows the link; the page is then the private one. */
export async function subscribeByMail(page, { program, smtpReceiver }, { email, topic }) {
  await signUpByMail(page, program, topic, email);
  await page.goto(await linkTo(smtpReceiver, email, "/conferma/"));
  await press(page, "main form button", "/preferenze");
}

/** Clicks, and waits for the page with this path. */
async function press(page, button, path) {
  await page.click(button);
  await page.waitForFunction((path) => location.pathname === path && document.readyState === "complete", {}, path);
}

async function* byMail(page, { program, smtpReceiver, number }) {
  const email = `walk${number()}@informa.example`;
  await signUpByMail(page, program, TOPIC, email);
  yield "a mail is on its way";
  const link = await linkTo(smtpReceiver, email, "/conferma/");
  await page.goto(link);
  yield "confirming";
  await press(page, "main form button", "/preferenze");
  yield "confirmed";
  await page.goto(link);
  yield "a link that was used";
  await page.goto(`${program.publicUrl}/preferenze`);
  await press(page, "form[action='/preferenze/esci'] button", "/");
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", email);
  await press(page, "main form button[type=submit]", "/accedi/controlla");
  await page.goto(await linkTo(smtpReceiver, email, "/accedi/"));
  yield "the link to the private page";
}

async function* own(page, world) {
  await subscribeByMail(page, world, { email: `own${world.number()}@informa.example`, topic: TOPIC });
  yield* openEach(page, world, OWN);
}

async function* changes(page, world) {
  const { program, smtpReceiver, number } = world;
  const open = (path) => page.goto(`${program.publicUrl}${path}`);
  const email = `changes${number()}@informa.example`;
  await subscribeByMail(page, world, { email, topic: TOPIC });
  await publish(world.firefox, program, { title: `Sagra numero ${number()}`, topic: TOPIC });
  await open("/preferenze/profilo/citizen");
  await page.type("input[name=place]", "Nessun luogo");
  await page.click("main form[action$='/citizen'] button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  yield "a profile with a mistake";
  await open("/preferenze/profilo/citizen");
  await tick(page, "frequency", "daily");
  await press(page, "main form[action$='/citizen'] button[type=submit]", "/preferenze");
  yield "the private page, with sections of a digest";
  await open("/preferenze/quando");
  await press(page, "form[action='/preferenze/pausa'] button", "/preferenze");
  yield "the private page, paused";
  await open("/avvisi");
  yield "the inbox, paused";
  await open("/preferenze/quando");
  yield "quiet hours, cap and pause, paused";
  await press(page, "form[action='/preferenze/pausa'] button", "/preferenze");
  await open("/preferenze/consensi");
  await page.click("form[action='/preferenze/consensi'] button");
  await page.waitForSelector("form[action='/preferenze/consensi'] button[value=no], [role=status]");
  await open("/preferenze/consensi");
  yield "consents, with one more given";
  await open("/preferenze/indirizzo");
  await page.type("#email", "no address");
  await page.click("main form button[type=submit]");
  await page.waitForSelector("[aria-invalid=true]");
  yield "another address, with a mistake";
  await open("/preferenze/indirizzo");
  await page.type("#email", `moved${number()}@informa.example`);
  await press(page, "main form button[type=submit]", "/preferenze");
  yield "the private page, after asking for another address";
  await page.goto(await linkTo(smtpReceiver, email, "/sposta/"));
  yield "agreeing to another address";
  await page.click("main form button");
  await page.waitForFunction(() => !document.querySelector("main form"));
  yield "another address, agreed by one side";
  const stop = await linkTo(smtpReceiver, email, "/disiscriviti/");
  await page.goto(stop);
  yield "the link to stop";
  await page.goto(`${stop}/fatto`);
  yield "after stopping some of the mails";
  await open("/preferenze");
  await page.$eval("details:has(form[action$='/dispositivo/togli'])", (details) => (details.open = true));
  yield "the private page, before the last place is removed";
  await open("/preferenze/cancella");
  await press(page, "main form button[type=submit]", "/cancellato");
  yield "erased";
}

async function* managing(page, world) {
  const { program, smtpReceiver, number } = world;
  const email = `manages${number()}@informa.example`;
  await subscribeByMail(page, world, { email, topic: TOPIC });
  await publish(world.firefox, program, { title: `Sagra del formaggio ${number()}`, topic: TOPIC });
  await page.goto(await linkTo(smtpReceiver, email, "/avviso/"));
  yield "managing a notification";
  for (const button of ["[name=hide]", "[name=hide]", "[value=fewer]", "[value=too-many]"]) {
    await Promise.all([page.waitForNavigation(), page.click(`main button${button}`)]);
    await page.waitForSelector(".alert-success");
  }
  yield "managing a notification, with all of it done";
  await page.goto(`${program.publicUrl}/avvisi`);
  await page.waitForSelector("form[action='/avvisi/mostra']");
  yield "the inbox, with something hidden";
  await page.goto(`${program.publicUrl}/preferenze/nascosti`);
  yield "what was hidden";
  await Promise.all([page.waitForNavigation(), page.click("main button[name=what]")]);
  yield "what was hidden, with one thing shown again";
}

async function* byPush(page, world) {
  const { program } = world;
  await signUpByPush(page, program, TOPIC);
  await page.$eval("details.rename", (details) => (details.open = true));
  yield "the private page of a browser, whose name is being changed";
  await untilInboxHolds(page, program, TITLE);
  yield "the inbox, with something in it";
  await page.$eval("details.judging", (details) => (details.open = true));
  yield "the inbox, with what can be said of a line";
  await page.click("details.judging button[value=area]");
  await page.waitForFunction(() => document.querySelector("details.judging button[value=none]"));
  yield "the inbox, with what was said of a line";
  await press(page, "form[action='/avvisi/elenchi'] button", "/avvisi");
  yield "the inbox, with addresses of its own";
  if (await page.$("form[action='/avvisi/tutti-letti'] button")) await press(page, "form[action='/avvisi/tutti-letti'] button", "/avvisi");
  yield "the inbox, with everything read";
  await page.goto(new URL(world.opportunity, program.publicUrl).href);
  // The same browser is the same person as in the language before, and may have saved it then.
  if (await page.$("form[action='/avvisi/salva']")) await page.click("form[action='/avvisi/salva'] button");
  await page.waitForSelector("form[action='/avvisi/non-salvare']");
  yield "an opportunity, saved";
  await page.goto(`${program.publicUrl}/avvisi?saved=yes`);
  yield "what is saved";
  await page.goto(`${program.publicUrl}/preferenze`);
  for (const message of await page.$$eval("template[data-push-message]", (all) => all.map((it) => it.dataset.pushMessage))) {
    await page.evaluate((message) => {
      const template = document.querySelector(`template[data-push-message="${message}"]`);
      document.querySelector("[data-push-below]").replaceChildren(template.content.cloneNode(true));
      const steps = document.querySelector("[data-push-below] [data-push-steps]");
      steps?.append(document.querySelector("template[data-push-steps-of=firefox]").content.cloneNode(true));
    }, message);
    yield `notifications in this browser: ${message}`;
  }
  await page.goto(`${program.publicUrl}/preferenze`);
  await page.$eval("details:has(form[action$='/dispositivo/togli'])", (details) => (details.open = true));
  await press(page, "form[action='/preferenze/dispositivo/togli'] button", "/preferenze");
  await page.waitForFunction(() => !document.querySelector("form[action='/preferenze/dispositivo/togli']"));
  yield "the private page, with nothing to be told by";
}

async function* failingMailbox(page, world) {
  const { program, smtpReceiver, number } = world;
  const email = `failing${number()}@informa.example`;
  await subscribeByMail(page, world, { email, topic: "work-school" });
  await refuseMailTo(smtpReceiver, email);
  await page.click("form[action='/preferenze/prova'] button");
  await page.waitForFunction(() => location.search.includes("done=test") && document.readyState === "complete");
  for (let attempt = 0; attempt < 100 && !(await page.$("#failing")); attempt += 1) {
    await sleep(100);
    await page.goto(`${program.publicUrl}/preferenze`);
  }
  assert.ok(await page.$("#failing"), "the page says that the mailbox fails");
  yield "preferences, with a mailbox that fails";
  await page.goto(`${program.publicUrl}/avvisi`);
  yield "the inbox, with a mailbox that fails";
}

async function* backOffice(page, world) {
  const { program } = world;
  await enterBackOffice(page, program);
  yield* openEach(page, world, STAFF);
  await page.goto(`${program.publicUrl}/staff/opportunita/nuova`);
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
  await subscribeByMail(page, world, { email, topic });
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
}

async function openOfStaff(page, word) {
  await page.evaluate((word) => {
    [...document.querySelectorAll("th a")].find((link) => link.textContent.includes(word)).click();
  }, word);
}
