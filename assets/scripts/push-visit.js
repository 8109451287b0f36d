// SPDX-License-Identifier: EUPL-1.2
// On each visit, on whichever page it begins: compares what this browser holds with what the server knows, since browsers
// lose and renew subscriptions without saying so, and the server may have a new VAPID key. Asks nobody anything.

import { findWorker, isSupported, keyOf, subscribeAnew } from './push-browser.js';
import * as memory from './push-memory.js';
import { askState, reportChange } from './push-server.js';
import { forgetTold, proofOf, readTold, rememberTold } from './push-told.js';

async function renew(registration, old, key) {
  const subscription = await subscribeAnew(registration, key);
  // Remembered only once it is told: until then the old one is the proof, and the next visit goes on from here.
  if (!(await reportChange(old, subscription, key))) return false;
  await rememberTold(subscription);
  return true;
}

/** Whether the server sends to this browser, once both are at one. */
async function compare() {
  const registration = await findWorker();
  if (!registration) return false;
  const held = await registration.pushManager.getSubscription();
  const told = await readTold();
  const isOther = Boolean(told && held && told.endpoint !== held.endpoint);
  // The browser had renewed it by itself, or an earlier report did not arrive.
  if (isOther && (await reportChange(told, held, keyOf(held)))) {
    await rememberTold(held);
    return true;
  }
  const proof = told ?? (held && proofOf(held));
  if (!proof) return false;
  const { known, renew: asked, key } = await askState(proof);
  if (asked || (known && (!held || isOther))) return renew(registration, proof, key);
  if (!known) await forgetTold();
  return known;
}

/** The comparison, once a visit; `undefined` where notifications were never allowed here. */
export async function visit() {
  if (!isSupported() || Notification.permission !== 'granted') return undefined;
  if (memory.serverKnows() === undefined) memory.rememberServerKnows(await compare());
  return memory.serverKnows();
}
