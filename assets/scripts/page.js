// SPDX-License-Identifier: EUPL-1.2
// Small conveniences for every page; each page works without them.

const INBOX = '/avvisi';

/** For how long a form that was sent is not sent again. */
const SENDING_MILLISECONDS = 8_000;

/** A second click on a button must not send the form twice; whoever stopped a page that did not come may try again. */
function sendFormsOnce() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    setTimeout(() => delete form.dataset.sent, SENDING_MILLISECONDS);
  });
  // A page that comes back from the browser's history may be sent again.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  });
}

/** What few people use brings its script when it is opened or, where a wide screen shows it anyway, approached. */
function loadScriptsOfDetails() {
  for (const details of document.querySelectorAll('details[data-script]')) {
    const load = () => import(details.dataset.script);
    for (const approach of ['toggle', 'pointerover', 'focusin']) details.addEventListener(approach, load, { once: true });
    if (details.open) load();
  }
}

/** The number on the icon of the installed app says what is unread: here it is read. */
function clearBadge() {
  if (location.pathname === INBOX) navigator.clearAppBadge?.().catch(() => {});
}

/** The installed app has a page for when there is no network, which the worker keeps. */
function keepWorker() {
  if (matchMedia('(display-mode: standalone)').matches) navigator.serviceWorker?.register('/service-worker.js').catch(() => {});
}

/** Where notifications are allowed, each visit compares what this browser holds with what the server knows. */
function compareSubscription() {
  // The pages that offer notifications do it themselves.
  if (document.querySelector('[data-push]') || window.Notification?.permission !== 'granted') return;
  import(VISIT_ADDRESS).then(({ visit }) => visit()).catch(() => {});
}

sendFormsOnce();
loadScriptsOfDetails();
clearBadge();
keepWorker();
compareSubscription();
