import { portIn } from "../commands/intent.ts";
import type { Call, Entries, Expression } from "./code/expression.ts";
import type { PythonFiles } from "./code/files.ts";
import { type PythonModule, type Place, fromServer } from "./code/module.ts";
import { type CodePort, type Variables, portOfExpression, sourcesOf } from "./settings/port.ts";

/** What a Python program starts when it is run: the application it hands to a server, and where that listens. */
export interface Launch {
  /** `pkg.main:app` as it is written, or a name of the module itself. */
  target: { module: string | null; object: string; factory: boolean };
  port: CodePort | null;
  line: number;
}

const RUN = /(^|\.)(run|serve|run_simple|run_app|run_server|WSGIServer|make_server|wsgi\.server)$/;
/** They are given an address, and the application after it or before it. */
const OF_ADDRESS = /(^|\.)(WSGIServer|wsgi\.server)$/;

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

const SOCKETS = /^(\w+\.)*(socketio|sio|socket_io|socket)$/;

/** Flask's is `run(host, port)`, all others take it by name. */
function portArgument({ callee, args, named }: Call): Expression | undefined {
  if (named.port || callee === "run") return named.port;
  if (/(run_simple|make_server)$/.test(callee)) return args[1];
  // Flask-SocketIO's is `run(app, host, port)`
  if (SOCKETS.test(callee.replace(/\.run$/, ""))) return args[2];
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

/** `"0.0.0.0:8000"`, `("", 8000)`, `["0.0.0.0:8000"]`, `os.getenv("BIND", "0.0.0.0:8000")` */
export function portOfAddress(
  files: PythonFiles,
  module: PythonModule,
  address: Expression | undefined,
  variables: Variables,
): CodePort | null {
  if (address?.kind === "list") {
    const [first, second] = address.items;
    return portOfAddress(files, module, first, variables) ?? portOfExpression(files, module, second, variables);
  }
  if (address?.kind === "call" && /getenv|environ\.get|listen$/.test(address.callee))
    return portOfAddress(files, module, address.args[address.callee.endsWith("listen") ? 0 : 1], variables);
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
  const owner = callee.replace(/\.?(run|serve|run_simple|run_app|run_server|WSGIServer|make_server|Config)$/, "");
  const factory = named.factory?.kind === "boolean" && named.factory.value;
  const first = args[0] ?? named.app ?? named.target;
  if (fromServer(module, callee) && first) return asTarget(first, factory);
  if (
    /^(asyncio|subprocess|anyio|trio|loop|unittest|pytest|mcp|typer|self|runner|client)(\.|$)/.test(owner) &&
    !callee.endsWith(".Config")
  ) {
    return /^(asyncio|anyio|trio)\.run$/.test(callee) ? served(args) : null;
  }
  if (
    /^(uvicorn|hypercorn|granian)(\.|$)/.test(owner) ||
    /(^|\.)(serve|run_simple|run_app|run_server|Config)$/.test(callee) ||
    /(^|\.)make_server$/.test(callee) ||
    OF_ADDRESS.test(callee) ||
    SOCKETS.test(owner)
  ) {
    const at = /(run_simple|make_server)$/.test(callee) ? 2 : OF_ADDRESS.test(callee) ? 1 : 0;
    const given = named.app ?? named.application ?? args[at];
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
  // `f"{__name__}:app"`, `f"{Path(__file__).stem}:app"`
  const last = given.kind === "format" ? given.pieces.at(-1) : undefined;
  const own = last?.kind === "string" ? /^:(\w+)$/.exec(last.value)?.[1] : undefined;
  if (own !== undefined) return { module: null, object: own, factory };
  if (given.kind === "string") {
    const [module = "", object = "app"] = given.value.split(":");
    if (module === "__main__") return { module: null, object, factory };
    return /^\w[\w.]*$/.test(module)
      ? { module, object: object.replace("()", ""), factory: factory || object.includes("()") }
      : null;
  }
  if (given.kind === "name") return { module: null, object: given.name, factory };
  return given.kind === "call" ? { module: null, object: given.callee, factory: true } : null;
}
