// SPDX-License-Identifier: EUPL-1.2
// How somebody subscribes on the pages: the one place of these tests that knows the questions of the sign-up form. When
// the form changes, this file changes, and nothing that calls it.

import { linkTo } from "./mails.mjs";
import { tick } from "./steps.mjs";

const FORM = "form#subscription";

/** Answers every question, asks to be told by e-mail, and waits until the page says that a mail is on its way. */
export async function askByMail(page, program, { email, topic }) {
  await page.goto(`${program.publicUrl}/iscriviti`);
  await tick(page, "topics", topic);
  await tick(page, "consent", "yes");
  await page.type("#email", email);
  await page.click(`${FORM} button[type=submit]`);
  await page.waitForFunction(() => location.pathname === "/iscriviti/controlla");
}

/** Subscribes by e-mail and follows the link; the page is then the private one. */
export async function subscribeByMail(page, program, smtpReceiver, person) {
  await askByMail(page, program, person);
  await page.goto(await linkTo(smtpReceiver, person.email, "/conferma/"));
  await page.click("main form button");
  await page.waitForFunction(() => location.pathname === "/preferenze");
}

/** Subscribes by this browser alone; the page is then the private one. */
export async function subscribeByPush(page, program, { topic }) {
  await page.goto(`${program.publicUrl}/iscriviti`);
  await tick(page, "topics", topic);
  await tick(page, "consent", "yes");
  await page.click("[data-push-start]");
  await page.waitForFunction(() => location.pathname === "/preferenze");
}

/** Sends the form with answers that cannot be used; the page then has an index of what is wrong. */
export async function makeMistakes(page, program) {
  await page.goto(`${program.publicUrl}/iscriviti`);
  await page.type("#email", "no address");
  await page.$eval(FORM, (form) => (form.noValidate = true));
  await page.click(`${FORM} button[type=submit]`);
  await page.waitForSelector("#errors, [aria-invalid=true]");
}
