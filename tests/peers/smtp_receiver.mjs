// SPDX-License-Identifier: EUPL-1.2
// A local mail server for tests, as a library and as a command:
//
//   node tests/peers/smtp_receiver.mjs --port 2525 [--control-port 2526] [--folder DIR]
//
// prints one JSON line with its addresses when it is ready, and runs until SIGTERM. It accepts every message unless a
// test has scripted another answer, keeps them in memory (and with --folder as one file each), and is read and steered
// over HTTP:
//
//   GET    /control/counts       totals, and how many messages each recipient and each Message-ID has
//   GET    /control/envelopes    JSON Lines {id, from, to, message_id}: quick, nothing is parsed
//   GET    /control/messages     JSON Lines with headers, subject, text, html and the raw message;
//                                ?to=ADDRESS for one recipient only
//   DELETE /control/messages     forget them
//   POST   /control/answers      {"address": "…" or "*", "stage": "rcpt" or "data", "code": 550,
//                                 "message": "5.1.1 unknown", "times": 1}; times 0: for ever

import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { runAsCommand } from "./command.mjs";
import { answerControl, JsonLines } from "./control.mjs";
import { listen } from "./http_server.mjs";

const LONGEST_MESSAGE = 10 * 1024 * 1024;

/** Starts the receiver; without ports it takes free ones. `close()` ends it and every connection. */
export async function startSmtpReceiver({ port = 0, controlPort = 0, folder } = {}) {
  if (folder) await mkdir(folder, { recursive: true });
  const mailbox = new Mailbox(folder);
  const server = await listenForMail(mailbox, port);
  const routes = controlRoutes(mailbox);
  const control = await listen({
    port: controlPort,
    handler: (request, response) => answerControl(routes, request, response),
  });
  return {
    smtpUrl: `smtp://127.0.0.1:${server.server.address().port}`,
    controlUrl: `http://127.0.0.1:${control.port}/control`,
    mailbox,
    close: () => Promise.all([control.close(), new Promise((resolve) => server.close(resolve))]),
  };
}

/** What was received, and what is to be answered next. */
export class Mailbox {
  #folder;
  #messages = [];
  #scripted = [];

  constructor(folder) {
    this.#folder = folder;
  }

  /** Keeps one message; the answer to the sender waits for the file, if there is one. */
  async keep({ from, to, raw }) {
    const message = { id: this.#messages.length + 1, from, to, raw, messageId: messageIdOf(raw) };
    this.#messages.push(message);
    if (this.#folder) await writeFile(path.join(this.#folder, `${String(message.id).padStart(7, "0")}.eml`), raw);
  }

  envelopes() {
    return this.#messages.map(({ id, from, to, messageId }) => ({ id, from, to, message_id: messageId }));
  }

  /** The messages for `address` (for anyone when absent), each parsed when it is reached. */
  async *parsed(address) {
    for (const message of this.#messages) {
      if (address && !message.to.includes(address)) continue;
      const mail = await simpleParser(message.raw, { skipImageLinks: true });
      yield {
        id: message.id,
        envelope: { from: message.from, to: message.to },
        headers: mail.headerLines.map(({ line }) => unfolded(line)),
        subject: mail.subject,
        text: mail.text,
        html: mail.html || undefined,
        raw: message.raw.toString("latin1"),
      };
    }
  }

  counts() {
    const [byRecipient, byMessageId] = [{}, {}];
    for (const { to, messageId } of this.#messages) {
      for (const address of to) byRecipient[address] = (byRecipient[address] ?? 0) + 1;
      byMessageId[messageId] = (byMessageId[messageId] ?? 0) + 1;
    }
    return { messages: this.#messages.length, by_recipient: byRecipient, by_message_id: byMessageId };
  }

  forget() {
    this.#messages = [];
  }

  script({ address = "*", stage = "rcpt", code = 451, message = "4.3.0 try again later", times = 1 }) {
    this.#scripted.push({ address, stage, code, message, times });
  }

  /** The scripted refusal for one of these addresses at this stage, as the error that the SMTP library answers with. */
  refusal(stage, addresses) {
    const fits = (it) => it.stage === stage && (it.address === "*" || addresses.includes(it.address));
    const answer = this.#scripted.find(fits);
    if (!answer) return null;
    if (answer.times > 0 && --answer.times === 0) this.#scripted.splice(this.#scripted.indexOf(answer), 1);
    return Object.assign(new Error(answer.message), { responseCode: answer.code });
  }
}

async function listenForMail(mailbox, port) {
  const server = new SMTPServer({
    authOptional: true,
    // No certificate of this server would be trusted, so it does not offer encryption.
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    size: LONGEST_MESSAGE,
    onRcptTo: ({ address }, _session, callback) => callback(mailbox.refusal("rcpt", [address])),
    onData: (stream, session, callback) => receive(mailbox, stream, session).then(() => callback(), callback),
  });
  // A client that goes away in the middle is an everyday event for a peer, not a failure.
  server.on("error", () => {});
  await new Promise((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

async function receive(mailbox, stream, { envelope }) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const to = envelope.rcptTo.map(({ address }) => address);
  const refusal = mailbox.refusal("data", to);
  if (refusal) throw refusal;
  await mailbox.keep({ from: envelope.mailFrom.address ?? "", to, raw: Buffer.concat(chunks) });
}

/** Found by eye, not by the parser: counting thousands of messages must not cost a millisecond each. */
function messageIdOf(raw) {
  const head = raw.toString("latin1", 0, Math.max(raw.indexOf("\r\n\r\n"), 0));
  return /^message-id:\s*(<[^>]*>)/im.exec(head)?.[1] ?? "";
}

function unfolded(line) {
  return line.replace(/\r?\n[ \t]+/g, " ");
}

function controlRoutes(mailbox) {
  return {
    "GET /control/counts": () => mailbox.counts(),
    "GET /control/envelopes": () => new JsonLines(mailbox.envelopes()),
    "GET /control/messages": ({ query }) => new JsonLines(mailbox.parsed(query.to)),
    "DELETE /control/messages": () => mailbox.forget(),
    "POST /control/answers": ({ body }) => mailbox.script(body),
  };
}

await runAsCommand(import.meta.url, async () => {
  const { values } = parseArgs({
    options: { port: { type: "string" }, "control-port": { type: "string" }, folder: { type: "string" } },
  });
  const receiver = await startSmtpReceiver({
    port: Number(values.port ?? 0),
    controlPort: Number(values["control-port"] ?? 0),
    folder: values.folder,
  });
  const { smtpUrl, controlUrl, close } = receiver;
  return { addresses: { smtp_url: smtpUrl, control_url: controlUrl }, close };
});
