// A province's root and the list-signers that it certifies: X.509 (RFC 5280), P-256 and ECDSA with SHA-256 alone.

import { equal, fromHex, hash, join, toHex, toText } from "./bytes.js";
import { readAll, readOne } from "./der.js";
import { importInfo, verifies } from "./signatures.js";

const ECDSA_WITH_SHA256 = fromHex("300a06082a8648ce3d040302");
const STATE = "550408";
const KEY_USAGE = "551d0f";
const BASIC_CONSTRAINTS = "551d13";
const UTC_TIME = 0x17;
const EXTENSIONS = 0xa3;
const TRUE = 0xff;
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

function readTime({ tag, content }) {
  const text = toText(content);
  const years = tag === UTC_TIME ? 2 : 4;
  const match = text.match(new RegExp(`^(\\d{${years}})(\\d{2})(\\d{2})(\\d{2})(\\d{2})(\\d{2})Z$`));
  if (!match) throw new SyntaxError("not a time");
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  // Of two digits, those from 50 on are of the last century (RFC 5280, section 4.1.2.5.1).
  const full = years === 4 ? year : year + (year < 50 ? 2000 : 1900);
  return Date.UTC(full, month - 1, day, hour, minute, second);
}

// The province that a subject names, or nothing.
function provinceIn(subject) {
  const named = readAll(subject).flatMap(readAll).map(readAll).filter(([type]) => toHex(type.content) === STATE);
  return named.length === 1 ? toText(named[0][1].content) : "";
}

function readExtensions(fields) {
  const found = new Map();
  for (const extension of fields ? readAll(readAll(fields)[0]) : []) {
    const parts = readAll(extension);
    const name = toHex(parts[0].content);
    if (found.has(name)) throw new SyntaxError("an extension twice");
    found.set(name, parts[parts.length - 1].content);
  }
  return found;
}

function readPowers(extensions) {
  if (!extensions.has(KEY_USAGE) || !extensions.has(BASIC_CONSTRAINTS)) throw new SyntaxError("no word on what it may do");
  const [, usage = 0] = readOne(extensions.get(KEY_USAGE)).content;
  const [authority] = readAll(readOne(extensions.get(BASIC_CONSTRAINTS)));
  return {
    isAuthority: authority?.tag === 1 && authority.content[0] === TRUE,
    maySign: (usage & DIGITAL_SIGNATURE) !== 0,
    mayCertify: (usage & KEY_CERT_SIGN) !== 0,
  };
}

// ECDSA signatures stand in certificates as a sequence of two integers; WebCrypto takes the two halves.
function readSignature(bits) {
  return join(...readAll(readOne(bits.content.subarray(1))).map(({ content }) => {
    const digits = content.subarray(Math.max(0, content.length - 32));
    return join(new Uint8Array(32 - digits.length), digits);
  }));
}

/** A certificate's parts; throws SyntaxError where these bytes are none as ours are. */
export function readCertificate(encoded) {
  const whole = readOne(encoded);
  const [body, algorithm, signature] = readAll(whole);
  const fields = readAll(body);
  const [, , innerAlgorithm, issuer, validity, subject, publicKey] = fields;
  if (!equal(algorithm.whole, innerAlgorithm.whole)) throw new SyntaxError("two algorithms");
  const [notBefore, notAfter] = readAll(validity).map(readTime);
  return {
    encoded, body: body.whole, algorithm: algorithm.whole, signature: readSignature(signature), issuer: issuer.whole, subject: subject.whole,
    publicKey: publicKey.whole, notBefore, notAfter, province: provinceIn(subject),
    ...readPowers(readExtensions(fields.find(({ tag }) => tag === EXTENSIONS))),
  };
}

/** SHA-256 over a certificate, in lower-case hexadecimal: what gates pin of a root. */
export async function fingerprintOf(certificate) {
  return toHex(await hash(certificate.encoded));
}

async function issued(root, key, certificate) {
  return equal(certificate.issuer, root.subject) && equal(certificate.algorithm, ECDSA_WITH_SHA256)
    && verifies(key, certificate.signature, certificate.body);
}

/** The signer's key where this root certified it to sign, and not to certify, for its own province and now; else null. */
export async function certifiedKey(signer, root, now) {
  const inTime = [signer, root].every(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter);
  const mayDoSo = root.isAuthority && root.mayCertify && !signer.isAuthority && !signer.mayCertify && signer.maySign;
  if (!inTime || !mayDoSo || !root.province || root.province !== signer.province) return null;
  try {
    const rootKey = await importInfo(root.publicKey);
    return await issued(root, rootKey, root) && await issued(root, rootKey, signer) ? await importInfo(signer.publicKey) : null;
  } catch {
    return null;
  }
}
