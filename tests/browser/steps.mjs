// SPDX-License-Identifier: EUPL-1.2
// What people do on the pages, as steps that journeys share.

import { setTimeout as sleep } from "node:timers/promises";

const EDITOR = "redazione@informa.example";
const PASSWORD = "una password lunga 26";

/** Makes the account of the editor who publishes in these tests. */
export function addEditor(program) {
  return program.runWithInput(`${PASSWORD}\n`, "staff", "create", EDITOR, "--role", "editor");
}

/** Ticks the box or the radio button with this name and value, as a click would. */
export async function tick(page, name, value) {
  await page.$eval(`input[name="${name}"][value="${value}"]`, (element) => {
    for (let details = element.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
    if (!element.checked) element.click();
  });
}

/** Waits for the mail with this number to an address. */
export async function nextMail(smtpReceiver, address, number) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const mails = await mailsTo(smtpReceiver, address);
    if (mails.length >= number) return mails[number - 1];
    await sleep(100);
  }
  throw new Error(`no mail number ${number} to ${address}`);
}

/** Every mail that came for an address, the first first. */
export async function mailsTo(smtpReceiver, address) {
  const answer = await fetch(`${smtpReceiver.controlUrl}/messages?to=${encodeURIComponent(address)}`);
  const lines = (await answer.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Waits until everything that was published is matched and everything owed is finished. */
export async function untilNothingIsOwed(program) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = JSON.parse(await program.run("status", "--json"));
    const open = Object.values(status.notifications).map((states) => states.open);
    if (status.unmatched === 0 && open.every((count) => !count)) return;
    await sleep(100);
  }
  throw new Error(`notifications are still owed; the program printed:\n${program.printed()}`);
}

/** Opens the back office, signing the editor in where nobody is. */
export async function enterBackOffice(page, program) {
  await page.goto(`${program.publicUrl}/staff`);
  if (!page.url().includes("/staff/accedi")) return;
  await page.type("#email", EDITOR);
  await page.type("#password", PASSWORD);
  await page.click("main form button[type=submit]");
  await page.waitForFunction(() => location.pathname === "/staff" || location.pathname === "/staff/opportunita");
}

/** Writes a call for citizens everywhere in Italy and goes on to the page that asks whether to publish it. */
export async function writeCall(page, program, { title, topic }) {
  await page.goto(`${program.publicUrl}/staff/opportunita/nuova`);
  await tick(page, "kind", "call");
  await page.type("#title", title);
  await page.type("#summary", "Una prova della redazione.");
  await tick(page, "topics", topic);
  await tick(page, "areas", "IT");
  await page.click("button[name=action][value=publish]");
  await page.waitForFunction(() => location.pathname.endsWith("/pubblica"));
}

/** Writes and publishes a call for citizens everywhere in Italy; returns the path of its public page. */
export async function publish(firefox, program, call) {
  const page = await firefox.newPage();
  await enterBackOffice(page, program);
  await writeCall(page, program, call);
  await page.click("main form button[type=submit]");
  await page.waitForSelector("main a[href^='/opportunita/']");
  const path = await page.$eval("main a[href^='/opportunita/']", (element) => element.getAttribute("href"));
  await page.close();
  return path;
}

/** Goes through the steps of signing up with this topic, as far as the summary; `way` is `email` or `push`. */
export async function reachSummary(page, program, { topic, way }) {
  await page.goto(`${program.publicUrl}/iscriviti`);
  const forward = async (path) => {
    await page.click("main form button[type=submit]");
    await page.waitForFunction((wanted) => location.pathname === wanted, {}, path);
  };
  await forward("/iscriviti/dove");
  await forward("/iscriviti/cosa");
  await tick(page, "topics", topic);
  await forward("/iscriviti/come");
  await tick(page, "way", way);
  await forward("/iscriviti/riepilogo");
}

/** Signs up with notifications in this browser. */
export async function signUpByPush(page, program, topic) {
  await reachSummary(page, program, { topic, way: "push" });
  await tick(page, "consent", "yes");
  await page.click("[data-push-start]");
  await page.waitForFunction(() => location.pathname === "/preferenze");
}

/** Signs up by e-mail; the confirmation is on its way. */
export async function signUpByMail(page, program, topic, address) {
  await reachSummary(page, program, { topic, way: "email" });
  await tick(page, "consent", "yes");
  await page.type("#email", address);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.pathname === "/iscriviti/controlla");
}

/** Opens the inbox again and again until it has an opportunity with this title. */
export async function untilInboxHolds(page, program, title) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await page.goto(`${program.publicUrl}/avvisi`);
    if ((await page.$eval("main", (element) => element.textContent)).includes(title)) return;
    await sleep(100);
  }
  throw new Error(`the inbox never held ${title}`);
}
