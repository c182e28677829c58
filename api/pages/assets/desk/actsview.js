// What staff did, newest first; under the chained log, so that nothing is taken away unseen.

import { dayAndTime, h, has, t } from "../kit.js";
import { shortId } from "./format.js";
import { pagedTable } from "./paging.js";
import { empty, state, View } from "./parts.js";

const roleOf = (act) => (act.role && has(`desk.role.${act.role}`) ? t(`desk.role.${act.role}`) : act.role ?? "–");

/** The view. */
export class ActsView extends View {
  constructor() {
    super("acts", { load: () => this.#draw() });
  }

  #draw() {
    return pagedTable({
      path: "/v1/staff/acts", query: { limit: 50 }, caption: t("desk.tab.acts"), none: empty(t("desk.acts.none")),
      columns: [t("desk.time"), t("desk.act"), t("desk.by"), t("desk.object"), t("desk.reason"), t("desk.committed")],
      row: (act) => [dayAndTime(act.at), h("code", {}, act.act), h("span", {}, roleOf(act), " ", h("code", { class: "soft tiny" }, shortId(act.actor_id))), h("code", { class: "tiny" }, shortId(act.object_id)), act.reason ?? "–",
        act.committed ? state("good", t("desk.yes")) : state("quiet", t("desk.not-yet"))],
    });
  }
}
