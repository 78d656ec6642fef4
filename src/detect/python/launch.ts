import { portIn } from "../commands/intent.ts";
import type { Call, Expression } from "./expression.ts";
import type { PythonFiles } from "./index.ts";
import { type PythonModule, type Place, fromServer } from "./module.ts";
import { type CodePort, type Variables, portOfExpression } from "./port.ts";

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
  const target = targetOf(module, call);
  if (!target) return null;
  const port = portOfExpression(files, module, portArgument(call), variables) ?? portOfAddress(call);
  return { target, port, line: call.line };
}

/** Flask's is `run(host, port)`, all others take it by name. */
function portArgument({ callee, args, named }: Call): Expression | undefined {
  if (named.port || callee === "run") return named.port;
  if (callee.endsWith("run_simple")) return args[1];
  return /(^|\.)run$/.test(callee) && !/^(uvicorn|asyncio|subprocess|anyio)\./.test(callee) ? args[1] : undefined;
}

function portOfAddress({ named, args }: Call): CodePort | null {
  const address = named.bind ?? named.listen ?? args[0];
  const text =
    address?.kind === "string"
      ? address.value
      : address?.kind === "list" && address.items[0]?.kind === "string"
        ? address.items[0].value
        : null;
  const port = text !== null && text.includes(":") && !/^[\w.]+:[A-Za-z_]/.test(text) ? portIn(text) : null;
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
    return callee === "asyncio.run" || callee === "anyio.run" ? served(args[0]) : null;
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

/** `asyncio.run(serve(app, config))` */
const served = (inner: Expression | undefined): Launch["target"] | null =>
  inner?.kind === "call" && /(^|\.)serve$/.test(inner.callee) && inner.args[0] ? asTarget(inner.args[0], false) : null;

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
