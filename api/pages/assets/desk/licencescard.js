// Looking up a licence of whoever stands at the window and has no phone to show it on.

import { ask, fill, h, icon, language, notice, t } from "../kit.js";
import { day } from "./format.js";
import { button, explain, field, state } from "./parts.js";
import { askAsStaff, SessionEnded } from "./session.js";

const TONES = { valid: "good", expired: "warn" };
let book = null;

/** Every kind of licence, by its id; asked for once. */
export async function licenceTypes() {
  if (!book) {
    const { items } = await ask("GET", "/v1/licence-types");
    book = new Map(items.map((type) => [type.id, type]));
  }
  return book;
}

/** Words in the page's language. */
export const inTongue = (words) => (language() === "en" ? words.en : words.zh);

/** What a kind of licence is called, be it one that is there no more. */
export const typeName = (types, id) => (types.has(id) ? inTongue(types.get(id).name) : id);

function picture(text) {
  // A PNG in Base64 begins with its signature, a JPEG with its own.
  const kind = text.startsWith("iVBOR") ? "png" : "jpeg";
  return h("img", { class: "licence-picture", src: `data:image/${kind};base64,${text}`, alt: t("window.licence.picture") });
}

/** A licence's fields by their labels, in the order of its kind. */
export function fieldList(type, fields, masked = {}) {
  const known = type?.fields ?? Object.keys({ ...fields, ...masked }).map((id) => ({ id, label: { zh: id, en: id } }));
  return h("dl", { class: "facts" }, known.filter(({ id }) => (fields[id] ?? masked[id]) !== undefined).map(({ id, label, kind }) => h("div", {},
    h("dt", {}, inTongue(label)), h("dd", { class: id in fields ? null : "soft" }, kind === "image" && fields[id] ? picture(fields[id]) : fields[id] ?? masked[id]))));
}

/** The card: a kind is chosen, and each licence of it is shown; `path` leads to the presence. */
export class LicencesCard {
  #path;
  #found = h("div", { class: "stack", role: "status" });
  #types;
  node;

  constructor(path, types) {
    this.#path = path;
    this.#types = types;
    const choice = h("select", { class: "input", name: "type" }, [...types.values()].map((type) => h("option", { value: type.id }, inTongue(type.name))));
    this.node = h("section", { class: "stack", "data-licences": true },
      h("p", { class: "note warn" }, icon("eye", 20), h("span", {}, t("window.licences.lead"))),
      h("div", { class: "form-grid" }, field(t("window.licences.kind"), choice),
        h("div", { class: "form-end" }, button(t("window.licences.look"), () => this.#look(choice.value), "small"))),
      this.#found);
  }

  async #look(kind) {
    try {
      const { items, unheard } = await askAsStaff("GET", this.#path(`/licences?type=${encodeURIComponent(kind)}`));
      fill(this.#found, items.map((item) => this.#licence(item)), items.length === 0 && h("p", { class: "soft" }, t("window.licences.none")),
        unheard.length > 0 && h("p", { class: "note" }, icon("refresh", 20), h("span", {}, t("window.licences.unheard", { names: unheard.map((one) => inTongue(one.name)).join(t("window.and")) }))));
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  #licence(item) {
    const type = this.#types.get(item.type);
    return h("article", { class: "licence stack", "data-licence": item.licence_id },
      h("div", { class: "head-line" }, h("h3", {}, typeName(this.#types, item.type)), state(TONES[item.standing] ?? "bad", t(`window.standing.${item.standing}`))),
      fieldList(type, item.fields, item.masked),
      h("p", { class: "soft small" }, [item.issuer_name, item.valid_until && t("window.until", { day: day(`${item.valid_until}T12:00:00+08:00`) })].filter(Boolean).join(" · ")));
  }
}
