// SPDX-License-Identifier: EUPL-1.2
// A private Postfix: its own folder, its own two ports on this machine, Maildirs for whoever it knows. Port `relay` takes
// what the program sends; port `far` is the mail server of another domain, which refuses everybody, so that what the relay
// took for it comes back. Postfix itself wants to be started by root.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Who owns the Maildirs: Postfix delivers as nobody that is root. */
const OWNER = 65534;

/** Services of Postfix that a relay needs; none in a jail, as everything is in one folder already. */
const SERVICES = [
  ["cleanup", "unix", "n", "0", "cleanup"],
  ["qmgr", "unix", "n", "1", "qmgr"],
  ["rewrite", "unix", "-", "-", "trivial-rewrite"],
  ["bounce", "unix", "-", "0", "bounce"],
  ["defer", "unix", "-", "0", "bounce"],
  ["trace", "unix", "-", "0", "bounce"],
  ["proxymap", "unix", "-", "-", "proxymap"],
  ["smtp", "unix", "-", "-", "smtp"],
  ["virtual", "unix", "-", "-", "virtual"],
  ["error", "unix", "-", "-", "error"],
  ["retry", "unix", "-", "-", "error"],
  ["anvil", "unix", "-", "1", "anvil"],
  ["scache", "unix", "-", "1", "scache"],
  ["tlsmgr", "unix", "-", "1", "tlsmgr"],
  ["postlog", "unix-dgram", "n", "1", "postlogd"],
];

/**
 * Starts it. `mailboxes` are addresses with a Maildir called like what is before the @; `later` is put off with 450; all
 * of `farDomain` is refused by the other server.
 */
export async function startPostfix({ mailboxes, later, farDomain }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "informa-postfix-"));
  await chmod(folder, 0o755);
  const postfix = new Postfix(folder, await freePort(), await freePort());
  try {
    await postfix.configure({ mailboxes, later, farDomain });
    await run("postfix", ["-c", postfix.configuration, "start"]);
  } catch (error) {
    await postfix.stop();
    throw error;
  }
  return postfix;
}

class Postfix {
  constructor(folder, relayPort, farPort) {
    this.folder = folder;
    this.configuration = path.join(folder, "configuration");
    this.relayPort = relayPort;
    this.farPort = farPort;
    this.smtpUrl = `smtp://127.0.0.1:${relayPort}?tls=none`;
  }

  maildir(name) {
    return path.join(this.folder, "mail", name);
  }

  async configure({ mailboxes, later, farDomain }) {
    for (const name of ["configuration", "queue", "data", "mail"]) await mkdir(path.join(this.folder, name));
    await run("chown", ["postfix", path.join(this.folder, "data")]);
    await chown(path.join(this.folder, "mail"), OWNER, OWNER);
    const domains = new Set(mailboxes.map((address) => address.split("@")[1]));
    const settings = {
      compatibility_level: "3.6",
      queue_directory: `${this.folder}/queue`,
      data_directory: `${this.folder}/data`,
      maillog_file: `${this.folder}/log`,
      maillog_file_prefixes: `${this.folder}`,
      myhostname: "relay.ente.example",
      mydestination: "",
      mynetworks: "127.0.0.0/8",
      inet_interfaces: "127.0.0.1",
      inet_protocols: "ipv4",
      alias_maps: "",
      alias_database: "",
      recipient_delimiter: "+",
      virtual_mailbox_domains: [...domains].join(", "),
      virtual_mailbox_base: `${this.folder}/mail`,
      virtual_mailbox_maps: inline(mailboxes.map((address) => [address, `${address.split("@")[0]}/`])),
      virtual_uid_maps: `static:${OWNER}`,
      virtual_gid_maps: `static:${OWNER}`,
      transport_maps: inline([[farDomain, `smtp:[127.0.0.1]:${this.farPort}`]]),
      smtpd_recipient_restrictions: `check_recipient_access ${inline([[later, "450 4.2.1 The mailbox is busy"]])}, permit_mynetworks, reject`,
      far_restrictions: "check_recipient_access static:{550 5.1.1 User unknown here}, reject",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    await writeFile(path.join(this.configuration, "main.cf"), lines.join(""));
    const ports = [
      [`127.0.0.1:${this.relayPort}`, "inet", "n", "-", "smtpd"],
      [`127.0.0.1:${this.farPort}`, "inet", "n", "-", "smtpd -o smtpd_recipient_restrictions=$far_restrictions"],
    ];
    const services = [...ports, ...SERVICES].map(([name, type, isPrivate, most, command]) => {
      const wakeup = name === "qmgr" ? "300" : "-";
      // To deliver as the owner of the mailbox takes root's rights.
      const isPlain = name === "virtual" ? "n" : "-";
      return `${name} ${type} ${isPrivate} ${isPlain} n ${wakeup} ${most} ${command}\n`;
    });
    await writeFile(path.join(this.configuration, "master.cf"), services.join(""));
  }

  log() {
    return readFile(path.join(this.folder, "log"), "utf8").catch(() => "no log");
  }

  async stop() {
    await run("postfix", ["-c", this.configuration, "stop"]).catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A table of Postfix that stands in its setting. */
function inline(pairs) {
  return `inline:{${pairs.map(([key, value]) => `{${key} = ${value}}`).join(", ")}}`;
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
