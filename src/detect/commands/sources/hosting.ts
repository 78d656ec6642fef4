import path from "node:path";
import { at, isData, json, textAt, textsOf, toml, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** What a hoster or a supervisor starts: as good as the command of an image. */
export function hostedCommands(repository: Repository): Written[] {
  return repository.files.flatMap((file): Written[] => {
    const name = path.posix.basename(file);
    const text = repository.text(file);
    if (text === null) return [];
    const found = startsIn(repository, file, name, text);
    return found.map(({ command, folder }) => ({
      text: command,
      folder: path.posix.join(path.posix.dirname(file), folder ?? "."),
      file,
      line: lineWhere(text, command.split("\n")[0] ?? ""),
      source: "docker",
      stage: "prod",
    }));
  });
}

interface Start {
  command: string;
  folder?: string | null;
}

function startsIn(repository: Repository, file: string, name: string, text: string): Start[] {
  if (/^render\.ya?ml$/.test(name)) return ofRender(repository.parsed(file, yaml));
  if (name === "railway.json") return one(textAt(repository.parsed(file, json), "deploy", "startCommand"));
  if (name === "railway.toml") return one(textAt(repository.parsed(file, toml), "deploy", "startCommand"));
  if (name === "nixpacks.toml") return one(textAt(repository.parsed(file, toml), "start", "cmd"));
  if (name === ".replit") return one(textsOf(at(repository.parsed(file, toml), "run")).join(" "));
  if (/supervisor[\w.-]*\.(conf|ini)$/.test(name)) return ofSupervisor(text);
  return /^uwsgi[\w.-]*\.ini$/.test(name) ? ofUwsgi(text) : [];
}

const one = (command: string | null): Start[] => (command === null || command === "" ? [] : [{ command }]);

function ofRender(data: unknown): Start[] {
  const services = at(data, "services");
  return (Array.isArray(services) ? (services as unknown[]) : []).flatMap((service) => {
    const command = isData(service) ? textAt(service, "startCommand") : null;
    return command === null ? [] : [{ command, folder: textAt(service, "rootDir") }];
  });
}

const settings = (section: string): Map<string, string> =>
  new Map(
    [...section.matchAll(/^[ \t]*([\w-]+)[ \t]*=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value.trim()]),
  );

function ofSupervisor(text: string): Start[] {
  return text
    .split(/^(?=\[)/m)
    .filter((section) => section.startsWith("[program:"))
    .flatMap((section) => one(settings(section).get("command") ?? null));
}

/** As if it had been typed. */
function ofUwsgi(text: string): Start[] {
  const set = settings(text);
  const file = set.get("wsgi-file")?.replace(/\.py$/, "").replaceAll("/", ".");
  const [module, object] = (set.get("module") ?? file ?? "").split(":");
  if (module === undefined || !/^[\w.]+$/.test(module)) return [];
  const address = set.get("http");
  const port = address === undefined ? "" : ` --port ${/(?<!\d)(\d{1,5})$/.exec(address)?.[1] ?? ""}`;
  return one(`uwsgi ${module}:${object ?? set.get("callable") ?? "application"}${port}`);
}
