// The manager's own requests: as the resident that they are, with a second factor where the server asks for one.

import { question, Refusal, h, t } from "../kit.js";
import { adoptSession, askAsResident, sendAsResident } from "../resident/session.js";

async function giveSecondFactor() {
  const answer = await question({
    title: t("manage.factor.title"), text: t("manage.factor.text"), confirm: t("manage.factor.confirm"),
    fields: [h("label", { class: "field" }, h("span", { class: "field-label" }, t("manage.factor.code")),
      h("input", { class: "input number", name: "totp", required: true, inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6, pattern: "[0-9]{6}" }))],
  });
  if (!answer) return false;
  await adoptSession(await askAsResident("POST", "/v1/staff/sessions", { json: { totp: answer.totp } }));
  return true;
}

// Asks once more after the second factor; the refusal stands where none is given.
async function withFactor(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal) || error.slug !== "second-factor-required" || !(await giveSecondFactor())) throw error;
    return work();
  }
}

/** Asks as the manager; returns the answer's JSON, or null. */
export function manage(method, path, json) {
  return withFactor(() => askAsResident(method, path, json === undefined ? {} : { json }));
}

/** Asks as the manager for something that is no JSON; returns the response. */
export function fetchAsManager(path, accept) {
  return withFactor(() => sendAsResident("GET", path, { accept, patience: 30_000 }));
}

/** Every item of a list, page by page. */
export async function manageAll(path) {
  const found = [];
  let cursor = null;
  do {
    const page = await manage("GET", cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}
