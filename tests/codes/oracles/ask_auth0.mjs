// @auth0/cose: verifies [{cose, jwk}] (hexadecimal). Answers the claims as [[key, value] …], bytes as {hex}; or {refused}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const { Sign1 } = require("@auth0/cose");
const { importJWK } = require("jose");
const { Decoder } = require("cbor-x");
const cbor = new Decoder({ mapsAsObjects: false });

async function answer({ cose, jwk }) {
  try {
    const key = await importJWK({ ...jwk, alg: "ES256" }, "ES256");
    const message = Sign1.decode(Buffer.from(cose, "hex"));
    await message.verify(key);
    return [...cbor.decode(message.payload)].map(([name, value]) => [
      name,
      value instanceof Uint8Array ? { hex: Buffer.from(value).toString("hex") } : value,
    ]);
  } catch (error) {
    return { refused: String(error) };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(questions.map(answer))));
