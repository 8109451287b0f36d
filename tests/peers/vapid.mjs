// SPDX-License-Identifier: EUPL-1.2
// VAPID (RFC 8292), both sides: how a push service checks who sends, and how an application server signs. Written
// with node:crypto alone, so that it shares no code with the program under test.

import crypto from "node:crypto";

const LONGEST_VALIDITY_SECONDS = 24 * 60 * 60;
const UNCOMPRESSED_POINT_LENGTH = 65;
const CACHED_TOKENS = 1000;

/** Why an `Authorization` header was refused. */
export class VapidError extends Error {}

/** Checks `Authorization: vapid t=…, k=…` headers for the push service at `origin`. */
export class VapidVerifier {
  #origin;
  #verified = new Map();

  constructor(origin) {
    this.#origin = origin;
  }

  /** Returns the sender's public key (base64url), or throws `VapidError`. `nowSeconds` is the service's clock. */
  verify(authorization, nowSeconds) {
    const { token, key } = parseAuthorization(authorization);
    checkClaims(this.#claimsOf(token, key), this.#origin, nowSeconds);
    return key;
  }

  /** A sender signs once for many messages, so a signature is checked once; the times are checked on each. */
  #claimsOf(token, key) {
    const cacheKey = `${token} ${key}`;
    const known = this.#verified.get(cacheKey);
    if (known) return known;
    const claims = verifiedClaims(token, key);
    if (this.#verified.size >= CACHED_TOKENS) this.#verified.clear();
    this.#verified.set(cacheKey, claims);
    return claims;
  }
}

/** A new key pair of an application server: `publicKey` as browsers want it, and `sign` for the header. */
export function generateVapidKeys() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const encodedPoint = point.toString("base64url");
  return {
    publicKey: encodedPoint,
    sign: (claims) => `vapid t=${signToken(claims, privateKey)}, k=${encodedPoint}`,
  };
}

function parseAuthorization(authorization) {
  const scheme = /^vapid\s+(?<parameters>.*)$/i.exec(authorization ?? "");
  if (!scheme) throw new VapidError("the Authorization header is missing or not of the scheme vapid");
  const parameters = new Map();
  for (const parameter of scheme.groups.parameters.split(",")) {
    const [name, ...value] = parameter.trim().split("=");
    parameters.set(name.toLowerCase(), value.join("=").replace(/^"(.*)"$/, "$1"));
  }
  const [token, key] = [parameters.get("t"), parameters.get("k")];
  if (!token || !key) throw new VapidError("the Authorization header lacks t or k");
  return { token, key };
}

function verifiedClaims(token, key) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new VapidError("the token is not a signed JWT");
  const [header, claims, signature] = parts;
  if (decodeJson(header).alg !== "ES256") throw new VapidError("the token is not signed with ES256");
  const valid = crypto.verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    { key: publicKeyOf(key), dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  if (!valid) throw new VapidError("the signature does not verify with the key in k");
  return decodeJson(claims);
}

function checkClaims(claims, origin, nowSeconds) {
  const audiences = [claims.aud].flat();
  if (!audiences.includes(origin)) throw new VapidError(`aud is ${audiences.join(", ")}, not ${origin}`);
  if (typeof claims.exp !== "number") throw new VapidError("exp is missing");
  if (claims.exp <= nowSeconds) throw new VapidError(`exp was ${Math.ceil(nowSeconds - claims.exp)} seconds ago`);
  if (claims.exp > nowSeconds + LONGEST_VALIDITY_SECONDS) throw new VapidError("exp is more than 24 hours ahead");
  // Optional in the RFC, but one large push service refuses every message without it: so does this one.
  if (!/^(mailto:.+@.+|https:\/\/.+)$/.test(claims.sub ?? "")) throw new VapidError("sub is no mailto: or https: address");
}

function publicKeyOf(key) {
  const point = Buffer.from(key, "base64url");
  if (point.length !== UNCOMPRESSED_POINT_LENGTH || point[0] !== 4) {
    throw new VapidError("k is not an uncompressed P-256 point");
  }
  const x = point.subarray(1, 33).toString("base64url");
  const y = point.subarray(33).toString("base64url");
  try {
    return crypto.createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y } });
  } catch {
    throw new VapidError("k is not a point of P-256");
  }
}

function decodeJson(part) {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    throw new VapidError("a part of the token is not JSON");
  }
}

function signToken(claims, privateKey) {
  const encode = (document) => Buffer.from(JSON.stringify(document)).toString("base64url");
  const signed = `${encode({ typ: "JWT", alg: "ES256" })}.${encode(claims)}`;
  const signature = crypto.sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}
