// npm's dpop: for each [{algorithm, credential, requests: [[method, url]]}] a key of its own and a proof a request.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const { calculateThumbprint, generateKeyPair, generateProof } = await import(require.resolve("dpop"));

async function answer({ algorithm, credential, requests }) {
  const pair = await generateKeyPair(algorithm, { extractable: false });
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const proofs = await Promise.all(requests.map(([method, url]) => generateProof(pair, url, method, undefined, credential)));
  return { jwk: { kty, crv, x, y }, thumbprint: await calculateThumbprint(pair.publicKey), proofs };
}

const questions = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(questions.map(answer))));
