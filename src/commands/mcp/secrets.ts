import path from "node:path";
import type { Instance } from "../../model/instance.ts";
import { writtenValues } from "../../config/env-file.ts";
import { soundsSecret } from "../../plan/secrecy.ts";
import type { Files } from "../../system/files/files.ts";

/** Keeps the values of secrets out of what an agent reads. */
export interface Secrets {
  /** Learns the values of now; those of before are kept. */
  learn(): Promise<void>;
  hide(text: string): string;
}

/** A shorter one is found in any text. */
const SHORTEST = 6;
const HIDDEN = "[hidden]";
/** `postgresql://user:password@host` */
const IN_ADDRESS = /(\b[a-z][a-z+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;
/** `SECRET_KEY=…` in what a program prints about its environment. */
const ASSIGNED =
  /\b([A-Z0-9_]*(?:SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE_KEY|API_KEY|APIKEY|CREDENTIALS?)[A-Z0-9_]*)(["']?\s*[=:]\s*["']?)[^\s"',;]{3,}/g;

/** From the caller's environment, the environments that the session wrote for its apps, and the project's .env files. */
export function createSecrets(
  files: Files,
  instance: Pick<Instance, "env" | "root">,
  shell: Readonly<Record<string, string>>,
): Secrets {
  const values = new Set<string>();
  const add = (variables: Iterable<readonly [name: string, value: string]>): void => {
    for (const [name, value] of variables) for (const one of secretsIn(name, value)) values.add(one);
  };
  add(Object.entries(shell));
  return {
    async learn() {
      for (const session of await files.list(instance.env).catch(() => []))
        for (const name of await files.list(path.join(instance.env, session)).catch(() => []))
          add(exported((await files.readOwn(path.join(instance.env, session, name)).catch(() => null)) ?? ""));
      for (const name of await files.list(instance.root).catch(() => [])) {
        if (!/^\.(?:env|flaskenv)/.test(name)) continue;
        const read = files.readText(path.join(instance.root, name), 1024 * 1024);
        if ("text" in read) add(Object.entries(writtenValues(read.text)));
      }
    },
    hide(text) {
      // the longest first: one may be a part of another
      const known = [...values].toSorted((a, b) => b.length - a.length);
      const without = known.reduce((hidden, value) => hidden.replaceAll(value, HIDDEN), text);
      return without.replaceAll(IN_ADDRESS, `$1:${HIDDEN}@`).replaceAll(ASSIGNED, `$1$2${HIDDEN}`);
    },
  };
}

function secretsIn(name: string, value: string): string[] {
  const password = /^[a-z][a-z+.-]*:\/\/[^:/@]*:([^@/]+)@/i.exec(value)?.[1];
  const found = [...(soundsSecret(name) ? [value, ...value.split("\n")] : []), ...(password ? [password] : [])];
  return found.map((one) => one.trim()).filter((one) => one.length >= SHORTEST && !/^(?:\/[\w.-]+)+$/.test(one));
}

/** The lines of an app's environment file (pm2/environment-file.ts). */
function* exported(text: string): Generator<readonly [string, string]> {
  for (const [, name = "", quoted = ""] of text.matchAll(/^export (\w+)='((?:[^']|'\\'')*)'$/gm))
    yield [name, quoted.replaceAll("'\\''", "'")];
}
