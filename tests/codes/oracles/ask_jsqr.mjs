// jsQR: reads [{width, pixels}] (one grey byte a pixel, base64). Answers the text of the code in each, or {refused}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../npm/package.json", import.meta.url));
const jsQR = require("jsqr");

function answer({ width, pixels }) {
  const grey = Buffer.from(pixels, "base64");
  const colours = new Uint8ClampedArray(4 * grey.length);
  grey.forEach((value, at) => colours.set([value, value, value, 255], 4 * at));
  const found = jsQR(colours, width, grey.length / width);
  return found === null ? { refused: "nothing was found" } : found.data;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
