// How a message shows on a phone before it is unlocked, in both languages.

import { h, t } from "../kit.js";

const screen = (name, lang, { title, body }) => h("figure", { class: "lock-screen" },
  h("figcaption", { class: "soft tiny" }, t(`campaigns.preview.${name}`)),
  h("div", { class: "lock", lang },
    h("p", { class: "lock-app tiny" }, h("span", {}, t(`campaigns.lock.${name}.app`)), h("span", {}, t(`campaigns.lock.${name}.now`))),
    h("p", { class: "lock-title" }, title), h("p", { class: "lock-body small" }, body)));

/** Both screens; `zh` and `en` have a title and a body each. */
export function lockScreens(zh, en) {
  return h("div", { class: "lock-screens" }, screen("zh", "zh-CN", zh), screen("en", "en", en));
}
