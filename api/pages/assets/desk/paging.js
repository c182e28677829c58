// Lists of many pages: the next one is asked for by a button.

import { h, t } from "../kit.js";
import { button, table } from "./parts.js";
import { askPage } from "./session.js";

/** Answers the first page as nodes; `row` makes the cells of an item, `none` is shown where there is nothing. */
export async function pagedTable({ path, query = {}, caption, columns, row, none }) {
  const first = await askPage(path, query);
  if (!first.items.length) return none;
  const place = h("div", { class: "stack" });
  place.append(table(caption, columns, first.items.map(row)));
  follow(place, { path, query, row }, first.next_cursor);
  return place;
}

function follow(place, given, cursor) {
  if (!cursor) return;
  const more = button(t("list.more"), async () => {
    const next = await askPage(given.path, { ...given.query, cursor });
    const body = place.querySelector("tbody");
    const columns = [...place.querySelectorAll("thead th")].map((cell) => cell.textContent);
    for (const item of next.items) {
      body.append(h("tr", {}, given.row(item).map((cell, index) => (index ? h("td", { "data-label": columns[index] }, cell) : h("th", { scope: "row" }, cell)))));
    }
    more.remove();
    follow(place, given, next.next_cursor);
  });
  place.append(more);
}
