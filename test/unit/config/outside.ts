import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { LoaderSystem } from "../../../src/config/project-loader.ts";
import type { Environment } from "../../../src/system/environment.ts";
import { files } from "../../../src/system/files/files.ts";
import { ports } from "../../../src/system/ports/ports.ts";
import { processes } from "../../../src/system/processes/processes.ts";
import { loaderOf } from "../../../src/system/loader/loader.ts";
import { publicApi } from "../../rigs/public-api.ts";

/** A folder of its own with these files (path → text); its real path. */
export function folderWith(contents: Readonly<Record<string, string | Buffer>>): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-config-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

/** The real files and loader, and a user whose shell holds what is given. */
export function outside(root: string, shell: Readonly<Record<string, string>> = {}): LoaderSystem {
  const environment: Environment = {
    shell: { DEVPM_HOME: path.join(root, ".state"), PATH: process.env.PATH ?? "", ...shell },
    cwd: root,
    home: root,
    uid: 1000,
    user: "ana",
    platform: "linux",
    pid: process.pid,
    node: process.execPath,
  };
  return { files, loader: loaderOf(publicApi), environment, ports, processes };
}

/** Only these files exist (path → text), and the folders that they lie in. */
export function filesOf(contents: Readonly<Record<string, string>>): LoaderSystem["files"] {
  const below = (folder: string): string[] =>
    Object.keys(contents).flatMap((file) => (file.startsWith(`${folder}/`) ? [file.slice(folder.length + 1)] : []));
  return {
    ...files,
    read: (file) => Promise.resolve(contents[file] ?? null),
    list: (folder) => Promise.resolve([...new Set(below(folder).map((name) => name.split("/")[0] ?? ""))].toSorted()),
    realpath: (file) => Promise.resolve(file),
    kind: (file) => Promise.resolve(file in contents ? "file" : below(file).length > 0 ? "folder" : null),
  };
}
