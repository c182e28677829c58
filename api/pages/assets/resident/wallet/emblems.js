// The emblems of kinds of licences: strokes on a 48-unit grid, drawn for this project; none is an authority's own.

import { s } from "../../kit.js";

/** Strokes by name. */
export const EMBLEMS = {
  document: ["M13 6h16l8 8v28H13Z", "M29 6v8h8", "M19 22h12M19 28h12M19 34h8"],
  identity: ["M6 11h36v26H6Z", "M17 25a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z", "M9.5 33c.6-4 3.4-5.5 7.5-5.5s6.9 1.5 7.5 5.5", "M29 19h9M29 25h9M29 31h6"],
  driving: ["M24 42a18 18 0 1 0 0-36 18 18 0 0 0 0 36Z", "M24 28.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z", "M6.5 21c5.5-1.5 9-1 13.5.5M41.5 21c-5.5-1.5-9-1-13.5.5", "M24 28.5V42"],
  vehicle: ["M6 33v-8l4-2 4-9h20l4 9 4 2v8Z", "M11 23h26", "M10 33v4.5h5V33M33 33v4.5h5V33", "M11.5 28h4M32.5 28h4"],
  business: ["M8 20h32v21H8Z", "M6 20 10 8h28l4 12", "M15 8v12M24 8v12M33 8v12", "M20 41V29h8v12"],
  "social-security": ["M24 5 40 11v11c0 10-6.5 17-16 20.5C14.5 39 8 32 8 22V11Z", "M24 32s-8-4.5-8-10a4.3 4.3 0 0 1 8-2.2A4.3 4.3 0 0 1 32 22c0 5.5-8 10-8 10Z"],
  birth: ["M24 43c8 0 13-5.5 13-13.5C37 18 31 6 24 6S11 18 11 29.5C11 37.5 16 43 24 43Z", "M19.5 28.5v.2M28.5 28.5v.2", "M19.5 34c2.5 2.4 6.5 2.4 9 0", "M24 6c-3 3-3 6.5 1 8.5"],
  marriage: ["M18 39a11 11 0 1 0 0-22 11 11 0 0 0 0 22Z", "M30 39a11 11 0 1 0 0-22 11 11 0 0 0 0 22Z", "m24 6 4 4-4 4.5L20 10Z"],
  residence: ["M6 23 24 8l18 15", "M11 20v20h26V20", "M24 30a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M17 40c.5-4 3-6 7-6s6.5 2 7 6"],
  disability: ["M24 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z", "M9 17c9 3 21 3 30 0", "M20 18.5V28l-5 14M28 18.5V28l5 14", "M20 28h8"],
  "medical-insurance": ["M19 7h10v12h12v10H29v12H19V29H7V19h12Z"],
  "road-transport": ["M17 6 8 42M31 6l9 36", "M24 7v6M24 19v7M24 32v9"],
  retail: ["M8 20h32v21H8Z", "M5 20 9 8h30l4 12c0 3-5 4.5-7.6 1.5C33 24.5 27 24.5 24 21.5c-3 3-9 3-11.4 0C10 24.5 5 23 5 20Z", "M14 41V30h9v11M28 30h7v6h-7Z"],
  senior: ["M24 40V24", "M24 24c0-7 5-12 13-12 0 8-5 12-13 12Z", "M24 30c0-6-4.5-10-12-10 0 7 4.5 10 12 10Z", "M14 41h20"],
  veteran: ["m24 6 5 10.5 11.5 1.5-8.5 8 2.2 11.5L24 32l-10.2 5.5L16 26l-8.5-8L19 16.5Z", "M16 41h16"],
  food: ["M6 23h36c0 9-6 16-13 17.5H19C12 39 6 32 6 23Z", "M17 17c-2-3 2-4.5 0-8M24 17c-2-3 2-4.5 0-8M31 17c-2-3 2-4.5 0-8"],
  property: ["M8 41V19l12-9v31", "M20 20h20v21H8", "M26 27h3M33 27h3M26 33h3M33 33h3M13 24h2M13 31h2"],
  teacher: ["M24 13C19 9 12 8.5 6 10v27c6-1.5 13-1 18 3 5-4 12-4.5 18-3V10c-6-1.5-13-1-18 3Z", "M24 13v27", "M12 18c2.5-.3 5 .2 7 1.2M29 19.2c2-1 4.5-1.5 7-1.2"],
  household: ["M6 22 24 7l18 15", "M11 19v22h26V19", "M18 41V29h12v12", "M24 18v5"],
  hygiene: ["M24 5c7 9 13 15.5 13 23a13 13 0 0 1-26 0c0-7.5 6-14 13-23Z", "m18 28 4.5 4.5L31 24"],
  composite: ["M8 8h20v20H8Z", "M20 28v12h20V20H28", "M14 15h8M14 21h5", "M27 34h7"],
};

/** Draws an emblem, of which the card's words say the meaning; one that is not known is drawn as a document. */
export function emblem(name, size, className = "emblem") {
  const strokes = (EMBLEMS[name] ?? EMBLEMS.document).map((d) => s("path", { d }));
  return s("svg", { class: className, viewBox: "0 0 48 48", width: size, height: size, "aria-hidden": "true", focusable: "false" }, strokes);
}
