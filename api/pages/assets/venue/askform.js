// What to ask for: kinds of licences and their fields, all within what the venue's purpose may.

import { h, question, t } from "../kit.js";

const TYPE = "type:";
const FIELD = "field:";
const KEPT_AS = "suixing.asked";
// Until this device has asked for something else: what most people hold.
const USUAL = "resident-identity-card";

// What was asked for last stands first, and is ticked.
function inUsualOrder(askable) {
  const usual = [localStorage.getItem(KEPT_AS), USUAL].find((type) => askable.some((one) => one.licence_type === type));
  return [...askable].sort((one, other) => Number(other.licence_type === usual) - Number(one.licence_type === usual));
}

/** How long something may be kept, in words. */
export function keepingWords(days) {
  return days > 0 ? t("venue.licence.keep.days", { days }) : t("venue.licence.look");
}

function fieldChoice(licences, type, field) {
  return h("label", { class: "choice" },
    h("input", { type: "checkbox", name: `${FIELD}${type}`, value: field, checked: true }), h("span", {}, licences.label(type, field)));
}

function typeChoice(licences, { licence_type: type, fields, kept_days: days }, index) {
  const chosen = h("input", { type: "checkbox", name: `${TYPE}${type}`, checked: index === 0 });
  const parts = h("div", { class: "ask-fields", hidden: index !== 0 },
    licences.ordered(type, fields).map((field) => fieldChoice(licences, type, field)),
    h("p", { class: "soft small" }, keepingWords(days)));
  chosen.addEventListener("change", () => { parts.hidden = !chosen.checked; });
  return h("fieldset", { class: "choices ask-type" },
    h("legend", { class: "unseen" }, licences.name(type)),
    h("label", { class: "choice ask-name" }, chosen, h("span", {}, licences.name(type))), parts);
}

// What is ticked, by kind; a kind whose fields are all unticked asks for nothing.
function chosenIn(fieldsets) {
  return fieldsets.flatMap((one) => {
    const [type, ...fields] = one.querySelectorAll("input");
    if (!type.checked) return [];
    const licenceType = type.name.slice(TYPE.length);
    return [{ id: licenceType, licence_type: licenceType, fields: fields.filter((field) => field.checked).map((field) => field.value) }];
  });
}

/** Asks staff what to ask for; resolves to the queries, or to null where they would rather not. */
export async function chooseQueries(licences, scanned) {
  const fieldsets = inUsualOrder(licences.askable).map((one, index) => typeChoice(licences, one, index));
  const [first] = fieldsets.map((one) => one.querySelector("input"));
  const judge = () => {
    const queries = chosenIn(fieldsets);
    const whole = queries.length > 0 && queries.every((query) => query.fields.length > 0);
    first?.setCustomValidity(whole ? "" : t("venue.ask.nothing"));
  };
  for (const one of fieldsets) one.addEventListener("change", judge);
  const answer = await question({
    title: t("venue.ask.title"), text: t(scanned ? "venue.ask.text.scanned" : "venue.ask.text.open"), fields: fieldsets,
    confirm: t(scanned ? "venue.ask.confirm" : "venue.ask.confirm.open"),
  });
  if (!answer) return null;
  const queries = chosenIn(fieldsets);
  localStorage.setItem(KEPT_AS, queries[0].licence_type);
  return queries;
}
