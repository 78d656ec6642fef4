import { connexionOf, isOfConnexion } from "./connexion.ts";
import type { PythonFiles } from "./code/files.ts";
import type { Call, Expression } from "./code/expression.ts";
import type { Function, PythonModule } from "./code/module.ts";

/** `connexion`: that of before version 3; later ones are any server's to run. Only their own program runs it and the last two. */
export type Framework = "flask" | "fastapi" | "asgi" | "quart" | "sanic" | "connexion" | "aiohttp" | "tornado";

/** A web application that an expression evaluates to. */
export interface WebApp {
  framework: Framework;
  /** Where it is constructed: `file:line`. */
  origin: string;
}

const CONSTRUCTORS: Readonly<Record<string, Framework>> = {
  Flask: "flask",
  APIFlask: "flask",
  OpenAPI: "flask",
  Eve: "flask",
  FastAPI: "fastapi",
  FastAPIOffline: "fastapi",
  Starlette: "asgi",
  Litestar: "asgi",
  BlackSheep: "asgi",
  Quart: "quart",
  Sanic: "sanic",
};

/** The application that a name of a module refers to, through assignments, imports, factories and wrappers. */
export function appNamed(files: PythonFiles, file: string, name: string): WebApp | null {
  for (const module of starred(files, file)) {
    const app = appOwn(files, module, name);
    if (app) return app;
  }
  return null;
}

/** A module, and those of which it takes every name: `from .views import *`, each once, however they name each other. */
function* starred(files: PythonFiles, file: string, seen = new Set<string>()): Generator<PythonModule> {
  const module = seen.has(file) ? null : files.module(file);
  seen.add(file);
  if (!module) return;
  yield module;
  for (const { names, module: other, level } of module.imports) {
    const from = names?.some((one) => one.name === "*") ? files.resolve(file, other, level) : null;
    if (from !== null) yield* starred(files, from, seen);
  }
}

/** What the module itself assigns to the name, or imports under it. */
function appOwn(files: PythonFiles, module: PythonModule, name: string): WebApp | null {
  const assigned = module.assigns.filter(({ target, scope, main }) => target === name && scope === "" && !main);
  for (const { value } of assigned.toReversed()) {
    const app = value && appOf(files, module, value, "");
    if (app) return app;
  }
  for (const one of module.imports) {
    const taken = one.names?.find(({ as }) => as === name);
    const from = taken && files.resolve(module.file, one.module, one.level);
    if (!from || from === module.file) continue;
    const app = files.search([from, "imported", taken.name], () => appNamed(files, from, taken.name));
    if (app) return app;
  }
  return null;
}

/** The application that a function returns. */
export function appReturned(files: PythonFiles, module: PythonModule, made: Function): WebApp | null {
  const scope = qualified(made);
  return files.search([module.file, "returned", scope], () => appOfFunction(files, module, made, scope));
}

const qualified = ({ scope, name }: Function): string => (scope === "" ? name : `${scope}.${name}`);

function appOfFunction(files: PythonFiles, module: PythonModule, made: Function, scope: string): WebApp | null {
  // `return app, socketio`
  for (const returned of made.returns.flatMap((one) => (one.kind === "list" ? one.items : one))) {
    const app = appOf(files, module, returned, scope);
    if (app) return app;
  }
  const framework = frameworkNamed(files, module, made.returnType ?? "");
  return framework && made.returns.length > 0 ? { framework, origin: `${module.file}:${made.line}` } : null;
}

function appOf(files: PythonFiles, module: PythonModule, value: Expression, scope: string): WebApp | null {
  if (value.kind === "conditional")
    return appOf(files, module, value.met, scope) ?? appOf(files, module, value.otherwise, scope);
  if (value.kind === "name") return appOfName(files, module, value.name, scope);
  return value.kind === "call" ? appOfCall(files, module, value, scope) : null;
}

const appOfName = (files: PythonFiles, module: PythonModule, name: string, scope: string): WebApp | null =>
  files.search([module.file, scope, name], () => appMeant(files, module, name, scope));

function appMeant(files: PythonFiles, module: PythonModule, name: string, scope: string): WebApp | null {
  const local = module.assigns.filter((one) => one.target === name && one.scope === scope && scope !== "");
  for (const { value } of local) {
    const app = value && !(value.kind === "name" && value.name === name) ? appOf(files, module, value, scope) : null;
    if (app) return app;
  }
  // `def create_app(app=FastAPI())`
  const own = module.functions.find((one) => qualified(one) === scope)?.defaults[name];
  const given = own && appOf(files, module, own, "");
  if (given) return given;
  const [object = "", attribute] = name.split(".");
  if (attribute !== undefined) {
    // `module.app`, or the wrapped application of an object: `connexion_app.app`
    const from = importedModule(files, module, object);
    if (from) return appNamed(files, from, attribute);
    const home = classOf(files, module, object, scope);
    const kept = home && appKept(files, home, attribute);
    const inner = kept ?? appOfName(files, module, object, scope);
    return inner?.framework === "connexion" ? { ...inner, framework: "flask" } : inner;
  }
  return appNamed(files, module.file, name);
}

/** Callables that make an application of another one. */
const WRAPPER =
  /(^|\.)(ASGIApp|WSGIApp|WsgiToAsgi|AsgiToWsgi|DispatcherMiddleware|ProxyFix|\w*Middleware|with_\w+|WSGIMiddleware)$/;

function appOfCall(files: PythonFiles, module: PythonModule, call: Call, scope: string): WebApp | null {
  const framework = frameworkNamed(files, module, call.callee);
  if (framework) return { framework, origin: `${module.file}:${call.line}` };
  if (WRAPPER.test(call.callee)) {
    for (const inner of [...call.args, ...Object.values(call.named)]) {
      const app = inner.kind === "name" || inner.kind === "call" ? appOf(files, module, inner, scope) : null;
      if (app)
        return {
          framework: /ASGI|Asgi|with_/.test(call.callee) && app.framework === "flask" ? "asgi" : app.framework,
          origin: app.origin,
        };
    }
    return null;
  }
  return (
    appOfFactory(files, module, call.callee) ??
    appOfMethod(files, module, call.callee, scope) ??
    appGiven(files, module, call, scope)
  );
}

/** `app = configure(FastAPI())`, where the function of the project returns what it is given. */
function appGiven(files: PythonFiles, module: PythonModule, call: Call, scope: string): WebApp | null {
  const inner = call.args.find((arg) => arg.kind === "call");
  const made = inner && functionNamed(files, module, call.callee);
  const given = made?.returns.some((one) => one.kind === "name" && made.parameters.includes(one.name));
  return inner && given ? appOf(files, module, inner, scope) : null;
}

function functionNamed(files: PythonFiles, module: PythonModule, name: string): Function | null {
  const own = module.functions.find((one) => one.name === name && one.scope === "");
  if (own) return own;
  for (const one of module.imports) {
    const taken = one.names?.find(({ as }) => as === name);
    const from = taken && files.resolve(module.file, one.module, one.level);
    const found = from
      ? files.module(from)?.functions.find((made) => made.name === taken.name && made.scope === "")
      : null;
    if (found) return found;
  }
  return null;
}

function appOfFactory(files: PythonFiles, module: PythonModule, callee: string): WebApp | null {
  const [object = "", method] = callee.split(".");
  const own = module.functions.find(({ name, scope }) => name === callee && scope === "");
  if (own) return appReturned(files, module, own);
  if (method !== undefined) {
    const from = importedModule(files, module, object);
    const target = from === null ? null : files.module(from);
    const made = target?.functions.find(({ name, scope }) => name === method && scope === "");
    return target && made ? appReturned(files, target, made) : null;
  }
  for (const one of module.imports) {
    const taken = one.names?.find(({ as }) => as === callee);
    const from = taken && files.resolve(module.file, one.module, one.level);
    const there = from ? files.module(from) : null;
    const found =
      there && taken
        ? files.search([there.file, "called", taken.name], () => appOfFactory(files, there, taken.name))
        : null;
    if (found) return found;
  }
  return null;
}

/** The class of an instance: of `self`, of `Server()`, of a name that such a call was assigned to. */
function classOf(files: PythonFiles, module: PythonModule, object: string, scope: string): Home | null {
  if (object === "self") {
    const name = scope.split(".").find((one) => module.classes.some((made) => made.name === one));
    return name === undefined ? null : { module, name };
  }
  if (object.endsWith("()")) return classNamed(files, module, object.slice(0, -2));
  const made = module.assigns.findLast((one) => one.target === object && (one.scope === scope || one.scope === ""));
  return made?.value?.kind === "call" ? classNamed(files, module, made.value.callee) : null;
}

/** `self.app = FastAPI()` in a method of a class. */
function appKept(files: PythonFiles, { module, name }: Home, attribute: string): WebApp | null {
  const kept = module.assigns.filter(
    ({ target, scope }) => target === `self.${attribute}` && scope.startsWith(`${name}.`),
  );
  return files.search([module.file, `class ${name}`, attribute], () => {
    for (const { value, scope } of kept) {
      const app = value && appOf(files, module, value, scope);
      if (app) return app;
    }
    return null;
  });
}

/** `factory.create_app()`, where `factory` is an instance of a class of the project. */
function appOfMethod(files: PythonFiles, module: PythonModule, callee: string, scope: string): WebApp | null {
  const [object = "", method] = callee.split(".");
  if (method === undefined) return null;
  // Sanic's looks up one that is made elsewhere
  if (method === "get_app" && frameworkNamed(files, module, object) === "sanic") return null;
  // `AppFactory.create()` of a class, or of its instance
  const home = classOf(files, module, object, scope) ?? classNamed(files, module, object);
  const own = home?.module.functions.find((one) => one.name === method && one.scope === home.name);
  return home && own ? appReturned(files, home.module, own) : null;
}

interface Home {
  module: PythonModule;
  name: string;
}

/** The module of a class that a name refers to, and the class's name there. */
function classNamed(files: PythonFiles, module: PythonModule, name: string): Home | null {
  if (module.classes.some((one) => one.name === name)) return { module, name };
  for (const one of module.imports) {
    const taken = one.names?.find(({ as }) => as === name);
    const from = taken && files.resolve(module.file, one.module, one.level);
    const there = from ? files.module(from) : null;
    const found =
      there && taken
        ? files.search([there.file, "class", taken.name], () => classNamed(files, there, taken.name))
        : null;
    if (found) return found;
  }
  return null;
}

function importedModule(files: PythonFiles, module: PythonModule, name: string): string | null {
  for (const one of module.imports) {
    if (one.names === null && (one.as ?? one.module) === name) return files.resolve(module.file, one.module);
    const taken = one.names?.find(({ as }) => as === name);
    if (taken)
      return files.resolve(module.file, [one.module, taken.name].filter((part) => part !== "").join("."), one.level);
  }
  return null;
}

/** The framework whose class, or a subclass of it, a name is. */
export const frameworkNamed = (files: PythonFiles, module: PythonModule, name: string): Framework | null =>
  name === "" ? null : files.search([module.file, "framework", name], () => frameworkOf(files, module, name));

function frameworkOf(files: PythonFiles, module: PythonModule, name: string): Framework | null {
  const last = name.split(".").at(-1) ?? "";
  const imported = module.imports.flatMap((one) =>
    (one.names ?? []).filter(({ as }) => as === last).map((taken) => ({ one, taken })),
  )[0];
  const original = imported?.taken.name ?? last;
  const own = module.classes.find((made) => made.name === last);
  for (const base of new Set(own?.bases)) {
    const framework = frameworkNamed(files, module, base);
    if (framework) return framework;
  }
  if (own) return null;
  const from = imported ? files.resolve(module.file, imported.one.module, imported.one.level) : null;
  const there = from === null ? null : files.module(from);
  if (there) return frameworkNamed(files, there, original);
  if (Object.hasOwn(CONSTRUCTORS, original)) return CONSTRUCTORS[original] ?? null;
  return /^(App|FlaskApp|AsyncApp)$/.test(original) && isOfConnexion(module, name, imported?.one)
    ? connexionOf(files.repository, module.file)
    : null;
}
