// Accesses that residents say were not them: who it was, the desk is not told.

import { dayAndTime, h, has, icon, question, t } from "../kit.js";
import { LicenceTypes } from "../kit/licencetypes.js";
import { button, empty, field, perform, state, View, wordsField } from "./parts.js";
import { askAsStaff, askPage } from "./session.js";

const purposeOf = (dispute) => (has(`purpose.${dispute.purpose}`) ? t(`purpose.${dispute.purpose}`) : dispute.purpose);

async function answer(dispute) {
  const choice = h("select", { class: "input", name: "outcome" },
    h("option", { value: "upheld" }, t("desk.dispute.upheld.choice")), h("option", { value: "rejected" }, t("desk.dispute.rejected.choice")));
  const given = await question({
    title: t("desk.dispute.title", { venue: dispute.venue.name }), text: t("desk.dispute.text"),
    fields: [field(t("desk.dispute.outcome"), choice), wordsField(t("desk.words"), "words", t("desk.dispute.hint"))], confirm: t("desk.dispute.answer"),
  });
  if (!given) return false;
  return perform(() => askAsStaff("POST", `/v1/desk/disputes/${dispute.access_id}/answer`, given), t("desk.dispute.said"));
}

async function saveReceipt(dispute) {
  await perform(async () => {
    const { receipt } = await askAsStaff("GET", `/v1/desk/disputes/${dispute.access_id}/receipt`);
    const url = URL.createObjectURL(new Blob([receipt], { type: "application/jose" }));
    h("a", { href: url, download: `suixing-receipt-${dispute.access_id}.jws` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 0);
  }, t("desk.dispute.receipt.said"));
}

/** The view. */
export class DisputesView extends View {
  #licences = new LicenceTypes();

  constructor() {
    super("disputes", { load: () => this.#draw() });
  }

  async #draw() {
    // What a licence is called is not needed to answer: without its name, its id stands there.
    const naming = this.#licences.load().catch(() => {});
    const [open, answered] = await Promise.all([askPage("/v1/desk/disputes", { limit: 50 }), askPage("/v1/desk/disputes", { answered: true, limit: 20 }), naming]);
    return [
      open.items.length ? h("ul", { class: "cards" }, open.items.map((one) => this.#card(one))) : empty(t("desk.disputes.none")),
      answered.items.length > 0 && h("section", { class: "stack" }, h("h2", {}, t("desk.disputes.answered")), h("ul", { class: "cards" }, answered.items.map((one) => this.#card(one)))),
    ];
  }

  // How it was looked at and what was told: fields by their names, since what they said is not for the desk.
  #look({ form, licence_type: type, fields }) {
    const how = has(`desk.form.${form}`) ? t(`desk.form.${form}`) : form;
    const named = type ? this.#licences.ordered(type, fields).map((field) => this.#licences.label(type, field)) : fields.map((field) => (has(`field.${field}`) ? t(`field.${field}`) : field));
    return h("p", { class: "small" }, [type && this.#licences.name(type), how, t("desk.dispute.told", { fields: named.join(t("list.comma")) || t("desk.dispute.nothing") })].filter(Boolean).join(" · "));
  }

  #card(dispute) {
    return h("li", { class: "card stack", "data-dispute": dispute.access_id },
      h("div", {}, h("h3", {}, dispute.venue.name),
        h("p", { class: "soft small" }, [purposeOf(dispute), t("desk.dispute.accessed", { time: dayAndTime(dispute.accessed_at) })].join(" · "))),
      this.#look(dispute),
      h("blockquote", {}, dispute.reason || t("desk.dispute.wordless")),
      h("p", { class: "soft tiny" }, t("desk.dispute.since", { time: dayAndTime(dispute.disputed_at) })),
      dispute.answered_at && h("div", {}, state(dispute.outcome === "upheld" ? "warn" : "quiet", t(`desk.dispute.${dispute.outcome}`)), h("p", { class: "small" }, dispute.words)),
      h("div", { class: "row-actions" },
        !dispute.answered_at && button(t("desk.dispute.answer"), async () => { if (await answer(dispute)) await this.refresh(); }, "small"),
        button([icon("download", 18), t("desk.dispute.receipt")], () => saveReceipt(dispute))));
  }
}
