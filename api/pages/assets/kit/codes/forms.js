// Which forms of codes a purpose takes: the rule of `takes_form` in the Python package.

/**
 * Whether a purpose takes codes of a form ("dynamic", "phone", "paper" or "licence"); `fields` and `strict` are what the server says
 * of the purpose.
 *
 * A phone may have made its code ahead of time: no purpose that learns of its holder takes one. The kind stands in the
 * code for whoever reads it. A strict purpose takes nothing but a code of this minute. A licence in hand is never scanned
 * as a code: what stands in it is asked for by itself, and needs a network.
 */
export function takesForm(form, { fields = [], strict = false }) {
  if (form === "licence") return false;
  const learns = form === "phone" && fields.some((field) => field !== "kind");
  return !learns && (!strict || form === "dynamic");
}
