// SPDX-License-Identifier: EUPL-1.2
// The push service as an application server sees it: one POST per message (RFC 8030 §5), signed (RFC 8292) and
// encrypted (RFC 8188, RFC 8291). It reads the request, decides by the RFCs or by an answer that a test has scripted,
// and hands what it accepts to the store. Refusals carry the error numbers that public push services use.

import { readBody, writeJson } from "./control.mjs";
import { VapidError, VapidVerifier } from "./vapid.mjs";

const LONGEST_BODY = 4096;
const TOPIC = /^[A-Za-z0-9_-]{1,32}$/;
const URGENCIES = ["very-low", "low", "normal", "high"];
const KEPT_REFUSALS = 1000;

/** The header block of RFC 8188 with a P-256 key id, a padding delimiter and the authentication tag. */
const SHORTEST_BODY = 16 + 4 + 1 + 65 + 1 + 16;

class PushRefusal extends Error {
  constructor(status, errorNumber, message) {
    super(message);
    this.status = status;
    this.errorNumber = errorNumber;
  }
}

export class PushDelivery {
  #store;
  #clock;
  #verifier;
  #scripted = new Map();
  #answers = {};
  #refusals = [];
  #hanging = 0;

  constructor({ origin, store, clock }) {
    this.#store = store;
    this.#clock = clock;
    this.#verifier = new VapidVerifier(origin);
  }

  /**
   * The next answers for one endpoint (`"*"`: for all): `{ status, retry_after, location, times, accept, hang }`.
   * `hang` never answers; `accept` takes the message all the same; `times` repeats (default 1, 0 for ever).
   */
  script(endpoint, answers) {
    const key = endpoint === "*" ? "*" : this.#store.findByEndpoint(endpoint)?.token;
    if (!key) return false;
    const queue = answers.map((answer) => ({ times: 1, ...answer }));
    this.#scripted.set(key, queue);
    return true;
  }

  /** How many answers of each status were given, how many requests hang, and why the latest refusals were made. */
  report() {
    return { answers: this.#answers, hanging: this.#hanging, refusals: this.#refusals };
  }

  forget() {
    this.#answers = {};
    this.#refusals = [];
  }

  async answer(request, response) {
    const token = request.url.slice("/push/".length);
    try {
      const body = await readBody(request);
      const scripted = this.#takeScripted(token);
      if (scripted && !scripted.accept) return this.#answerAsScripted(scripted, response);
      const message = this.#accept(token, request, body);
      if (scripted) return this.#answerAsScripted(scripted, response);
      return this.#answerAccepted(message, response);
    } catch (error) {
      return this.#answerRefused(error, token, response);
    }
  }

  #accept(token, request, body) {
    if (request.method !== "POST") throw new PushRefusal(405, 999, "messages are sent by POST");
    const subscription = this.#store.find(token);
    if (!subscription) throw new PushRefusal(404, 102, "no such subscription");
    if (subscription.gone) throw new PushRefusal(410, 106, "the subscription is gone");
    const headers = checkedHeaders(request.headers);
    this.#checkSender(subscription, request.headers.authorization);
    checkBody(body, headers.encoding);
    return this.#store.accept(subscription, { ...headers, body });
  }

  #checkSender(subscription, authorization) {
    try {
      const key = this.#verifier.verify(authorization, this.#clock.nowSeconds());
      if (subscription.keepsFirstKey) subscription.vapidKey ??= key;
      if (subscription.vapidKey && subscription.vapidKey !== key) {
        throw new VapidError("the subscription was made with another key");
      }
    } catch (error) {
      if (error instanceof VapidError) throw new PushRefusal(401, 109, error.message);
      throw error;
    }
  }

  #takeScripted(token) {
    for (const key of [token, "*"]) {
      const queue = this.#scripted.get(key);
      const answer = queue?.[0];
      if (!answer) continue;
      // 0 stays 0: for ever.
      if (answer.times > 0 && --answer.times === 0) queue.shift();
      return answer;
    }
    return undefined;
  }

  #answerAsScripted(scripted, response) {
    if (scripted.hang) {
      this.#hanging += 1;
      response.once("close", () => {
        this.#hanging -= 1;
      });
      return;
    }
    const headers = {};
    if (scripted.retry_after !== undefined) headers["retry-after"] = String(scripted.retry_after);
    if (scripted.location !== undefined) headers.location = scripted.location;
    this.#count(scripted.status);
    writeJson(response, scripted.status, { code: scripted.status, message: "scripted by a test" }, headers);
  }

  #answerAccepted(message, response) {
    this.#count(201);
    const location = `/messages/${message.id}`;
    response.writeHead(201, { location, ttl: String(message.ttl), "content-length": "0" });
    response.end();
  }

  #answerRefused(error, token, response) {
    const status = error.status ?? 500;
    this.#count(status);
    const endpoint = this.#store.find(token)?.endpoint;
    this.#refusals.push({ status, errno: error.errorNumber, endpoint, reason: error.message });
    if (this.#refusals.length > KEPT_REFUSALS) this.#refusals.shift();
    writeJson(response, status, { code: status, errno: error.errorNumber, message: error.message });
  }

  #count(status) {
    this.#answers[status] = (this.#answers[status] ?? 0) + 1;
  }
}

function checkedHeaders(headers) {
  const ttl = headers.ttl;
  if (ttl === undefined) throw new PushRefusal(400, 111, "TTL is missing");
  if (!/^\d{1,10}$/.test(ttl)) throw new PushRefusal(400, 112, "TTL is not a number of seconds");
  const topic = headers.topic;
  if (topic !== undefined && !TOPIC.test(topic)) {
    throw new PushRefusal(400, 113, "Topic is not 1 to 32 characters of base64url");
  }
  const urgency = headers.urgency ?? "normal";
  if (!URGENCIES.includes(urgency)) throw new PushRefusal(400, 999, `Urgency is none of ${URGENCIES.join(", ")}`);
  return { ttl: Number(ttl), topic, urgency, encoding: headers["content-encoding"] };
}

function checkBody(body, encoding) {
  if (body.length > LONGEST_BODY) {
    throw new PushRefusal(413, 104, `the body has ${body.length} bytes, the limit is ${LONGEST_BODY}`);
  }
  // A push without any data is allowed, and has nothing to encode.
  if (body.length === 0 && encoding === undefined) return;
  if (encoding !== "aes128gcm") throw new PushRefusal(400, 110, "Content-Encoding is not aes128gcm");
  if (body.length < SHORTEST_BODY || body[20] !== 65) {
    throw new PushRefusal(400, 110, "the body does not start with the header of RFC 8188 and a P-256 key");
  }
}
