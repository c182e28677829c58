// Reads the operations out of an OpenAPI description, in the order of its tags.

const METHODS = ["get", "post", "put", "patch", "delete"];
const PROBLEM = "application/problem+json";
const SUCCESS = /^[23]/;

function audienceOf(operation, spec) {
  const security = operation.security ?? spec.security ?? [];
  return security.flatMap((option) => Object.entries(option)).map(([scheme, scopes]) => (scopes.length ? scopes.join(", ") : scheme));
}

// A refusal is written as `slug` and its title; one status may have several.
function problemsOf(operation) {
  return Object.entries(operation.responses ?? {}).filter(([, response]) => response.content?.[PROBLEM]).flatMap(([status, response]) => {
    const found = [...(response.description ?? "").matchAll(/`([a-z0-9-]+)`\s*([^·`]*)/g)];
    return found.map(([, slug, title]) => ({ status, slug, title: title.trim() }));
  });
}

function responsesOf(operation) {
  return Object.entries(operation.responses ?? {}).filter(([, response]) => !response.content?.[PROBLEM]).map(([status, response]) => ({
    status, good: SUCCESS.test(status), headers: Object.entries(response.headers ?? {}), content: Object.entries(response.content ?? {}),
  }));
}

function read(path, method, shared, operation, spec) {
  const problems = problemsOf(operation);
  const made = {
    id: operation.operationId ?? `${method}-${path}`, method: method.toUpperCase(), path, summary: operation.summary ?? "", description: operation.description ?? "",
    tag: operation.tags?.[0] ?? "", audience: audienceOf(operation, spec), parameters: [...shared, ...(operation.parameters ?? [])],
    body: Object.entries(operation.requestBody?.content ?? {}), responses: responsesOf(operation), problems,
  };
  const words = [made.id, made.method, path, made.summary, made.tag, ...made.audience, ...problems.map((problem) => problem.slug)];
  return { ...made, words: words.join(" ").toLowerCase() };
}

/** The operations by tag: [{name, description, operations}]. */
export function groupsOf(spec) {
  const all = Object.entries(spec.paths ?? {}).flatMap(([path, item]) => METHODS.filter((method) => item[method])
    .map((method) => read(path, method, item.parameters ?? [], item[method], spec)));
  const described = (spec.tags ?? []).map(({ name, description }) => ({ name, description: description ?? "" }));
  const missing = [...new Set(all.map((operation) => operation.tag))].filter((tag) => !described.some(({ name }) => name === tag));
  return [...described, ...missing.map((name) => ({ name, description: "" }))]
    .map((group) => ({ ...group, operations: all.filter((operation) => operation.tag === group.name) }))
    .filter((group) => group.operations.length);
}
