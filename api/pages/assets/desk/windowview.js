// The window: somebody stands there, a face check says who, and for a quarter of an hour they can be served.

import { announce, h, fill, icon, question, serverNow, t } from "../kit.js";
import { button, explain, field, perform } from "./parts.js";
import { forgetPaper, minutesLeft, PresenceCard } from "./presencecard.js";
import { askAsStaff, SessionEnded } from "./session.js";

const PATH = "/v1/windows/presences";
const KINSHIPS = ["parent", "child", "spouse", "grandparent", "other"];
const TICK_MS = 5_000;
// Who stands there now; kept while another view is open, and nowhere else.
const present = new Map();

/** The view: one who is being looked at, and those who were seen. */
export class WindowView {
  #check = h("div", { role: "status" });
  #people = h("div", { class: "stack", "data-present": true });
  #care = h("div");
  #timer = null;
  node;

  constructor() {
    this.node = h("div", { class: "view stack", "data-view": "window" },
      h("div", { class: "view-head" }, h("h1", { tabindex: "-1" }, t("desk.tab.window")), h("p", { class: "soft" }, t("desk.lead.window"))),
      this.#people, this.#care, this.#form(), this.#check);
  }

  start() {
    this.#draw();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.#timer);
  }

  #form() {
    const name = h("input", { class: "input", name: "name", required: true, maxlength: 200, autocomplete: "off", spellcheck: "false" });
    const number = h("input", { class: "input number", name: "id_number", required: true, maxlength: 18, autocomplete: "off", spellcheck: "false" });
    const submit = h("button", { type: "submit", class: "button" }, icon("camera", 20), t("window.check"));
    const form = h("form", { class: "card form-grid", onsubmit: (event) => { event.preventDefault(); this.#start(form, submit); } },
      h("h2", {}, t("window.who")),
      field(t("window.name"), name), field(t("window.number"), number, t("window.told")), h("div", { class: "form-end" }, submit));
    return form;
  }

  async #start(form, submit) {
    const person = Object.fromEntries(new FormData(form));
    submit.disabled = true;
    try {
      const device = JSON.stringify({ deviceType: "h5", ua: navigator.userAgent });
      const check = await askAsStaff("POST", `${PATH}/checks`, { ...person, device, return_url: `${location.origin}/desk` });
      this.#showCheck(form, person, check);
    } catch (error) {
      this.#fail(error);
    } finally {
      submit.disabled = false;
    }
  }

  #showCheck(form, person, check) {
    fill(this.#check, h("section", { class: "card stack", "data-check": check.check_id },
      h("h2", {}, t("window.look", { name: person.name })), h("p", { class: "soft small" }, t("window.look.lead")),
      h("div", { class: "row-actions" },
        check.url && h("a", { class: "button", href: check.url, target: "_blank", rel: "noopener" }, icon("camera", 20), t("window.open")),
        button(t("window.passed"), () => this.#open(form, person, check), "quiet"),
        button(t("window.cancel"), () => fill(this.#check), "quiet"))));
  }

  async #open(form, person, check) {
    try {
      const evidence = { kind: "face", check_id: check.check_id };
      const opened = await askAsStaff("POST", PATH, { ...person, evidence });
      present.set(opened.id, opened);
      form.reset();
      fill(this.#check);
      announce(t("window.opened"));
      this.#draw();
    } catch (error) {
      this.#fail(error, error.slug === "evidence-pending");
    }
  }

  // What is not finished may still be: the check stays on the page.
  #fail(error, keeps = false) {
    if (error instanceof SessionEnded) return;
    this.#check.querySelector(".note")?.remove();
    const said = h("div", { class: "note bad", role: "alert" }, icon("alert"), h("p", {}, explain(error)));
    if (keeps) this.#check.firstChild.append(said);
    else fill(this.#check, said);
  }

  #draw() {
    const people = [...present.values()];
    fill(this.#people, people.map((one) => new PresenceCard(one, {
      onChange: (changed) => { present.set(changed.id, changed); this.#draw(); },
      onLeave: () => { this.#forget(one.id); this.#draw(); },
    }).node));
    fill(this.#care, this.#careCard(people.filter((one) => one.registered && !one.locked)));
  }

  #tick() {
    for (const [id, one] of present) if (Date.parse(one.expires_at) <= serverNow()) this.#forget(id);
    if (this.#people.childElementCount !== present.size) this.#draw();
    for (const node of this.#people.querySelectorAll("[data-ends]")) node.textContent = minutesLeft(node.dataset.ends);
  }

  #forget(id) {
    present.delete(id);
    forgetPaper(id);
  }

  #careCard(people) {
    if (people.length < 2) return null;
    const choose = (name, at) => h("select", { class: "input", name }, people.map((one, index) => h("option", { value: one.id, selected: index === at }, one.masked_name)));
    const kinship = h("select", { class: "input", name: "kinship" }, KINSHIPS.map((name) => h("option", { value: name }, t(`window.kin.${name}`))));
    const submit = h("button", { type: "submit", class: "button" }, icon("check", 20), t("window.care"));
    const form = h("form", { class: "card form-grid", "data-care": true, onsubmit: (event) => { event.preventDefault(); this.#bind(form); } },
      h("h2", {}, t("window.care.title")),
      field(t("window.carer"), choose("carer_presence_id", 1)), field(t("window.relative"), choose("relative_presence_id", 0)),
      field(t("window.kinship"), kinship), h("div", { class: "form-end" }, submit));
    return form;
  }

  // The words are read out: both have to know what they agree to.
  async #bind(form) {
    const given = Object.fromEntries(new FormData(form));
    const name = (id) => present.get(id).masked_name;
    const answer = await question({
      title: t("window.care.ask"), confirm: t("window.care.agreed"),
      text: t("window.care.text", { carer: name(given.carer_presence_id), relative: name(given.relative_presence_id) }),
    });
    if (answer) await perform(() => askAsStaff("POST", "/v1/windows/care", given), t("window.care.said"));
  }
}
