// Verifying a code with nothing but a trust list and the time: form, issuer, algorithm, signature, time, in this order.
//
// What the header claims decides nothing: the trust list binds a kid to one key, one algorithm, one province, one use.

import { join, toHex, toText } from "./bytes.js";
import { explain } from "./explaining.js";
import { CERTIFICATE, DYNAMIC, LICENCE, PAPER, PHONE, signedPart, unpack } from "./layout.js";
import { decompress } from "./points.js";
import { readText } from "./reading.js";
import { CodeRefused } from "./refusal.js";
import { importPoint, verifies } from "./signatures.js";
import { findKeys } from "./trust.js";

// By which a verifier's clock may be behind the issuer's, in seconds; as all times here.
const SKEW = 30;
const LONGEST_LIFE = 300;
const LONGEST_PAPER = 180 * 86_400;
const LONGEST_CERTIFICATE = 12 * 3600;
const PHONE_LIFE = 60;
const KINDS = { 1: "personal", 2: "enterprise", 3: "care" };
const Y_EVEN = 0xf4;
const Y_ODD = 0xf5;
const FORMS = {
  "SX1:": (bytes, trust) => verifySigned(bytes, trust, DYNAMIC, "code", { form: "dynamic", longest: LONGEST_LIFE }),
  "SX2:": verifyPhone,
  "SX3:": (bytes, trust) => verifySigned(bytes, trust, PAPER, "paper", { form: "paper", longest: LONGEST_PAPER }),
  "SX4:": (bytes, trust) => verifySigned(bytes, trust, LICENCE, "licence", { form: "licence", longest: LONGEST_LIFE }),
};

/**
 * The claims of a code: {form, issuer, kind, tokenId, kid, issued, expires, status?, licence?}; throws CodeRefused with the
 * slug of the first check that fails. `now` is in milliseconds since 1970.
 *
 * Whether it was shown before, its `tokenId` says to who keeps them; whether it was revoked, its `status` does.
 */
export async function verify(text, trust, now) {
  const { prefix, bytes } = readText(text);
  const { code, checkTime } = await FORMS[prefix](bytes, trust);
  checkTime(now / 1000);
  return code;
}

// What all signed parts have in common; throws code-malformed where the claims make no sense.
function readClaims({ kid, issuer, kind, issued, expires, list, index }) {
  const province = toText(Uint8Array.from(issuer, (byte) => (byte < 0x80 ? byte : 0)));
  if (!(kind in KINDS) || !/^[0-9]{2}$/.test(province) || expires <= issued) throw new CodeRefused("code-malformed", "The code's claims make no sense.");
  const status = list === undefined ? null : { list, index };
  return { issuer: province, kind: KINDS[kind], kid: toHex(kid), issued, expires, status };
}

async function requireSignature(bytes, form, use, { kid, issuer, issued }, trust) {
  const signed = signedPart(form, bytes);
  const signature = bytes.subarray(bytes.length - 64);
  // Two keys may share a kid: all have to be tried.
  const keys = findKeys(trust, use, kid).filter((key) => key.province === issuer && key.notBefore <= issued + SKEW && issued < key.notAfter);
  if (!keys.length) throw new CodeRefused("code-issuer-unknown", "No trusted key for codes of this province and time.");
  for (const key of keys) {
    if (await verifies(key.publicKey, signature, signed)) return;
  }
  throw new CodeRefused("code-signature-invalid", "The signature does not fit the code.");
}

async function verifySigned(bytes, trust, layout, use, { form, longest }) {
  const fields = unpack(layout, bytes);
  if (!fields) throw explain(bytes, use, trust);
  const code = { form, ...readClaims(fields), tokenId: toHex(fields.tokenId), ...(fields.licence && { licence: toHex(fields.licence) }) };
  await requireSignature(bytes, layout, use, code, trust);
  return {
    code,
    checkTime: (now) => {
      if (code.issued > now + SKEW) throw new CodeRefused("code-not-yet-valid", "The code is from the future.", code);
      if (code.expires <= now) throw new CodeRefused("code-expired", "The code has expired.", code);
      if (code.expires - code.issued > longest) throw new CodeRefused("code-lifetime-excessive", "The code claims too long a life.", code);
    },
  };
}

async function verifyPhone(bytes, trust) {
  const fields = unpack(PHONE, bytes);
  const certified = fields && unpack(CERTIFICATE, fields.certificate);
  if (!certified || (certified.y !== Y_EVEN && certified.y !== Y_ODD)) throw explain(bytes, "certificate", trust);
  const certificate = readClaims(certified);
  await requireSignature(fields.certificate, CERTIFICATE, "certificate", certificate, trust);
  await requirePhoneSignature(bytes, fields, certified);
  const { made } = fields;
  const code = {
    ...certificate, form: "phone", tokenId: toHex(join(certified.handle, fields.nonce)), certified: certificate.issued,
    issued: made, expires: Math.min(made + PHONE_LIFE, certificate.expires),
  };
  return { code, checkTime: (now) => requirePhoneTime(code, certificate, made, now) };
}

async function requirePhoneSignature(bytes, fields, { x, y }) {
  const point = decompress(x, y === Y_ODD);
  if (!point) throw new CodeRefused("code-malformed", "The certificate's key is no point of P-256.");
  if (!(await verifies(await importPoint(point), fields.signature, signedPart(PHONE, bytes)))) {
    throw new CodeRefused("code-signature-invalid", "The phone's signature does not fit the code.");
  }
}

function requirePhoneTime(code, certificate, made, now) {
  if (made > now + SKEW || certificate.issued > now + SKEW || made + SKEW < certificate.issued) {
    throw new CodeRefused("code-not-yet-valid", "The code or its certificate is from the future.", code);
  }
  if (made + PHONE_LIFE <= now || certificate.expires <= now) throw new CodeRefused("code-expired", "The code or its certificate has expired.", code);
  if (certificate.expires - certificate.issued > LONGEST_CERTIFICATE) {
    throw new CodeRefused("code-lifetime-excessive", "The certificate claims too long a life.", code);
  }
}
