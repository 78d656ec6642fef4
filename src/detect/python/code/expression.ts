import type { SyntaxNode } from "@lezer/common";
import { type Text, unquoted } from "../../parse/text.ts";

/** A Python expression, as far as a rule can make something of it without running it. */
export type Expression =
  | { kind: "string"; value: string }
  | { kind: "number"; value: number }
  | { kind: "boolean"; value: boolean }
  | { kind: "none" }
  /** A name or a dotted path of names. */
  | { kind: "name"; name: string }
  | Call
  /** `a["b"]`; also `a["b"].get("c", d)`, an item of `a["b"]` with a value for where it is missing. */
  | { kind: "item"; of: string; inner: Expression; key: string; fallback: Expression | null }
  /** `a or b` */
  | { kind: "or"; sides: Expression[] }
  | { kind: "conditional"; met: Expression; otherwise: Expression }
  | { kind: "list"; items: Expression[] }
  | { kind: "dict"; entries: Entries }
  /** `f"{host}:{port}"`: its texts and what is put between them. */
  | { kind: "format"; pieces: Expression[] }
  | { kind: "unknown" };

export type Entries = Readonly<Record<string, Expression>>;

export interface Call {
  kind: "call";
  /** `FastAPI`, `uvicorn.run`, `create_app().run`. */
  callee: string;
  args: Expression[];
  named: Entries;
  /** `**options` */
  spread: Expression[];
  line: number;
}

const UNKNOWN: Expression = { kind: "unknown" };
/** Deeper expressions hold nothing that a rule asks for, and a hostile file may nest without end. */
const DEPTH = 10;
const ITEMS = 20;

export function expressionOf(node: SyntaxNode | null, text: Text, depth = 0): Expression {
  if (!node || depth > DEPTH) return UNKNOWN;
  const inner = (child: SyntaxNode | null): Expression => expressionOf(child, text, depth + 1);
  switch (node.name) {
    case "String":
      return { kind: "string", value: unquoted(text.slice(node)) };
    case "ContinuedString":
      return joined(parts(node).map(inner));
    case "Number":
      return numberOf(text.slice(node));
    case "Boolean":
      return { kind: "boolean", value: text.slice(node) === "True" };
    case "None":
      return { kind: "none" };
    case "VariableName":
      return { kind: "name", name: text.slice(node) };
    case "MemberExpression":
      return memberOf(node, text, depth);
    case "CallExpression":
      return callOf(node, text, depth);
    case "ParenthesizedExpression":
    case "LambdaExpression":
    case "NamedExpression":
    case "AwaitExpression":
      return inner(parts(node).at(-1) ?? null);
    case "ConditionalExpression": {
      const [met, , otherwise] = parts(node);
      return { kind: "conditional", met: inner(met ?? null), otherwise: inner(otherwise ?? null) };
    }
    case "BinaryExpression":
      return node.getChild("or") ? { kind: "or", sides: parts(node).map(inner) } : UNKNOWN;
    case "ArrayExpression":
    case "TupleExpression":
      return { kind: "list", items: parts(node).slice(0, ITEMS).map(inner) };
    case "DictionaryExpression":
      return { kind: "dict", entries: entriesOf(node, text, depth) };
    case "FormatString":
      return { kind: "format", pieces: piecesOf(node, text, depth) };
    default:
      return UNKNOWN;
  }
}

/** The children that are expressions: no punctuation, no keywords. */
export function parts(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (
      /^[A-Z]/.test(child.name) &&
      !/^(AssignOp|ArithOp|CompareOp|BitOp|LogicOp|Comment|TypeDef|At)$/.test(child.name)
    )
      found.push(child);
  }
  return found;
}

function joined(sides: readonly Expression[]): Expression {
  if (!sides.every((side) => side.kind === "string")) return UNKNOWN;
  return { kind: "string", value: sides.map(({ value }) => value).join("") };
}

function numberOf(written: string): Expression {
  const value = Number(written.replaceAll("_", ""));
  return Number.isNaN(value) ? UNKNOWN : { kind: "number", value };
}

function memberOf(node: SyntaxNode, text: Text, depth: number): Expression {
  const [of, key] = parts(node);
  if (node.getChild("[") && of && key) {
    return key.name === "String" ? itemOf(of, unquoted(text.slice(key)), null, text, depth) : UNKNOWN;
  }
  const name = nameOf(node, text);
  return name === null ? UNKNOWN : { kind: "name", name };
}

const itemOf = (of: SyntaxNode, key: string, fallback: Expression | null, text: Text, depth: number): Expression => ({
  kind: "item",
  of: text.slice(of),
  inner: expressionOf(of, text, depth + 1),
  key,
  fallback,
});

function entriesOf(node: SyntaxNode, text: Text, depth: number): Entries {
  const found = Object.create(null) as Record<string, Expression>;
  for (const key of node.getChildren("String").slice(0, 2 * ITEMS)) {
    if (key.nextSibling?.name === ":")
      found[unquoted(text.slice(key))] = expressionOf(key.nextSibling.nextSibling, text, depth + 1);
  }
  return found;
}

function piecesOf(node: SyntaxNode, text: Text, depth: number): Expression[] {
  const pieces: Expression[] = [];
  const quote = /^\w*("""|'''|"|')/.exec(text.slice(node));
  let at = node.from + (quote?.[0].length ?? 0);
  const add = (to: number): unknown => pieces.push({ kind: "string", value: text.slice({ from: at, to }) });
  for (const replaced of node.getChildren("FormatReplacement").slice(0, ITEMS)) {
    add(replaced.from);
    pieces.push(expressionOf(parts(replaced)[0] ?? null, text, depth + 1));
    at = replaced.to;
  }
  add(node.to - (quote?.[1]?.length ?? 0));
  return pieces;
}

/** `a.b.c`; a call in it is written `a().b`. */
export function nameOf(node: SyntaxNode | null, text: Text): string | null {
  if (!node) return null;
  const names: string[] = [];
  let at: SyntaxNode | null = node;
  for (let depth = 0; at && depth < 12; depth++) {
    if (at.name === "VariableName") return [text.slice(at), ...names].join(".");
    if (at.name === "CallExpression") {
      const callee = nameOf(at.firstChild, text);
      return callee === null ? null : [`${callee}()`, ...names].join(".");
    }
    const property: SyntaxNode | null = at.name === "MemberExpression" ? at.getChild("PropertyName") : null;
    if (!property) return null;
    names.unshift(text.slice(property));
    at = at.firstChild;
  }
  return null;
}

export function callOf(node: SyntaxNode, text: Text, depth = 0): Expression {
  const callee = nameOf(node.firstChild, text);
  const given = argumentsOf(node.getChild("ArgList"), text, depth);
  const taken = takenOf(node.firstChild, given, text, depth);
  if (taken) return taken;
  return callee === null ? UNKNOWN : { kind: "call", callee, line: text.line(node.from), ...given };
}

/** `config["server"].get("port", 8000)`, `load().get("server", {}).get("port")`. */
function takenOf(
  callee: SyntaxNode | null,
  { args: [key, fallback] }: Pick<Call, "args">,
  text: Text,
  depth: number,
): Expression | null {
  const of = callee?.name === "MemberExpression" ? callee.firstChild : null;
  const property = callee?.getChild("PropertyName");
  if (!of || !property || text.slice(property) !== "get" || key?.kind !== "string") return null;
  const isItem = of.name === "CallExpression" || (of.name === "MemberExpression" && of.getChild("[") !== null);
  return isItem ? itemOf(of, key.value, fallback ?? null, text, depth) : null;
}

export function argumentsOf(list: SyntaxNode | null, text: Text, depth = 0): Pick<Call, "args" | "named" | "spread"> {
  const args: Expression[] = [];
  const spread: Expression[] = [];
  const named: Record<string, Expression> = Object.create(null) as Record<string, Expression>;
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (!/^[A-Z]/.test(child.name) || child.name === "AssignOp" || child.name === "Comment") continue;
    const operator = child.nextSibling;
    if (child.name === "VariableName" && operator?.name === "AssignOp") {
      named[text.slice(child)] = expressionOf(operator.nextSibling, text, depth + 1);
      child = operator.nextSibling ?? operator;
    } else (child.prevSibling?.name === "**" ? spread : args).push(expressionOf(child, text, depth + 1));
  }
  return { args, named, spread };
}
