// SPDX-License-Identifier: EUPL-1.2
// Walks the page states in Firefox and looks at each: what axe finds, what sticks out of the screen, and which requests
// the page made.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { launchFirefox } from "../peers/firefox.mjs";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { TITLE, TOPIC, WALKS } from "./page_states.mjs";
import { startProgram } from "./program.mjs";
import { addSamples } from "./samples.mjs";
import { addEditor, publish } from "./steps.mjs";

/** What is asked of axe: WCAG 2.2 A and AA, and its best practices. */
export const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Starts the program and its peers with something published; `close` ends them all. */
export async function openWorld() {
  const pushService = await startPushService();
  const smtpReceiver = await startSmtpReceiver();
  // Each walk comes from a place of its own: how much one place may ask for is not what is looked at.
  const environment = { INFORMA_TRUSTED_PROXIES: "127.0.0.1" };
  const program = await startProgram({ pushService, smtpReceiver, environment });
  await addEditor(program);
  const samples = await addSamples(program);
  const firefox = await launchFirefox({ pushServiceWebSocketUrl: pushService.webSocketUrl });
  const opportunity = await publish(firefox, program, { title: TITLE, topic: TOPIC });
  let count = 0;
  const number = () => (count += 1);
  const close = async () => {
    await firefox.close();
    await program.remove();
    await smtpReceiver.close();
    await pushService.close();
  };
  return { program, smtpReceiver, firefox, opportunity, samples, number, close };
}

/**
 * Walks one of WALKS in a language and looks at each state at every width. Returns what was looked at:
 * `{ state, address, language, width, violations, overhang }`; `requests` collects every address that was asked for.
 */
export async function inspectWalk(world, { walk }, { language, widths, requests = new Set() }) {
  const page = await world.firefox.newPage();
  // What axe brings along to look with is written out in its own text, and goes nowhere.
  page.on("request", (request) => request.url().startsWith("data:") || requests.add(request.url()));
  await page.setExtraHTTPHeaders({ "X-Forwarded-For": `198.18.${world.number() % 250}.1` });
  const found = [];
  try {
    await signOut(world);
    await page.goto(`${world.program.publicUrl}/?lang=${language}`);
    for await (const state of walk(page, world)) {
      for (const width of widths) {
        await page.setViewport({ width, height: 900 });
        found.push({ state, address: page.url(), language, width, ...(await look(page)) });
      }
    }
  } finally {
    await page.close();
  }
  return found;
}

/** Walks all of them; a walk that cannot be finished is a complaint, and the others go on. */
export async function inspectAll(world, options) {
  const found = [];
  for (const walk of WALKS) {
    try {
      found.push(...(await inspectWalk(world, walk, options)));
    } catch (error) {
      const { language, widths } = options;
      found.push({ state: walk.name, address: "", language, width: widths[0], violations: [`not finished: ${error.stack}`], overhang: 0 });
    }
  }
  return found;
}

/** What was looked at and is wrong, in lines. */
export function complaints(found) {
  return found.flatMap(({ state, address, language, width, violations, overhang }) => {
    const where = `${state} (${address}, ${language}, ${width} px)`;
    const wide = overhang > 0 ? [`${where}: ${overhang} pixels wider than the screen`] : [];
    return [...violations.map((violation) => `${where}: ${violation}`), ...wide];
  });
}

/** The editor stays signed in, since attempts to sign in from one place are counted. */
async function signOut({ firefox }) {
  const cookies = await firefox.browser.cookies();
  await firefox.browser.deleteCookie(...cookies.filter((cookie) => cookie.name === "informa_person"));
}

async function look(page) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, {
      runOnly: { type: "tag", values: tags },
      resultTypes: ["violations"],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
      return `${id}: ${html.slice(0, 200)} ${why}`;
    }));
  }, TAGS);
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  return { violations, overhang };
}
