import type { Diagnostic, Evidence } from "../../diagnostics/diagnostic.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { Claim } from "./types.ts";

type Held = Claim & { is: "session"; diagnostic: Diagnostic };

/** The diagnostics of these claims: one cause, one block. Another session with several of the ports is one cause. */
export function together(claims: readonly Claim[]): Diagnostic[] {
  const blocks = new Map<string, Held[]>();
  const alone: Diagnostic[] = [];
  for (const claim of claims) {
    if (claim.is === "session" && claim.record !== null && claim.diagnostic !== null) {
      const { root } = claim.record;
      blocks.set(root, [...(blocks.get(root) ?? []), { ...claim, diagnostic: claim.diagnostic }]);
    } else if (claim.diagnostic) alone.push(claim.diagnostic);
  }
  return [...[...blocks.values()].map(block), ...alone];
}

function block(claims: readonly Held[]): Diagnostic {
  const [{ diagnostic: first }] = claims as [Held];
  if (claims.length === 1) return first;
  const ports = joinWithAnd(claims.map(({ port }) => port));
  const session = first.evidence.filter(([label]) => label === "session");
  return {
    ...first,
    summary: first.summary.replace(/^Port \d+ is/, `Ports ${ports} are`),
    evidence: [
      ["apps", claims.map(({ app, port }) => `${app} (${port})`).join(", ")],
      ...session,
      ...claims.map(({ port, holders }): Evidence => [`port ${port}`, whatHolds(holders)]),
    ],
  };
}

const COMMAND_LENGTH = 80;

const whatHolds = (holders: Held["holders"]): string =>
  holders.length === 0
    ? "claimed, and not listened on yet"
    : holders
        .map(({ identity, description }) => `pid ${identity.pid}  ${description.command.slice(0, COMMAND_LENGTH)}`)
        .join(", ");
