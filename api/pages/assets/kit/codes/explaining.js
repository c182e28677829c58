// What is wrong with bytes that are not a code of their form: a good one of another algorithm has refusals of its own.

import { load } from "./cbor.js";
import { toHex } from "./bytes.js";
import { CodeRefused } from "./refusal.js";
import { findKeys } from "./trust.js";

const LONGEST = { code: 512, paper: 512, licence: 512, certificate: 768 };
const SIGN1 = 18;
const ALGORITHM = 1;
const ES256 = -7;
// Claims by their numbers (RFC 8392, section 4): 1 issuer, 4 expires, 6 issued, 7 token id, 8 confirmation.
const KIND = -70001;
const STANDING = -70002;
const LICENCE = -70003;
const SHAPES = {
  code: { 1: isText, 4: isInteger, 6: isInteger, 7: isBytes(24), [KIND]: isInteger },
  licence: { 1: isText, 4: isInteger, 6: isInteger, 7: isBytes(24), [KIND]: isInteger, [LICENCE]: isBytes(16) },
  paper: { 1: isText, 4: isInteger, 6: isInteger, 7: isBytes(24), [STANDING]: isStanding },
  certificate: { 1: isText, 4: isInteger, 6: isInteger, 7: isBytes(16), 8: isMap, [STANDING]: isStanding },
  phone: { 6: isInteger, 7: isBytes(8) },
};
const SIGNED_HEADER = { [ALGORITHM]: isAlgorithm, 4: isBytes(4) };
const PHONE_HEADER = { [ALGORITHM]: isAlgorithm, 13: isMessage };

function isText(value) { return typeof value === "string"; }
function isInteger(value) { return typeof value === "number" || typeof value === "bigint"; }
function isAlgorithm(value) { return isText(value) || isInteger(value); }
function isBytes(length) { return (value) => value instanceof Uint8Array && value.length === length; }
function isMap(value) { return value instanceof Map; }
function isMessage(value) { return value?.tag === SIGN1; }
function isStanding(value) { return Array.isArray(value) && value.length === 3 && value.every(isInteger); }

// A map that has exactly these keys, each with a value of its kind; throws for any other.
function fitting(map, shape) {
  const keys = Object.keys(shape);
  if (!isMap(map) || map.size !== keys.length || !keys.every((key) => map.has(Number(key)) && shape[key](map.get(Number(key))))) {
    throw new SyntaxError("not as ours are");
  }
  return map;
}

function open(message, headerShape, claimsShape) {
  const [header, unprotected, payload, signature] = message.value;
  const isOurs = message.tag === SIGN1 && message.value.length === 4 && isMap(unprotected) && unprotected.size === 0;
  if (!isOurs || !(signature instanceof Uint8Array)) throw new SyntaxError("not a COSE_Sign1 as ours are");
  return { header: fitting(load(header), headerShape), claims: fitting(load(payload), claimsShape) };
}

function readSigned(message, shape) {
  const { header, claims } = open(message, SIGNED_HEADER, shape);
  return { kid: toHex(header.get(4)), issuer: claims.get(1), algorithms: [header.get(ALGORITHM)] };
}

function readPhone(message) {
  const { header } = open(message, PHONE_HEADER, SHAPES.phone);
  const certificate = readSigned(header.get(13), SHAPES.certificate);
  return { ...certificate, algorithms: [...certificate.algorithms, header.get(ALGORITHM)] };
}

// What can be told of a code that another algorithm may have signed, or null where it is none of ours.
function likenessOf(bytes, use) {
  if (bytes.length > LONGEST[use]) return null;
  try {
    const message = load(bytes);
    return use === "certificate" ? readPhone(message) : readSigned(message, SHAPES[use]);
  } catch {
    return null;
  }
}

/** The refusal of bytes that have not the layout of their form: form, then issuer, then algorithm. */
export function explain(bytes, use, trust) {
  const likeness = likenessOf(bytes, use);
  // With ES256 it would have our one encoding.
  if (!likeness || likeness.algorithms.every((one) => one === ES256)) return new CodeRefused("code-malformed", "The code is not whole.");
  if (!findKeys(trust, use, likeness.kid).some((key) => key.province === likeness.issuer)) {
    return new CodeRefused("code-issuer-unknown", "No trusted key for codes of this province bears this kid.");
  }
  return new CodeRefused("code-algorithm-refused", "The key is trusted for ES256 alone.");
}
