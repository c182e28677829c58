// The pages' shared kit, in one place to import from.

export { ask, Refusal, send, Unreachable } from "./kit/api.js";
export { aheadOfHere, assumeAhead, secondsUntil, serverNow } from "./kit/clock.js";
export { notice, question, reasonField } from "./kit/dialog.js";
export { announce, fill, h, prepareAnnouncements, s } from "./kit/dom.js";
export { icon, mark } from "./kit/icons.js";
export { randomId, timedId } from "./kit/ids.js";
export { addWords, clockTime, dateOf, dayAndTime, has, language, onLanguage, provinceName, switchLanguage, t, timeInParts, useLanguage } from "./kit/language.js";
export { keepShell } from "./kit/shell.js";
