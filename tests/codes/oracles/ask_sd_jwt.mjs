// @sd-jwt/sd-jwt-vc. {ask: "verify", text, jwk, nonce, at, named} answers {claims, audience}, or {refused}: as it verifies, with
// WebCrypto's signatures. {ask: "present", issuer, holder, claims, hidden, shown, nonce, audience, at} issues a credential by a
// private JWK and presents it: {issued, presented}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createHash, webcrypto as crypto } from "node:crypto";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const { SDJwtVcInstance } = require("@sd-jwt/sd-jwt-vc");
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };

const hasher = (data) => new Uint8Array(createHash("sha256").update(typeof data === "string" ? data : Buffer.from(data)).digest());
const saltGenerator = (length) => Buffer.from(crypto.getRandomValues(new Uint8Array(length))).toString("base64url");

async function verifierOf(jwk) {
  const key = await crypto.subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, P256, false, ["verify"]);
  return (data, signature) => crypto.subtle.verify(ES256, key, Buffer.from(signature, "base64url"), Buffer.from(data));
}

async function signerOf(jwk) {
  const key = await crypto.subtle.importKey("jwk", jwk, P256, false, ["sign"]);
  return async (data) => Buffer.from(await crypto.subtle.sign(ES256, key, Buffer.from(data))).toString("base64url");
}

async function verify({ text, jwk, nonce, at, named }) {
  const instance = new SDJwtVcInstance({
    hasher, hashAlg: "sha-256", verifier: await verifierOf(jwk),
    kbVerifier: async (data, signature, payload) => (await verifierOf(payload.cnf.jwk))(data, signature),
    statusListFetcher: async () => "", statusVerifier: async () => true, statusValidator: async () => {},
  });
  instance.verifyStatus = async () => {}; // status lists are @sd-jwt/jwt-status-list's, asked elsewhere
  const { payload, kb } = await instance.verify(text, { currentDate: at, keyBindingNonce: nonce, requiredClaimKeys: named ?? [] });
  return { claims: payload, audience: kb.payload.aud };
}

async function present({ issuer, holder, claims, hidden, shown, nonce, audience, at }) {
  const instance = new SDJwtVcInstance({
    hasher, hashAlg: "sha-256", saltGenerator, signAlg: "ES256", kbSignAlg: "ES256",
    signer: await signerOf(issuer), kbSigner: await signerOf(holder),
  });
  const issued = await instance.issue(claims, hidden, { header: { kid: issuer.kid } });
  const frame = Object.fromEntries(shown.map((name) => [name, true]));
  const presented = await instance.present(issued, frame, { kb: { payload: { iat: at, aud: audience, nonce } } });
  return { issued, presented };
}

async function answer(question) {
  try {
    return await { verify, present }[question.ask](question);
  } catch (error) {
    return { refused: String(error) };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(questions.map(answer))));
