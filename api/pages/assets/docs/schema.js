// Reads JSON Schema as OpenAPI 3.1 uses it: what a value looks like, row by row and as an example.

const DEEPEST = 5;
const BY_FORMAT = {
  uuid: "0198c0de-5a1e-7c3b-9f00-3a5d1c2b4e6f",
  "date-time": "2026-01-01T08:00:00Z",
  date: "2026-01-01",
  uri: "https://example.com/",
  binary: "…",
};

/** Follows references and single wrappings to the schema itself; nothing may be null here. */
export function resolve(schema, spec) {
  let found = schema ?? {};
  while (found.$ref) found = found.$ref.slice(2).split("/").reduce((node, part) => node?.[part.replace(/~1/g, "/").replace(/~0/g, "~")], spec) ?? {};
  return found;
}

function choices(schema) {
  return schema.oneOf ?? schema.anyOf ?? null;
}

const isNull = (schema) => schema.type === "null";

/** Splits off "or null": the schema without it, and whether it was there. */
function withoutNull(schema, spec) {
  const options = choices(schema)?.map((option) => resolve(option, spec));
  if (options?.some(isNull)) {
    const rest = options.filter((option) => !isNull(option));
    return [rest.length === 1 ? { ...schema, oneOf: undefined, anyOf: undefined, ...rest[0] } : { ...schema, oneOf: rest }, true];
  }
  if (Array.isArray(schema.type) && schema.type.includes("null")) {
    const types = schema.type.filter((type) => type !== "null");
    return [{ ...schema, type: types.length === 1 ? types[0] : types }, true];
  }
  return [schema, false];
}

function merged(schema, spec) {
  if (!schema.allOf) return schema;
  return schema.allOf.map((part) => merged(resolve(part, spec), spec)).reduce((all, part) => ({
    ...all, ...part, properties: { ...all.properties, ...part.properties }, required: [...(all.required ?? []), ...(part.required ?? [])],
  }), { ...schema, allOf: undefined });
}

function open(schema, spec) {
  const [rest, nullable] = withoutNull(resolve(schema, spec), spec);
  return [merged(resolve(rest, spec), spec), nullable];
}

function limits(schema) {
  const found = [];
  if (schema.minLength !== undefined || schema.maxLength !== undefined) found.push(`length ${schema.minLength ?? 0}–${schema.maxLength ?? "∞"}`);
  if (schema.minimum !== undefined || schema.maximum !== undefined) found.push(`${schema.minimum ?? "−∞"}…${schema.maximum ?? "∞"}`);
  if (schema.pattern) found.push(schema.pattern);
  if (schema.default !== undefined && schema.default !== null) found.push(`= ${JSON.stringify(schema.default)}`);
  return found.join("  ");
}

function typeName(schema, nullable, spec) {
  const options = choices(schema);
  let name = schema.format ?? schema.type ?? "any";
  if (schema.const !== undefined) name = JSON.stringify(schema.const);
  else if (schema.enum) name = schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  else if (options) name = options.map((option) => open(option, spec)[0]).map((option) => option.title ?? typeName(option, false, spec)).join(" | ");
  else if (schema.type === "array") name = `${typeName(...open(schema.items, spec), spec)}[]`;
  else if (Array.isArray(schema.type)) name = schema.type.join(" | ");
  return nullable ? `${name} | null` : name;
}

/** The rows that describe a schema: {path, type, required, description, limits}, nested ones by a dotted path. */
export function rowsOf(schema, spec, prefix = "", depth = 0) {
  const [found] = open(schema, spec);
  if (depth > DEEPEST) return [];
  if (found.type === "array") return rowsOf(found.items, spec, `${prefix}[]`, depth + 1);
  const options = choices(found);
  if (options) return options.flatMap((option) => rowsOf(option, spec, prefix, depth + 1));
  return Object.entries(found.properties ?? {}).flatMap(([name, property]) => {
    const [inner, nullable] = open(property, spec);
    const path = prefix ? `${prefix}.${name}` : name;
    const row = {
      path, type: typeName(inner, nullable, spec), required: (found.required ?? []).includes(name),
      description: property.description ?? inner.description ?? "", limits: limits(inner),
    };
    return [row, ...rowsOf(inner, spec, path, depth + 1)];
  });
}

/** One row for a parameter. */
export function parameterRow(parameter, spec) {
  const [inner, nullable] = open(parameter.schema, spec);
  return {
    path: parameter.name, place: parameter.in, type: typeName(inner, nullable, spec), required: Boolean(parameter.required),
    description: parameter.description ?? inner.description ?? "", limits: limits(inner),
  };
}

function given(schema) {
  for (const value of [schema.const, schema.examples?.[0], schema.example, schema.default, schema.enum?.[0]]) {
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** An example of a schema: what it gives itself, or one made from its types. */
export function exampleOf(schema, spec, name = "", depth = 0) {
  const [found] = open(schema, spec);
  const own = given(found);
  if (own !== undefined) return own;
  const options = choices(found);
  if (options?.length) return exampleOf(options[0], spec, name, depth + 1);
  if (found.type === "array") return depth > DEEPEST ? [] : [exampleOf(found.items, spec, name, depth + 1)];
  if (found.type === "object" || found.properties) {
    if (depth > DEEPEST) return {};
    return Object.fromEntries(Object.entries(found.properties ?? {}).map(([key, value]) => [key, exampleOf(value, spec, key, depth + 1)]));
  }
  if (found.type === "integer" || found.type === "number") return found.minimum ?? 0;
  if (found.type === "boolean") return true;
  return BY_FORMAT[found.format] ?? (name ? `<${name}>` : "…");
}
