// Relatives: whose code one shows, who shows one's own, and the invitations by which this begins.

import { announce, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { ChildrenCard } from "./childrencard.js";
import { field, partHead, showFailure, showLoading } from "./part.js";
import { askAsResident } from "./session.js";
import { explain } from "./words.js";

const PATH = "/v1/me/relatives";
const INVITATIONS = `${PATH}/invitations`;
const KINSHIPS = ["parent", "child", "spouse", "grandparent", "other"];

/** The view of the resident's relatives. */
export class RelativesView {
  #received = h("div");
  #list = h("div", { class: "stack" });
  #invite = h("section", { class: "card stack", "aria-labelledby": "invite-title" });
  #sent = h("div");
  #children = new ChildrenCard(() => this.#load());
  node = h("div", { class: "stack" }, partHead(t("relatives.title"), t("relatives.lead")),
    this.#received, this.#list, this.#invite, this.#sent, this.#children.node);

  start() {
    showLoading(this.#list);
    this.#drawInvite();
    this.#load();
    this.#children.load();
  }

  stop() {}

  // A message has come: somebody may have invited, agreed, or ended something.
  update() {
    this.#load();
  }

  async #load() {
    try {
      const [relatives, invitations] = await Promise.all([askAsResident("GET", PATH), askAsResident("GET", INVITATIONS)]);
      fill(this.#list, relatives.items.length ? relatives.items.map((item) => this.#relative(item))
        : h("div", { class: "card empty" }, icon("person", 32), h("p", {}, t("relatives.none"))));
      this.#drawInvitations(invitations.items);
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #drawInvitations(items) {
    const card = (title, shown, row) => shown.length > 0 && h("section", { class: "card stack" }, h("h2", {}, title), h("ul", { class: "rows" }, shown.map(row)));
    fill(this.#received, card(t("relatives.received"), items.filter((one) => !one.mine), (item) => this.#receivedRow(item)));
    fill(this.#sent, card(t("relatives.sent"), items.filter((one) => one.mine), (item) => this.#sentRow(item)));
  }

  #relative(item) {
    const titleId = `relative-${item.id}`;
    const name = item.masked_name ?? "–";
    return h("section", { class: "card stack", "data-relative": item.id, "data-part": item.part, "aria-labelledby": titleId },
      h("div", {}, h("h2", { id: titleId }, t(`relatives.part.${item.part}`, { name })),
        h("p", { class: "soft small" }, t(`relatives.kinship.${item.part}`, { kinship: t(`kinship.${item.kinship}`) }))),
      h("p", { class: "tags" }, item.resting ? h("span", { class: "tag bad" }, t("relatives.resting")) : h("span", { class: "tag accent" }, t("relatives.good")),
        item.agreed_by !== "invitation" && h("span", { class: "tag" }, t(`relatives.by.${item.agreed_by}`))),
      h("p", { class: "small" }, t("relatives.until", { time: dayAndTime(item.ends_at) })),
      item.renewal_asked && h("p", { class: "note small" }, icon("clock", 20), h("span", {}, t("relatives.asked"))),
      item.renewal_agreed && h("p", { class: "soft small" }, t("relatives.waits")),
      h("div", { class: "row-actions" },
        item.agreed_by !== "guardian" && !item.renewal_agreed && h("button", { type: "button", class: "button small quiet", onclick: () => this.#renew(item) }, t("relatives.renew")),
        h("button", { type: "button", class: "button small danger-quiet", onclick: () => this.#end(item, name) }, t("relatives.end"))));
  }

  #receivedRow(item) {
    const name = item.masked_name ?? "–";
    return h("li", { "data-invitation": item.id }, h("span", { class: "row-icon" }, icon("person", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, t(`relatives.offer.${item.part}`, { name })),
        h("p", { class: "small" }, t(`relatives.means.${item.part}`, { name })),
        h("p", { class: "soft tiny" }, t("relatives.answer-by", { time: dayAndTime(item.expires_at) })),
        h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button small", onclick: () => this.#accept(item, name) }, t("relatives.accept")),
          h("button", { type: "button", class: "button small quiet", onclick: () => this.#do("POST", `${INVITATIONS}/${item.id}/decline`, "relatives.declined") }, t("relatives.decline")))));
  }

  #sentRow(item) {
    return h("li", { "data-invitation": item.id }, h("span", { class: "row-icon" }, icon("clock", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, `${item.masked_name} `, h("span", { class: "number" }, item.masked_phone)),
        h("p", { class: "soft small" }, t("relatives.open-until", { time: dayAndTime(item.expires_at) })),
        h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button small quiet", onclick: () => this.#do("DELETE", `${INVITATIONS}/${item.id}`, "relatives.withdrawn") }, t("relatives.withdraw")))));
  }

  #drawInvite() {
    const part = h("select", { class: "input", id: "invite-part", name: "part" }, ["shows", "is-shown"].map((one) => h("option", { value: one }, t(`relatives.wish.${one}`))));
    const kinship = h("select", { class: "input", id: "invite-kinship", name: "kinship" }, KINSHIPS.map((one) => h("option", { value: one }, t(`kinship.${one}`))));
    const kinshipField = h("div");
    const ask = () => fill(kinshipField, field(t(`relatives.asks.${part.value}`), kinship));
    part.addEventListener("change", ask);
    ask();
    const name = h("input", { class: "input", id: "invite-name", name: "name", required: true, maxlength: 200, autocomplete: "off" });
    const phone = h("input", { class: "input number", id: "invite-phone", name: "phone", type: "tel", required: true, maxlength: 32, autocomplete: "off" });
    const submit = h("button", { type: "submit", class: "button wide" }, t("relatives.invite.button"));
    const form = h("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); this.#send(form, submit); } },
      field(t("relatives.invite.what"), part), kinshipField, field(t("relatives.invite.name"), name), field(t("relatives.invite.phone"), phone, t("relatives.invite.hint")), submit);
    fill(this.#invite, h("h2", { id: "invite-title" }, t("relatives.invite")), h("p", { class: "soft small" }, t("relatives.invite.lead")), form);
  }

  async #send(form, submit) {
    submit.disabled = true;
    const done = await this.#do("POST", INVITATIONS, "relatives.invited", Object.fromEntries(new FormData(form)));
    if (done) this.#drawInvite();
    submit.disabled = false;
  }

  async #accept(item, name) {
    const answer = await question({ title: t(`relatives.offer.${item.part}`, { name }), text: t(`relatives.means.${item.part}`, { name }), confirm: t("relatives.accept") });
    if (answer) await this.#do("POST", `${INVITATIONS}/${item.id}/accept`, "relatives.accepted");
  }

  #renew(item) {
    return this.#do("POST", `${PATH}/${item.id}/renew`, "relatives.renewed");
  }

  async #end(item, name) {
    const answer = await question({ title: t("relatives.end.title", { name }), text: t("relatives.end.text"), confirm: t("relatives.end"), danger: true });
    if (answer) await this.#do("DELETE", `${PATH}/${item.id}`, "relatives.ended");
  }

  async #do(method, path, said, json) {
    try {
      await askAsResident(method, path, json ? { json } : {});
      announce(t(said));
      await this.#load();
      return true;
    } catch (error) {
      await notice(t("problem.title"), explain(error));
      return false;
    }
  }
}
