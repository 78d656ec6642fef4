import path from "node:path";
import type { App } from "../model/project.ts";
import type { Files } from "../system/files/files.ts";
import { upwards } from "../util/paths.ts";

/** What the Vite that an app has installed can do. */
export interface InstalledVite {
  version: string;
  /** Since Vite 8 it prints what the browser reports (`server.forwardConsole`), where an agent starts it. */
  forwardsConsole: boolean;
}

/** Vite as a page of the app gets it; null where the app has none. */
export async function installedVite({ cwd, toolchain }: Pick<App, "cwd" | "toolchain">, files: Files) {
  if (toolchain !== "node") return null;
  for (const folder of upwards(cwd)) {
    const vite = path.join(folder, "node_modules/vite");
    const text = await files.read(path.join(vite, "package.json")).catch(() => null);
    if (text === null) continue;
    const client = await files.read(path.join(vite, "dist/client/client.mjs")).catch(() => null);
    const version = /"version"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? "of an unknown version";
    return { version, forwardsConsole: client?.includes("forwardConsole") ?? false } satisfies InstalledVite;
  }
  return null;
}
