// SPDX-License-Identifier: EUPL-1.2
// A private Dovecot that shows one Maildir by IMAP over TLS, with a certificate made for it. It wants to be started by
// root, too.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "./postfix.mjs";

const run = promisify(execFile);
const OWNER = 65534;
const USER = "rimbalzi";
const PASSWORD = 'parola:segreta/"1"';
const START_MILLISECONDS = 10_000;

/** Starts it over `maildir`. Its `url` is the setting, `certificate` the file with the authority to trust. */
export async function startDovecot({ maildir }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "informa-dovecot-"));
  await chmod(folder, 0o755);
  const dovecot = new Dovecot(folder, await freePort());
  try {
    await dovecot.start(maildir);
  } catch (error) {
    await dovecot.stop();
    throw error;
  }
  return dovecot;
}

class Dovecot {
  #child;

  constructor(folder, port) {
    this.folder = folder;
    this.port = port;
    this.certificate = path.join(folder, "certificate.pem");
    this.url = `imaps://${USER}:${encodeURIComponent(PASSWORD)}@localhost:${port}/INBOX`;
  }

  async start(maildir) {
    const key = path.join(this.folder, "key.pem");
    await run("openssl", [
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
      "-keyout", key, "-out", this.certificate,
    ]);
    const configuration = path.join(this.folder, "dovecot.conf");
    await writeFile(configuration, this.#settings(maildir, key));
    this.#child = spawn("dovecot", ["-F", "-c", configuration], { stdio: ["ignore", "ignore", "inherit"] });
    await once(this.#child, "spawn");
    await this.#listens();
  }

  #settings(maildir, key) {
    return `base_dir = ${this.folder}/run
state_dir = ${this.folder}/state
log_path = ${this.folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <${this.certificate}
ssl_key = <${key}
mail_location = maildir:${maildir}
first_valid_uid = 100
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${OWNER} gid=${OWNER} home=${maildir}
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${this.port}
    ssl = yes
  }
}
service stats {
  chroot =
}
`;
  }

  async #listens() {
    const deadline = Date.now() + START_MILLISECONDS;
    while (Date.now() < deadline) {
      const socket = net.connect(this.port, "127.0.0.1");
      const answered = await Promise.race([
        once(socket, "connect").then(() => true),
        once(socket, "error").then(() => false),
      ]).catch(() => false);
      socket.destroy();
      if (answered) return;
      await sleep(100);
    }
    throw new Error(`Dovecot did not start:\n${await this.log()}`);
  }

  log() {
    return readFile(path.join(this.folder, "log"), "utf8").catch(() => "no log");
  }

  async stop() {
    if (this.#child && this.#child.exitCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
