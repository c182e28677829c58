// Companies: those one represents or acts for, what one is invited to, and claiming one's own.

import { announce, ask, dayAndTime, fill, h, icon, notice, question, t } from "../kit.js";
import { CompanyCard, nameScopes } from "./companycard.js";
import { isDevelopment } from "./development.js";
import { field, partHead, showFailure, showLoading } from "./part.js";
import { askAsResident } from "./session.js";
import { explain } from "./words.js";

const REGISTER = "/v1/development/enterprise-registry/companies";

/** The view of the resident's companies. */
export class CompaniesView {
  #invitations = h("div");
  #list = h("div", { class: "stack" });
  #claim = h("section", { class: "card stack", "aria-labelledby": "claim-title" });
  #scopes = [];
  node = h("div", { class: "stack" }, partHead(t("companies.title"), t("companies.lead")), this.#invitations, this.#list, this.#claim);

  start() {
    showLoading(this.#list);
    this.#drawClaim();
    this.#load();
  }

  stop() {}

  // A message has come: somebody may have invited, or ended something.
  update() {
    this.#loadInvitations();
  }

  async #load() {
    try {
      const [{ items }, scopes] = await Promise.all([askAsResident("GET", "/v1/me/enterprises"), ask("GET", "/v1/delegation-scopes")]);
      this.#scopes = scopes.items;
      fill(this.#list, items.length ? items.map((item) => this.#card(item))
        : h("div", { class: "card empty" }, icon("building", 32), h("p", {}, t("companies.none"))));
      await this.#loadInvitations();
    } catch (error) {
      showFailure(this.#list, error);
    }
  }

  async #loadInvitations() {
    try {
      const { items } = await askAsResident("GET", "/v1/me/delegation-invitations");
      fill(this.#invitations, items.length > 0 && h("section", { class: "card stack", "aria-labelledby": "invitations-title" },
        h("h2", { id: "invitations-title" }, t("companies.invitations")),
        h("ul", { class: "rows" }, items.map((item) => this.#invitation(item)))));
    } catch {
      this.#invitations.replaceChildren();
    }
  }

  #card(item) {
    if (item.authority === "legal-representative") return new CompanyCard(item, this.#scopes).node;
    const titleId = `company-${item.delegation_id}`;
    return h("section", { class: "card stack", "data-company": item.company_id, "aria-labelledby": titleId },
      h("div", {}, h("h2", { id: titleId }, item.name), h("p", { class: "soft tiny number" }, item.unified_social_credit_code)),
      h("p", { class: "tags" }, h("span", { class: "tag accent" }, t("companies.delegate")), item.review_due_at && h("span", { class: "tag warn" }, t("companies.review"))),
      h("p", { class: "small" }, t("companies.scopes", { scopes: nameScopes(item.scopes, this.#scopes) })),
      h("p", { class: "soft small" }, t("companies.period", { from: dayAndTime(item.starts_at), until: dayAndTime(item.ends_at) })),
      h("div", { class: "row-actions" },
        h("button", { type: "button", class: "button small danger-quiet", onclick: () => this.#giveBack(item) }, t("companies.return"))));
  }

  #invitation(item) {
    return h("li", { "data-invitation": item.id }, h("span", { class: "row-icon" }, icon("building", 20)),
      h("div", { class: "row-body" },
        h("h3", {}, item.name), h("p", { class: "soft tiny number" }, item.unified_social_credit_code),
        h("p", { class: "small" }, t("companies.scopes", { scopes: nameScopes(item.scopes, this.#scopes) })),
        h("p", { class: "soft small" }, t("companies.period", { from: dayAndTime(item.starts_at), until: dayAndTime(item.ends_at) })),
        h("p", { class: "soft small" }, t("companies.answer-by", { time: dayAndTime(item.answer_by) })),
        h("div", { class: "row-actions" },
          h("button", { type: "button", class: "button small", onclick: () => this.#answer(item, "accept") }, t("companies.accept")),
          h("button", { type: "button", class: "button small quiet", onclick: () => this.#answer(item, "decline") }, t("companies.decline")))));
  }

  async #answer(item, act) {
    const answer = await question({
      title: t(`companies.${act}.title`, { company: item.name }), text: t(`companies.${act}.text`),
      confirm: t(`companies.${act}`), danger: act === "decline",
    });
    if (answer) await this.#try(() => askAsResident("POST", `/v1/me/delegation-invitations/${item.id}/${act}`), t(`companies.${act}.done`));
  }

  async #giveBack(item) {
    const answer = await question({ title: t("companies.return.title", { company: item.name }), text: t("companies.return.text"), confirm: t("companies.return"), danger: true });
    if (answer) await this.#try(() => askAsResident("DELETE", `/v1/me/delegations/${item.delegation_id}`), t("companies.return.done"));
  }

  #drawClaim() {
    const input = h("input", { class: "input number", id: "claim-code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 24, required: true });
    const submit = h("button", { class: "button", type: "submit" }, t("companies.claim"));
    const message = h("div");
    const strip = h("div");
    const act = async () => {
      submit.disabled = true;
      fill(message);
      try {
        const claimed = await askAsResident("POST", "/v1/me/enterprises", { json: { unified_social_credit_code: input.value } });
        announce(t("companies.claimed", { company: claimed.name }));
        input.value = "";
        await this.#load();
      } catch (error) {
        fill(message, h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, error.slug === "invalid-request" ? t("companies.code.wrong") : explain(error))));
        input.focus();
      } finally {
        submit.disabled = false;
      }
    };
    fill(this.#claim, h("h2", { id: "claim-title" }, t("companies.claim.title")), h("p", { class: "soft small" }, t("companies.claim.lead")),
      h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); act(); } },
        field(t("companies.code"), input, t("companies.code.hint")), message, submit), strip);
    isDevelopment().then((is) => is && this.#offerInvented(strip, input));
  }

  async #offerInvented(strip, input) {
    const { items } = await ask("GET", REGISTER);
    const offer = (one) => h("button", { type: "button", class: "button quiet small", onclick: () => { input.value = one.unified_social_credit_code; input.focus(); } }, `${one.name} · ${one.representative_name}`);
    fill(strip, h("div", { class: "development stack" },
      h("p", { class: "small" }, h("span", { class: "tag" }, t("development.title")), " ", t("companies.development")), items.map(offer)));
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
