/**
 * Puts `npx devpm dev` where a text says `devpm dev`: the words a person can paste here. Every message is written with a
 * bare `devpm`, wherever it is made; what prints it calls this.
 */
export type AsTyped = (text: string) => string;

export interface Call {
  /** What runs this devpm in the person's folder: `devpm`, `npx devpm`, `pnpm exec devpm`. Asked for once, when needed. */
  program: () => string;
  /** Flags that chose the project (`-C sub`), quoted; empty where the folder does. */
  place: string;
}

/** Of `devpm` followed by one of these a person would type; "devpm never …" is prose. */
export const COMMANDS = [
  ...["dev", "down", "logs", "status", "restart", "wait", "list", "infra", "render", "init", "doctor", "explain"],
  ...["completion", "attach", "run", "start", "stop", "errors", "request", "requests", "ui", "mcp", "agent"],
  ...["explain-env", "help"],
] as const;

const CALL = new RegExp(
  `(?<![\\w./-]|npx |exec |yarn |bunx |dlx )devpm (?=-C |--|(?:${COMMANDS.join("|")})(?![\\w-]))`,
  "g",
);

export function createAsTyped({ program, place }: Call): AsTyped {
  return (text) =>
    text.replaceAll(CALL, (found, at: number) => {
      // a command that names its own folder is about another project
      const elsewhere = text.startsWith("-C ", at + found.length);
      return `${program()} ${place === "" || elsewhere ? "" : `${place} `}`;
    });
}
