// The resident page's own module, asked as a phone would: shows credentials under keys of its own.

import { stdin, stdout } from "node:process";

import { bind, disclose } from "../../api/pages/assets/resident/wallet/sdjwt.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };

async function answer({ credential, names, key, nonce, audience, at }) {
  const privateKey = await crypto.subtle.importKey("jwk", key, CURVE, false, ["sign"]);
  return bind(disclose(credential, names), privateKey, { nonce, audience }, at);
}

let text = "";
for await (const piece of stdin) text += piece;
stdout.write(JSON.stringify(await Promise.all(JSON.parse(text).map(answer))));
