// Who holds which role: given and taken back; what makes somebody powerful is proposed to a second person.

import { day, shortId } from "./format.js";
import { h, question, t } from "../kit.js";
import { pagedTable } from "./paging.js";
import { button, empty, field, perform, state, View, wordsField } from "./parts.js";
import { askAsStaff } from "./session.js";

const ROLES = ["operator", "auditor", "manager", "window", "publisher", "reviewer"];
const TWO_PERSONS = new Set(["operator", "auditor"]);

function roleChoice(roles) {
  return field(t("desk.role"), h("select", { class: "input", name: "role" }, roles.map((role) => h("option", { value: role }, t(`desk.role.${role}`)))));
}

async function change(direct, kind, given) {
  if (TWO_PERSONS.has(given.role)) return perform(() => askAsStaff("POST", "/v1/staff/proposals", { kind, ...given }), t("desk.proposed.said"));
  return perform(() => askAsStaff("POST", direct, given), t("desk.role.said"));
}

async function grant() {
  const phone = h("input", { class: "input number", name: "phone", type: "tel", required: true, maxlength: 20, autocomplete: "off" });
  const answer = await question({ title: t("desk.grant.title"), text: t("desk.grant.text"), fields: [field(t("login.phone"), phone), roleChoice(ROLES), wordsField(t("desk.reason"), "reason")], confirm: t("desk.grant") });
  return answer ? change("/v1/staff/roles", "role.grant", answer) : false;
}

async function revoke(person) {
  const answer = await question({ title: t("desk.revoke.title"), text: t("desk.grant.text"), fields: [roleChoice(person.roles), wordsField(t("desk.reason"), "reason")], confirm: t("desk.revoke"), danger: true });
  return answer ? change("/v1/staff/roles/revoke", "role.revoke", { resident_id: person.resident_id, ...answer }) : false;
}

/** The view; an auditor reads it. */
export class StaffView extends View {
  #canAct;

  constructor(canAct) {
    super("staff", { load: () => this.#draw(), extra: canAct && h("div", {}, button(t("desk.grant"), async () => { if (await grant()) await this.refresh(); }, "small")) });
    this.#canAct = canAct;
  }

  #draw() {
    const columns = [t("desk.person"), t("desk.roles"), t("desk.factor"), t("desk.since"), this.#canAct && t("desk.act")].filter(Boolean);
    return pagedTable({ path: "/v1/staff/roles", caption: t("desk.tab.staff"), columns, none: empty(t("desk.staff.none")), row: (person) => this.#row(person) });
  }

  #row(person) {
    const cells = [
      h("span", {}, person.masked_name ?? "–", " ", h("code", { class: "soft tiny" }, shortId(person.resident_id))),
      h("span", { class: "tags" }, person.roles.map((role) => h("span", { class: "tag" }, t(`desk.role.${role}`)))),
      person.has_factor ? state("good", t("desk.yes")) : state("warn", t("desk.no")), day(person.granted_at),
    ];
    if (this.#canAct) cells.push(button(t("desk.revoke"), async () => { if (await revoke(person)) await this.refresh(); }, "danger-quiet small"));
    return cells;
  }
}
