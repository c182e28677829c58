// The manager's view: one venue at a time, its day, its scanners, its staff and its poster.

import { announce, fill, h, has, icon, notice, t } from "../kit.js";
import { demoManagers } from "../resident/development.js";
import { showLogin } from "../resident/login.js";
import { getSession, SessionEnded } from "../resident/session.js";
import { explain } from "../resident/words.js";
import { DayCard } from "./daycard.js";
import { fetchAsManager, manage, manageAll } from "./managing.js";
import { ScannersCard } from "./scannerscard.js";
import { StaffCard } from "./staffcard.js";

const CHOSEN = "suixing.managed";

/** The manager's page; `draw` fills `root`, and again after a log in or a change of language. */
export class ManagerView {
  #root;
  #stopLogin = null;
  #turn = 0;

  constructor(root) {
    this.#root = root;
  }

  stop() {
    this.#turn += 1;
    this.#stopLogin?.();
    this.#stopLogin = null;
  }

  async draw() {
    this.stop();
    const turn = this.#turn;
    if (!(await getSession())) {
      this.#stopLogin = showLogin(this.#root, null, demoManagers);
      return;
    }
    fill(this.#root, h("p", { class: "soft", role: "status" }, t("list.loading")));
    try {
      const venues = await manageAll("/v1/venues");
      if (turn === this.#turn) this.#show(venues);
    } catch (error) {
      const trusted = (await getSession())?.assurance === "verified";
      if (turn === this.#turn) this.#failed(error, trusted);
    }
  }

  #failed(error, trusted) {
    if (error instanceof SessionEnded) {
      this.#stopLogin = showLogin(this.#root, error.reason, demoManagers);
      return;
    }
    // Roles are for installations that are trusted with the person's own data.
    const refused = trusted ? t("manage.forbidden") : t("problem.installation-not-approved");
    const words = error.slug === "forbidden" ? refused : explain(error);
    fill(this.#root, h("h1", { tabindex: "-1" }, t("manage.title")), h("p", { class: "note bad", role: "alert" }, words),
      h("button", { type: "button", class: "button quiet", onclick: () => this.draw() }, t("list.again")));
  }

  #show(venues) {
    const chosen = venues.find((one) => one.id === localStorage.getItem(CHOSEN)) ?? venues[0];
    const choose = (event) => {
      localStorage.setItem(CHOSEN, event.target.value);
      this.#show(venues);
    };
    const choice = venues.length > 1 && h("label", { class: "field" }, h("span", { class: "field-label" }, t("manage.venue")),
      h("select", { class: "input", onchange: choose },
        venues.map((one) => h("option", { value: one.id, selected: one.id === chosen.id }, one.name))));
    fill(this.#root, h("h1", { tabindex: "-1" }, t("manage.title")), choice,
      chosen ? this.#cards(chosen) : h("p", { class: "card soft" }, t("manage.none")));
  }

  #cards(venue) {
    const cards = [new DayCard(venue), new ScannersCard(venue), new StaffCard(venue)];
    for (const card of cards) card.load();
    return h("div", { class: "manage" }, this.#venueCard(venue), cards.map((card) => card.node));
  }

  #venueCard(venue) {
    const purpose = has(`purpose.${venue.purpose}`) ? t(`purpose.${venue.purpose}`) : venue.purpose;
    const poster = h("button", { type: "button", class: "button", disabled: !venue.approved_at, onclick: () => this.#download(venue, poster) },
      icon("image"), t("manage.poster"));
    return h("section", { class: "card stack" },
      h("div", {}, h("h2", {}, venue.name), h("p", { class: "soft small" }, [purpose, venue.address].join(" · "))),
      h("p", {}, h("span", { class: venue.approved_at ? "tag accent" : "tag" }, t(venue.approved_at ? "manage.approved" : "manage.waiting"))),
      h("label", { class: "switch" },
        h("input", { type: "checkbox", checked: venue.requires_shift, onchange: (event) => this.#requireShift(venue, event.target) }),
        h("span", {}, h("span", {}, t("manage.shift")), h("small", { class: "soft" }, t("manage.shift.lead")))),
      this.#offlineChoice(venue), poster);
  }

  // What its scanners do once they are without a network for longer than their lists are good.
  #offlineChoice(venue) {
    return h("label", { class: "field" }, h("span", { class: "field-label" }, t("manage.offline")),
      h("select", { class: "input", "data-offline-policy": "", onchange: (event) => this.#chooseOffline(venue, event.target) },
        ["refuse", "warn"].map((policy) => h("option", { value: policy, selected: policy === venue.offline_policy }, t(`manage.offline.${policy}`)))),
      h("small", { class: "soft" }, t("manage.offline.lead")));
  }

  async #requireShift(venue, box) {
    await this.#change(venue, { requires_shift: box.checked });
    box.checked = venue.requires_shift;
  }

  async #chooseOffline(venue, choice) {
    await this.#change(venue, { offline_policy: choice.value });
    choice.value = venue.offline_policy;
  }

  async #change(venue, json) {
    try {
      Object.assign(venue, await manage("PATCH", `/v1/venues/${venue.id}`, json));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    }
  }

  async #download(venue, button) {
    button.disabled = true;
    try {
      const response = await fetchAsManager(`/v1/venues/${venue.id}/poster`, "application/pdf");
      const address = URL.createObjectURL(await response.blob());
      const link = h("a", { href: address, download: `${venue.name}.pdf`, hidden: true });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      announce(t("manage.poster.done"));
      if (response.headers.get("X-Mini-Program-Code") === "unavailable") await notice(t("manage.poster"), t("manage.poster.plain"));
    } catch (error) {
      await notice(t("problem.title"), explain(error));
    } finally {
      button.disabled = false;
    }
  }
}
