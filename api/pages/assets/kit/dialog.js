// Questions that need an answer before anything else: the browser's own modal dialog keeps the focus and closes on Escape.

import { h } from "./dom.js";
import { t } from "./language.js";

/** Tells something that must be acknowledged. */
export function notice(title, text) {
  return question({ title, text, confirm: t("dialog.understood"), refusable: false });
}

/** Asks a question; resolves to the form's values when confirmed, to null when not. */
export function question({ title, text, fields = [], confirm, danger = false, refusable = true }) {
  return new Promise((resolve) => {
    const heading = h("h2", { id: "question-title" }, title);
    const form = h("form", { method: "dialog", class: "stack" },
      heading, text && h("p", {}, text), fields,
      h("div", { class: "dialog-actions" },
        refusable && h("button", { type: "button", class: "button quiet", onclick: () => dialog.close() }, t("dialog.cancel")),
        h("button", { type: "submit", class: danger ? "button danger" : "button", value: "confirmed" }, confirm)));
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "question-title" }, form);
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue === "confirmed" ? Object.fromEntries(new FormData(form)) : null;
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A labelled text area for a question. */
export function reasonField(label, name = "reason") {
  return h("label", { class: "field" },
    h("span", { class: "field-label" }, label),
    h("textarea", { name, rows: 3, maxlength: 200, class: "input" }));
}
