// The kinds of licences there are: asked once a visit, and what is not known is shown plainly all the same.

import { ask, t } from "../../kit.js";

const FRESH_MS = 600_000;
const PLAIN = { colour: "#44546a", emblem: "document", layout: "plain" };

let known = new Map();
let readAt = -Infinity;

/** Takes types that were kept from an earlier visit; the server's own come before them. */
export function recallTypes(types) {
  for (const type of types) if (!known.has(type.id)) known.set(type.id, type);
}

/** Sees to it that the kinds are known; throws where they are not and cannot be had. */
export async function loadTypes() {
  if (performance.now() - readAt < FRESH_MS) return;
  const { items } = await ask("GET", "/v1/licence-types");
  known = new Map(items.map((type) => [type.id, type]));
  readAt = performance.now();
}

/** A kind by its id. */
export function typeOf(id) {
  return known.get(id) ?? { id, name: t("licence.unknown"), fields: [], name_field: null, number_field: null, look: PLAIN, parts: [] };
}

/** A field of a kind; one that it does not name is shown by that name, and covered. */
export function fieldOf(type, name) {
  return type.fields.find((field) => field.id === name) ?? { id: name, label: name, kind: "text", sensitivity: "sensitive", mask: "hidden" };
}
