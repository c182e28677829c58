// What the pages bring along to make codes, asked outside a browser: keys, codes under given certificates, pictures.

import { readFileSync } from "node:fs";

const KIT = "../../../api/pages/assets/kit/codes";
const { drawQr } = await import(`${KIT}/drawing.js`);
const { makePhoneCode, makePhoneKey } = await import(`${KIT}/making.js`);

const ASKING = {
  key: async () => {
    const { privateKey, jwk } = await makePhoneKey();
    const leaves = await crypto.subtle.exportKey("jwk", privateKey).then(() => true, () => false);
    return { jwk, leaves };
  },
  code: async ({ certificate, key, at }) => {
    const signer = await crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    return makePhoneCode(new Uint8Array(Buffer.from(certificate, "hex")), signer, at);
  },
  picture: async ({ text }) => drawQr(text),
};

const answers = [];
for (const question of JSON.parse(readFileSync(0, "utf8"))) answers.push(await ASKING[question.ask](question));
console.log(JSON.stringify(answers));
