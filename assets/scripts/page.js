// SPDX-License-Identifier: EUPL-1.2
// Small conveniences for every page; each page works without them.

/** A second click on a button must not send the form twice. */
function sendFormsOnce() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  // A page that comes back from the browser's history may be sent again.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  });
}

/** What few people open brings its script when it is opened. */
function loadScriptsOfDetails() {
  for (const details of document.querySelectorAll('details[data-script]')) {
    const load = () => details.open && import(details.dataset.script);
    details.addEventListener('toggle', load);
    load();
  }
}

sendFormsOnce();
loadScriptsOfDetails();
