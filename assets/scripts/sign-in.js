// SPDX-License-Identifier: EUPL-1.2
// On the page that asks for an address: whoever gets notifications in this browser can have the link as a notification.

import { isSupported } from './push-browser.js';

async function heldSubscription() {
  if (!isSupported()) return null;
  const registration = await navigator.serviceWorker.getRegistration('/');
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function ask(block, subscription) {
  const done = block.querySelector('[data-push-sign-in-done]');
  const { pushSignInDone, pushSignInFailed } = done.dataset;
  try {
    const answer = await fetch(block.dataset.pushSignIn, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': block.dataset.csrf },
      body: JSON.stringify(subscription),
    });
    const { message } = await answer.json().catch(() => ({}));
    done.textContent = answer.ok ? pushSignInDone : (message ?? pushSignInFailed);
  } catch {
    done.textContent = pushSignInFailed;
  }
}

for (const block of document.querySelectorAll('[data-push-sign-in]')) {
  const subscription = await heldSubscription();
  if (!subscription) continue;
  block.hidden = false;
  block.querySelector('button').addEventListener('click', () => ask(block, subscription));
}
