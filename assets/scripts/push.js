// SPDX-License-Identifier: EUPL-1.2
// Turns on notifications for this browser, once a person has clicked. Reads the attributes and templates of each
// `[data-push]` element: the server writes every sentence.

import {
  browserName, isAppleTelephone, isAppleTelephoneTooOld, isSupported, registerWorker, subscribeWith, TimeoutError,
} from './push-browser.js';
import { offerInstalling } from './push-install.js';
import * as memory from './push-memory.js';
import { postJson } from './push-server.js';
import { rememberTold } from './push-told.js';
import { visit } from './push-visit.js';

const MEMORY = 'push';

/** For so long after the page has come nothing is said unasked. */
const QUIET_MILLISECONDS = 1_500;

/** After so long without an answer the person may not have seen the browser's question. */
const QUESTION_MILLISECONDS = 4_000;

/** The server said no, in a sentence for the person where it has one. */
class Refused extends Error {}

/** The values of a form as lists, since a topic may be chosen many times. */
function formValues(id) {
  const form = id && document.getElementById(id);
  const values = {};
  if (!form) return values;
  for (const [name, value] of new FormData(form)) (values[name] ??= []).push(value);
  return values;
}

const template = (block, name, value) => block.querySelector(`template[data-push-${name}="${value}"]`);

/**
 * Shows the server's sentence for `state` in the live region, so that screen readers say it too. Steps to follow, and what
 * comes after them, stand below it: a list in a live region is said again whenever the page is laid out anew.
 */
function show(block, state, reason = '') {
  const message = template(block, 'message', state).content.cloneNode(true);
  const steps = message.querySelector('[data-push-steps]');
  steps?.append((template(block, 'steps-of', browserName()) ?? template(block, 'steps-of', 'other')).content.cloneNode(true));
  if (reason) message.querySelector('[data-push-reason]').textContent = reason;
  for (const link of message.querySelectorAll('[data-push-mail]')) {
    if (!document.querySelector(link.hash)) link.replaceWith(...link.childNodes);
  }
  const parts = [...message.children];
  const list = parts.findIndex((part) => part.matches('ol'));
  const below = list < 0 ? [] : parts.slice(list);
  say(block, parts.filter((part) => !below.includes(part)), below);
}

/** What is said, and what stands below it; nothing where nothing is given. */
function say(block, said = [], below = []) {
  block.querySelector('[data-push-status]').replaceChildren(...said);
  block.querySelector('[data-push-below]').replaceChildren(...below);
}

function offer(block, offered) {
  block.querySelector('[data-push-offer]').hidden = !offered;
  block.querySelector('[data-push-later]').hidden = memory.saidNotNow(MEMORY);
}

function showActive(block) {
  offer(block, false);
  show(block, 'active');
}

function showDenied(block) {
  offer(block, false);
  show(block, 'denied');
}

function showFailure(block, error) {
  // A browser that gives up waiting before we do calls it AbortError (Push API, subscribe()).
  if (error instanceof TimeoutError || error.name === 'AbortError') show(block, 'timeout');
  else if (error.name === 'NotAllowedError') showDenied(block);
  else show(block, 'failed', error instanceof Refused ? error.message : '');
}

async function register(block) {
  const { csrf, pushKey, pushRegister, pushForm } = block.dataset;
  const subscription = await subscribeWith(await registerWorker(), pushKey);
  const { ok, body } = await postJson(
    pushRegister,
    {
      ...subscription.toJSON(),
      vapid_key: pushKey,
      language: document.documentElement.lang,
      form: formValues(pushForm),
    },
    { 'X-CSRF-Token': csrf },
  );
  if (!ok) throw new Refused(body.message ?? '');
  await rememberTold(subscription);
  memory.rememberServerKnows(true);
  memory.rememberNotNow(MEMORY, false);
  showActive(block);
  if (body.location) location.assign(body.location);
}

/** A button that is being obeyed keeps the focus: one that is disabled would lose it. */
const isBusy = (button) => button.getAttribute('aria-disabled') === 'true';
const setBusy = (button, busy) => button.setAttribute('aria-disabled', String(busy));

/** The consent of the form that goes with the block, where it is not given: it is asked for before the browser asks. */
function missingConsent({ dataset }) {
  const consent = document.getElementById(dataset.pushForm)?.querySelector('[name=consent]');
  return consent && !consent.checked ? consent : undefined;
}

async function turnOn(block, button) {
  if (isBusy(button)) return;
  const consent = missingConsent(block);
  if (consent) {
    show(block, 'consent');
    consent.focus();
    return;
  }
  // Nothing that takes time may come before the question, or the browser no longer takes it for an answer to the click.
  const asked = Notification.requestPermission();
  setBusy(button, true);
  const unseen = setTimeout(() => {
    show(block, 'asking');
    setBusy(button, false);
  }, QUESTION_MILLISECONDS);
  try {
    const permission = await asked;
    clearTimeout(unseen);
    setBusy(button, true);
    if (permission === 'granted') {
      show(block, 'waiting');
      await register(block);
    } else if (permission === 'denied') showDenied(block);
    else show(block, 'not-now');
  } catch (error) {
    showFailure(block, error);
  } finally {
    clearTimeout(unseen);
    setBusy(button, false);
  }
}

function putOff(block) {
  memory.rememberNotNow(MEMORY, true);
  offer(block, true);
  show(block, 'not-now');
  block.querySelector('[data-push-start]').focus();
}

function whyNot() {
  if (!isAppleTelephone()) return 'unsupported';
  return isAppleTelephoneTooOld() ? 'ios-too-old' : 'ios-home-screen';
}

/** What the block offers, by what the browser allows; nothing here asks for anything. */
function prepare(block) {
  if (!isSupported()) return show(block, whyNot());
  if (Notification.permission === 'denied') return showDenied(block);
  offer(block, true);
  say(block);
  if (memory.saidNotNow(MEMORY)) show(block, 'not-now');
}

/** Whoever follows the steps to undo a refusal sees here that it worked. */
async function followPermission(block) {
  const permission = await navigator.permissions?.query({ name: 'notifications' });
  permission?.addEventListener('change', () => {
    // A refusal itself is told where it was asked.
    if (permission.state !== 'denied' && block.querySelector('[data-push-below] [data-push-steps]')) prepare(block);
  });
}

function start(block) {
  prepare(block);
  // What stands there when the page comes is read in its place; from here on changes are said at once.
  const status = block.querySelector('[data-push-status]');
  addEventListener('load', () => setTimeout(() => status.setAttribute('aria-live', 'polite'), QUIET_MILLISECONDS), { once: true });
  if (!isSupported()) return;
  const button = block.querySelector('[data-push-start]');
  button.addEventListener('click', () => turnOn(block, button));
  block.querySelector('[data-push-later]').addEventListener('click', () => putOff(block));
  followPermission(block).catch(() => {});
  // Nobody asked for this comparison: when it fails, the next visit makes it.
  visit().then((known) => known && showActive(block), () => {});
}

/** Removing a device may have removed this one: the next page asks again. */
function forgetWhenDevicesChange() {
  for (const form of document.querySelectorAll('form[data-push-forget]')) {
    form.addEventListener('submit', memory.forgetServerKnows);
  }
}

forgetWhenDevicesChange();
offerInstalling();
document.querySelectorAll('[data-push]').forEach(start);
