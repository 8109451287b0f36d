// SPDX-License-Identifier: EUPL-1.2
// Somebody who has no mouse: signs up, confirms, changes what they follow and unsubscribes, in Firefox, with Tab, Enter,
// Space, arrows and letters alone. Nothing is focused or clicked by the test; what holds the focus must be on the screen,
// must look focused, and Tab must lead on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { openWorld } from "./inspection.mjs";
import { linkTo } from "./mails.mjs";

const skip = whyBrowserIsSkipped();
const READER = "tastiera@informa.example";
/** More than any page has to stop at. */
const MOST_STOPS = 250;

let world;
let page;

before(async () => {
  if (skip) return;
  world = await openWorld();
  const cookies = await world.firefox.browser.cookies();
  await world.firefox.browser.deleteCookie(...cookies);
  page = await world.firefox.newPage();
  await page.setViewport({ width: 1280, height: 900 });
});

after(() => world?.close());

test("the skip link is the first stop, and leads past the menu", { skip }, async () => {
  await page.goto(world.program.publicUrl);
  await page.keyboard.press("Tab");
  const first = await focused();
  assert.equal(first.href, "#content");
  assert.ok(first.isVisible, "the skip link is seen when it has the focus");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.ok((await focused()).isInMain, "the next stop is in the content");
});

test("signing up, step by step", { skip }, async () => {
  await page.goto(world.program.publicUrl);
  await tabTo((it) => it.href === "/iscriviti" && it.isInMain, "the way in");
  await enter("/iscriviti");
  await tabTo((it) => it.name === "kind", "who somebody is");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  assert.equal(await value("kind"), "citizen", "arrows choose, and choose back");
  await tabTo((it) => it.tag === "SELECT" && it.name === "age_band", "an age");
  await page.keyboard.press("ArrowDown");
  await submit("/iscriviti/dove");

  await tabTo((it) => it.id === "place-1", "a place");
  await page.keyboard.type("Alzano L");
  await page.waitForFunction(() => document.querySelector(".autocomplete__option"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("#place-1").getAttribute("aria-expanded") === "false");
  assert.equal(await page.evaluate(() => document.activeElement.id), "place-1", "Escape closes the list and stays in the field");
  await page.keyboard.type("o");
  assert.equal(await page.$eval("#place-1", (field) => field.value), "Alzano Lo", "what is typed next goes behind");
  await page.waitForFunction(() => document.querySelector("#place-1").getAttribute("aria-expanded") === "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const place = await page.$eval("#place-1", (field) => field.value);
  assert.equal(place, "Alzano Lombardo (BG)", "an arrow and Enter take the name from the list");
  await submit("/iscriviti/cosa");

  await tabTo((it) => it.name === "topics" || it.tag === "SUMMARY", "the topics");
  await openTopic("culture-festivals");
  await page.keyboard.press(" ");
  assert.deepEqual(await checked("topics"), ["culture-festivals"]);
  await submit("/iscriviti/come");

  await tabTo((it) => it.name === "frequency", "how often");
  await tabTo((it) => it.name === "way", "by which way");
  assert.equal(await value("way"), "email");
  await submit("/iscriviti/riepilogo");
  const answers = await page.$eval("dl.facts", (list) => list.textContent);
  assert.match(answers, /Alzano Lombardo/);

  await tabTo((it) => it.name === "consent", "the consent");
  await page.keyboard.press(" ");
  await tabTo((it) => it.id === "email", "the address");
  await page.keyboard.type("not an address");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#email[aria-invalid=true]");
  assert.equal((await focused()).id, "errors", "the index of mistakes has the focus");
  await tabTo((it) => it.href === "#email", "the mistake");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "email");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.type(READER);
  await enter("/iscriviti/controlla");
});

test("confirming from the mail", { skip }, async () => {
  await page.goto(await linkTo(world.smtpReceiver, READER, "/conferma/"));
  await tabTo((it) => it.tag === "BUTTON" && it.isInMain, "the button that confirms");
  await enter("/preferenze");
  assert.ok(await page.$("[role=status]"), "the page says that it is done");
});

test("changing what is followed, and how", { skip }, async () => {
  await tabTo((it) => it.href === "/preferenze/profilo/citizen", "the profile");
  await enter("/preferenze/profilo/citizen");
  await tabTo((it) => it.name === "topics" || it.tag === "SUMMARY", "the topics");
  await openTopic("culture-heritage");
  await page.keyboard.press(" ");
  await tabTo((it) => it.name === "frequency", "how often");
  await page.keyboard.press("ArrowDown");
  const frequency = await value("frequency");
  assert.notEqual(frequency, "immediate");
  await submit("/preferenze");
  assert.ok(await page.$("[role=status]"), "the page says that it is saved");
  await page.goto(`${world.program.publicUrl}/preferenze/profilo/citizen`);
  assert.deepEqual((await checked("topics")).sort(), ["culture-festivals", "culture-heritage"]);
  assert.equal(await value("frequency"), frequency);
});

test("unsubscribing from everything", { skip }, async () => {
  await page.goto(`${world.program.publicUrl}/preferenze`);
  await tabTo((it) => it.href === "/preferenze/disiscriviti", "the way to the page that asks");
  await enter("/preferenze/disiscriviti");
  await tabTo((it) => it.form === "/preferenze/disiscriviti", "the button that ends everything");
  await enter("/disiscriviti/fatto");
  await page.goto(`${world.program.publicUrl}/preferenze`);
  assert.equal(new URL(page.url()).pathname, "/accedi", "nobody is signed in any more");
});

/** What has the focus. */
function focused() {
  return page.evaluate(() => {
    const it = document.activeElement;
    const box = it.getBoundingClientRect();
    // A control that is drawn by its label is seen where the label is.
    const drawn = box.width > 1 && box.height > 1 ? it : (it.labels?.[0] ?? it);
    const { top, bottom, left, right, width, height } = drawn.getBoundingClientRect();
    const style = getComputedStyle(it);
    const looks = [style, it.labels?.[0] && getComputedStyle(it.labels[0])].filter(Boolean);
    const after = it.labels?.[0] ? ["::before", "::after"].map((part) => getComputedStyle(it.labels[0], part)) : [];
    return {
      tag: it.tagName,
      id: it.id,
      name: it.getAttribute("name") ?? "",
      href: it.getAttribute("href") ?? "",
      value: it.value ?? "",
      form: it.form?.getAttribute("action") ?? "",
      isInMain: Boolean(it.closest("main")),
      isVisible: width > 1 && height > 1 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
      // A skip link is there only while it has the focus, which marks it.
      isMarked: Boolean(it.closest(".skiplinks")) || [...looks, ...after].some((it) => (it.outlineStyle !== "none" && it.outlineWidth !== "0px") || it.boxShadow !== "none"),
      html: it.outerHTML.slice(0, 160),
    };
  });
}

/** Presses Tab until what has the focus is wanted; every stop on the way can be seen. */
async function tabTo(isWanted, what) {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    const here = await focused();
    if (here.tag !== "BODY" && here.tag !== "HTML") {
      if (here.tag !== "MAIN" && here.id !== "errors") {
        assert.ok(here.isVisible, `the focus is off the screen: ${here.html}`);
        assert.ok(here.isMarked, `nothing shows the focus: ${here.html}`);
      }
      if (isWanted(here)) return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never leads to ${what} on ${page.url()}`);
}

/** Goes on to a topic, opening with Enter each group that is closed, until it has the focus. */
async function openTopic(code) {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    const here = await focused();
    if (here.id === `topics-${code}` || here.value === code) return;
    const holds = await page.evaluate((code) => {
      const details = document.activeElement.closest("summary")?.parentElement;
      return Boolean(details && !details.open && details.querySelector(`input[value="${code}"]`));
    }, code);
    if (holds) await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never leads to the topic ${code}`);
}

/** Presses Enter and waits for the page with this path. */
async function enter(path) {
  await page.keyboard.press("Enter");
  await page.waitForFunction((path) => location.pathname === path && document.readyState === "complete", {}, path);
}

/** Tabs on to the button that sends the form, and presses it. */
async function submit(path) {
  await tabTo((it) => it.tag === "BUTTON" && it.isInMain && it.form !== "" && !it.name, "the button that goes on");
  await enter(path);
}

function checked(name) {
  return page.$$eval(`main form input[name="${name}"]:checked`, (fields) => fields.map((field) => field.value));
}

async function value(name) {
  return (await checked(name))[0];
}
