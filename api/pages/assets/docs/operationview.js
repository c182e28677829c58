// Draws one operation: closed it is a line, open it says all that a caller needs.

import { h, icon, t } from "../kit.js";
import { exampleOf, parameterRow, rowsOf } from "./schema.js";

// Text with `code` in it, as the description's Markdown uses it; nothing else of Markdown is needed.
export function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) => (/^`.+`$/.test(part) ? h("code", {}, part.slice(1, -1)) : part));
}

function row({ path, place, type, required, description, limits }) {
  return h("li", { class: "property" },
    h("div", { class: "property-name" }, h("code", {}, path), required && h("span", { class: "required" }, t("docs.required")), place && h("span", { class: "tag" }, t(`docs.in.${place}`))),
    h("div", { class: "property-type" }, h("span", {}, type), limits && h("span", { class: "limits" }, limits)),
    description && h("p", { class: "soft small" }, prose(description)));
}

function properties(rows) {
  return rows.length ? h("ul", { class: "properties" }, rows.map(row)) : null;
}

function example(schema, spec) {
  const value = exampleOf(schema, spec);
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return h("figure", { class: "example" }, h("figcaption", { class: "tiny soft" }, t("docs.example")), h("pre", { tabindex: "0", "aria-label": t("docs.example") }, h("code", {}, text)));
}

const hasShape = (type, schema) => /json/.test(type) && schema;

function content([type, media], spec) {
  const shape = hasShape(type, media.schema);
  return h("div", { class: "media" }, h("p", { class: "tiny soft" }, type),
    shape && h("div", { class: "pair" }, h("div", {}, properties(rowsOf(media.schema, spec))), example(media.schema, spec)));
}

function section(title, ...children) {
  return h("section", { class: "part" }, h("h4", {}, title), children);
}

function responseOf({ status, good, headers, content: contents }, spec) {
  return h("div", { class: "response" }, h("p", {}, h("span", { class: good ? "status good" : "status" }, status)),
    headers.length > 0 && h("p", { class: "small soft" }, `${t("docs.headers")} `, headers.map(([name]) => [h("code", {}, name), " "])),
    contents.map((entry) => content(entry, spec)));
}

function problemList(problems) {
  return h("ul", { class: "problems" }, problems.map(({ status, slug, title }) => h("li", {},
    h("span", { class: "status bad" }, status), h("code", {}, slug), h("span", { class: "soft small" }, title))));
}

function details(operation, spec) {
  const { description, parameters, body, responses, problems } = operation;
  return h("div", { class: "operation-body" },
    description && h("p", {}, prose(description)),
    parameters.length > 0 && section(t("docs.parameters"), properties(parameters.map((parameter) => parameterRow(parameter, spec)))),
    body.length > 0 && section(t("docs.body"), body.map((entry) => content(entry, spec))),
    section(t("docs.responses"), responses.map((response) => responseOf(response, spec))),
    problems.length > 0 && section(t("docs.problems"), problemList(problems)));
}

/** An operation as a disclosure; what is inside is drawn when it is first opened. */
export function operationView(operation, spec) {
  const { id, method, path, summary, audience } = operation;
  const place = h("div");
  const open = () => { if (node.open && !place.hasChildNodes()) place.append(details(operation, spec)); };
  const node = h("details", { class: "operation", id, ontoggle: open },
    h("summary", {},
      h("span", { class: `method ${method.toLowerCase()}` }, method),
      h("span", { class: "operation-head" }, h("code", { class: "path" }, path), h("span", { class: "operation-summary" }, summary, " ", h("code", { class: "soft tiny" }, id))),
      h("span", { class: "tag who" }, h("span", { class: "unseen" }, t("docs.who"), " "), audience.length ? audience.join(" · ") : t("docs.anyone")),
      icon("chevron", 20)),
    place);
  return node;
}
