// Who is to be let ask residents here from elsewhere: for which venue, by which keys, and from where.

import { announce, fill, h, icon, t } from "../kit.js";
import { explain, field, wordsField } from "./parts.js";
import { askAsStaff, askPage, SessionEnded } from "./session.js";

const HASH = "x509_hash:";
const PAGE = 100;
const MOST_PAGES = 20;

async function listVenues() {
  const found = [];
  let cursor = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const next = await askPage("/v1/venues", cursor ? { limit: PAGE, cursor } : { limit: PAGE });
    found.push(...next.items);
    cursor = next.next_cursor;
    if (!cursor) break;
  }
  return found.filter((venue) => venue.approved_at && !venue.judgement);
}

const labelOf = (venue) => `${venue.name} · ${venue.address}`;
const linesOf = (text) => text.split(/\s+/).filter(Boolean);

// A key, several of them, or a JWK set; what a private key has besides is never sent.
function readKeys(text) {
  if (!text.trim()) return [];
  const given = JSON.parse(text);
  const keys = Array.isArray(given) ? given : given.keys ?? [given];
  return keys.map(({ kty, crv, x, y }) => ({ kty, crv, x, y }));
}

/** The form; `onDone()` is called once it was proposed or given up. */
export class VerifierForm {
  #onDone;
  #venues = new Map();
  #choices = h("datalist", { id: "verifier-venues" });
  #fault = h("div", { role: "alert" });
  #keys = field(t("verifiers.keys"), h("textarea", { class: "input code-input", name: "keys", rows: 5, spellcheck: "false" }), t("verifiers.keys.hint"));
  #submit = h("button", { type: "submit", class: "button small" }, t("desk.propose"));
  #form;
  node = h("section", { class: "card stack", hidden: true, "aria-labelledby": "verifier-title", "data-editor": true });

  constructor(onDone) {
    this.#onDone = onDone;
    const text = (name, more) => h("input", { class: "input", name, required: true, autocomplete: "off", spellcheck: "false", ...more });
    const who = text("client_id", { maxlength: 500, oninput: () => { this.#keys.hidden = who.value.trim().startsWith(HASH); } });
    this.#form = h("form", { class: "form-grid", onsubmit: (event) => { event.preventDefault(); this.#propose(); } },
      field(t("verifiers.name"), text("name", { maxlength: 200 }), t("verifiers.name.hint")),
      field(t("verifiers.venue"), text("venue", { list: "verifier-venues" }), t("verifiers.venue.hint")),
      field(t("verifiers.client"), who, t("verifiers.client.hint")),
      field(t("verifiers.origins"), h("textarea", { class: "input", name: "origins", rows: 2, required: true, spellcheck: "false" }), t("verifiers.origins.hint")),
      this.#keys, wordsField(t("desk.reason"), "reason"),
      h("div", { class: "form-end stack" }, this.#fault, h("div", { class: "row-actions" }, this.#submit,
        h("button", { type: "button", class: "button quiet small", onclick: () => this.#close() }, t("dialog.cancel")))));
    fill(this.node, h("h2", { id: "verifier-title", tabindex: "-1" }, t("verifiers.new")), h("p", { class: "soft small" }, t("verifiers.new.lead")), this.#choices, this.#form);
  }

  /** Shows it, empty. */
  async open() {
    this.#form.reset();
    this.#keys.hidden = false;
    fill(this.#fault);
    this.node.hidden = false;
    this.node.querySelector("h2").focus();
    try {
      const venues = await listVenues();
      this.#venues = new Map(venues.map((venue) => [labelOf(venue), venue.id]));
      fill(this.#choices, [...this.#venues.keys()].map((label) => h("option", { value: label })));
    } catch (error) {
      this.#fail(error);
    }
  }

  #close() {
    this.node.hidden = true;
    this.#onDone();
  }

  #fail(error) {
    if (error instanceof SessionEnded) return;
    const words = error instanceof SyntaxError ? t("verifiers.keys.wrong") : explain(error);
    fill(this.#fault, h("p", { class: "note bad" }, icon("alert", 20), h("span", {}, words)));
  }

  async #propose() {
    const { name, venue, client_id: who, origins, keys, reason } = Object.fromEntries(new FormData(this.#form));
    const client = who.trim();
    this.#submit.disabled = true;
    fill(this.#fault);
    try {
      const json = { client_id: client, name: name.trim(), venue_id: this.#venues.get(venue.trim()) ?? venue.trim(), origins: linesOf(origins), keys: client.startsWith(HASH) ? [] : readKeys(keys), reason };
      await askAsStaff("POST", "/v1/desk/verifiers", json);
      announce(t("desk.proposed.said"));
      this.#close();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#submit.disabled = false;
    }
  }
}
