// SPDX-License-Identifier: EUPL-1.2
// A real Firefox for tests: launched headless with a profile of its own, pointed at the local push service, and asked
// about the notifications that it shows. Notifications are windows of the browser itself, not of a page, so they are
// looked for in its own ("chrome") scope over WebDriver BiDi.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const FIREFOX = process.env.INFORMA_FIREFOX ?? "/usr/bin/firefox-esr";
const ALERT_WINDOW = "chrome://global/content/alerts/alert.xhtml";
const POLL_MILLISECONDS = 50;

/**
 * Why the browser tests do not run here: a sentence, or `false` when they do. A machine without Firefox fails, unless
 * it says `INFORMA_BROWSER=skip`: a test that nobody notices missing is worth nothing.
 */
export function whyBrowserIsSkipped() {
  if (process.env.INFORMA_BROWSER !== "skip") return false;
  return "INFORMA_BROWSER=skip is set: no real browser received a push";
}

/** What a site may do that was never asked about: `permissions.default.desktop-notification`. */
export const NOTIFICATIONS = { ask: 0, allow: 1, block: 2 };

/**
 * Starts Firefox with notifications allowed (or as `notifications` says) and its push connection at
 * `pushServiceWebSocketUrl`; `dark` as people set it.
 */
export async function launchFirefox({ pushServiceWebSocketUrl, locale = "it-IT", notifications = "allow", dark = false, more = {} }) {
  if (!existsSync(FIREFOX)) {
    throw new Error(
      `The browser tests need Firefox at ${FIREFOX}: install the package firefox-esr (apt-get install firefox-esr), ` +
        "name another one in INFORMA_FIREFOX, or skip them knowingly with INFORMA_BROWSER=skip.",
    );
  }
  const profile = await mkdtemp(path.join(os.tmpdir(), "informa-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: FIREFOX,
    headless: true,
    userDataDir: profile,
    args: ["--remote-allow-system-access"],
    extraPrefsFirefox: {
      ...preferences(pushServiceWebSocketUrl, locale),
      "permissions.default.desktop-notification": NOTIFICATIONS[notifications],
      ...colourScheme(dark),
      ...more,
    },
  });
  return new Firefox(browser, profile);
}

export class Firefox {
  #profile;

  constructor(browser, profile) {
    this.browser = browser;
    this.#profile = profile;
  }

  newPage() {
    return this.browser.newPage();
  }

  /** The open pages' addresses. */
  async addresses() {
    const pages = await this.browser.pages();
    return pages.map((page) => page.url());
  }

  /** Waits for a page whose address contains `part`, and returns it. */
  waitForPage(part, { timeout = 10_000 } = {}) {
    return until(timeout, `a page with ${part} in its address`, async () => {
      const pages = await this.browser.pages();
      return pages.find((page) => page.url().includes(part));
    });
  }

  /** Waits for a notification (with `title`, when given) and returns `{ title, body, source, context }`. */
  waitForNotification({ title, timeout = 10_000 } = {}) {
    return until(timeout, `a notification${title ? ` titled ${title}` : ""}`, async () => {
      const notifications = await this.notifications();
      return notifications.find((it) => it.title !== "" && (title === undefined || it.title === title));
    });
  }

  /** Waits until no notification is on the screen. */
  waitUntilNoNotification({ timeout = 10_000 } = {}) {
    return until(timeout, "the screen to be free of notifications", async () => {
      const notifications = await this.notifications();
      return notifications.length === 0;
    });
  }

  /** The notifications on the screen now. */
  async notifications() {
    const found = [];
    for (const { context, url } of await this.#windows()) {
      if (url !== ALERT_WINDOW) continue;
      const said = await this.#read(context).catch(unlessItsWindowIsGone);
      if (said) found.push({ context, ...said });
    }
    return found;
  }

  /** Clicks a notification as a person would: its `notificationclick` fires. */
  clickNotification(notification) {
    return this.#press(notification, "alertBox");
  }

  /** Dismisses a notification with its own button. */
  closeNotification(notification) {
    return this.#press(notification, "alert-close");
  }

  async close() {
    await this.browser.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async #windows() {
    const { result } = await this.browser.connection.send("browsingContext.getTree", { "moz:scope": "chrome" });
    return result.contexts;
  }

  async #read(context) {
    const label = (id) => `(document.getElementById("${id}")?.value || document.getElementById("${id}")?.textContent || "")`;
    const expression = `JSON.stringify([${label("alertTitleLabel")}, ${label("alertTextLabel")}, ${label("alertSourceLabel")}])`;
    const [title, body, source] = JSON.parse(await this.#evaluate(context, expression));
    return { title, body, source };
  }

  /** Presses a button of a notification, which closes its window: later, so that the answer comes before. */
  #press(notification, id) {
    return this.#evaluate(notification.context, `void setTimeout(() => document.getElementById("${id}").click())`);
  }

  async #evaluate(context, expression) {
    const { result } = await this.browser.connection.send("script.evaluate", {
      expression,
      target: { context },
      awaitPromise: true,
    });
    if (result.type === "exception") throw new Error(result.exceptionDetails.text);
    return result.result.value;
  }
}

/** A notification may go between being listed and being read: it is then no longer on the screen. */
function unlessItsWindowIsGone(error) {
  if (!String(error.message).includes("no such frame")) throw error;
}

function preferences(pushServiceWebSocketUrl, locale) {
  return {
    "dom.push.serverURL": pushServiceWebSocketUrl,
    "dom.push.testing.allowInsecureServerURL": true,
    // The remote agent switches the push connection off unless it is asked for.
    "dom.push.connection.enabled": true,
    // Without a desktop session there is no system service that could show a notification.
    "alerts.useSystemBackend": false,
    "intl.accept_languages": locale,
  };
}

function colourScheme(dark) {
  return { "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1 };
}

async function until(timeout, what, look) {
  const deadline = Date.now() + timeout;
  while (Date.now() < deadline) {
    const found = await look();
    if (found) return found;
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`waited ${timeout} ms in vain for ${what}`);
}
