/** Shows openapi.json: routes with their parameters, bodies and answers, then the records. */

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const code = (text) => make("code", {}, text);
const nameOf = (reference) => reference.split("/").pop();

/** A schema in one line: its type, the record it points to, its limits. */
function line(schema) {
  if (!schema) return "";
  if (schema.$ref) return nameOf(schema.$ref);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(line).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return schema.prefixItems ? `[${schema.prefixItems.map(line).join(", ")}]` : `[${line(schema.items)}, ...]`;
  if (schema.type === "object" && schema.additionalProperties) return `{name: ${line(schema.additionalProperties) || "any"}}`;
  return [schema.format ?? schema.type ?? "any", limits(schema)].filter(Boolean).join(" ");
}

function limits({ minimum, maximum }) {
  if (minimum === undefined && maximum === undefined) return "";
  return `${minimum ?? ""}..${maximum ?? ""}`;
}

/** The type of a schema, with a link where it is a record. */
function typed(schema) {
  const text = line(schema);
  const target = /[A-Z]\w+/.exec(text)?.[0];
  return target ? make("a", { href: `#record-${target}` }, code(text)) : code(text);
}

function table(heads, rows) {
  const cells = (tag, row) => make("tr", {}, ...row.map((cell) => make(tag, {}, cell)));
  const body = rows.map((row) => cells("td", row));
  return make("div", { class: "wide" }, make("table", {}, make("thead", {}, cells("th", heads)), make("tbody", {}, ...body)));
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    code(name),
    typed(field),
    required.has(name) ? "required" : field.default === undefined ? "" : code(JSON.stringify(field.default)),
    field.description ?? "",
  ]);
  return rows.length ? table(["field", "type", "default", ""], rows) : make("p", {}, code(line(schema)));
}

function parameters(list) {
  const rows = list.map(({ name, in: place, required, schema, description }) => [
    code(name),
    place,
    typed(schema),
    required ? "required" : schema?.default === undefined ? "" : code(JSON.stringify(schema.default)),
    description ?? schema?.description ?? "",
  ]);
  return [make("h3", {}, "Parameters"), table(["name", "in", "type", "default", ""], rows)];
}

function body({ content, description }) {
  const parts = Object.entries(content).flatMap(([type, { schema, example }]) => [
    make("h3", {}, "Body: ", code(type)),
    schema?.properties ? fields(schema) : make("p", {}, typed(schema)),
    ...(example ? [make("pre", {}, JSON.stringify(example, null, 2))] : []),
  ]);
  return description ? [...parts, make("p", {}, description)] : parts;
}

function answers(responses) {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const types = Object.entries(content).map(([type, { schema }]) => make("div", {}, code(type), " ", typed(schema)));
    return [code(status), description, make("div", {}, ...types)];
  });
  return [make("h3", {}, "Answers"), table(["status", "", "body"], rows)];
}

function route(path, verb, operation, id) {
  const name = make("span", { class: "verb" }, verb.toUpperCase());
  const example = operation.responses?.["200"]?.content?.["application/json"]?.example;
  return make(
    "article",
    { id },
    make("h2", {}, name, code(path)),
    make("p", {}, operation.description ?? operation.summary ?? ""),
    ...(operation.parameters?.length ? parameters(operation.parameters) : []),
    ...(operation.requestBody ? body(operation.requestBody) : []),
    ...answers(operation.responses ?? {}),
    ...(example ? [make("pre", {}, JSON.stringify(example, null, 2))] : []),
  );
}

function record([name, schema]) {
  return make("div", { id: `record-${name}` }, make("h2", {}, code(name)), make("p", {}, schema.description ?? ""), fields(schema));
}

async function show() {
  const answer = await fetch("openapi.json");
  if (!answer.ok) throw new Error(`The server answers ${answer.status}.`);
  const { paths, components } = await answer.json();
  const routes = Object.entries(paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, operation]) => [path, verb, operation]));
  const links = routes.map(([path, verb], k) => make("li", {}, make("a", { href: `#route-${k}` }, code(`${verb.toUpperCase()} ${path}`))));
  document.getElementById("list").append(make("ul", {}, ...links));
  document.getElementById("routes").append(...routes.map(([path, verb, operation], k) => route(path, verb, operation, `route-${k}`)));
  document.getElementById("schemas").append(make("h1", {}, "Records"), ...Object.entries(components?.schemas ?? {}).map(record));
  document.getElementById("told").hidden = true;
}

show().catch((error) => (document.getElementById("told").textContent = error.message));
