// Venues: those that wait for a yes or a no, and all of them, to stop one that scans.

import { dayAndTime, h, has, question, t } from "../kit.js";
import { pagedTable } from "./paging.js";
import { button, empty, perform, state, View, wordsField } from "./parts.js";
import { askAsStaff, askPage } from "./session.js";

const purposeOf = (venue) => (has(`purpose.${venue.purpose}`) ? t(`purpose.${venue.purpose}`) : venue.purpose);

async function approve(venue) {
  return perform(() => askAsStaff("POST", `/v1/venues/${venue.id}/approve`), t("desk.venue.approved.said", { name: venue.name }));
}

async function turnDown(venue, act) {
  const answer = await question({
    title: t(`desk.venue.${act}.title`, { name: venue.name }), text: t(`desk.venue.${act}.text`),
    fields: [wordsField(t("desk.words"), "words", t("desk.words.hint"))], confirm: t(`desk.venue.${act}`), danger: true,
  });
  if (!answer) return false;
  return perform(() => askAsStaff("POST", `/v1/venues/${venue.id}/${act}`, { words: answer.words }), t(`desk.venue.${act}.said`, { name: venue.name }));
}

function standing(venue) {
  if (venue.judgement) return state("bad", t(`desk.venue.${venue.judgement}`));
  return venue.approved_at ? state("good", t("desk.venue.approved")) : state("warn", t("desk.venue.waiting"));
}

// How often a look there was found to be wrong: what to weigh before it is let go on.
function upheld({ disputes_upheld: count }) {
  return count > 0 && h("span", { class: "small", "data-upheld": count }, t("desk.venue.upheld", { count }));
}

/** The view; `canAct` is false for an auditor. */
export class VenuesView extends View {
  constructor() {
    super("venues", { load: () => this.#draw() });
  }

  async #draw() {
    const waiting = await askPage("/v1/venues", { waiting: true, limit: 50 });
    const all = await pagedTable({
      path: "/v1/venues", caption: t("desk.venues.all"), none: empty(t("desk.venues.no")),
      columns: [t("desk.venue"), t("desk.purpose"), t("desk.address"), t("desk.state"), t("desk.act")], row: (venue) => this.#row(venue),
    });
    return [
      h("section", { class: "stack", "aria-label": t("desk.venues.waiting") }, h("h2", {}, t("desk.venues.waiting")),
        waiting.items.length ? h("ul", { class: "cards" }, waiting.items.map((venue) => this.#card(venue))) : empty(t("desk.venues.none"))),
      h("section", { class: "stack", "aria-label": t("desk.venues.all") }, h("h2", {}, t("desk.venues.all")), h("p", { class: "soft small" }, t("desk.venues.scanners")), all),
    ];
  }

  #card(venue) {
    const decide = async (work) => { if (await work) await this.refresh(); };
    return h("li", { class: "card stack", "data-venue": venue.id },
      h("div", {}, h("h3", {}, venue.name), h("p", { class: "soft small" }, [purposeOf(venue), venue.adcode, venue.address].join(" · ")), upheld(venue)),
      h("div", { class: "row-actions" },
        button(t("desk.venue.approve"), () => decide(approve(venue)), "small"),
        button(t("desk.venue.reject"), () => decide(turnDown(venue, "reject")), "danger-quiet small")));
  }

  #row(venue) {
    const act = venue.approved_at && !venue.judgement
      ? button(t("desk.venue.suspend"), async () => { if (await turnDown(venue, "suspend")) await this.refresh(); }, "danger-quiet small")
      : button(t("desk.venue.approve"), async () => { if (await approve(venue)) await this.refresh(); });
    const since = venue.approved_at ? h("span", { class: "soft tiny" }, dayAndTime(venue.approved_at)) : null;
    return [venue.name, purposeOf(venue), `${venue.adcode} ${venue.address}`, h("div", { class: "lines" }, standing(venue), since, upheld(venue), venue.judgement_words && h("p", { class: "soft tiny" }, venue.judgement_words)), act];
  }
}
