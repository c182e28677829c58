// Draws a code as the server does: error level M, mask 2, and a picture of one path, so that no eye tells them apart.

import { encodeQR } from "../../vendor/qr/index.js";

const QUIET = 4; // modules of white around a code (ISO/IEC 18004, 5.3.8)
const MASK = 2;

function rowPath(row, y) {
  let path = "";
  for (let start = row.indexOf(true); start >= 0; start = row.indexOf(true, start)) {
    // A row ends with white: each run of black has an end.
    const end = row.indexOf(false, start);
    path += `M${start} ${y}h${end - start}v1h-${end - start}z`;
    start = end;
  }
  return path;
}

/** An SVG picture, one unit a module; `encoding` is "byte" for what is no code of ours, such as an address. */
export function drawQr(text, encoding = "alphanumeric") {
  const rows = encodeQR(text, "raw", { ecc: "medium", encoding, mask: MASK, border: QUIET });
  const side = rows.length;
  const path = rows.map(rowPath).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`
    + `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path}"/></svg>`;
}
