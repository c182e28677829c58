// Verifiers elsewhere (OpenID4VP): who may ask residents here, in which venue's name. Two persons let one in, one stops it.

import { h, question, t } from "../kit.js";
import { day } from "./format.js";
import { pagedTable } from "./paging.js";
import { button, empty, perform, state, View, wordsField } from "./parts.js";
import { askAsStaff } from "./session.js";
import { VerifierForm } from "./verifierform.js";

async function withdraw(verifier) {
  const answer = await question({
    title: t("verifiers.withdraw.title", { name: verifier.name }), text: t("verifiers.withdraw.text"),
    fields: [wordsField(t("desk.reason"), "reason")], confirm: t("verifiers.withdraw"), danger: true,
  });
  return answer ? perform(() => askAsStaff("POST", `/v1/desk/verifiers/${verifier.id}/withdraw`, answer), t("verifiers.withdrawn.said")) : false;
}

/** The view; an auditor reads it. */
export class VerifiersView extends View {
  #canAct;

  constructor(canAct) {
    const form = new VerifierForm(() => this.refresh());
    super("verifiers", { load: () => this.#draw(), extra: canAct && h("div", { class: "stack" }, h("div", {}, button(t("verifiers.new"), () => form.open(), "small")), form.node) });
    this.#canAct = canAct;
  }

  #draw() {
    const columns = [t("verifiers.name"), t("verifiers.venue"), t("verifiers.client"), t("verifiers.origins"), t("desk.state"), this.#canAct && t("desk.act")].filter(Boolean);
    return pagedTable({ path: "/v1/desk/verifiers", query: { limit: 50 }, caption: t("desk.tab.verifiers"), columns, none: empty(t("verifiers.none")), row: (one) => this.#row(one) });
  }

  #row(one) {
    const cells = [
      h("span", { "data-verifier": one.id }, one.name), one.venue_name ?? "–",
      h("div", { class: "lines" }, h("code", { class: "small whole" }, one.client_id), h("span", { class: "soft tiny" }, one.keys.length ? t("verifiers.keys.count", { count: one.keys.length }) : t("verifiers.keys.certificate"))),
      h("div", { class: "lines" }, one.origins.map((origin) => h("code", { class: "small whole" }, origin))),
      h("div", { class: "lines" }, one.withdrawn_at ? state("quiet", t("verifiers.withdrawn")) : state("good", t("verifiers.good")), h("span", { class: "soft tiny" }, day(one.withdrawn_at ?? one.registered_at)))];
    if (!this.#canAct) return cells;
    return [...cells, one.withdrawn_at ? "" : button(t("verifiers.withdraw"), async () => { if (await withdraw(one)) await this.refresh(); }, "danger-quiet small")];
  }
}
