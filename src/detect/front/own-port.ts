import path from "node:path";
import type { EvidencePlace } from "../model.ts";
import { type Data, dataAt, isData, json, textAt } from "../parse/data.ts";
import { type Plain, isObjectValue } from "../parse/javascript-value.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { FrontEnd } from "./apps.ts";
import type { ConfigFile } from "./config.ts";
import { asPort } from "./port-value.ts";

const portLine = (text: string): number => lineWhere(text, /\bport\b\s*[:=,]/);

/** What tools call the settings of their dev server. */
const SERVERS = ["server", "devServer", "dev"];

/** What a config passes on: to Vite (Nuxt's `vite`), or by a project's own function around its tool's. */
const objectsIn = (value: Plain): Plain[] => (isObjectValue(value) ? Object.values(value).filter(isObjectValue) : []);

/** The port that a front end's own files give its dev server: the script, its config, the variables it reads. */
export function configuredPort(
  repository: Repository,
  front: FrontEnd,
  configs: readonly ConfigFile[],
): { port: number; evidence: EvidencePlace } | null {
  if (front.scriptPort !== null) return { port: front.scriptPort, evidence: front.evidence };
  for (const { file, text, value } of configs) {
    for (const settings of [value, ...objectsIn(value)]) {
      const port = SERVERS.map((key) => asPort(inside(settings, [key, "port"]))).find((one) => one !== null);
      if (port !== undefined) return { port, evidence: { file, line: portLine(text), says: `port ${port}` } };
    }
  }
  return angularPort(repository, front) ?? variablePort(repository, front);
}

function angularPort(
  repository: Repository,
  { package: { folder }, tool }: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  if (tool.kind !== "angular") return null;
  const file = path.posix.join(folder, "angular.json");
  for (const project of Object.values(dataAt(repository.parsed(file, json), "projects"))) {
    const targets: Data = isData(project)
      ? isData(project.architect)
        ? project.architect
        : dataAt(project, "targets")
      : {};
    const serve = dataAt(targets, "serve");
    const port =
      asPort(dataAt(serve, "options").port as Plain) ??
      asPort(dataAt(serve, "configurations", textAt(serve, "defaultConfiguration") ?? "development").port as Plain);
    if (port !== null)
      return { port, evidence: { file, line: portLine(repository.text(file) ?? ""), says: `port ${port}` } };
  }
  return null;
}

/** Create React App and Nuxt read `PORT` of their folder's env files; Next listens before it reads them. */
function variablePort(
  repository: Repository,
  { package: { folder }, tool }: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  if (!/^(cra|nuxt)$/.test(tool.kind)) return null;
  for (const name of [".env", ".env.development", ".env.example"]) {
    const text = repository.text(path.posix.join(folder, name));
    const port = asPort(Number(/^(?:NUXT_|NITRO_)?PORT\s*=\s*["']?(\d+)/m.exec(text ?? "")?.[1]));
    if (port !== null)
      return {
        port,
        evidence: {
          file: path.posix.join(folder, name),
          line: lineWhere(text ?? "", /^\w*PORT\s*=/m),
          says: `PORT=${port}`,
        },
      };
  }
  return null;
}

function inside(value: Plain, keys: readonly string[]): Plain {
  let at: Plain = value;
  for (const key of keys) at = isObjectValue(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}
