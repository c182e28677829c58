// How the resident's page words what went wrong.

import { addWords, has, Refusal, t, Unreachable } from "../kit.js";
import codesEnglish from "../words/codes-en.js";
import codesChinese from "../words/codes-zh.js";
import companiesEnglish from "../words/companies-en.js";
import companiesChinese from "../words/companies-zh.js";
import relativesEnglish from "../words/relatives-en.js";
import relativesChinese from "../words/relatives-zh.js";
import english from "../words/resident-en.js";
import chinese from "../words/resident-zh.js";

addWords({ ...chinese, ...codesChinese, ...companiesChinese, ...relativesChinese }, { ...english, ...codesEnglish, ...companiesEnglish, ...relativesEnglish });

/** One or two sentences: what happened and what to do. */
export function explain(error) {
  if (error instanceof Unreachable) return t("problem.unreachable");
  if (!(error instanceof Refusal)) return t("problem.unknown");
  const own = `problem.${error.slug}`;
  if (has(own)) return t(own, { seconds: error.retryAfter || 60 });
  const wrong = error.errors.map(({ message }) => message).filter(Boolean).join(" ");
  if (wrong) return t("problem.wrong", { title: error.title, wrong });
  return [error.title, error.next || error.detail].filter(Boolean).join(" ") || t("problem.unknown");
}
