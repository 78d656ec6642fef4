import path from "node:path";
import type { Files } from "../system/files/files.ts";
import type { Command } from "../model/project.ts";

/**
 * Where the tools of a folder write what they build, absolute: a build at start must not count as a save, or each start
 * would cause the next.
 */
export async function buildOutputs(cwd: string, command: Command, files: Files): Promise<string[]> {
  const names = await files.list(cwd);
  const has = (name: string): boolean => names.includes(name);
  const folders = [
    ...(has("Cargo.toml") || has("pom.xml") ? ["target"] : []),
    ...(has("go.mod") || names.some((name) => /\.(cs|fs)proj$/.test(name)) ? ["bin"] : []),
    ...(names.some((name) => /\.(cs|fs)proj$/.test(name)) ? ["obj"] : []),
    ...(names.some((name) => name.startsWith("build.gradle")) ? ["build"] : []),
    ...(await byTypeScript(cwd, names, files)),
    ...namedOutputs(command),
  ];
  return [...new Set(folders.map((folder) => path.resolve(cwd, folder)))].filter((folder) => folder !== cwd);
}

/** `outDir` and the like of each tsconfig; their comments make them invalid JSON. */
async function byTypeScript(cwd: string, names: readonly string[], files: Files): Promise<string[]> {
  const configs = names.filter((name) => /^tsconfig[\w.-]*\.json$/.test(name));
  const texts = await Promise.all(configs.map((name) => files.read(path.join(cwd, name))));
  return texts.flatMap((text, at) => {
    const written = /^\s*\/\/.*$/gm;
    const named = (text ?? "")
      .replaceAll(written, "")
      .matchAll(/"(?:outDir|declarationDir|tsBuildInfoFile)"\s*:\s*"([^"]+)"/g);
    return [...[...named].map(([, to = ""]) => to), (configs[at] ?? "").replace(/\.json$/, ".tsbuildinfo")];
  });
}

/** `go build -o bin/server .`, `gcc main.c -o app`, `esbuild --outdir=dist`. */
function namedOutputs(command: Command): string[] {
  const line = command.shell ? command.line : command.argv.join(" ");
  const named = line.matchAll(/(?:^|\s)(?:-o|--out-?(?:dir|file|put))(?:\s+|=)["']?([^\s"';&|]+)/gi);
  return [...named].flatMap(([, to = ""]) => (/\bgo build\b/.test(line) ? byGo(to) : [to]));
}

/** Go makes the folder too, and a file beside what it builds. */
function byGo(to: string): string[] {
  const folder = path.dirname(to);
  return folder === "." ? [to, `${to}-go-tmp-umask`] : [folder];
}
