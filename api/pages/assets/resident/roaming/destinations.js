// What a province offers, as the server tells it; asked once a visit.

import { ask, language } from "../../kit.js";

const found = new Map();

/** The province's app, numbers, services and licences. */
export async function getDestination(province) {
  if (!found.has(province)) found.set(province, await ask("GET", `/v1/destinations/${province}`));
  return found.get(province);
}

/** The words of the page's language. */
export const spoken = (both) => both[language() === "en" ? "en" : "zh"];
