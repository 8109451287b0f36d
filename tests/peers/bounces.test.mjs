// SPDX-License-Identifier: EUPL-1.2
// The built program against a real mail server: what Postfix accepts, puts off and refuses; a mail that it took and that
// another server then refuses comes back to the address of that mail, is read from a Maildir or by IMAP from Dovecot, and
// stops the mailbox. Mail is signed, and a verifier that is not ours accepts the signature as it arrived.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startProgram } from "../browser/program.mjs";
import { startDovecot } from "./dovecot.mjs";
import { startPostfix } from "./postfix.mjs";

const run = promisify(execFile);
const skip = process.geteuid() === 0 ? false : "Postfix and Dovecot are started by root only: run the tests as root";
const PATIENCE_MILLISECONDS = 30_000;
const [ACCEPTED, LATER, UNKNOWN] = ["anna", "bruno", "nessuno"].map((name) => `${name}@destinatari.example`);
const FAR_DOMAIN = "lontano.example";

let postfix;
let folder;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(os.tmpdir(), "informa-bounces-"));
  await run("openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", keyFile()]);
  postfix = await startPostfix({
    mailboxes: [ACCEPTED, LATER, "rimbalzi@ente.example"],
    later: LATER,
    farDomain: FAR_DOMAIN,
  });
});

after(async () => {
  await postfix?.stop();
  if (folder) await rm(folder, { recursive: true });
});

test("a bounce that Postfix makes is read from its Maildir", { skip }, async () => {
  const program = await start({ INFORMA_BOUNCE_MAILDIR: postfix.maildir("rimbalzi") });
  try {
    const far = `carla@${FAR_DOMAIN}`;
    await tellEverybody(program, [ACCEPTED, LATER, UNKNOWN, far]);
    const email = await settled(program, (states) => states.open === 1 && states.sent === 2 && states.failed === 1);
    assert.deepEqual(email, { owed: 4, open: 1, retrying: 1, sent: 2, failed: 1 }, "accepted and taken, put off, refused");
    assert.match(await onTheList(program, UNKNOWN), /suppression list \(hard_bounce\)/, "refused at once");

    const [accepted] = await arrived("anna", "new");
    assert.match(accepted, /^Return-Path: <rimbalzi\+[a-z2-7]{32}@ente\.example>/m);
    assert.equal(await verdictOn(accepted), "True");

    const [bounce] = await arrived("rimbalzi", "new");
    assert.match(bounce, /report-type=delivery-status/);
    // The server may have read it already: its own job runs every minute.
    assert.match(await program.run("run-job", "read-bounces"), /^read-bounces: [01]$/m);
    assert.deepEqual(await mails("rimbalzi", "new"), []);
    assert.equal((await mails("rimbalzi", "cur")).length, 1);
    assert.match(await onTheList(program, far), /suppression list \(hard_bounce\)/, "it came back");
    assert.doesNotMatch(await onTheList(program, ACCEPTED), /suppression/);
    await emptied("rimbalzi");
  } finally {
    await program.remove();
  }
});

test("a bounce is read by IMAP, and removed there", { skip }, async () => {
  const dovecot = await startDovecot({ maildir: postfix.maildir("rimbalzi") });
  const program = await start({ INFORMA_BOUNCE_IMAP_URL: dovecot.url, SSL_CERT_FILE: dovecot.certificate });
  try {
    const far = `dario@${FAR_DOMAIN}`;
    await tellEverybody(program, [far]);
    await settled(program, (states) => states.sent === 1);
    await arrived("rimbalzi", "new");
    const maildir = postfix.maildir("rimbalzi");
    await writeFile(path.join(maildir, "new", "1700000000.nonsense"), "\u0000\u0001 no mail at all\n", { mode: 0o666 });
    assert.match(await program.run("run-job", "read-bounces"), /^read-bounces: [0-2]$/m);
    assert.match(await onTheList(program, far), /suppression list \(hard_bounce\)/);
    assert.deepEqual(await mails("rimbalzi", "new"), []);
    const kept = await readdir(path.join(maildir, "cur"));
    assert.equal(kept.length, 1, `what was understood is removed: ${kept}`);
    assert.match(kept[0], /nonsense.*:2,.*F/, "what was not is flagged and kept");
    assert.equal((await program.run("run-job", "read-bounces")).trim(), "read-bounces: 0");
  } catch (error) {
    error.message += `\n${await dovecot.log()}`;
    throw error;
  } finally {
    await program.remove();
    await dovecot.stop();
  }
});

function start(environment) {
  return startProgram({
    pushService: { origin: "http://127.0.0.1:9" },
    smtpReceiver: postfix,
    environment: {
      INFORMA_MAIL_FROM: "Informa <avvisi@ente.example>",
      INFORMA_BOUNCE_ADDRESS: "rimbalzi@ente.example",
      INFORMA_DKIM_DOMAIN: "ente.example",
      INFORMA_DKIM_SELECTOR: "informa",
      INFORMA_DKIM_KEY_FILE: keyFile(),
      ...environment,
    },
  });
}

function keyFile() {
  return path.join(folder, "dkim.pem");
}

/** Imports people with these addresses and publishes a call that concerns them. */
async function tellEverybody(program, addresses) {
  const consent = { at: "2026-01-01T10:00:00Z", source: "modulo", text: "Voglio ricevere gli avvisi." };
  const people = addresses.map((email) => ({ email, kind: "citizen", topics: ["environment"], consent }));
  await program.run("import-subscribers", await written("people.jsonl", people));
  const call = {
    source: "prova", source_id: "1", kind: "bando", title: "Contributi per il fotovoltaico", summary: "Per il tetto di casa.",
    closes: "2099-12-31", beneficiaries: ["Cittadino"], topics: ["Transizione ecologica"],
    territory: { level: "national", regions: [] },
  };
  await program.run("import", await written("calls.jsonl", [call]), "--publish", "--notify");
}

/** What is said when an address is imported that may be on the suppression list. */
async function onTheList(program, email) {
  const consent = { at: "2026-01-02T10:00:00Z", source: "modulo", text: "Voglio ricevere gli avvisi." };
  const file = await written("again.jsonl", [{ email, kind: "operator", topics: ["environment"], consent }]);
  try {
    return await program.run("import-subscribers", file);
  } catch (error) {
    if (error.code !== 3) throw error;
    return error.stdout + error.stderr;
  }
}

async function written(name, lines) {
  const file = path.join(folder, name);
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return file;
}

/** The numbers of mails by state, once they are as expected. */
async function settled(program, isExpected) {
  let states = {};
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (Date.now() < deadline) {
    const all = JSON.parse(await program.run("status", "--json")).notifications.email ?? {};
    states = Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
    if (isExpected(states)) return states;
    await sleep(200);
  }
  throw new Error(`mails: ${JSON.stringify(states)}\n${program.printed()}\n${await postfix.log()}`);
}

async function mails(name, part = "new") {
  const maildir = path.join(postfix.maildir(name), part);
  const names = await readdir(maildir).catch(() => []);
  return Promise.all(names.map((file) => readFile(path.join(maildir, file), "utf8")));
}

async function arrived(name, part) {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  while (Date.now() < deadline) {
    const found = await mails(name, part);
    if (found.length > 0) return found;
    await sleep(200);
  }
  throw new Error(`nothing arrived for ${name}:\n${await postfix.log()}`);
}

async function emptied(name) {
  for (const part of ["new", "cur"]) await rm(path.join(postfix.maildir(name), part), { recursive: true, force: true });
}

/** What python3-dkim says of the signature, the record being made by OpenSSL from the same key. */
async function verdictOn(mail) {
  const { stdout } = await run("openssl", ["pkey", "-pubout", "-in", keyFile()]);
  const record = `v=DKIM1; k=rsa; p=${stdout.split("\n").filter((line) => !line.startsWith("-")).join("")}`;
  const file = path.join(folder, "signed.eml");
  await writeFile(file, mail);
  const script =
    "import dkim, sys; record = sys.argv[2].encode(); " +
    "print(dkim.DKIM(open(sys.argv[1], 'rb').read()).verify(dnsfunc=lambda name, timeout=5: record))";
  return (await run("/usr/bin/python3", ["-c", script, file, record])).stdout.trim();
}
