// SPDX-License-Identifier: EUPL-1.2
// Offers to install the site as an app, in the block about notifications and only where the browser itself can do it.
// Who says "not now" is not offered it again.

import { isInstalled } from './push-browser.js';
import * as memory from './push-memory.js';

const MEMORY = 'install';

function offer(element, event) {
  // The browser's own bar would come up on every visit.
  event.preventDefault();
  // Beside how to undo a refusal it would only distract.
  if (window.Notification?.permission === 'denied') return;
  element.hidden = false;
  const put = async (button, act) => {
    element.querySelector(button).addEventListener('click', async () => {
      element.hidden = true;
      await act();
    }, { once: true });
  };
  put('[data-install-start]', () => event.prompt());
  put('[data-install-later]', () => memory.rememberNotNow(MEMORY, true));
}

export function offerInstalling() {
  const element = document.querySelector('[data-install]');
  if (!element || isInstalled() || memory.saidNotNow(MEMORY)) return;
  addEventListener('beforeinstallprompt', (event) => offer(element, event), { once: true });
  addEventListener('appinstalled', () => {
    element.hidden = true;
  });
}
