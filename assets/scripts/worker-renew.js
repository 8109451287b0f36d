// SPDX-License-Identifier: EUPL-1.2
// Reports a subscription that the browser has renewed or dropped by itself, with the server's present VAPID key.

import { keyOf } from './push-browser.js';
import { askState, reportChange } from './push-server.js';
import { proofOf, readTold, rememberTold } from './push-told.js';

const RETRY_MILLISECONDS = [2_000, 10_000, 30_000];

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Tries again for a while; after that the next visit of a page makes the same comparison. */
async function patiently(act) {
  for (const pause of RETRY_MILLISECONDS) {
    try {
      return await act();
    } catch {
      await wait(pause);
    }
  }
  return act();
}

/** Some browsers do not say which subscription they dropped: it is the one that the server was last told of. */
async function proofOfOld(oldSubscription) {
  const said = oldSubscription ? proofOf(oldSubscription) : undefined;
  return said?.auth ? said : readTold();
}

export async function renewSubscription({ oldSubscription, newSubscription }) {
  const old = await proofOfOld(oldSubscription);
  if (!old) return;
  const { known, renew, key } = await patiently(() => askState(old));
  // Whoever was removed on the server stays removed.
  if (!known && !renew) return;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const taken = await patiently(() => reportChange(old, subscription, keyOf(subscription)));
  if (taken) await rememberTold(subscription);
}
