// Licences: what each purpose may ask of each kind, and which kinds there are. More takes a second person, nothing takes one.

import { ask, h, language, notice, question, t } from "../kit.js";
import { breaksNote, breaksOf, KindEditor } from "./kindeditor.js";
import { button, empty, explain, field, perform, table, View, wordsField } from "./parts.js";
import { askAsStaff } from "./session.js";

const LONGEST_DAYS = 3650;
const said = (words) => words[language() === "en" ? "en" : "zh"];
const purposeName = (purpose) => (language() === "en" ? purpose.name_en : purpose.name_zh);
const pathOf = (purpose, kind) => `/v1/purposes/${encodeURIComponent(purpose.id)}/licences/${encodeURIComponent(kind)}`;
const tags = (words) => h("span", { class: "tags" }, words.map((one) => h("span", { class: "tag" }, one)));

function labelOf(kind, name) {
  const found = kind?.fields.find((one) => one.id === name);
  return found ? said(found.label) : name;
}

async function chooseKind(kinds) {
  const choice = h("select", { class: "input", name: "kind" }, kinds.map((kind) => h("option", { value: kind.id }, said(kind.name))));
  const answer = await question({ title: t("licences.let.title"), fields: [field(t("licences.kind"), choice)], confirm: t("licences.next") });
  return answer && kinds.find((kind) => kind.id === answer.kind);
}

function fieldChoices(kind, asked) {
  return h("fieldset", { class: "field" }, h("legend", { class: "field-label" }, t("licences.fields")), h("div", { class: "choices wrapping" }, kind.fields.map((one) => h("label", { class: "choice" },
    h("input", { type: "checkbox", name: `field:${one.id}`, checked: asked?.fields.includes(one.id) ? "" : null }),
    h("span", {}, said(one.label), one.sensitivity === "sensitive" && ` · ${t("licences.sensitive")}`)))));
}

async function propose(purpose, kind, asked) {
  const days = h("input", { class: "input number", name: "kept_days", type: "number", min: 0, max: LONGEST_DAYS, required: true, value: String(asked?.kept_days ?? 0) });
  const answer = await question({
    title: t("licences.ask.title", { purpose: purposeName(purpose), kind: said(kind.name) }), text: t("licences.ask.text"),
    fields: [fieldChoices(kind, asked), field(t("licences.days"), days, t("licences.days.hint")), wordsField(t("desk.reason"), "reason")], confirm: t("desk.propose"),
  });
  if (!answer) return;
  const fields = kind.fields.map((one) => one.id).filter((name) => answer[`field:${name}`]);
  await perform(() => askAsStaff("PUT", pathOf(purpose, kind.id), { fields, kept_days: Number(answer.kept_days), reason: answer.reason }), t("desk.proposed.said"));
}

async function takeAway(purpose, asked, name) {
  const answer = await question({ title: t("licences.none.title", { purpose: purposeName(purpose), kind: name }), text: t("licences.none.text"), confirm: t("licences.none"), danger: true });
  if (!answer) return false;
  return perform(() => askAsStaff("DELETE", pathOf(purpose, asked.licence_type)), t("licences.none.said"));
}

// What the second person is told, the first one reads at once.
async function withdrawKind(kind) {
  const answer = await question({ title: t("kinds.withdraw.title", { kind: said(kind.name) }), text: t("kinds.withdraw.text"), fields: [wordsField(t("desk.reason"), "reason")], confirm: t("desk.propose"), danger: true });
  if (!answer) return;
  let proposal = null;
  const work = async () => { proposal = await askAsStaff("POST", `/v1/licence-types/${encodeURIComponent(kind.id)}/withdraw`, answer); };
  if (!await perform(work, t("desk.proposed.said"))) return;
  await question({ title: t("desk.proposed.said"), fields: [breaksNote(breaksOf(proposal.details))], confirm: t("dialog.understood"), refusable: false });
}

/** The view; an auditor reads it. */
export class LicencesView extends View {
  #canAct;
  #chosen = null;
  #editor = new KindEditor(() => this.refresh());

  constructor(canAct) {
    super("licences", { load: () => this.#draw() });
    this.#canAct = canAct;
  }

  async #draw() {
    const [purposes, kinds] = await Promise.all([ask("GET", "/v1/purposes"), ask("GET", "/v1/licence-types")]);
    const purpose = purposes.items.find((one) => one.id === this.#chosen) ?? purposes.items[0];
    const asked = (await ask("GET", `/v1/purposes/${encodeURIComponent(purpose.id)}/licences`)).items;
    return [
      h("section", { class: "stack", "aria-label": t("licences.asked") }, h("h2", {}, t("licences.asked")),
        this.#choice(purposes.items, purpose), this.#askedTable(purpose, asked, kinds.items), this.#canAct && this.#more(purpose, asked, kinds.items)),
      h("section", { class: "stack", "aria-label": t("licences.kinds") },
        h("div", { class: "head-line" }, h("h2", {}, t("licences.kinds")), this.#canAct && button(t("kinds.new"), () => this.#editor.open(null), "small")),
        h("p", { class: "soft small" }, t("licences.kinds.lead")), this.#editor.node, this.#kindTable(kinds.items)),
    ];
  }

  #choice(purposes, chosen) {
    const choose = async (event) => {
      this.#chosen = event.target.value;
      await this.refresh();
      this.node.querySelector("[name=purpose]")?.focus();
    };
    const options = purposes.map((one) => h("option", { value: one.id, selected: one.id === chosen.id ? "" : null }, purposeName(one)));
    return field(t("desk.purpose"), h("select", { class: "input", name: "purpose", onchange: choose }, options));
  }

  #askedTable(purpose, asked, kinds) {
    if (!asked.length) return empty(t("licences.asked.none"));
    const columns = [t("licences.kind"), t("licences.fields"), t("licences.days"), this.#canAct && t("desk.act")].filter(Boolean);
    return table(t("licences.asked"), columns, asked.map((one) => this.#askedRow(purpose, one, kinds.find((kind) => kind.id === one.licence_type))));
  }

  #askedRow(purpose, asked, kind) {
    const name = kind ? said(kind.name) : asked.licence_type;
    const cells = [h("span", { "data-asked": asked.licence_type }, name), tags(asked.fields.map((one) => labelOf(kind, one))), asked.kept_days ? t("licences.kept", { days: asked.kept_days }) : t("licences.look")];
    if (!this.#canAct) return cells;
    return [...cells, h("div", { class: "row-actions" },
      kind && button(t("licences.change"), () => propose(purpose, kind, asked), "small"),
      button(t("licences.none"), async () => { if (await takeAway(purpose, asked, name)) await this.refresh(); }, "danger-quiet small"))];
  }

  #more(purpose, asked, kinds) {
    const others = kinds.filter((kind) => !asked.some((one) => one.licence_type === kind.id));
    return h("div", {}, button(t("licences.let"), async () => {
      const kind = await chooseKind(others);
      if (kind) await propose(purpose, kind, null);
    }, "small"));
  }

  async #edit(kind) {
    try {
      this.#editor.open(await ask("GET", `/v1/licence-types/${encodeURIComponent(kind.id)}`), said(kind.name));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
  }

  #kindTable(kinds) {
    const columns = [t("licences.kind"), t("licences.holder"), t("licences.code"), t("licences.fields"), this.#canAct && t("desk.act")].filter(Boolean);
    return table(t("licences.kinds"), columns, kinds.map((kind) => this.#kindRow(kind)));
  }

  #kindRow(kind) {
    const cells = [
      h("span", { "data-kind": kind.id }, said(kind.name), " ", h("code", { class: "soft tiny" }, kind.id)), t(`licences.holder.${kind.holder}`),
      kind.code ? h("span", { class: "number" }, kind.code, kind.code_certain ? null : ` ${t("licences.uncertain")}`) : "–", tags(kind.fields.map((one) => said(one.label)))];
    if (!this.#canAct) return cells;
    return [...cells, h("div", { class: "row-actions" }, button(t("licences.change"), () => this.#edit(kind)), button(t("kinds.withdraw"), () => withdrawKind(kind), "danger-quiet small"))];
  }
}
