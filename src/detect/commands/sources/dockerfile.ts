import path from "node:path";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";
import { expand } from "../shell.ts";

/** The content of a Dockerfile: what its image is built on and what it runs. */
export interface Dockerfile {
  file: string;
  /** The image of its last stage, resolved through the stages before it. */
  base: string | null;
  /** The images of all its stages, as they are written. */
  images: string[];
  command: { text: string; line: number } | null;
  ports: number[];
  env: Record<string, string>;
  /** The path that a health check asks. */
  healthPath: string | null;
}

export const isDockerfile = (file: string): boolean =>
  /(^|\/)([\w.-]*\.)?(Dockerfile|Containerfile)[\w.-]*$/i.test(file) && !/\.(md|sh|dockerignore|py|ya?ml)$/.test(file);

export function readDockerfile(file: string, text: string): Dockerfile {
  const stages = new Map<string, Pick<Dockerfile, "base" | "env">>();
  const found: Dockerfile = { file, base: null, images: [], command: null, ports: [], env: {}, healthPath: null };
  let entry: { text: string; line: number } | null = null;
  const args: Record<string, string> = {};
  for (const { instruction, rest, line } of instructions(text)) {
    if (instruction === "FROM") {
      const [, written = "", alias] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
      const image = expand(written, args);
      const { base, env } = stages.get(image.toLowerCase()) ?? { base: image, env: {} };
      found.base = base;
      found.images.push(image);
      found.env = { ...env };
      if (alias !== undefined) stages.set(alias.toLowerCase(), { base, env: found.env });
      found.command = null;
      entry = null;
    }
    if (instruction === "ARG") Object.assign(args, variablesIn(rest));
    if (instruction === "ENV") Object.assign(found.env, variablesIn(rest));
    if (instruction === "CMD") found.command = { text: shellForm(rest), line };
    if (instruction === "ENTRYPOINT") entry = { text: shellForm(rest), line };
    if (instruction === "EXPOSE")
      found.ports.push(
        ...rest
          .split(/\s+/)
          .map((port) => Number.parseInt(port, 10))
          .filter((port) => port > 0),
      );
    if (instruction === "HEALTHCHECK") found.healthPath = healthPath(rest);
  }
  if (entry !== null)
    found.command = { text: `${entry.text} ${found.command?.text ?? ""}`, line: (entry as { line: number }).line };
  return found;
}

/** `NAME=value OTHER="value"`, or the old form `NAME value`. */
function variablesIn(rest: string): Record<string, string> {
  const old = /^([A-Za-z_]\w*)\s+([^=]*)$/.exec(rest);
  const pairs = old
    ? [[old[1] ?? "", old[2] ?? ""] as const]
    : [...rest.matchAll(/\b([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)/g)].map(
        ([, name = "", value = ""]) => [name, value] as const,
      );
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.trim().replaceAll(/^["']|["']$/g, "")]));
}

/** The path of the URL that a health check asks on its own machine. */
export const healthPath = (check: string): string | null =>
  /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::[\w${}:-]+)?(\/[\w./-]*)/.exec(check)?.[1] ?? null;

function* instructions(text: string): Generator<{ instruction: string; rest: string; line: number }> {
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const first = at;
    let line = lines[at] ?? "";
    while (/\\\s*$/.test(line) && at + 1 < lines.length) line = `${line.replace(/\\\s*$/, "")} ${lines[++at] ?? ""}`;
    const found = /^\s*([A-Za-z]+)\s+([^]*)$/.exec(line);
    if (found) yield { instruction: (found[1] ?? "").toUpperCase(), rest: (found[2] ?? "").trim(), line: first + 1 };
  }
}

/** `["a", "b"]` as a line of a shell. */
function shellForm(rest: string): string {
  if (!rest.startsWith("[")) return rest;
  try {
    const words = JSON.parse(rest) as unknown[];
    return words
      .map((word) => (/^[\w./:=@,-]+$/.test(String(word)) ? String(word) : `'${String(word).replaceAll("'", "")}'`))
      .join(" ");
  } catch {
    return "";
  }
}

export function dockerfileCommands(repository: Repository): Written[] {
  return repository.files.filter(isDockerfile).flatMap((file): Written[] => {
    const text = repository.text(file);
    const { command, env } = readDockerfile(file, text ?? "");
    if (!command) return [];
    return [
      {
        text: command.text,
        folder: contextOf(repository, file),
        file,
        line: command.line,
        source: "docker",
        stage: /dev/i.test(path.posix.basename(file)) ? "dev" : "prod",
        env,
      },
    ];
  });
}

/** The folder that a Dockerfile is about: its own, or the one beside it that it is named after. */
function contextOf(repository: Repository, file: string): string {
  const folder = path.posix.dirname(file);
  if (!/(^|\/)\.?docker(files?)?(\/|$)/i.test(folder)) return folder;
  const named = [path.posix.basename(folder), ...path.posix.basename(file).split(".")].find(
    (name) => repository.hasFolder(name) && !/^\.?docker/i.test(name),
  );
  return named ?? folder.replace(/(^|\/)\.?docker(files?)?(\/.*)?$/i, "").replace(/^$/, ".");
}
