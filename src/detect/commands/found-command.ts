import path from "node:path";
import type { EvidencePlace } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Meant, meantBy } from "./intent.ts";
import { commandsIn } from "./shell.ts";
import { parallelOf } from "./unwrap.ts";

/** A command that is written somewhere in the repository. */
export interface FoundCommand extends Meant {
  /** As it is written, wrappers included. */
  words: string[];
  /** Where it runs, the likeliest first; relative to the root. */
  folders: string[];
  file: string;
  line: number;
  source: Source;
  /** What it is for, where its name or place shows it. */
  stage: "dev" | "prod" | "test" | "any";
  /** The script, target or process it belongs to. */
  name: string | null;
}

export type Source =
  | "readme"
  | "makefile"
  | "package"
  | "procfile"
  | "shell"
  | "ide"
  | "docker"
  | "compose"
  | "ci"
  | "python"
  | "devcontainer";

export interface Written {
  text: string;
  /** The folder in which it starts. */
  folder: string;
  file: string;
  /** Of its first line. */
  line: number;
  source: Source;
  name?: string | null;
  stage?: FoundCommand["stage"];
  variables?: Readonly<Record<string, string>>;
  /** Set for the command by what starts it: a container, a run configuration. */
  env?: Readonly<Record<string, string>>;
}

/** A command as evidence: where it is, and its words. */
export const evidenceOf = ({ file, line, words }: Pick<FoundCommand, "file" | "line" | "words">): EvidencePlace => ({
  file,
  line,
  says: words.join(" "),
});

/** The commands of a written script, each with the folder it runs in. */
export function interpret(repository: Repository, written: Written, depth = 0): FoundCommand[] {
  const { text, folder, file, line, source, name = null, variables = {} } = written;
  const stage = written.stage ?? stageOf(name ?? "", file);
  return commandsIn(text.slice(0, 50_000), { ...written.env, ...variables }).flatMap((command): FoundCommand[] => {
    const at = { ...written, line: line + command.line };
    const inner = depth < 3 ? parallelOf(command.words) : null;
    const folders = resolveFolders(repository, folder, command.cds);
    if (inner)
      return inner.flatMap((one) =>
        interpret(repository, { ...at, text: one, folder: folders[0] ?? folder }, depth + 1),
      );
    const meant = meantBy(command.words);
    return [
      {
        ...meant,
        env: { ...written.env, ...command.env, ...meant.env },
        words: command.words,
        folders: resolveFolders(repository, folder, [...command.cds, ...meant.cds]),
        file,
        line: at.line,
        source,
        stage,
        name,
      },
    ];
  });
}

function stageOf(name: string, file: string): FoundCommand["stage"] {
  const text = `${name} ${path.posix.basename(file)}`;
  if (/(\b|_)test|e2e|\bci\b|lint|check|bench/i.test(text)) return "test";
  if (/prod|deploy|staging|release|preview|\bbuild|entrypoint|docker|container|azure|\baws|heroku|cloud/i.test(text))
    return "prod";
  return /dev|local|start|serve|run|up\b|watch/i.test(text) ? "dev" : "any";
}

/**
 * The folder after each `cd`: they are written for a reader who knows the folder, so one that does not exist is tried
 * from the script's own folder and from the root before it is dropped.
 */
export function resolveFolders(repository: Repository, folder: string, cds: readonly string[]): string[] {
  let at = folder;
  for (const cd of cds) at = enter(repository, at, folder, cd);
  return [...new Set([at, folder, "."])];
}

const SELF =
  /^["']?(\$\(\s*(cd|dirname)\b.*\)|\$\{?(BASH_SOURCE|SCRIPT_DIR|ROOT|PROJECT_ROOT|PROJECT_DIR|workspaceFolder|PWD|ROOT_DIR|REPO_ROOT|here|DIR|BASE_DIR)\S*?\}?|%~dp0|\$PSScriptRoot|\$0)["']?/i;

function enter(repository: Repository, at: string, base: string, typed: string): string {
  // C:/work/shop/api, as it is on the machine of whoever wrote it
  const cd = typed.replace(/^[A-Za-z]:(?=\/)/, "");
  const own = SELF.test(cd);
  const target = cd.replace(SELF, "").replaceAll("\\", "/").replace(/^\/+/, "").replace(/\/+$/, "") || ".";
  if (cd === "-" || cd === "~") return base;
  const from = own ? [base, "."] : cd.startsWith("/") ? tails(target) : [at, base, "."];
  for (const start of from) {
    const folder = path.posix.normalize(path.posix.join(start, own || !cd.startsWith("/") ? target : ""));
    if (!folder.startsWith("..") && repository.hasFolder(folder)) return folder.replace(/\/$/, "");
  }
  // `cd repository-name`, right after it was cloned
  return at;
}

/** Of `/app/backend` in a container: `app/backend`, `backend`. */
function tails(folder: string): string[] {
  const names = folder.split("/");
  return names.map((_, index) => names.slice(index).join("/"));
}
