// A kind of licence as it is to be: from one that is there, from a file, or from nothing. What it breaks is seen before
// it is proposed.

import { announce, fill, h, icon, question, t } from "../kit.js";
import { button, explain, field, wordsField } from "./parts.js";
import { askAsStaff, SessionEnded } from "./session.js";

const NEW = {
  id: "", name: { zh: "", en: "" }, holder: "resident", code: null, code_certain: false, name_field: "name", number_field: "number",
  look: { colour: "#1f4c84", emblem: "document", layout: "plain" }, validity: "either",
  fields: [
    { id: "name", label: { zh: "姓名", en: "Name" }, source: "CZZT", sensitivity: "personal", mask: "name", required: true, on_card: true },
    { id: "number", label: { zh: "证号", en: "Number" }, source: "ZZBH", sensitivity: "personal", mask: "tail", required: true },
  ],
};

// As the shipped files are written: a field is a line.
function write(kind) {
  const lines = Object.entries(kind).map(([name, value]) => {
    const said = name === "fields" ? `[\n${value.map((one) => `    ${JSON.stringify(one)}`).join(",\n")}\n  ]` : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${said}`;
  });
  return `{\n${lines.join(",\n")}\n}`;
}

/** What a proposal says that it breaks. */
export const breaksOf = (details) => (details.breaks ? details.breaks.split("; ") : []);

/** What a change breaks, each in a sentence; and that it breaks nothing. */
export function breaksNote(breaks) {
  if (!breaks.length) return h("p", { class: "note good" }, icon("check", 20), h("span", {}, t("kinds.breaks.none")));
  return h("div", { class: "note warn", "data-breaks": breaks.length }, icon("alert", 20),
    h("div", {}, h("strong", {}, t("kinds.breaks")), h("ul", { class: "bullets small" }, breaks.map((one) => h("li", {}, one)))));
}

function faults(error) {
  if (error instanceof SyntaxError) return [t("kinds.not-json"), " ", h("code", { class: "small" }, error.message)];
  // The address is made of the definition, which is told by itself.
  const told = error.errors?.filter(({ pointer }) => pointer !== "/type_id") ?? [];
  if (!told.length) return [explain(error)];
  return [error.title, h("ul", { class: "bullets small" }, told.map(({ pointer, message }) => h("li", {}, h("code", {}, pointer), " ", message)))];
}

/** The card; `onClose()` is called when nothing is being written any more. */
export class KindEditor {
  #onClose;
  #title = h("h3", { id: "kind-title", tabindex: "-1" });
  #text = h("textarea", { class: "input code-input", name: "definition", rows: 16, required: true, spellcheck: "false", autocomplete: "off" });
  #file = h("input", { type: "file", name: "file", accept: ".json,application/json", hidden: true, onchange: () => this.#read() });
  #fault = h("div", { role: "alert" });
  node = h("section", { class: "card stack", hidden: true, "aria-labelledby": "kind-title", "data-editor": true });

  constructor(onClose) {
    this.#onClose = onClose;
    fill(this.node, this.#title, h("p", { class: "soft small" }, t("kinds.lead")),
      h("div", {}, button(t("kinds.file"), () => this.#file.click()), this.#file), field(t("kinds.definition"), this.#text, t("kinds.definition.hint")), this.#fault,
      h("div", { class: "row-actions" }, button(t("kinds.check"), () => this.#check(), "small"), button(t("dialog.cancel"), () => this.#close())));
  }

  /** Opens a definition to change it; without one, what a new kind begins with. */
  open(definition, name) {
    this.#title.textContent = definition ? t("kinds.change.title", { kind: name }) : t("kinds.new");
    this.#text.value = write(definition ?? NEW);
    this.#file.value = "";
    fill(this.#fault);
    this.node.hidden = false;
    this.node.scrollIntoView({ block: "start" });
    this.#title.focus({ preventScroll: true });
  }

  #close() {
    this.node.hidden = true;
    this.#onClose();
  }

  async #read() {
    const [file] = this.#file.files;
    if (!file) return;
    this.#text.value = await file.text();
    fill(this.#fault);
  }

  async #check() {
    fill(this.#fault);
    try {
      const definition = JSON.parse(this.#text.value);
      const path = `/v1/licence-types/${encodeURIComponent(definition?.id || "-")}`;
      const { breaks } = await askAsStaff("POST", `${path}/check`, { definition });
      await this.#propose(path, definition, breaks);
    } catch (error) {
      if (error instanceof SessionEnded) return;
      fill(this.#fault, h("div", { class: "note bad" }, icon("alert", 20), h("div", {}, faults(error))));
    }
  }

  async #propose(path, definition, breaks) {
    const answer = await question({
      title: t("kinds.propose.title", { id: definition.id }), text: t("licences.ask.text.second"),
      fields: [breaksNote(breaks), wordsField(t("desk.reason"), "reason")], confirm: t("desk.propose"), danger: breaks.length > 0,
    });
    if (!answer) return;
    await askAsStaff("PUT", path, { definition, reason: answer.reason });
    announce(t("desk.proposed.said"));
    this.#close();
  }
}
