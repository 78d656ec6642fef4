import { portIn } from "../commands/intent.ts";
import type { Call, Entries, Expression } from "./expression.ts";
import type { PythonFiles } from "./index.ts";
import { type PythonModule, type Place, fromServer } from "./module.ts";
import { type CodePort, type Variables, portOfExpression, sourcesOf } from "./port.ts";

/** What a Python program starts when it is run: the application it hands to a server, and where that listens. */
export interface Launch {
  /** `pkg.main:app` as it is written, or a name of the module itself. */
  target: { module: string | null; object: string; factory: boolean };
  port: CodePort | null;
  line: number;
}

const RUN = /(^|\.)(run|serve|run_simple|run_app|WSGIServer|run_server)$/;

/** The servers that a module starts, those of its `__main__` block first. */
export function launchesOf(files: PythonFiles, module: PythonModule, variables: Variables): Launch[] {
  const calls = module.calls.filter(
    ({ callee }) => RUN.test(callee) || /(^|\.)Config$/.test(callee) || fromServer(module, callee),
  );
  const ranked = [...calls.filter(({ main }) => main), ...calls.filter(({ main }) => !main)];
  return ranked.flatMap((call) => launchOf(files, module, call, variables) ?? []);
}

function launchOf(files: PythonFiles, module: PythonModule, call: Call & Place, variables: Variables): Launch | null {
  const options = call.spread.flatMap((one) => optionsOf(files, module, one) ?? []);
  const given: Entries = Object.assign({}, ...options.map(({ entries }) => entries), call.named);
  const target = targetOf(module, { ...call, named: given });
  if (!target) return null;
  const written =
    portOfExpression(files, module, portArgument(call), variables) ??
    portOfAddress(files, module, addressOf(module, call), variables);
  const port = options.reduce<CodePort | null>(
    (found, { entries, module: from }) => found ?? portOfExpression(files, from, entries.port, variables),
    written,
  );
  return { target, port, line: call.line };
}

interface Options {
  entries: Entries;
  /** Where they are written. */
  module: PythonModule;
}

/** `**options`: a literal table, in the module itself or as a field or property of its settings. */
function optionsOf(files: PythonFiles, module: PythonModule, value: Expression, depth = 0): Options | null {
  if (value.kind === "dict") return { entries: value.entries, module };
  if (value.kind === "call" && value.callee === "dict") return { entries: value.named, module };
  if (value.kind !== "name" || depth > 4) return null;
  const [object = "", ...path] = value.name.split(".");
  const field = path.at(-1) ?? object;
  for (const source of sourcesOf(files, module, object, path.length > 0)) {
    const assigned = source.assigns.findLast(({ target, value: set }) => target === field && set !== null)?.value;
    const made = assigned ?? source.functions.find(({ name }) => name === field)?.returns[0];
    const found = made ? optionsOf(files, source, made, depth + 1) : null;
    if (found) return found;
  }
  return null;
}

/** Flask's is `run(host, port)`, all others take it by name. */
function portArgument({ callee, args, named }: Call): Expression | undefined {
  if (named.port || callee === "run") return named.port;
  if (callee.endsWith("run_simple")) return args[1];
  return /(^|\.)run$/.test(callee) && !/^(uvicorn|asyncio|subprocess|anyio)\./.test(callee) ? args[1] : undefined;
}

/** `bind="…"`; of hypercorn's `serve(app, config)` what `config.bind` is set to. */
function addressOf(module: PythonModule, { named, args }: Call): Expression | undefined {
  const written = named.bind ?? named.listen;
  if (written) return written;
  const [first] = args;
  const given = first?.kind === "call" ? first.args : args;
  const names = given.flatMap((one) => (one.kind === "name" ? [`${one.name}.bind`] : []));
  return module.assigns.findLast(({ target }) => names.includes(target))?.value ?? first;
}

function portOfAddress(
  files: PythonFiles,
  module: PythonModule,
  address: Expression | undefined,
  variables: Variables,
): CodePort | null {
  if (address?.kind === "list") return portOfAddress(files, module, address.items[0], variables);
  if (address?.kind !== "format") return address?.kind === "string" ? portOfText(address.value) : null;
  // `f"{host}:8000"`, `f"0.0.0.0:{port}"`
  const [before, put, after] = address.pieces.slice(-3);
  if (after?.kind === "string" && after.value !== "") return portOfText(after.value);
  return before?.kind === "string" && before.value.endsWith(":")
    ? portOfExpression(files, module, put, variables)
    : null;
}

function portOfText(text: string): CodePort | null {
  const port = text.includes(":") && !/^[\w.]+:[A-Za-z_]/.test(text) ? portIn(text) : null;
  return port === null ? null : { port, variable: null };
}

function targetOf(module: PythonModule, { callee, args, named }: Call): Launch["target"] | null {
  const owner = callee.replace(/\.?(run|serve|run_simple|run_app|run_server|WSGIServer|Config)$/, "");
  const factory = named.factory?.kind === "boolean" && named.factory.value;
  if (fromServer(module, callee) && args[0]) return asTarget(args[0], factory);
  if (
    /^(asyncio|subprocess|anyio|trio|loop|unittest|pytest|mcp|typer|self|runner|client)(\.|$)/.test(owner) &&
    !callee.endsWith(".Config")
  ) {
    return /^(asyncio|anyio|trio)\.run$/.test(callee) ? served(args) : null;
  }
  if (
    /^(uvicorn|hypercorn|granian)(\.|$)/.test(owner) ||
    /(^|\.)(serve|run_simple|run_app|run_server|Config)$/.test(callee) ||
    /^(socketio|sio|socket_io|socket)$/.test(owner)
  ) {
    const given = callee.endsWith("run_simple") ? args[2] : (named.app ?? named.application ?? args[0]);
    return given ? asTarget(given, factory) : null;
  }
  if (owner === "") return null;
  // `create_app().run()`, `app.run()`: only where it can be an application
  if (owner.endsWith("()")) return { module: null, object: owner.slice(0, -2), factory: true };
  const assigned = module.assigns.some(({ target }) => target === owner);
  const imported = module.imports.some(({ names }) => names?.some(({ as }) => as === owner));
  return assigned || imported ? { module: null, object: owner, factory: false } : null;
}

/** `asyncio.run(serve(app, config))`, `trio.run(serve, app, config)` */
function served([inner, ...rest]: readonly Expression[]): Launch["target"] | null {
  const named = inner?.kind === "call" ? inner.callee : inner?.kind === "name" ? inner.name : "";
  const app = inner?.kind === "call" ? inner.args[0] : rest[0];
  return /(^|\.)serve$/.test(named) && app ? asTarget(app, false) : null;
}

function asTarget(given: Expression, factory: boolean): Launch["target"] | null {
  if (given.kind === "string") {
    const [module = "", object = "app"] = given.value.split(":");
    return /^[\w.]+$/.test(module)
      ? { module, object: object.replace("()", ""), factory: factory || object.includes("()") }
      : null;
  }
  if (given.kind === "name") return { module: null, object: given.name, factory };
  return given.kind === "call" ? { module: null, object: given.callee, factory: true } : null;
}
