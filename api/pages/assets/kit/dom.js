// Builds the page's elements. Everything on the pages goes through here, so nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function apply(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

/** Makes an HTML element: attributes by name, listeners as `onclick`-like functions, then children. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  apply(node, props);
  append(node, children);
  return node;
}

/** Makes an SVG element. */
export function s(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  apply(node, props);
  append(node, children);
  return node;
}

/** Puts new children in place of what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

let politely;
let urgently;

function liveRegion(role) {
  const region = h("div", { class: "unseen", role, "aria-live": role === "alert" ? "assertive" : "polite" });
  document.body.append(region);
  return region;
}

/** Makes the regions that screen readers listen to; they must be there before the first words are. */
export function prepareAnnouncements() {
  politely ??= liveRegion("status");
  urgently ??= liveRegion("alert");
}

/** Says something to a screen reader, at once when it is urgent. */
export function announce(text, urgent = false) {
  prepareAnnouncements();
  const region = urgent ? urgently : politely;
  // The same words twice are not a change, and would be passed over.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
