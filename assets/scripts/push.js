// SPDX-License-Identifier: EUPL-1.2
// Turns on notifications for this browser, and once a visit tells the server which subscription the browser holds.
// Reads the attributes and templates of each `[data-push]` element: the server writes every sentence.

import { isAppleTelephone, isSupported, registerWorker, subscribeWith, TimeoutError, usesKey } from './push-browser.js';
import * as memory from './push-memory.js';

const CHANGED_ADDRESS = '/push/subscription-changed';

/** The server said no, in a sentence for the person where it has one. */
class Refused extends Error {}

async function post(block, address, content) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': block.dataset.csrf ?? '' },
    body: JSON.stringify(content),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body.message ?? '');
  return body;
}

/** The values of a form as lists, since a topic may be chosen many times. */
function formValues(id) {
  const form = id && document.getElementById(id);
  const values = {};
  if (!form) return values;
  for (const [name, value] of new FormData(form)) (values[name] ??= []).push(value);
  return values;
}

/** Shows the server's sentence for `state` in the live region, so that screen readers say it too. */
function show(block, state, reason = '') {
  const template = block.querySelector(`template[data-push-message="${state}"]`);
  const status = block.querySelector('[data-push-status]');
  status.replaceChildren(template.content.cloneNode(true));
  if (reason) status.querySelector('[data-push-reason]').textContent = reason;
}

function offer(block, offered) {
  for (const element of block.querySelectorAll('[data-push-offer]')) element.hidden = !offered;
}

function showActive(block) {
  offer(block, false);
  show(block, 'active');
}

function showFailure(block, error) {
  if (error instanceof TimeoutError) show(block, 'timeout');
  else if (error.name === 'NotAllowedError') show(block, 'denied');
  else show(block, 'failed', error instanceof Refused ? error.message : '');
}

async function register(block) {
  const { pushKey, pushRegister, pushForm } = block.dataset;
  const subscription = await subscribeWith(await registerWorker(), pushKey);
  const { location: next } = await post(block, pushRegister, {
    ...subscription.toJSON(),
    vapid_key: pushKey,
    language: document.documentElement.lang,
    form: formValues(pushForm),
  });
  memory.rememberTold(subscription);
  memory.rememberServerKnows(true);
  memory.rememberNotNow(false);
  showActive(block);
  if (next) location.assign(next);
}

async function turnOn(block, button) {
  // Nothing may come before the question, or the browser no longer takes it for an answer to the click.
  const asked = Notification.requestPermission();
  button.disabled = true;
  try {
    const permission = await asked;
    if (permission === 'granted') await register(block);
    else show(block, permission === 'denied' ? 'denied' : 'not-now');
  } catch (error) {
    showFailure(block, error);
  } finally {
    button.disabled = false;
  }
}

function putOff(block) {
  memory.rememberNotNow(true);
  show(block, 'not-now');
}

function prepare(block) {
  if (!isSupported()) return show(block, isAppleTelephone() ? 'ios-home-screen' : 'unsupported');
  if (Notification.permission === 'denied') return show(block, 'denied');
  offer(block, true);
  if (memory.saidNotNow()) show(block, 'not-now');
  const start = block.querySelector('[data-push-start]');
  start.addEventListener('click', () => turnOn(block, start));
  block.querySelector('[data-push-later]')?.addEventListener('click', () => putOff(block));
}

/** The subscription as it must be now; the server is told when it is not the one it knows. */
async function bringUpToDate(block, registration, held) {
  const { pushKey } = block.dataset;
  const current = usesKey(held, pushKey) ? held : await subscribeWith(registration, pushKey);
  const told = memory.toldSubscription() ?? { endpoint: held.endpoint, auth: held.toJSON().keys.auth };
  if (told.endpoint === current.endpoint) return current;
  await post(block, CHANGED_ADDRESS, {
    old_endpoint: told.endpoint,
    old_auth: told.auth,
    subscription: { ...current.toJSON(), vapid_key: pushKey },
  });
  memory.rememberTold(current);
  return current;
}

async function askServer(block) {
  const registration = await navigator.serviceWorker.getRegistration('/');
  const held = await registration?.pushManager.getSubscription();
  if (!held) return;
  const { endpoint, keys } = (await bringUpToDate(block, registration, held)).toJSON();
  const { known } = await post(block, block.dataset.pushState, { endpoint, keys });
  memory.rememberServerKnows(known);
}

async function compare(block) {
  if (!isSupported() || Notification.permission !== 'granted') return;
  if (memory.serverKnows() === undefined) await askServer(block);
  if (memory.serverKnows()) showActive(block);
}

/** Removing a device may have removed this one: the next page asks again. */
function forgetWhenDevicesChange() {
  for (const form of document.querySelectorAll('form[data-push-forget]')) {
    form.addEventListener('submit', memory.forgetServerKnows);
  }
}

forgetWhenDevicesChange();
for (const block of document.querySelectorAll('[data-push]')) {
  prepare(block);
  // Nobody asked for this comparison: when it fails, the next visit makes it.
  compare(block).catch(() => {});
}
