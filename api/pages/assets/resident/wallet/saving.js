// Hands a file to the person who looks at the page.

import { h } from "../../kit.js";

const LINGERING_MS = 60_000;

/** Saves a file under a name, as the browser does with downloads. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), LINGERING_MS);
}
