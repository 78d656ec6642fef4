import type { App } from "../model/project.ts";
import type { Files } from "../system/files/files.ts";
import type { HttpAnswer } from "../system/http-request.ts";
import type { Network } from "../system/network.ts";
import { isObject } from "../util/guard.ts";

export interface ViteSystem {
  network: Network;
  files: Files;
}

const RESTARTS = /restarting server\.\.\.|server restart(?:ed\.| failed)/;

/** By what it printed: whether it restarts itself now, or could not when it last did so. */
export function viteRestart(lines: readonly string[]): "under way" | "failed" | null {
  const said = RESTARTS.exec(lines.findLast((line) => RESTARTS.test(line)) ?? "")?.[0];
  if (said === undefined || said.endsWith("ed.")) return null;
  return said.endsWith("failed") ? "failed" : "under way";
}

/** Where a development server of Vite answers. */
export type ViteServer = Pick<App, "port" | "https">;

/** What Vite makes of a saved file. */
export type ModuleState =
  | { state: "current" }
  /** It answers with what was there before: it has not noticed the save yet. */
  | { state: "old" }
  | { state: "broken"; message: string; file: string | null; line: number | null; frame: string[] }
  /** There is no Vite, or it does not serve this file. */
  | { state: "unknown" }
  /** Nothing listens: it may be restarting itself. */
  | { state: "silent" };

/** Modules that a page loads. Of the others (images, JSON) any content is valid, and a test is not part of a page. */
const MODULE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|marko|mdx|css|scss|sass|less|styl)$/;
const NO_MODULE =
  /\.d\.[cm]?ts$|\.(?:test|spec|stories|server)\.|(?:^|\/)(?:vite|vitest|playwright|tailwind|postcss|eslint)[\w.]*\.config\./;

/** What it restarts itself for; its own name for it is always one of these. */
export const isViteConfig = (file: string): boolean => /(?:^|\/)vite\.config\.[cm]?[jt]s$/.test(file);

export const isModule = (file: string): boolean => MODULE.test(file) && !NO_MODULE.test(file);

const ANSWER_MS = 10_000;
const MOST_BYTES = 16 * 1024 * 1024;

/** The path below which Vite serves; null where what listens there is not Vite. */
export async function viteBase(system: ViteSystem, app: ViteServer): Promise<string | null> {
  if (await hasClient(system, app, "/")) return "/";
  const redirect = await ask(system, app, "/");
  const location = redirect && redirect.headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  const base = location && folderOf(location);
  return base && base !== "/" && (await hasClient(system, app, base)) ? base : null;
}

/** Of an address: its path up to the last slash; null where it is none. */
function folderOf(location: string): string | null {
  const origin = "http://localhost";
  return URL.canParse(location, origin) ? new URL(location, origin).pathname.replace(/[^/]*$/, "") : null;
}

async function hasClient(system: ViteSystem, app: ViteServer, base: string): Promise<boolean> {
  const answer = await ask(system, app, `${base}@vite/client`);
  return answer?.status === 200 && answer.body.includes("vite-hmr");
}

/** Nothing takes connections where it answered. */
export const isSilent = async ({ network }: ViteSystem, { port }: ViteServer): Promise<boolean> =>
  port !== null && !(await network.connects(port, ANSWER_MS));

/** Asks Vite for the module of a file, as a page would. */
export async function askVite(system: ViteSystem, app: ViteServer, base: string, file: string): Promise<ModuleState> {
  const answer = await ask(system, app, pathOf(base, file));
  if (answer === null) return { state: (await isSilent(system, app)) ? "silent" : "unknown" };
  const text = answer.body.toString("utf8");
  if (answer.status === 500) return brokenState(text);
  if (answer.status !== 200) return { state: "unknown" };
  const source = await system.files.read(file).catch(() => null);
  return { state: source === null || isMadeFrom(text, source) ? "current" : "old" };
}

/** The source map of a file's module; null where there is none. */
export async function sourceMapOf(system: ViteSystem, app: ViteServer, base: string, file: string): Promise<unknown> {
  const answer = await ask(system, app, pathOf(base, file));
  return answer?.status === 200 ? mapIn(answer.body.toString("utf8")) : null;
}

const pathOf = (base: string, file: string): string => `${base}@fs${file.split("/").map(encodeURIComponent).join("/")}`;

async function ask(
  { network }: ViteSystem,
  { port, https = false }: ViteServer,
  path: string,
): Promise<Exclude<HttpAnswer, { error: string }> | null> {
  if (port === null) return null;
  const answer = await network.request(port, {
    method: "GET",
    path,
    headers: [["accept", "*/*"]],
    body: null,
    secure: https,
    timeoutMs: ANSWER_MS,
    mostBytes: MOST_BYTES,
  });
  return "error" in answer ? null : answer;
}

const SOURCE_MAP = /\/\/# sourceMappingURL=data:application\/json(?:;charset=[\w-]+)?;base64,([\w+/=]+)\s*$/;

/** Its source map quotes the file, or its text has been taken over as it is. */
function isMadeFrom(module: string, source: string): boolean {
  const map = mapIn(module);
  const quoted = isObject(map) && Array.isArray(map.sourcesContent) ? map.sourcesContent : [];
  if (quoted.some((text) => typeof text === "string" && lines(text) === lines(source))) return true;
  const plain = lines(source);
  return plain !== "" && (module.includes(plain) || module.includes(JSON.stringify(plain).slice(1, -1)));
}

const mapIn = (module: string): unknown => decoded(SOURCE_MAP.exec(module)?.[1] ?? "");

const lines = (text: string): string => text.replaceAll("\r\n", "\n").trimEnd();

function decoded(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
  } catch {
    return null;
  }
}

const OVERLAY = /const error = (\{.*\})\s*$/m;

/** The page that Vite shows instead carries the error as JSON. */
function brokenState(page: string): ModuleState {
  const error = parsed(OVERLAY.exec(page)?.[1] ?? "null");
  if (!isObject(error)) return { state: "broken", message: "Vite answers with status 500", ...NOWHERE };
  const text = (key: string): string => (typeof error[key] === "string" ? error[key] : "");
  const message = text("message");
  const loc = isObject(error.loc) ? error.loc : {};
  const boxed = /[╭┌]─+\[\s*(.+?):(\d+):\d+\s*\]/.exec(message);
  const line = typeof loc.line === "number" ? loc.line : boxed ? Number(boxed[2]) : null;
  const written = message.split("\n").filter((one) => one.trim() !== "");
  const isHeading = /failed with \d+ error/.test(written[0] ?? "") && written.length > 1;
  const [said = "", ...below] = isHeading ? written.slice(1) : written;
  const frame = text("frame") === "" ? below : text("frame").split("\n");
  return {
    state: "broken",
    message: said.trim(),
    file: text("id").replace(/\?.*$/, "") || null,
    line,
    frame: frame.filter((one) => one.trim() !== "").slice(0, 8),
  };
}

const NOWHERE = { file: null, line: null, frame: [] };

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
