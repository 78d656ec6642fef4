import path from "node:path";
import type { Files } from "../system/files/files.ts";

/**
 * A folder's Vite configuration as text: it is read, never run. Enough for a start, which must not wait for a parser of
 * JavaScript; detection (detect/front/config.ts) evaluates the same files, and reads their text with what is here.
 */
export interface ViteConfig {
  file: string;
  text: string;
}

const NAMES = ["ts", "mts", "js", "mjs", "cjs", "cts"].map((ending) => `vite.config.${ending}`);

export async function readViteConfig(cwd: string, files: Files): Promise<ViteConfig | null> {
  for (const name of NAMES) {
    const file = path.join(cwd, name);
    const text = await files.read(file).catch(() => null);
    if (text !== null) return { file, text: withoutComments(text) };
  }
  return null;
}

/** Comments become blanks, so that lines keep their numbers. A `//` inside quotes, as in a URL, is none. */
export const withoutComments = (text: string): string =>
  text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`)|\/\/[^\n]*|\/\*[^]*?\*\//g,
    (found, quoted?: string) => quoted ?? found.replaceAll(/[^\n]/g, " "),
  );

const TLS =
  /\b(?:basicSsl|mkcert)\s*\(|["'](?:@vitejs\/plugin-basic-ssl|vite-plugin-mkcert)["']|\bhttps\s*:\s*(?:true|\{)/;

/** Whether it makes the development server speak TLS, as far as its text shows. The server itself is asked when it answers. */
export const seemsTls = (config: ViteConfig | null): boolean => config !== null && TLS.test(config.text);

/** Ports that its `server.hmr` names: of a socket of its own, or as the page's client should connect. */
export function hmrPorts({ text }: ViteConfig): number[] {
  const [, body = ""] = /\bhmr\s*:\s*\{([^}]*)\}/.exec(text) ?? [];
  return [...body.matchAll(/\b(?:port|clientPort)\s*:\s*(\d{2,5})\b/g)].map(([, port]) => Number(port));
}

export interface ProxyTarget {
  port: number;
  /** As written: `http://localhost:5050`. */
  url: string;
  line: number;
}

const LOCAL = /\b(?:https?|wss?):\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):(\d{2,5})(?![\d.])/g;

/** Addresses of this machine in a text, each with its line. */
export const localAddresses = (text: string): ProxyTarget[] =>
  [...text.matchAll(LOCAL)].map((found) => ({
    port: Number(found[1]),
    url: found[0],
    line: text.slice(0, found.index).split("\n").length,
  }));

/** Addresses of this machine that are written literally in a configuration that has a proxy. */
export const proxyTargets = ({ text }: ViteConfig): ProxyTarget[] =>
  /\bproxy\b\s*[:=]/.test(text) ? localAddresses(text) : [];
