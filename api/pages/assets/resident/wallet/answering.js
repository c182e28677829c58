// Answers a request for licences: with presentations that this phone signs where it can, by the server's hand where not.

import { serverNow } from "../../kit.js";
import { canMakeCodes, makePhoneKey } from "../../kit/codes/making.js";
import { askAsResident } from "../session.js";
import { bind, disclose } from "./sdjwt.js";
import { typeOf } from "./types.js";

// Another's server is waited for.
const SENDING_PATIENCE_MS = 20_000;

/** A request's path. */
export const pathOf = (id) => `/v1/me/presentations/${id}`;

// One key for one showing: two verifiers who compare what they were shown find nothing in common but what it says.
async function present(request, query, licenceId) {
  const { privateKey, jwk } = await makePhoneKey();
  const { credentials } = await askAsResident("POST", `/v1/wallet/licences/${licenceId}/credentials`, { json: { public_keys: [jwk] } });
  return bind(disclose(credentials[0].credential, query.fields), privateKey, request, serverNow());
}

// For a company it is shown by its delegates: their phones have no keys of its own.
const canSign = ({ queries }) => canMakeCodes() && queries.every((query) => typeOf(query.licence_type).holder === "resident");

/** Grants a request: `licences` has the licence that is given for a query, by the query's id. Returns the server's answer. */
export async function grant(request, licences) {
  const answer = { grant: true, licences };
  if (canSign(request)) {
    const given = request.queries.filter((query) => licences[query.id]);
    const made = await Promise.all(given.map(async (query) => [query.id, await present(request, query, licences[query.id])]));
    answer.vp_token = Object.fromEntries(made);
  }
  return askAsResident("POST", `${pathOf(request.id)}/answer`, { json: answer, patience: SENDING_PATIENCE_MS });
}

/** Refuses a request. */
export function refuse(request) {
  return askAsResident("POST", `${pathOf(request.id)}/answer`, { json: { grant: false } });
}

/** Sends an answer again that a verifier elsewhere did not take; nothing is presented anew. */
export function sendAgain(id) {
  return askAsResident("POST", `${pathOf(id)}/deliveries`, { patience: SENDING_PATIENCE_MS });
}
