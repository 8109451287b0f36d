// SPDX-License-Identifier: EUPL-1.2
// The filters of the catalogue, which stand outside its form: beside the results on a desk, folded on a telephone, and with
// names of places that complete themselves. They narrow the list in each way, and each can be taken away.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { openWorld } from "./inspection.mjs";

const skip = whyBrowserIsSkipped();

let world;
let page;

before(async () => {
  if (skip) return;
  world = await openWorld();
  page = await world.firefox.newPage();
});

after(() => world?.close());

async function openAt(width) {
  await page.setViewport({ width, height: 900 });
  await page.goto(`${world.program.publicUrl}/opportunita?lang=it`);
}

async function narrowTo(letters) {
  await page.click("#area");
  await page.waitForSelector(".autocomplete__input#area");
  await page.keyboard.type(letters);
  await page.waitForFunction(() => document.querySelector(".autocomplete__option"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.select("#kind", "call");
  await Promise.all([page.waitForNavigation(), page.click(".filters button[type=submit]")]);
  return new URL(page.url()).searchParams;
}

const isShown = (selector) => page.$eval(selector, (element) => element.checkVisibility());

test("on a desk the filters stand open beside the list, and a place completes itself", { skip }, async () => {
  await openAt(1280);
  assert.ok(await isShown("#area"), "nothing has to be opened");
  assert.ok(!(await isShown(".criterion > summary")));
  const chosen = await narrowTo("Alzano Lo");
  assert.equal(chosen.get("area"), "Alzano Lombardo (BG)");
  assert.equal(chosen.get("kind"), "call");
  const names = await page.$$eval(".narrowed .chip-label", (labels) => labels.map((label) => label.textContent));
  assert.deepEqual(names, ["Bando", "Alzano Lombardo"]);
});

test("a filter is taken away by its chip", { skip }, async () => {
  await Promise.all([page.waitForNavigation(), page.click(".narrowed a.chip")]);
  const left = new URL(page.url()).searchParams;
  assert.equal(left.get("kind"), null);
  assert.equal(left.get("area"), "Alzano Lombardo (BG)");
});

test("on a telephone the filters are folded until they are asked for", { skip }, async () => {
  await openAt(360);
  assert.ok(!(await isShown("#area")));
  await page.click(".criterion > summary");
  assert.ok(await isShown("#area"));
  assert.equal((await narrowTo("Alzano Lo")).get("area"), "Alzano Lombardo (BG)");
  assert.ok(!(await isShown("#area")), "the results come first, not the filters");
});
