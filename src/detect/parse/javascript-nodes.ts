import type { SyntaxNode } from "@lezer/common";

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

/** The children that are expressions. */
export const expressions = (node: SyntaxNode | null): SyntaxNode[] =>
  node
    ? children(node).filter(
        ({ name }) =>
          name === "null" ||
          (/^[A-Z]/.test(name) &&
            !/^(LogicOp|ArithOp|CompareOp|BitOp|Equals|Arrow|LineComment|BlockComment|TypeName|Interpolation(Start|End)|VariableDefinition)$/.test(
              name,
            )),
      )
    : [];
