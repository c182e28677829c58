// Asking for an annotated copy (加注件) of a licence: for whom, what for, for how long; downloaded once.

import { announce, fill, h, icon, send, t } from "../../kit.js";
import { field } from "../part.js";
import { SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { askWallet } from "./reading.js";
import { saveFile } from "./saving.js";
import { lastDayWords } from "./speaking.js";

const DAYS = [7, 30, 90];
const LONGEST_REQUESTER = 100;
const LONGEST_PURPOSE = 200;
const MAKING_PATIENCE_MS = 30_000;

// The address is as the outside knows the server; this page asks where it came from itself.
const pathIn = (address) => new URL(address, location.href).pathname;

/** The form for one licence. */
export class CopyForm {
  #subject;
  #licenceId;
  #requester = h("input", { class: "input", id: "copy-requester", maxlength: LONGEST_REQUESTER, autocomplete: "off", required: true });
  #purpose = h("input", { class: "input", id: "copy-purpose", maxlength: LONGEST_PURPOSE, autocomplete: "off", required: true });
  #days = h("select", { class: "input", id: "copy-days" }, DAYS.map((days) => h("option", { value: days }, t("copy.days", { days }))));
  #button = h("button", { type: "submit", class: "button wide" }, icon("paper", 20), t("copy.make"));
  #message = h("div");
  node;

  constructor(subject, licenceId) {
    this.#subject = subject;
    this.#licenceId = licenceId;
    const form = h("form", { class: "stack", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.#ask(); } },
      field(t("copy.requester"), this.#requester, t("copy.requester.hint")), field(t("copy.purpose"), this.#purpose),
      field(t("copy.valid"), this.#days), this.#button, this.#message);
    this.node = h("details", { class: "card copy-form" }, h("summary", {}, t("copy.title")), h("p", { class: "soft small" }, t("copy.lead")), form);
  }

  #isFilled() {
    const empty = [this.#requester, this.#purpose].filter((input) => !input.value.trim());
    for (const input of [this.#requester, this.#purpose]) input.setAttribute("aria-invalid", String(empty.includes(input)));
    if (!empty.length) return true;
    this.#tell("warn", "alert", t("copy.missing"));
    empty[0].focus();
    return false;
  }

  #tell(tone, symbol, ...words) {
    fill(this.#message, h("div", { class: `note ${tone} small`, role: tone === "good" ? "status" : "alert" }, icon(symbol, 20), h("div", { class: "stack" }, words)));
  }

  async #ask() {
    if (!this.#isFilled()) return;
    this.#button.disabled = true;
    try {
      const asked = { requester: this.#requester.value.trim(), purpose: this.#purpose.value.trim(), valid_days: Number(this.#days.value) };
      this.#offer(await askWallet(this.#subject, `/licences/${this.#licenceId}/copies`, asked));
    } catch (error) {
      if (!(error instanceof SessionEnded)) this.#tell("bad", "alert", h("p", {}, explain(error)));
    }
    this.#button.disabled = false;
  }

  #offer(made) {
    const button = h("button", { type: "button", class: "button small", onclick: () => this.#download(made, button) }, icon("download", 18), t("copy.download"));
    this.#tell("good", "check", h("p", {}, h("strong", {}, t("copy.ready", { until: lastDayWords(made.valid_until) }))), h("p", {}, t("copy.once")), button);
    announce(t("copy.once"));
  }

  async #download(made, button) {
    button.disabled = true;
    try {
      const response = await send("GET", pathIn(made.download_url), { accept: "application/pdf", patience: MAKING_PATIENCE_MS });
      saveFile(await response.blob(), t("copy.file"));
      fill(button, icon("check", 18), t("copy.downloaded"));
      announce(t("copy.downloaded"));
    } catch (error) {
      this.#tell("bad", "alert", h("p", {}, explain(error)));
    }
  }
}
