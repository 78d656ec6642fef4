import type { SyntaxNode, SyntaxNodeRef } from "@lezer/common";
import { parser } from "@lezer/python";
import { parsed } from "../../parse/bounded-parse.ts";
import { type Text, textOf } from "../../parse/text.ts";
import { type Call, type Expression, argumentsOf, callOf, expressionOf, nameOf, parts } from "./expression.ts";

/** The top level of a Python file: read from its syntax tree, never run. */
export interface PythonModule {
  file: string;
  imports: Import[];
  /** Of the module itself, also within `if`, `try` and `with`, and of functions and classes. */
  assigns: Assign[];
  classes: Class[];
  functions: Function[];
  /** The calls that a rule asks for (`STARTS`, `OPTIONS`, `ROUTES`), decorators included. */
  calls: (Call & Place)[];
}

/** The position of something in the file. */
export interface Place {
  /** The function or class around it, outermost first and joined by dots; empty: the module. */
  scope: string;
  /** Within `if __name__ == "__main__":`. */
  main: boolean;
}

export interface Import {
  /** `a.b`; empty for `from . import x`. */
  module: string;
  /** Number of leading dots. */
  level: number;
  /** null: `import a.b`. */
  names: { name: string; as: string }[] | null;
  /** Of `import a.b as c`. */
  as: string | null;
  line: number;
}

export interface Assign extends Place {
  target: string;
  /** null: only annotated. */
  value: Expression | null;
  annotation: string | null;
  line: number;
}

export interface Class {
  name: string;
  bases: string[];
  line: number;
}

export interface Function extends Place {
  name: string;
  /** Those that a caller has to give. */
  required: string[];
  parameters: string[];
  /** Values of those that a caller need not give. */
  defaults: Record<string, Expression>;
  /** The annotation of what it returns. */
  returnType: string | null;
  returns: Expression[];
  line: number;
}

export function parseModule(file: string, source: string): PythonModule {
  const text = textOf(source);
  const found: PythonModule = { file, imports: [], assigns: [], classes: [], functions: [], calls: [] };
  const scopes: { name: string; to: number; owner: Function | null }[] = [];
  const mains: number[] = [];
  parsed(parser, source)?.iterate({
    enter: (ref) => {
      while ((scopes.at(-1)?.to ?? Infinity) <= ref.from) scopes.pop();
      while ((mains.at(-1) ?? Infinity) <= ref.from) mains.pop();
      const place = { scope: scopes.map(({ name }) => name).join("."), main: mains.length > 0 };
      const owner = scopes.at(-1)?.owner ?? null;
      visit(ref, { text, found, place, owner, scopes, mains });
    },
  });
  return found;
}

interface Visit {
  text: Text;
  found: PythonModule;
  place: Place;
  owner: Function | null;
  scopes: { name: string; to: number; owner: Function | null }[];
  mains: number[];
}

function visit(ref: SyntaxNodeRef, { text, found, place, owner, scopes, mains }: Visit): void {
  switch (ref.name) {
    case "ImportStatement":
      found.imports.push(...importsOf(ref.node, text));
      return;
    case "IfStatement":
      if (
        /^if\s+\(?\s*(__name__\s*==\s*["']__main__|["']__main__["']\s*==\s*__name__)/.test(
          text.slice({ from: ref.from, to: ref.from + 60 }),
        )
      )
        mains.push(ref.to);
      return;
    case "ClassDefinition": {
      const name = text.slice(ref.node.getChild("VariableName") ?? ref);
      const bases = argumentsOf(ref.node.getChild("ArgList"), text).args.flatMap((base) =>
        base.kind === "name" ? [base.name] : [],
      );
      found.classes.push({ name, bases, line: text.line(ref.from) });
      scopes.push({ name, to: ref.to, owner: null });
      return;
    }
    case "FunctionDefinition": {
      const made = functionOf(ref.node, place, text);
      found.functions.push(made);
      scopes.push({ name: made.name, to: ref.to, owner: made });
      return;
    }
    case "AssignStatement":
      found.assigns.push(...assignsOf(ref.node, place, text));
      return;
    case "ReturnStatement":
      owner?.returns.push(expressionOf(parts(ref.node)[0] ?? null, text));
      return;
    case "CallExpression":
      if (isAskedFor(found, ref.node, text)) addCall(found, callOf(ref.node, text), place);
      return;
    case "Decorator":
      addCall(found, decoratorOf(ref.node, text), place);
  }
}

function addCall(found: PythonModule, call: Expression, place: Place): void {
  if (call.kind === "call") found.calls.push({ ...call, ...place });
}

/** Of the hundreds of calls in a file only these are looked into. */
const ASKED_FOR =
  /^(run|serve|run_simple|run_app|run_server|WSGIServer|make_server|server|Config|TCPSite|listen|bind|define|add_argument|option|add_api_route|add_url_rule|mount|Popen|call|check_call|system)$/;

function isAskedFor(found: PythonModule, node: SyntaxNode, text: Text): boolean {
  const callee = node.firstChild;
  const name = callee?.name === "MemberExpression" ? callee.lastChild : callee;
  return name !== null && (ASKED_FOR.test(text.slice(name)) || fromServer(found, text.slice(name)));
}

/** `from uvicorn import run`, under whatever name. */
export const fromServer = ({ imports }: PythonModule, name: string): boolean =>
  imports.some(
    ({ module: from, names }) =>
      /^(uvicorn|hypercorn|waitress|granian)/.test(from) && names?.some(({ as }) => as === name),
  );

function importsOf(node: SyntaxNode, text: Text): Import[] {
  const line = text.line(node.from);
  const from = /^from\s*([.\s]*)([\w.\s]*?)\s*import\s+([^]*)$/.exec(text.slice(node));
  if (from) {
    const [, dots = "", module = "", names = ""] = from;
    return [
      {
        module: module.replaceAll(/\s/g, ""),
        level: dots.replaceAll(/\s/g, "").length,
        names: listOf(names.replaceAll(/[()]/g, "")),
        as: null,
        line,
      },
    ];
  }
  const plain = /^import\s+([^]*)$/.exec(text.slice(node))?.[1] ?? "";
  return listOf(plain).map(({ name, as }) => ({
    module: name,
    level: 0,
    names: null,
    as: as === name ? null : as,
    line,
  }));
}

/** `a, b as c` */
function listOf(names: string): { name: string; as: string }[] {
  return names
    .replaceAll(/#.*$/gm, "")
    .split(",")
    .map((one) => one.trim().split(/\s+as\s+/))
    .flatMap(([name = "", as = name]) => (name === "" ? [] : [{ name, as }]));
}

function functionOf(node: SyntaxNode, place: Place, text: Text): Function {
  const { required, parameters, defaults } = parametersOf(node.getChild("ParamList"), text);
  const annotation = node.getChild("TypeDef");
  return {
    name: text.slice(node.getChild("VariableName") ?? node),
    required,
    parameters,
    defaults,
    returnType: annotation
      ? text
          .slice(annotation)
          .replace(/^->\s*/, "")
          .replaceAll(/["']/g, "")
      : null,
    returns: [],
    line: text.line(node.from),
    ...place,
  };
}

function parametersOf(list: SyntaxNode | null, text: Text): Pick<Function, "required" | "parameters" | "defaults"> {
  const required: string[] = [];
  const parameters: string[] = [];
  const defaults = Object.create(null) as Function["defaults"];
  let starred = false;
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (child.name === "*" || child.name === "**") starred = true;
    else if (child.name === ",") starred = false;
    else if (child.name === "VariableName" && child.prevSibling?.name !== "AssignOp") {
      const name = text.slice(child);
      const next = child.nextSibling?.name === "TypeDef" ? child.nextSibling.nextSibling : child.nextSibling;
      if (next?.name === "AssignOp") defaults[name] = expressionOf(next.nextSibling, text);
      else if (!starred) required.push(name);
      parameters.push(name);
    }
  }
  return { required, parameters, defaults };
}

function assignsOf(node: SyntaxNode, place: Place, text: Text): Assign[] {
  const children = parts(node);
  const operators = node.getChildren("AssignOp");
  const annotation = node.getChild("TypeDef");
  const last = operators.at(-1);
  const targets = children.filter((child) => !last || child.to <= last.from);
  const values = last ? children.filter((child) => child.from >= last.to) : [];
  const common = {
    ...place,
    annotation: annotation ? text.slice(annotation).replace(/^:\s*/, "") : null,
    line: text.line(node.from),
  };
  return targets.flatMap((target, index) => {
    const name = nameOf(target, text);
    if (name === null) return [];
    const value = values.length > 1 ? values[index] : values[0];
    return [{ target: name, value: value ? expressionOf(value, text) : null, ...common }];
  });
}

function decoratorOf(node: SyntaxNode, text: Text): Expression {
  const callee = text
    .slice(node)
    .slice(1)
    .replace(/\([^]*$/, "")
    .trim();
  const list = node.getChild("ArgList");
  if (!/^[\w.]+$/.test(callee)) return { kind: "unknown" };
  return { kind: "call", callee, line: text.line(node.from), ...argumentsOf(list, text) };
}
