// One company that the resident represents: who may act for it, inviting somebody, and ending what was granted.

import { announce, dayAndTime, fill, h, icon, language, notice, question, serverNow, t } from "../kit.js";
import { field, showFailure, showLoading } from "./part.js";
import { askAsResident } from "./session.js";
import { explain } from "./words.js";

const DAY_MS = 86_400_000;
const USUAL_DAYS = 90;
const MOST_DAYS = 365;
const OPEN = new Set(["invited", "upcoming", "active", "to-confirm"]);

// A day of the calendar in Beijing, as a date field has it.
const dayOf = (time) => new Date(time + 8 * 3_600_000).toISOString().slice(0, 10);
const lastMomentOf = (day) => `${day}T23:59:59+08:00`;
const firstMomentOf = (day) => `${day}T00:00:00+08:00`;

/** What a delegate may do, in the reader's language. */
export function nameScopes(scopes, known) {
  const name = (id) => known.find((one) => one.id === id)?.[language() === "en" ? "name_en" : "name_zh"] ?? id;
  return scopes.map(name).join(t("companies.comma"));
}

/** The card of a company, with its delegations. */
export class CompanyCard {
  #company;
  #scopes;
  #path;
  #list = h("div");
  #form = h("div");
  node;

  constructor(company, scopes) {
    this.#company = company;
    this.#scopes = scopes;
    this.#path = `/v1/me/enterprises/${company.company_id}/delegations`;
    const titleId = `company-${company.delegation_id}`;
    this.node = h("section", { class: "card stack", "data-company": company.company_id, "aria-labelledby": titleId },
      h("div", {}, h("h2", { id: titleId }, company.name), h("p", { class: "soft tiny number" }, company.unified_social_credit_code)),
      h("p", { class: "tags" }, h("span", { class: "tag accent" }, t("companies.representative"))),
      h("h3", {}, t("companies.delegations")), this.#list, this.#form);
    this.#drawInvite();
    showLoading(this.#list);
    this.#load();
  }

  async #load() {
    try {
      const { items } = await askAsResident("GET", this.#path);
      const open = items.filter((item) => OPEN.has(item.state));
      const ended = items.filter((item) => !OPEN.has(item.state));
      fill(this.#list, open.length ? h("ul", { class: "rows" }, open.map((item) => this.#row(item))) : h("p", { class: "soft small" }, t("companies.delegations.none")),
        ended.length > 0 && h("details", { class: "small" }, h("summary", {}, t("companies.ended", { count: ended.length })),
          h("ul", { class: "rows" }, ended.map((item) => this.#row(item)))));
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  #row(item) {
    const isOpen = OPEN.has(item.state);
    const state = isOpen ? t(`companies.state.${item.state}`) : t(`companies.ended-for.${item.ended_for ?? "expired"}`);
    const button = (words, act, quiet) => h("button", { type: "button", class: quiet ? "button small danger-quiet" : "button small", onclick: act }, words);
    return h("li", { "data-delegation": item.id, "data-state": item.state }, h("span", { class: "row-icon" }, icon("person", 20)),
      h("div", { class: "row-body" },
        h("h4", {}, item.masked_name ?? t("companies.somebody"), item.masked_phone && h("span", { class: "number soft" }, ` ${item.masked_phone}`)),
        h("p", { class: "tags" }, h("span", { class: item.state === "active" ? "tag accent" : item.state === "to-confirm" ? "tag warn" : "tag" }, state)),
        h("p", { class: "small" }, nameScopes(item.scopes, this.#scopes)),
        h("p", { class: "soft small" }, t("companies.period", { from: dayAndTime(item.starts_at), until: dayAndTime(item.ended_at ?? item.ends_at) })),
        item.accepted_at && h("p", { class: "soft small" }, item.last_used_at ? t("companies.used", { time: dayAndTime(item.last_used_at) }) : t("companies.unused")),
        item.state === "to-confirm" && h("p", { class: "small" }, t("companies.keep.by", { time: dayAndTime(item.review_due_at) })),
        isOpen && h("div", { class: "row-actions" },
          item.state === "to-confirm" && button(t("companies.keep"), () => this.#keep(item)),
          button(t(item.state === "invited" ? "companies.withdraw" : "companies.end"), () => this.#end(item), true))));
  }

  #drawInvite() {
    fill(this.#form, h("button", { type: "button", class: "button quiet", onclick: () => this.#drawForm() }, icon("person", 20), t("companies.invite")));
  }

  #drawForm() {
    const id = (name) => `${name}-${this.#company.delegation_id}`;
    const now = serverNow();
    const name = h("input", { class: "input", id: id("handler-name"), autocomplete: "off", maxlength: 50, required: true });
    const phone = h("input", { class: "input number", id: id("handler-phone"), type: "tel", inputmode: "tel", autocomplete: "off", maxlength: 20, required: true });
    const from = h("input", { class: "input", id: id("from"), type: "date", min: dayOf(now), max: dayOf(now + MOST_DAYS * DAY_MS), value: dayOf(now) });
    const until = h("input", { class: "input", id: id("until"), type: "date", min: dayOf(now), max: dayOf(now + MOST_DAYS * DAY_MS), value: dayOf(now + USUAL_DAYS * DAY_MS), required: true });
    const ticks = this.#scopes.map((one) => h("input", { type: "checkbox", class: "tick", id: id(one.id), value: one.id }));
    this.#keepAllApart(ticks);
    const message = h("div");
    const submit = h("button", { class: "button", type: "submit" }, t("companies.invite.send"));
    const key = crypto.randomUUID();
    const say = (words, input) => {
      input?.focus();
      fill(message, words && h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, words)));
    };
    const act = async () => {
      const scopes = ticks.filter((tick) => tick.checked).map((tick) => tick.value);
      if (!name.value.trim() || !phone.value.trim()) return say(t("companies.invite.missing"), name.value.trim() ? phone : name);
      if (!scopes.length) return say(t("companies.invite.scopes"), ticks[0]);
      if (!until.value || until.value < from.value) return say(t("companies.invite.period"), until);
      const starts = from.value > dayOf(serverNow()) ? { starts_at: firstMomentOf(from.value) } : {};
      submit.disabled = true;
      return this.#invite({ name: name.value.trim(), phone: phone.value.replace(/[\s-]/g, ""), scopes, ...starts, ends_at: lastMomentOf(until.value) }, key).catch((error) => {
        submit.disabled = false;
        const pointer = error.errors?.[0]?.pointer;
        say(pointer && error.slug === "invalid-request" ? t(`companies.wrong${["/name", "/phone", "/starts_at", "/ends_at"].includes(pointer) ? pointer.replace("/", ".") : ""}`) : explain(error));
      });
    };
    fill(this.#form, h("form", { class: "stack", novalidate: true, "aria-label": t("companies.invite"), onsubmit: (event) => { event.preventDefault(); act(); } },
      field(t("companies.handler.name"), name, t("companies.handler.name.hint")), field(t("companies.handler.phone"), phone, t("companies.handler.phone.hint")),
      h("fieldset", { class: "field scopes" }, h("legend", { class: "field-label" }, t("companies.handler.scopes")),
        this.#scopes.map((one, place) => h("label", { class: "agree small", for: id(one.id) }, ticks[place], h("span", {}, nameScopes([one.id], this.#scopes))))),
      field(t("companies.handler.from"), from), field(t("companies.handler.until"), until, t("companies.handler.until.hint")), message,
      h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button quiet", onclick: () => this.#drawInvite() }, t("proof.cancel")), submit)));
    name.focus();
  }

  // Everything stands alone: choosing it takes the others away, and choosing another takes it away.
  #keepAllApart(ticks) {
    for (const tick of ticks) {
      tick.addEventListener("change", () => {
        if (!tick.checked) return;
        for (const other of ticks) if (other !== tick && (tick.value === "all" || other.value === "all")) other.checked = false;
      });
    }
  }

  async #invite(grant, key) {
    await askAsResident("POST", this.#path, { json: grant, headers: { "Idempotency-Key": key } });
    announce(t("companies.invited"));
    this.#drawInvite();
    await this.#load();
  }

  async #end(item) {
    const words = item.state === "invited" ? "companies.withdraw" : "companies.end";
    const answer = await question({ title: t(`${words}.title`), text: t(`${words}.text`), confirm: t(words), danger: true });
    if (answer) await this.#try(() => askAsResident("DELETE", `${this.#path}/${item.id}`), t(`${words}.done`));
  }

  async #keep(item) {
    await this.#try(() => askAsResident("POST", `${this.#path}/${item.id}/keep`), t("companies.kept"));
  }

  async #try(act, done) {
    try {
      await act();
      announce(done);
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    await this.#load();
  }
}
