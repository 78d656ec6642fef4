import type { SyntaxNode } from "@lezer/common";
import { type Text, unquoted } from "../parse/text.ts";

/** A Python expression, as far as a rule can make something of it without running it. */
export type Expression =
  | { kind: "string"; value: string }
  | { kind: "number"; value: number }
  | { kind: "boolean"; value: boolean }
  | { kind: "none" }
  /** A name or a dotted path of names. */
  | { kind: "name"; name: string }
  | Call
  /** `a["b"]` */
  | { kind: "item"; of: string; key: string }
  /** `a or b` */
  | { kind: "or"; sides: Expression[] }
  | { kind: "conditional"; met: Expression; otherwise: Expression }
  | { kind: "list"; items: Expression[] }
  | { kind: "unknown" };

export interface Call {
  kind: "call";
  /** `FastAPI`, `uvicorn.run`, `create_app().run`. */
  callee: string;
  args: Expression[];
  named: Readonly<Record<string, Expression>>;
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
      return memberOf(node, text);
    case "CallExpression":
      return callOf(node, text, depth);
    case "ParenthesizedExpression":
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

function memberOf(node: SyntaxNode, text: Text): Expression {
  const [of, key] = parts(node);
  if (node.getChild("[") && of && key) {
    return key.name === "String" ? { kind: "item", of: text.slice(of), key: unquoted(text.slice(key)) } : UNKNOWN;
  }
  const name = nameOf(node, text);
  return name === null ? UNKNOWN : { kind: "name", name };
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
  if (callee === null) return UNKNOWN;
  return { kind: "call", callee, line: text.line(node.from), ...argumentsOf(node.getChild("ArgList"), text, depth) };
}

export function argumentsOf(list: SyntaxNode | null, text: Text, depth = 0): Pick<Call, "args" | "named"> {
  const args: Expression[] = [];
  const named: Record<string, Expression> = Object.create(null) as Record<string, Expression>;
  for (let child = list?.firstChild ?? null; child; child = child.nextSibling) {
    if (!/^[A-Z]/.test(child.name) || child.name === "AssignOp" || child.name === "Comment") continue;
    const operator = child.nextSibling;
    if (child.name === "VariableName" && operator?.name === "AssignOp") {
      named[text.slice(child)] = expressionOf(operator.nextSibling, text, depth + 1);
      child = operator.nextSibling ?? operator;
    } else args.push(expressionOf(child, text, depth + 1));
  }
  return { args, named };
}
