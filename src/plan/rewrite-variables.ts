import path from "node:path";
import { parseEnvFile } from "../config/env-file.ts";
import type { App, MovedPort } from "../model/project.ts";
import { builtFile } from "../util/package-files.ts";
import type { FileText } from "./file-variables.ts";
import { movedList, rewriteValue } from "./moved-addresses.ts";
import type { VariableSource, Variable } from "./variables.ts";

export interface RewrittenVariables {
  variables: Variable[];
  /** One line each: what was rewritten, and what was left. Never a whole value: it may hold a secret. */
  lines: string[];
}

/**
 * The variables of an app whose checkout has ports of its own: what the project's files and its configuration say of a moved
 * port is rewritten to the new one. `own`: files that the app's tool reads itself; a variable of its environment wins over them.
 */
export function rewriteVariables(
  app: App,
  variables: readonly Variable[],
  own: readonly FileText[],
): RewrittenVariables {
  const { movedPorts: moved = [] } = app;
  const lines: string[] = [];
  const changed = variables.map((variable) => rewrite(app.name, variable, moved, lines));
  const present = new Set(variables.map(({ name }) => name));
  const added = ownVariables(own).filter(({ name }) => !present.has(name));
  const more = added.flatMap((variable) => {
    const now = rewrite(app.name, variable, moved, lines);
    return now === variable ? [] : [now];
  });
  for (const port of freedPorts(app)) lines.push(`${app.name}: hot updates use a free port in the place of ${port}`);
  return { variables: withHook(app, [...changed, ...more], moved), lines };
}

function rewrite(app: string, variable: Variable, moved: readonly MovedPort[], lines: string[]): Variable {
  const { name, value, source } = variable;
  if (!["file", "config", "shell"].includes(source.kind)) return variable;
  const found = rewriteValue(name, value, moved);
  if (found === null) return variable;
  const changes = found.changes.join(", ");
  if (source.kind === "shell") {
    lines.push(
      `${app}: ${name} comes from your shell and names a port of the main checkout (${changes.split(" →")[0]}); it is left as it is`,
    );
    return variable;
  }
  lines.push(`${app}: ${name}${placeOf(source)} follows ${changes}`);
  return { ...variable, value: found.value };
}

const placeOf = (source: VariableSource): string =>
  source.kind === "file" ? ` (${path.basename(source.file)}:${source.line})` : "";

/** Only literal values: the tool fills in a reference to a rewritten variable from its environment. */
function ownVariables(files: readonly FileText[]): Variable[] {
  const found = new Map<string, Variable>();
  for (const { file, text } of files)
    for (const { name, value, line } of parseEnvFile(text ?? "").assignments)
      if (value !== null) found.set(name, { name, value, source: { kind: "file", file, line }, overrides: [] });
  return [...found.values()];
}

/** An app's own port is moved with it. */
const freedPorts = ({ hmrPorts = [], movedPorts = [] }: App): number[] =>
  hmrPorts.filter((port) => !movedPorts.some(({ from }) => from === port));

/** Node loads pm2/follow-ports.cjs first. Python's connections cannot be redirected; devpm's own Python starts no node. */
function withHook(app: App, variables: readonly Variable[], moved: readonly MovedPort[]): Variable[] {
  const list = movedList(moved);
  if (app.toolchain === "python" || list === "") return [...variables];
  const hot = freedPorts(app);
  const options = variables.find(({ name }) => name === "NODE_OPTIONS")?.value ?? "";
  const hook = `--require ${JSON.stringify(builtFile("pm2/follow-ports.cjs"))}`;
  const own: Record<string, string> = {
    NODE_OPTIONS: [options, hook].filter((part) => part !== "").join(" "),
    DEVPM_MOVED_PORTS: list,
    ...(app.hmrPorts ? { DEVPM_HMR: "1", DEVPM_HMR_PORTS: hot.join(",") } : {}),
    DEVPM_OWN_PORTS: movedList(moved.filter((one) => one.app === app.name)),
  };
  return [
    ...variables.filter(({ name }) => own[name] === undefined),
    ...Object.entries(own).map(([name, value]): Variable => ({
      name,
      value,
      source: { kind: "devpm" },
      overrides: [],
    })),
  ];
}
