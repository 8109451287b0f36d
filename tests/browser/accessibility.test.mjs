// SPDX-License-Identifier: EUPL-1.2
// Every page in its states (page_states.mjs), looked at by axe in Firefox: no violation of WCAG 2.2 A and AA or of its
// best practices, and nothing wider than a telephone's screen. In Italian; `make audit` adds English and a desk.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { whyBrowserIsSkipped } from "../peers/firefox.mjs";
import { complaints, inspectWalk, openWorld } from "./inspection.mjs";
import { WALKS } from "./page_states.mjs";

const skip = whyBrowserIsSkipped();
let world;

before(async () => {
  if (!skip) world = await openWorld();
});

after(() => world?.close());

for (const walk of WALKS) {
  test(`${walk.name}: axe finds nothing, and nothing is wider than the screen`, { skip }, async () => {
    const requests = new Set();
    const found = await inspectWalk(world, walk, { language: "it", widths: [320], requests });
    assert.ok(found.length > 0, "the walk has states");
    assert.deepEqual(complaints(found), []);
    const elsewhere = [...requests].filter((address) => new URL(address).origin !== world.program.publicUrl);
    assert.deepEqual(elsewhere, [], "every request goes to our own origin");
  });
}
