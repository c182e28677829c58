// Reads the code on a venue's screen with this phone's camera: a request for licences, or a place to check in at.

import { fill, h, icon, notice, t } from "../../kit.js";
import { Camera, cameraReads } from "../../venue/camera.js";
import { requestIn } from "./places.js";

const CHECK_IN = /\/(?:v|resident#\/check-in)\/([0-9a-f-]{36})$/i;

function aim(onText) {
  const video = h("video", { class: "scan-picture", playsinline: true, muted: true, "aria-label": t("scan.picture") });
  const said = h("p", { class: "soft small", role: "status" }, t("scan.lead"));
  const close = h("button", { type: "button", class: "button quiet wide", onclick: () => dialog.close() }, t("dialog.cancel"));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "scan-title" }, h("div", { class: "stack" }, h("h2", { id: "scan-title" }, t("wallet.scan")), video, said, close));
  const camera = new Camera(video, (text) => { if (!onText(text)) fill(said, icon("alert", 18), " ", t("scan.other")); });
  dialog.addEventListener("close", () => {
    camera.stop();
    dialog.remove();
    onText(null);
  });
  document.body.append(dialog);
  dialog.showModal();
  camera.start().catch(() => fill(said, icon("alert", 18), " ", t("scan.refused")));
  return dialog;
}

// What a code asks for: {id} of a request here, {foreign} of a verifier elsewhere (OpenID for Verifiable Presentations 1.0).
function asked(text) {
  const id = requestIn(text);
  if (id) return { id };
  const said = text.startsWith("openid4vp:") ? new URLSearchParams(text.slice(text.indexOf("?"))) : null;
  const address = said?.get("request_uri");
  return address ? { foreign: { request_uri: address, client_id: said.get("client_id") } } : null;
}

/** Lets the resident aim at a code; resolves to what it asks for, {id} or {foreign}, or to null. */
export async function scanRequest() {
  if (!(await cameraReads())) {
    await notice(t("wallet.scan"), t("scan.none"));
    return null;
  }
  return new Promise((resolve) => {
    const dialog = aim((text) => {
      if (text === null) return resolve(null);
      const [request, venue] = [asked(text), CHECK_IN.exec(text)?.[1]];
      if (venue) location.hash = `#/check-in/${venue}`;
      if (!request && !venue) return false;
      resolve(request);
      dialog.close();
      return true;
    });
  });
}
