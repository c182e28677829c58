// A look's receipt, signed by the province: for the resident to keep, and for anybody to check.

import { notice, t } from "../../kit.js";
import { askAsResident, SessionEnded } from "../session.js";
import { explain } from "../words.js";
import { saveFile } from "./saving.js";

/** Downloads the receipt of one look, with the proof that the log holds it where that is there already. */
export async function saveReceipt(accessId, button) {
  button.disabled = true;
  try {
    const receipt = await askAsResident("GET", `/v1/me/accesses/${accessId}/receipt?proof=true`);
    saveFile(new Blob([JSON.stringify(receipt, null, 2)], { type: "application/json" }), t("accesses.receipt.file", { id: accessId }));
  } catch (error) {
    if (!(error instanceof SessionEnded)) await notice(t("problem.title"), explain(error));
  }
  button.disabled = false;
}
