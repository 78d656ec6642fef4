import type { Detected, DetectedApp, DetectedInfra, DetectedTask, Piece } from "./model.ts";

const WIDTH = 120;

/** The typed ecosystem.config.ts for what was detected. */
export function configText({ name, infra, apps, tasks }: Detected): string {
  const presets = [...new Set([...apps, ...tasks].flatMap(({ preset }) => preset ?? []))].toSorted();
  return [
    `import { ${["defineConfig", ...presets].join(", ")} } from "devpm";`,
    "",
    "export default defineConfig({",
    `  name: ${text(name)},`,
    ...(infra ? [infraLines(infra)] : []),
    "  apps: {",
    ...apps.map(appLines),
    "  },",
    ...(tasks.length > 0 ? ["  tasks: {", ...tasks.map(taskLines), "  },"] : []),
    "});",
    "",
  ].join("\n");
}

const infraLines = ({ compose, services }: DetectedInfra): string =>
  block(
    "  infra: {",
    [`compose: ${typeof compose === "string" ? text(compose) : list(compose)}`, `services: ${list(services)}`],
    "}",
    "  ",
  );

function appLines(app: DetectedApp): string {
  const entries = [
    ...(app.command === undefined ? [] : [`command: ${text(app.command)}`]),
    ...(app.cwd === "." ? [] : [`cwd: ${text(app.cwd)}`]),
    ...(app.preset === undefined || app.app === undefined ? [] : [`app: ${text(app.app)}`]),
    `port: ${app.port}`,
    ...(app.debug ? ["debug: true"] : []),
    ...(app.dependsOn.length === 0 ? [] : [`dependsOn: ${list(app.dependsOn)}`]),
    ...(app.ready === undefined ? [] : [`ready: { http: ${text(app.ready)} }`]),
    ...(app.setup === undefined || app.setup.length === 0 ? [] : [setup(app.setup)]),
    ...(app.envFile === undefined ? [] : [`envFile: ${list(app.envFile)}`]),
    ...(app.env === undefined ? [] : [environment(app.env)]),
  ];
  const [open, close] = app.preset === undefined ? ["{", "}"] : [`${app.preset}({`, "})"];
  return block(`    ${key(app.name)}: ${open}`, entries, close, "    ");
}

function taskLines({ name, preset, run, app, cwd, start, dependsOn }: DetectedTask): string {
  const entries = [
    ...(run === undefined ? [] : [`run: ${text(run)}`]),
    ...(app === undefined ? [] : [`app: ${text(app)}`]),
    ...(cwd === undefined ? [] : [`cwd: ${text(cwd)}`]),
    ...(dependsOn.length === 0 ? [] : [`dependsOn: ${list(dependsOn)}`]),
    ...(start ? [] : ["start: false"]),
  ];
  if (preset !== undefined && entries.length === 0) return `    ${key(name)}: ${preset}(),`;
  const [open, close] = preset === undefined ? ["{", "}"] : [`${preset}({`, "})"];
  return block(`    ${key(name)}: ${open}`, entries, close, "    ");
}

/** On one line where it fits; else a line for each entry. */
function block(head: string, entries: readonly string[], close: string, indent: string): string {
  const line = `${head} ${entries.join(", ")} ${close},`;
  if (line.length <= WIDTH && !line.includes("\n")) return line;
  const inner = entries.map((entry) => `${indent}  ${entry.replaceAll("\n", `\n${indent}  `)},`);
  return [head, ...inner, `${indent}${close},`].join("\n");
}

function setup(steps: NonNullable<DetectedApp["setup"]>): string {
  const lines = steps.map(({ run, inputs, output }) => {
    const entries = [
      `run: ${text(run)}`,
      ...(inputs === undefined ? [] : [`inputs: ${list(inputs)}`]),
      ...(output === undefined ? [] : [`output: ${text(output)}`]),
    ];
    return `{ ${entries.join(", ")} }`;
  });
  const short = `setup: [${lines.join(", ")}]`;
  return short.length < 80 ? short : `setup: [\n${lines.map((line) => `  ${line},`).join("\n")}\n]`;
}

function environment(env: Readonly<Record<string, Piece[]>>): string {
  const services = [
    ...new Set(
      Object.values(env).flatMap((pieces) =>
        pieces.flatMap((piece) => (typeof piece === "string" ? [] : [piece.service])),
      ),
    ),
  ].toSorted();
  const plain = services.every((name) => IDENTIFIER.test(name) && !RESERVED.has(name));
  const head = plain ? `({ services: { ${services.join(", ")} } })` : "({ services })";
  const place = (service: string): string =>
    plain ? service : IDENTIFIER.test(service) ? `services.${service}` : `services[${text(service)}]`;
  const lines = Object.entries(env).map(([name, pieces]) => `  ${key(name)}: ${template(pieces, place)},`);
  return `env: ${head} => ({\n${lines.join("\n")}\n})`;
}

function template(pieces: readonly Piece[], place: (service: string) => string): string {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== "string") return reference(only, place);
  const inside = pieces.map((piece) =>
    typeof piece === "string" ? piece.replaceAll(/[\\`]|\$(?=\{)/g, String.raw`\$&`) : `\${${reference(piece, place)}}`,
  );
  return `\`${inside.join("")}\``;
}

function reference(piece: Exclude<Piece, string>, place: (service: string) => string): string {
  const service = place(piece.service);
  if (piece.what === "host") return `${service}.host`;
  return piece.what === "port" ? `${service}.port(${piece.port})` : `${service}.env(${text(piece.name)})`;
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
/** Words that cannot be the name of a variable. */
const RESERVED = new Set(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield await async of services".split(
    " ",
  ),
);

const text = (value: string): string =>
  JSON.stringify(value)
    .replaceAll("\u2028", String.raw`\u2028`)
    .replaceAll("\u2029", String.raw`\u2029`);
const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;
/** `__proto__: …` would set the prototype, so the app or variable would be missing. */
const key = (name: string): string => {
  if (name === "__proto__") return '["__proto__"]';
  return IDENTIFIER.test(name) ? name : text(name);
};
