// @sd-jwt/jwt-status-list and jose: of [{text, jwk, indices}] each status, once the signature holds; or {refused}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const { getListFromStatusListJWT } = require("@sd-jwt/jwt-status-list");
const { importJWK, jwtVerify } = require("jose");

async function answer({ text, jwk, at, indices }) {
  try {
    const options = { typ: "statuslist+jwt", algorithms: ["ES256"], currentDate: new Date(at) };
    await jwtVerify(text, await importJWK(jwk, "ES256"), options);
    const list = getListFromStatusListJWT(text);
    return { bits: list.getBitsPerStatus(), size: list.statusList.length, statuses: indices.map((index) => list.getStatus(index)) };
  } catch (error) {
    return { refused: String(error) };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(questions.map(answer))));
