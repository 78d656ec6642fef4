import type { SyntaxNode } from "@lezer/common";
import { type Origin, originOf, wordPattern } from "./javascript-imports.ts";
import { children, expressions } from "./javascript-nodes.ts";
import {
  Callable,
  EnvironmentValue,
  type Plain,
  type PlainObject,
  asText,
  isCallable,
  isEnvironment,
  isObjectValue,
  merged,
  sum,
  toNumber,
  truthy,
  unary,
} from "./javascript-value.ts";
import { type Text, textOf, unquoted } from "./text.ts";

const STEPS = 20_000;
/** To look through so many counts as a step. */
const STATEMENTS = 50;
const DEPTH = 60;

/** What another file exports under a name, null its default; undefined where it is unknown. */
export type Exports = (specifier: string, name: string | null) => Plain;

/** Reads values out of a parsed file of JavaScript. Nothing is run. */
export class JavascriptReader {
  readonly #text: Text;
  readonly #source: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #root: SyntaxNode;
  readonly #exports: Exports;
  readonly #origins = new Map<string, Origin | null>();
  #steps = 0;

  constructor(source: string, root: SyntaxNode, env: Readonly<Record<string, string>>, exports: Exports) {
    this.#exports = exports;
    this.#source = source;
    this.#text = textOf(source);
    this.#env = env;
    this.#root = root;
  }

  /** `export default …`, `module.exports = …`, or the expression that the file is. */
  exported(): Plain {
    let last: Plain = undefined;
    for (const statement of children(this.#root)) {
      if (statement.name === "ExportDeclaration" && statement.getChild("default"))
        return this.#read(expressions(statement).at(-1) ?? null, 0);
      const only = statement.name === "ExpressionStatement" ? statement.firstChild : null;
      if (only?.name === "AssignmentExpression" && /^(module\.)?exports$/.test(this.#slice(only.firstChild)))
        return this.#read(only.lastChild, 0);
      if (only?.name === "ParenthesizedExpression") last = this.#read(only, 0);
    }
    return last;
  }

  /** `export const name = …`, or what the file makes of that name. */
  named(name: string): Plain {
    return this.#variable(name, this.#root.lastChild ?? this.#root, 0);
  }

  /** A config may be a function of the mode. */
  called(value: Plain): Plain {
    return isCallable(value) ? this.#return(value.node, 0) : value;
  }

  #slice(node: SyntaxNode | null): string {
    return node ? this.#text.slice(node) : "";
  }

  #read(node: SyntaxNode | null, depth: number): Plain {
    if (!node || depth > DEPTH || this.#steps++ > STEPS) return undefined;
    const inner = (child: SyntaxNode | null | undefined): Plain => this.#read(child ?? null, depth + 1);
    switch (node.name) {
      case "String":
        return unquoted(this.#slice(node));
      case "Number":
        return Number(this.#slice(node).replaceAll("_", ""));
      case "BooleanLiteral":
        return this.#slice(node) === "true";
      case "null":
        return null;
      case "TemplateString":
        return this.#template(node, depth);
      case "VariableName":
        return this.#variable(this.#slice(node), node, depth);
      case "MemberExpression":
        return this.#member(node, depth);
      case "CallExpression":
        return this.#call(node, depth);
      case "ObjectExpression":
        return this.#object(node, depth);
      case "ArrayExpression":
        return expressions(node).map((item) => this.#read(item, depth + 1));
      case "ArrowFunction":
      case "FunctionExpression":
      case "FunctionDeclaration":
        return new Callable(node);
      case "ParenthesizedExpression":
      case "AwaitExpression":
        return inner(expressions(node).at(-1));
      case "UnaryExpression":
        return unary(this.#slice(node.firstChild), inner(expressions(node).at(-1)));
      case "ConditionalExpression": {
        const [condition, then, otherwise] = expressions(node);
        return truthy(inner(condition)) ? inner(then) : inner(otherwise);
      }
      case "BinaryExpression":
        return this.#binary(node, depth);
      default:
        return undefined;
    }
  }

  #template(node: SyntaxNode, depth: number): Plain {
    let text = "";
    let at = node.from + 1;
    for (const hole of node.getChildren("Interpolation")) {
      text += this.#source.slice(at, hole.from);
      const value = this.#read(expressions(hole)[0] ?? null, depth + 1);
      text += typeof value === "string" || typeof value === "number" ? String(value) : "${}";
      at = hole.to;
    }
    return text + this.#source.slice(at, node.to - 1);
  }

  /** What the nearest declaration above gives it. */
  #variable(name: string, from: SyntaxNode, depth: number): Plain {
    for (let at = from.parent; at && this.#steps <= STEPS; at = at.parent) {
      if (at.name !== "Script" && at.name !== "Block") continue;
      const statements = children(at);
      this.#steps += Math.floor(statements.length / STATEMENTS);
      for (const statement of statements) {
        const declared = statement.name === "ExportDeclaration" ? statement.lastChild : statement;
        if (declared?.name === "FunctionDeclaration" && this.#slice(declared.getChild("VariableDefinition")) === name)
          return new Callable(declared);
        if (declared?.name !== "VariableDeclaration" || (declared.from >= from.from && at.name === "Block")) continue;
        const value = this.#declared(declared, name, depth);
        if (value !== NOT_HERE) return value;
      }
    }
    return this.#imported(name) ?? ASSUMED.get(name);
  }

  /** A value that another file of the project exports, read again each time: what is in many places counts as many steps. */
  #imported(name: string): Plain {
    const origin = this.#origins.get(name) ?? (this.#origins.has(name) ? null : originOf(name, this.#root, this.#text));
    this.#origins.set(name, origin);
    return origin ? this.#exports(origin.from, origin.name) : undefined;
  }

  #declared(declaration: SyntaxNode, name: string, depth: number): Plain | typeof NOT_HERE {
    for (let child = declaration.firstChild; child; child = child.nextSibling) {
      if (child.name === "VariableDefinition" && this.#slice(child) === name) {
        let value = child.nextSibling;
        while (value && value.name !== "Equals" && value.name !== ",") value = value.nextSibling;
        return value?.name === "Equals" ? this.#read(value.nextSibling, depth + 1) : undefined;
      }
      if (child.name === "ObjectPattern" && wordPattern(name).test(this.#slice(child))) {
        const of = this.#read(child.nextSibling?.nextSibling ?? null, depth + 1);
        return this.#property(of, name) ?? this.#defaultIn(child, name, depth);
      }
    }
    return NOT_HERE;
  }

  /** `const { PORT = 3000 } = process.env` */
  #defaultIn(pattern: SyntaxNode, name: string, depth: number): Plain {
    for (const property of pattern.getChildren("PatternProperty")) {
      if (this.#slice(property.firstChild) !== name && this.#slice(property.getChild("VariableDefinition")) !== name)
        continue;
      return property.getChild("Equals") ? this.#read(property.lastChild, depth + 1) : undefined;
    }
    return undefined;
  }

  #member(node: SyntaxNode, depth: number): Plain {
    const of = node.firstChild;
    if (/^(process\.env|import\.meta\.env|Bun\.env)$/.test(this.#slice(node))) return new EnvironmentValue();
    const key = node.getChild("PropertyName");
    const name = key ? this.#slice(key) : asText(this.#read(expressions(node).at(-1) ?? null, depth + 1));
    return name === undefined ? undefined : this.#property(this.#read(of, depth + 1), name);
  }

  #property(of: Plain, name: string): Plain {
    if (isEnvironment(of)) return this.#env[name] ?? ASSUMED_ENV[name];
    if (typeof of !== "object" || of === null || Array.isArray(of) || isCallable(of)) return undefined;
    return Object.hasOwn(of, name) ? of[name] : undefined;
  }

  #call(node: SyntaxNode, depth: number): Plain {
    const callee = this.#slice(node.firstChild);
    const args = (): Plain[] => expressions(node.getChild("ArgList")).map((one) => this.#read(one, depth + 1));
    if (/(^|\.)loadEnv$/.test(callee)) return new EnvironmentValue();
    if (callee === "require") return this.#exports(asText(args()[0]) ?? "", null);
    if (/^(Number\.)?parseInt$|^Number$|^(Number\.)?parseFloat$/.test(callee)) return toNumber(args()[0]);
    if (callee === "String") return asText(args()[0]);
    if (callee === "Boolean") return truthy(args()[0]);
    if (/^(mergeConfig|merge|webpackMerge)$/.test(callee)) return args().filter(isObjectValue).reduce(merged, {});
    const method = /\.(toString|trim|toLowerCase)$/.test(callee) ? node.firstChild?.firstChild : null;
    if (method) return asText(this.#read(method, depth + 1));
    const own = node.firstChild?.name === "VariableName" ? this.#variable(callee, node, depth) : undefined;
    if (isCallable(own)) return this.#return(own.node, depth + 1);
    // defineConfig(…), withPlugin(…)(…), wrapperEnv(env): what is passed on
    return args().find((value) => isObjectValue(value) || isCallable(value) || isEnvironment(value));
  }

  #return(callable: SyntaxNode, depth: number): Plain {
    const body = callable.lastChild;
    if (body?.name !== "Block") return this.#read(body, depth + 1);
    const found = this.#returned(body, depth + 1);
    return found === NOT_HERE ? undefined : found;
  }

  #returned(block: SyntaxNode, depth: number): Plain | typeof NOT_HERE {
    if (depth > DEPTH) return undefined;
    for (const statement of children(block)) {
      if (statement.name === "ReturnStatement") return this.#read(expressions(statement)[0] ?? null, depth);
      if (statement.name !== "IfStatement") continue;
      const [condition, then, otherwise] = children(statement).filter(({ name }) => name !== "if" && name !== "else");
      const taken = truthy(this.#read(condition ?? null, depth)) ? then : otherwise;
      const found =
        taken?.name === "ReturnStatement"
          ? this.#read(expressions(taken)[0] ?? null, depth)
          : taken
            ? this.#returned(taken, depth + 1)
            : NOT_HERE;
      if (found !== NOT_HERE) return found;
    }
    return NOT_HERE;
  }

  #object(node: SyntaxNode, depth: number): PlainObject {
    const made: PlainObject = Object.create(null) as PlainObject;
    for (const property of node.getChildren("Property")) {
      if (property.getChild("Spread")) {
        const more = this.#read(property.lastChild, depth + 1);
        if (isObjectValue(more)) Object.assign(made, more);
        continue;
      }
      const key = property.firstChild;
      const value = property.lastChild;
      const name =
        key?.name === "["
          ? asText(this.#read(key.nextSibling, depth + 1))
          : key
            ? unquoted(this.#slice(key))
            : undefined;
      if (name === undefined || !key || !value) continue;
      made[name] = key.from === value.from ? this.#variable(name, key, depth + 1) : this.#read(value, depth + 1);
    }
    return made;
  }

  #binary(node: SyntaxNode, depth: number): Plain {
    const [left, right] = expressions(node);
    const operator = children(node).find(({ name }) => /^(LogicOp|CompareOp|ArithOp|satisfies|as)$/.test(name));
    const first = this.#read(left ?? null, depth + 1);
    const second = (): Plain => this.#read(right ?? null, depth + 1);
    switch (this.#slice(operator ?? null)) {
      case "||":
        return truthy(first) ? first : second();
      case "??":
        return first ?? second();
      case "&&":
        return truthy(first) ? second() : first;
      case "===":
      case "==":
        return first === second();
      case "!==":
      case "!=":
        return first !== second();
      case "+":
        return sum(first, second());
      case "satisfies":
      case "as":
      case "":
        return first;
      default:
        return undefined;
    }
  }
}

const NOT_HERE = Symbol("declared elsewhere");

/** What a config function is called with, and what a dev server's own process has. */
const ASSUMED = new Map<string, Plain>([
  ["mode", "development"],
  ["command", "serve"],
  ["isDev", true],
  ["dev", true],
]);
const ASSUMED_ENV: Readonly<Record<string, string>> = { NODE_ENV: "development" };
