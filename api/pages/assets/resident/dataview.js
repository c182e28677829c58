// The resident's data: all of it in their hands, or all of it gone.

import { announce, fill, h, icon, notice, question, t } from "../kit.js";
import { partHead, showFailure, showLoading } from "./part.js";
import { PhoneProof } from "./phoneproof.js";
import { askAsResident, endBy, sendAsResident } from "./session.js";
import { explain } from "./words.js";

const EXPORT_PATIENCE_MS = 60_000;

/** The view in which the resident takes their data, or leaves. */
export class DataView {
  #leave = h("section", { class: "card stack", "aria-labelledby": "leave-title" });
  node = h("div", { class: "stack" }, partHead(t("data.title")), this.#exportCard(), this.#leave);

  start() {
    showLoading(this.#leave);
    this.#load();
  }

  stop() {}

  update() {}

  #exportCard() {
    const button = h("button", { type: "button", class: "button wide", onclick: () => this.#export(button) }, icon("download", 20), t("data.export.button"));
    return h("section", { class: "card stack", "aria-labelledby": "export-title" },
      h("h2", { id: "export-title" }, t("data.export")), h("p", { class: "soft small" }, t("data.export.lead")), button);
  }

  async #export(button) {
    button.disabled = true;
    fill(button, icon("clock", 20), t("data.export.busy"));
    try {
      const response = await sendAsResident("GET", "/v1/me/export", { accept: "application/zip", patience: EXPORT_PATIENCE_MS });
      const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "suixing.zip";
      const address = URL.createObjectURL(await response.blob());
      h("a", { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), EXPORT_PATIENCE_MS);
      announce(t("data.export.done"));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
    button.disabled = false;
    fill(button, icon("download", 20), t("data.export.button"));
  }

  async #load() {
    try {
      this.#drawLeave(await askAsResident("GET", "/v1/me/deletion"));
    } catch (error) {
      showFailure(this.#leave, error);
    }
  }

  #drawLeave(told) {
    const due = told.state === "requested";
    fill(this.#leave, h("h2", { id: "leave-title" }, t("data.leave")),
      h("p", { class: "small" }, t("data.leave.lead", { days: told.grace_days })),
      h("p", { class: "soft small" }, h("strong", {}, t("data.leave.gone")), t("data.leave.gone.list")),
      told.retained.map((one) => h("p", { class: "soft small" }, h("strong", {}, t("data.leave.kept")),
        `${one.what}${t("list.stop")}${one.because}${t("list.stop")}${t("data.leave.kept.days", { days: one.days })}`)),
      !due && h("button", { type: "button", class: "button danger-quiet", onclick: () => this.#prove(told) }, icon("trash", 20), t("data.leave.button")));
  }

  #prove(told) {
    const proof = new PhoneProof({
      label: t("proof.own"), confirm: t("data.leave.confirm"), danger: true,
      onProven: (grant) => this.#request(grant), onCancel: () => this.#drawLeave(told),
    });
    fill(this.#leave, h("h2", { id: "leave-title" }, t("data.leave")), h("p", { class: "small" }, t("data.leave.phone")), proof.node);
    proof.focus();
  }

  async #request(proof) {
    const answer = await question({ title: t("data.leave.title"), text: t("data.leave.text"), confirm: t("data.leave.confirm"), danger: true });
    if (!answer) return this.start();
    return endBy("leaving", "POST", "/v1/me/deletion", { json: { confirmation: "delete-my-account", proof } });
  }
}
