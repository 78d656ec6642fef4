/**
 * Puts `npx devpm dev` where a text says `devpm dev`: the words that a user can paste. Every message is written with a
 * bare `devpm`, wherever it is created; the code that prints it calls this.
 */
export type AsTyped = (text: string) => string;

export interface Invocation {
  /** What runs this devpm in the user's folder: `devpm`, `npx devpm`, `pnpm exec devpm`. Called once, when needed. */
  program: () => string;
  /** Flags that selected the project (`-C sub`), quoted; empty where the folder does. */
  place: string;
}

/** `devpm` followed by one of these is a command; "devpm never …" is prose. */
export const COMMANDS = [
  ...["dev", "down", "logs", "status", "restart", "wait", "list", "infra", "render", "init", "doctor", "explain"],
  ...["completion", "attach", "run", "start", "stop", "errors", "request", "requests", "ui", "mcp", "agent"],
  ...["explain-env", "help"],
] as const;

const CALL = new RegExp(
  `(?<![\\w./-]|npx |exec |yarn |bunx |dlx )devpm (?=-C |--|(?:${COMMANDS.join("|")})(?![\\w-]))`,
  "g",
);

export function createAsTyped({ program, place }: Invocation): AsTyped {
  return (text) =>
    text.replaceAll(CALL, (found, at: number) => {
      // a command that names its own folder is about another project
      const elsewhere = text.startsWith("-C ", at + found.length);
      return `${program()} ${place === "" || elsewhere ? "" : `${place} `}`;
    });
}
