// SPDX-License-Identifier: EUPL-1.2
// `make audit`: what can be measured of the subscriber's side, in one table. axe on every page state, in both languages at
// both widths; Lighthouse on the pages that people meet first; and that no page asks anything of another origin. Fails
// when a figure falls short, and says which and why.

import { complaints, inspectAll, openWorld } from "./inspection.mjs";
import { launchChromium, measure, PAGES, shortcomings } from "./lighthouse.mjs";
import { linkTo } from "./mails.mjs";
import { subscribeByMail, TOPIC } from "./page_states.mjs";
import { publish } from "./steps.mjs";

const LANGUAGES = ["it", "en"];
const WIDTHS = [320, 1280];
const READER = "lettrice@informa.example";

/** `accessibility` or `speed` for one half alone. */
const [only] = process.argv.slice(2);

const lines = [];
const wrong = [];

const world = await openWorld();
try {
  if (only !== "speed") await auditAccessibility();
  if (only !== "accessibility") await auditSpeed();
} finally {
  await world.close();
}
console.log(lines.join("\n"));
console.log(wrong.length === 0 ? "\nNothing falls short." : `\n${wrong.length} fall short:\n- ${wrong.join("\n- ")}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

/** axe, the width, and the origins of every request, in each language at each width. */
async function auditAccessibility() {
  const requests = new Set();
  lines.push("| axe-core, WCAG 2.2 A and AA and best practices | page states | violations | wider than the screen |", "|---|---|---|---|");
  for (const language of LANGUAGES) {
    const found = await inspectAll(world, { language, widths: WIDTHS, requests });
    for (const width of WIDTHS) {
      const here = found.filter((it) => it.width === width);
      const violations = here.reduce((sum, it) => sum + it.violations.length, 0);
      const wide = here.filter((it) => it.overhang > 0).length;
      lines.push(`| ${language}, ${width} px | ${here.length} | ${violations} | ${wide} |`);
      wrong.push(...complaints(here));
    }
    console.error([`axe: ${found.length} looks in ${language}`, ...complaints(found)].join("\n"));
  }
  const elsewhere = [...requests].filter((address) => new URL(address).origin !== world.program.publicUrl);
  lines.push("", `Requests of all these pages: ${requests.size} addresses, ${elsewhere.length} of another origin.`, "");
  wrong.push(...elsewhere.map((address) => `a page asks ${address}`));
}

/** Lighthouse, on pages with as much on them as a person meets. */
async function auditSpeed() {
  for (let number = 1; number <= 8; number += 1) {
    await publish(world.firefox, world.program, { title: `Sagra numero ${number} nelle piazze della valle`, topic: TOPIC });
  }
  const titles = ["page", "performance", "accessibility", "best practices", "SEO", "transferred", "requests"];
  lines.push(`| Lighthouse, mobile: ${titles.join(" | ")} | layout shift | largest paint | blocked | runs |`, `|${"---|".repeat(11)}`);
  const chromium = await launchChromium();
  try {
    for (const page of PAGES) {
      const it = await measure(chromium, world, page, signIn);
      const kibibytes = (it.bytes / 1024).toFixed(1);
      const scores = [it.performance, it.accessibility, it["best-practices"], page.skipAudits ? `${it.seo} (without ${page.skipAudits})` : it.seo];
      lines.push(
        `| ${it.name} | ${scores.join(" | ")} | ${kibibytes} KB | ${it.requests} | ${it.shift} | ${it.paint} ms | ${it.blocked} ms | ${it.runs} |`,
      );
      console.error(lines.at(-1));
      wrong.push(...shortcomings(it));
    }
  } finally {
    await chromium.close();
  }
}

/** Somebody whose inbox is full: subscribed in Firefox, signed in here by the link in a mail. */
async function signIn(page) {
  const { program, smtpReceiver, firefox } = world;
  const elsewhere = await firefox.newPage();
  await elsewhere.setExtraHTTPHeaders({ "X-Forwarded-For": "198.18.250.1" });
  const cookies = await firefox.browser.cookies();
  await firefox.browser.deleteCookie(...cookies.filter((cookie) => cookie.name === "informa_person"));
  await subscribeByMail(elsewhere, world, { email: READER, topic: TOPIC });
  await publish(firefox, program, { title: "Una sagra per chi si è appena iscritto", topic: TOPIC });
  await elsewhere.close();
  await page.goto(`${program.publicUrl}/accedi`);
  await page.type("#email", READER);
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/accedi/controlla");
  await page.goto(await linkTo(smtpReceiver, READER, "/accedi/"));
  await Promise.all([page.waitForNavigation(), page.click("main form button")]);
}
