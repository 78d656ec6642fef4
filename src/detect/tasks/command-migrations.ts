import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Context } from "../context.ts";
import type { DetectedApp, DetectedTask } from "../model.ts";
import { consoleScripts } from "../python/programs.ts";
import { shellQuote } from "../../util/shell-quote.ts";

/** Migrations of which no preset knows the command. */
type Migration = Pick<DetectedTask, "run" | "cwd" | "evidence">;

const LITESTARS = /\bdatabase upgrade\b/;

/** Whether a task does what a command does, however that is written. */
export const isSameMigration = ({ run = "" }: Pick<DetectedTask, "run">, words: string): boolean =>
  [LITESTARS, /\balembic\b.*\bupgrade\b/].some((one) => one.test(run) && one.test(words));

/** `litestar database upgrade`, or that of the project's own command line around it, where something names it. */
export function litestarMigration({ commands, files, backends }: Context, app: DetectedApp): Migration | null {
  // what is run so is any ASGI application
  const backend = backends.find(
    ({ cwd, framework }) => app.kind === "fastapi" && cwd === app.cwd && framework === "asgi",
  );
  if (!backend) return null;
  const own = consoleScripts(files, backend.home);
  for (const command of commands) {
    const words = upgradeWords(command);
    const [program = ""] = words;
    if (words.length === 0 || command.stage === "test" || (program !== "litestar" && !own.has(program))) continue;
    const at = words.indexOf("database");
    const place = program === "litestar" ? ["--app", `${backend.module}:${backend.object}`] : [];
    const rest = words.slice(at).filter((word) => word !== "--no-prompt");
    return {
      // it asks before it writes
      run: [program, ...place, ...rest, "--no-prompt"].map((word) => shellQuote(word)).join(" "),
      evidence: [evidenceOf(command)],
    };
  }
  return null;
}

const upgradeWords = ({ intent, source }: FoundCommand): string[] =>
  (intent.kind === "task" || intent.kind === "other") && source !== "ci" && LITESTARS.test(intent.words.join(" "))
    ? intent.words
    : [];

/** `migrations/alembic.ini` of an application that is not Flask's: its paths start where the app runs, or above it. */
export function alembicWithin({ repository }: Context, ini: string, app: DetectedApp): Migration {
  const folder = path.posix.dirname(ini);
  const written = /^script_location[ \t]*=[ \t]*(\S+)/m.exec(repository.text(ini) ?? "")?.[1] ?? "";
  const starts = [app.cwd, path.posix.dirname(folder), folder, "."].filter((one) => isAbove(one, folder));
  const cwd =
    (written.startsWith("%(here)s")
      ? starts[0]
      : starts.find((one) => repository.has(path.posix.join(one, written, "env.py")))) ?? path.posix.dirname(folder);
  const config = path.posix.relative(cwd, ini);
  return {
    run: `python -m alembic${config === "alembic.ini" ? "" : ` -c ${shellQuote(config)}`} upgrade head`,
    ...(cwd === app.cwd ? {} : { cwd }),
    evidence: [{ file: ini, line: 1, says: "alembic.ini" }],
  };
}

const isAbove = (outer: string, inner: string): boolean => outer === "." || `${inner}/`.startsWith(`${outer}/`);
