// Checks the receipts of looks for whoever was given a file of them: a resident's, a venue's, a window's or the desk's.

import { announce, ask, dayAndTime, fill, h, has, icon, provinceName, Refusal, t } from "../kit.js";
import { LicenceTypes } from "../kit/licencetypes.js";

// A receipt is a compact JWS; no file that this service hands out has more of them than a question has licences.
const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MOST_RECEIPTS = 16;
const LONGEST_FILE = 16 * 2 ** 20;
const OFFLINE = { tone: "warn", symbol: "offline" };

const worded = (key, name) => (has(key) ? t(key) : name);

/** The receipts in a file's text: the file of a resident has one, that of a venue or a window one for each look. */
export function receiptsIn(text) {
  const whole = text.trim();
  if (JWS.test(whole)) return [whole];
  try {
    const { receipt, items } = JSON.parse(whole);
    const found = [receipt, ...(Array.isArray(items) ? items.map((item) => item?.receipt) : [])];
    return found.filter((one) => typeof one === "string").slice(0, MOST_RECEIPTS);
  } catch {
    return [];
  }
}

/** The card with a place for a file, and what was found of the receipts in it; `node` is drawn anew in each language. */
export class ReceiptCheck {
  #types = new LicenceTypes();
  #found = null;
  #results = h("div", { class: "stack" });

  get node() {
    const file = h("input", { class: "input", type: "file", accept: ".json,.jws,application/json", onchange: () => this.#read(file.files[0]) });
    this.#draw();
    return h("section", { class: "card stack", "data-receipts": true }, h("h2", {}, t("receipt.title")), h("p", { class: "soft small" }, t("receipt.lead")),
      h("label", { class: "field" }, h("span", { class: "field-label" }, t("receipt.file")), file), this.#results);
  }

  async #read(file) {
    if (!file) return;
    const receipts = file.size > LONGEST_FILE ? [] : receiptsIn(await file.text());
    // Without the names of kinds, their ids stand there.
    if (receipts.length) await this.#types.load().catch(() => {});
    this.#found = await Promise.all(receipts.map((receipt) => this.#check(receipt)));
    this.#draw();
    announce([...this.#results.querySelectorAll("h3")].map((title) => title.textContent).join(" "), true);
  }

  async #check(receipt) {
    try {
      return await ask("POST", "/v1/receipts/checks", { json: { receipt } });
    } catch (error) {
      return { error };
    }
  }

  #draw() {
    const none = this.#found?.length === 0 && this.#verdict("bad", "alert", t("receipt.none"), t("receipt.none.text"));
    fill(this.#results, none, (this.#found ?? []).map(({ claims, error }) => (error ? this.#failed(error) : this.#good(claims))));
  }

  #failed(error) {
    if (!(error instanceof Refusal)) return this.#verdict(OFFLINE.tone, OFFLINE.symbol, t("checked.failed"), t("problem.unreachable"));
    const isForged = error.slug === "receipt-invalid";
    const { tone, symbol } = isForged ? { tone: "bad", symbol: "alert" } : OFFLINE;
    return this.#verdict(tone, symbol, t(isForged ? "receipt.bad" : "checked.failed"), [error.title, error.next].filter(Boolean).join(" "));
  }

  #verdict(tone, symbol, title, text) {
    return h("div", { class: `note ${tone} copy-verdict`, "data-receipt": tone }, icon(symbol, 24), h("div", {}, h("h3", {}, title), h("p", { class: "small" }, text)));
  }

  #good(claims) {
    const { venue, licence_type: type, fields } = claims;
    const named = type ? this.#types.ordered(type, fields).map((field) => this.#types.label(type, field)) : fields.map((field) => worded(`field.${field}`, field));
    const lines = [["receipt.venue", [venue.name, provinceName(venue.province)].filter(Boolean).join(" · ")], ["receipt.when", dayAndTime(claims.recorded_at)],
      ["receipt.purpose", worded(`purpose.${claims.purpose}`, claims.purpose)], ["receipt.form", worded(`receipt.form.${claims.form}`, claims.form)], ["receipt.licence", type && this.#types.name(type)],
      ["receipt.fields", named.join(t("list.comma")) || t("receipt.nothing")],
      ["receipt.kept", type && (claims.kept_until ? dayAndTime(claims.kept_until) : t("receipt.not-kept"))], ["receipt.number", claims.access_id]];
    return h("div", { class: "stack" }, this.#verdict("good", "check", t("receipt.good"), t("receipt.good.text", { province: provinceName(claims.iss) || claims.iss })),
      h("dl", { class: "copy-facts" }, lines.filter(([, value]) => value).map(([label, value]) => h("div", {}, h("dt", {}, t(label)), h("dd", {}, value)))));
  }
}
