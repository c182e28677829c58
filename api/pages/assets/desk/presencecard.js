// Somebody who stands at the window, and what can be done for them.

import { announce, fill, h, icon, notice, question, serverNow, t } from "../kit.js";
import { day } from "./format.js";
import { LicencesCard, licenceTypes } from "./licencescard.js";
import { MaterialsCard } from "./materialscard.js";
import { button, explain, field, perform, state } from "./parts.js";
import { askAsStaff, sendAsStaff, SessionEnded } from "./session.js";

const PATIENCE_MS = 30_000;
const DOCUMENTS = ["household-register", "birth-certificate", "court-decision", "committee-letter"];

// The paper that was printed for whoever stands here: the page may be drawn anew before it is opened.
const papers = new Map();

/** Lets go of what was printed for somebody. */
export function forgetPaper(id) {
  if (papers.has(id)) URL.revokeObjectURL(papers.get(id));
  papers.delete(id);
}

/** How long somebody can still be served. */
export function minutesLeft(endsAt) {
  return t("window.left", { minutes: Math.max(0, Math.ceil((Date.parse(endsAt) - serverNow()) / 60_000)) });
}

/** One card; `onChange` is told what became of the presence, `onLeave` that it is over. */
export class PresenceCard {
  #presence;
  #onChange;
  #onLeave;
  #below = h("div");
  node;

  constructor(presence, { onChange, onLeave }) {
    this.#presence = presence;
    this.#onChange = onChange;
    this.#onLeave = onLeave;
    this.node = h("section", { class: "card stack", "data-presence": presence.id },
      h("div", { class: "head-line" },
        h("h2", {}, icon("person", 20), " ", presence.masked_name),
        h("span", { class: "soft small number", "data-ends": presence.expires_at }, minutesLeft(presence.expires_at))),
      h("p", { class: "tags" }, this.#tags()), h("div", { class: "row-actions" }, this.#actions()), this.#below);
    if (papers.has(presence.id)) this.#showPaper();
  }

  #path(rest = "") {
    return `/v1/windows/presences/${this.#presence.id}${rest}`;
  }

  #tags() {
    const { registered, locked, has_login: hasLogin } = this.#presence;
    if (!registered) return [state("warn", t("window.unknown"))];
    return [state("good", t("window.known")), locked && state("bad", t("window.locked")), !hasLogin && state("quiet", t("window.no-phone"))];
  }

  #actions() {
    const leave = button(t("window.leave"), () => this.#leave());
    if (!this.#presence.registered) return [button(t("window.register"), () => this.#register(), "small"), leave];
    if (this.#presence.locked) return [button(t("window.unlock"), () => this.#unlock(), "small"), button(t("window.lost"), () => this.#lose()), leave];
    return [
      button(t("window.paper"), () => this.#print(), "small"), button(t("window.lost"), () => this.#lose()),
      button(t("window.materials"), () => this.#openMaterials()), button(t("window.licences"), () => this.#openLicences()),
      button(t("window.relatives"), () => this.#listRelatives()), button(t("window.guardian"), () => this.#confirmGuardian()), leave,
    ];
  }

  async #register() {
    const answer = await question({ title: t("window.register.title", { name: this.#presence.masked_name }), text: t("window.register.text"), confirm: t("window.register") });
    if (!answer) return;
    try {
      const opened = await askAsStaff("POST", this.#path("/registration"));
      announce(t("window.register.said"));
      this.#onChange(opened);
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  async #unlock() {
    const answer = await question({ title: t("window.unlock.title", { name: this.#presence.masked_name }), text: t("window.unlock.text"), confirm: t("window.unlock") });
    if (!answer) return;
    if (await perform(() => askAsStaff("POST", this.#path("/unlock")), t("window.unlock.said"))) this.#onChange({ ...this.#presence, locked: false });
  }

  async #print() {
    const answer = await question({ title: t("window.paper.title", { name: this.#presence.masked_name }), text: t("window.paper.text"), confirm: t("window.paper") });
    if (!answer) return;
    try {
      const response = await sendAsStaff("POST", "/v1/codes/paper", { json: { presence_id: this.#presence.id }, accept: "application/pdf", patience: PATIENCE_MS });
      forgetPaper(this.#presence.id);
      papers.set(this.#presence.id, URL.createObjectURL(await response.blob()));
      this.#showPaper();
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  #showPaper() {
    fill(this.#below, h("p", { class: "note good", role: "status" }, icon("paper", 20),
      h("a", { class: "button small", href: papers.get(this.#presence.id), target: "_blank", rel: "noopener", "data-paper": true }, t("window.paper.open"))));
  }

  async #lose() {
    const answer = await question({ title: t("window.lost.title", { name: this.#presence.masked_name }), text: t("window.lost.text"), confirm: t("window.lost"), danger: true });
    if (!answer || !(await perform(() => askAsStaff("POST", this.#path("/papers/lost")), t("window.lost.said")))) return;
    forgetPaper(this.#presence.id);
    this.#below.querySelector("[data-paper]")?.closest(".note").remove();
  }

  async #openMaterials() {
    await this.#open(async () => MaterialsCard.open((rest) => this.#path(rest), await licenceTypes()));
  }

  async #openLicences() {
    await this.#open(async () => new LicencesCard((rest) => this.#path(rest), await licenceTypes()));
  }

  async #open(make) {
    try {
      fill(this.#below, (await make()).node);
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  async #listRelatives() {
    try {
      const { items } = await askAsStaff("GET", this.#path("/relatives"));
      fill(this.#below, items.length ? h("ul", { class: "rows" }, items.map((item) => this.#relative(item))) : h("p", { class: "soft small" }, t("window.relatives.none")));
    } catch (error) {
      if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
    }
  }

  #relative(item) {
    const path = this.#path(`/relatives/${item.id}`);
    const again = async (work, said) => { if (await perform(work, said)) await this.#listRelatives(); };
    const end = async () => {
      const answer = await question({ title: t("window.end.title", { name: item.masked_name ?? "–" }), text: t("window.end.text"), confirm: t("window.end"), danger: true });
      if (answer) await again(() => askAsStaff("DELETE", path), t("window.end.said"));
    };
    return h("li", { "data-relative": item.id },
      h("div", { class: "row-body" },
        h("h3", {}, t(`window.part.${item.part}`, { name: item.masked_name ?? "–" })),
        h("p", { class: "soft small" }, `${t(`window.kin.${item.kinship}`)} · ${t("window.until", { day: day(item.ends_at) })}`),
        item.renewal_agreed && h("p", { class: "small" }, state("quiet", t("window.renew.waits"))),
        h("div", { class: "row-actions" },
          button(t("window.renew"), () => again(() => askAsStaff("POST", `${path}/renew`), t("window.renew.said"))),
          button(t("window.end"), end, "danger-quiet small"))));
  }

  async #confirmGuardian() {
    const input = (name, most) => h("input", { class: "input", name, required: true, maxlength: most, autocomplete: "off", spellcheck: "false" });
    const choice = (name, values, word) => h("select", { class: "input", name }, values.map((value) => h("option", { value }, word(value))));
    const answer = await question({
      title: t("window.guardian.title", { name: this.#presence.masked_name }), text: t("window.guardian.text"), confirm: t("window.guardian.confirm"),
      fields: [
        field(t("window.child.name"), input("name", 200)), field(t("window.child.number"), input("id_number", 18)),
        field(t("window.relation"), choice("relation", ["parent", "guardian"], (one) => t(`guardian.relation.${one}`))),
        field(t("window.document"), choice("kind", DOCUMENTS, (one) => t(`document.${one}`))), field(t("window.document.number"), input("number", 100)),
      ],
    });
    if (!answer) return;
    const { kind, number, ...child } = answer;
    await perform(() => askAsStaff("POST", this.#path("/guardian-consents"), { ...child, document: { kind, number } }), t("window.guardian.said"));
  }

  async #leave() {
    if (await perform(() => askAsStaff("DELETE", this.#path()), t("window.leave.said"))) this.#onLeave();
  }
}
