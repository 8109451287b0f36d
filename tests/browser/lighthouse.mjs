// SPDX-License-Identifier: EUPL-1.2
// Lighthouse on the pages that people meet first, as a telephone on a slow line sees them: the scores, what a first visit
// transfers, and how much the page moves while it loads.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const CHROMIUM = process.env.INFORMA_CHROMIUM ?? "/usr/bin/chromium";

/** What is asked of every page. */
const LIMITS = { performance: 95, accessibility: 100, "best-practices": 100, seo: 100, bytes: 120 * 1024, shift: 0 };

/** How often a page is loaded when its speed falls short: other work on the machine is no fault of the page. */
const MOST_RUNS = 5;

/**
 * The pages: a name, a path, and what is known to be otherwise. The inbox is one person's, so robots are kept out of it
 * by design: of SEO, only `is-crawlable` is left out there.
 */
export const PAGES = [
  { name: "home", path: () => "/" },
  { name: "list", path: () => "/opportunita" },
  { name: "detail", path: (world) => world.opportunity },
  { name: "sign-up, who", path: () => "/iscriviti" },
  { name: "sign-up, where", path: () => "/iscriviti/dove" },
  { name: "sign-up, summary", path: () => "/iscriviti/riepilogo?topics=culture-festivals" },
  { name: "inbox", path: () => "/avvisi", signedIn: true, skipAudits: ["is-crawlable"] },
];

/** Chromium with a profile of its own. */
export async function launchChromium() {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`Lighthouse needs Chromium at ${CHROMIUM}: install the package chromium, or name it in INFORMA_CHROMIUM.`);
  }
  const profile = await mkdtemp(path.join(os.tmpdir(), "informa-chromium-"));
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    headless: true,
    userDataDir: profile,
    args: ["--no-sandbox", "--disable-gpu", ...quiet],
  });
  const close = async () => {
    await browser.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { browser, close };
}

/** Measures one of PAGES; `signIn(page)` is asked first where it is somebody's own. */
export async function measure(chromium, world, { name, path: pathOf, signedIn, skipAudits = [] }, signIn) {
  const address = new URL(pathOf(world), world.program.publicUrl).href;
  const context = await chromium.browser.createBrowserContext();
  try {
    const page = await context.newPage();
    if (signedIn) await signIn(page);
    const runs = [];
    const failures = [];
    do {
      try {
        runs.push(await once(page, address, skipAudits));
      } catch (error) {
        // Now and then a browser loses the trace of a run; that run says nothing about the page.
        failures.push(error);
        if (failures.length === MOST_RUNS) throw error;
      }
    } while (runs.length === 0 || (runs.length < MOST_RUNS && middle(runs, "performance") < LIMITS.performance));
    const figures = runs.at(-1);
    return { name, ...figures, performance: middle(runs, "performance"), runs: runs.length };
  } finally {
    await context.close();
  }
}

/** What falls short of what is asked, in lines. */
export function shortcomings({ name, failed, ...figures }) {
  const scores = ["performance", "accessibility", "best-practices", "seo"].filter((it) => figures[it] < LIMITS[it]);
  const sizes = ["bytes", "shift"].filter((it) => figures[it] > LIMITS[it]);
  const wrong = [...scores, ...sizes].map((it) => `${name}: ${it} is ${figures[it]}, asked is ${LIMITS[it]}`);
  if (wrong.length > 0 && failed.length > 0) wrong.push(`${name}: ${failed.join("; ")}`);
  const elsewhere = figures.elsewhere.map((address) => `${name}: asks ${address}`);
  return [...wrong, ...elsewhere];
}

async function once(page, address, skipAudits) {
  // Lighthouse keeps what is stored, since somebody may be signed in: a first visit finds no file of ours all the same.
  const session = await page.createCDPSession();
  await session.send("Network.clearBrowserCache");
  await session.detach();
  const { lhr } = await lighthouse(address, { output: "json", logLevel: "error", disableStorageReset: true, skipAudits }, undefined, page);
  if (lhr.runtimeError) throw new Error(`${address}: ${lhr.runtimeError.message}`);
  const { origin } = new URL(address);
  if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(address).pathname) throw new Error(`${address} led to ${lhr.finalDisplayedUrl}`);
  const requests = lhr.audits["network-requests"].details.items;
  const scores = Object.entries(lhr.categories).map(([id, { score }]) => [id, Math.round(score * 100)]);
  const audits = Object.values(lhr.categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  const failed = audits.map(({ id }) => lhr.audits[id]).filter(({ score }) => score !== null && score < 0.9);
  return {
    ...Object.fromEntries(scores),
    bytes: requests.reduce((sum, { transferSize }) => sum + (transferSize ?? 0), 0),
    requests: requests.length,
    shift: Number(lhr.audits["cumulative-layout-shift"].numericValue.toFixed(4)),
    paint: Math.round(lhr.audits["largest-contentful-paint"].numericValue),
    blocked: Math.round(lhr.audits["total-blocking-time"].numericValue),
    elsewhere: requests.map(({ url }) => url).filter((url) => !url.startsWith("data:") && new URL(url).origin !== origin),
    failed: [...new Set(failed.map(({ id, title }) => `${id} (${title})`))],
  };
}

function middle(runs, figure) {
  const sorted = runs.map((run) => run[figure]).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
