// SPDX-License-Identifier: EUPL-1.2
// The local mail server keeps what it is sent, and refuses what a test tells it to refuse.

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { startSmtpReceiver } from "./smtp_receiver.mjs";

let folder;
let receiver;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "informa-mail-"));
  receiver = await startSmtpReceiver({ folder });
});

beforeEach(() => control("DELETE", "/messages"));

after(async () => {
  await receiver.close();
  await rm(folder, { recursive: true });
});

test("a message is kept with its envelope, headers, text and HTML", async () => {
  await deliver("bounce+1@informa.example", ["anna@informa.example"]);
  const [message] = await lines("/messages?to=anna@informa.example");
  assert.deepEqual(message.envelope, { from: "bounce+1@informa.example", to: ["anna@informa.example"] });
  assert.equal(message.subject, "Perché no");
  assert.match(message.text, /Testo semplice/);
  assert.match(message.html, /<p>Testo ricco<\/p>/);
  assert.ok(message.headers.includes("List-Unsubscribe: <https://informa.example/u/1>, <mailto:u@informa.example>"));
  assert.deepEqual(await lines("/messages?to=bruno@informa.example"), []);
  assert.ok((await readdir(folder)).includes("0000001.eml"));
});

test("messages are counted by recipient and by Message-ID", async () => {
  await deliver("a@informa.example", ["anna@informa.example", "bruno@informa.example"]);
  await deliver("a@informa.example", ["anna@informa.example"]);
  const counts = await (await control("GET", "/counts")).json();
  assert.deepEqual(counts, {
    messages: 2,
    by_recipient: { "anna@informa.example": 2, "bruno@informa.example": 1 },
    by_message_id: { "<1@informa.example>": 2 },
  });
});

test("a scripted refusal is answered once, for that address and that stage", async () => {
  const to = "carla@informa.example";
  await control("POST", "/answers", { address: to, stage: "rcpt", code: 550, message: "5.1.1 unknown" });
  await control("POST", "/answers", { address: to, stage: "data", code: 451, message: "4.3.0 later" });
  assert.equal(await deliver("a@informa.example", ["bruno@informa.example"]), "250");
  assert.equal(await deliver("a@informa.example", [to]), "550 5.1.1 unknown");
  assert.equal(await deliver("a@informa.example", [to]), "451 4.3.0 later");
  assert.equal(await deliver("a@informa.example", [to]), "250");
});

/** Speaks SMTP by hand and returns the first refusal, or "250". */
async function deliver(from, recipients) {
  const { hostname, port } = new URL(receiver.smtpUrl);
  const socket = net.connect(Number(port), hostname);
  const replies = repliesOf(socket);
  const commands = [
    "EHLO tests",
    `MAIL FROM:<${from}>`,
    ...recipients.map((address) => `RCPT TO:<${address}>`),
    "DATA",
    `${MESSAGE}\r\n.`,
  ];
  await replies.next();
  let refusal;
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    const { value: reply } = await replies.next();
    if (/^[45]/.test(reply)) refusal = reply;
    if (refusal) break;
  }
  socket.end("QUIT\r\n");
  return refusal ?? "250";
}

/** The last line of each reply: the one whose code is followed by a space. */
async function* repliesOf(socket) {
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
    const received = text.split("\r\n");
    text = received.pop();
    yield* received.filter((line) => /^\d{3} /.test(line));
  }
}

const MESSAGE = [
  "Message-ID: <1@informa.example>",
  "From: Informa <informa@informa.example>",
  "To: anna@informa.example",
  "Subject: =?utf-8?Q?Perch=C3=A9_no?=",
  "List-Unsubscribe: <https://informa.example/u/1>,",
  " <mailto:u@informa.example>",
  "MIME-Version: 1.0",
  'Content-Type: multipart/alternative; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "Testo semplice",
  "--b",
  "Content-Type: text/html; charset=utf-8",
  "",
  "<p>Testo ricco</p>",
  "--b--",
].join("\r\n");

function control(method, path, body) {
  return fetch(receiver.controlUrl + path, { method, body: body && JSON.stringify(body) });
}

async function lines(path) {
  const text = await (await control("GET", path)).text();
  return text.split("\n").filter(Boolean).map(JSON.parse);
}
