import path from "node:path";
import type { App } from "../model/project.ts";
import { isBelow } from "../util/paths.ts";
import type { FoundFault, FaultPlace } from "./found.ts";

/** Folders of installed code, wherever they are. */
const INSTALLED = /(?:^|\/)(?:node_modules|site-packages|dist-packages|\.pnpm|\.yarn|\.vite)(?:\/|$)|\/lib\/python\d/;

/** Where an app's own code is, and what the paths it prints are relative to. */
export interface Grounds {
  root: string;
  app: Pick<App, "cwd" | "venv">;
}

/** The positions of a fault in the project's own code, absolute and each once; the cause first. */
export function ownPlaces({ places }: FoundFault, { root, app }: Grounds): FaultPlace[] {
  const absolute = places.map((place) => ({ ...place, file: path.resolve(app.cwd, place.file) }));
  const own = absolute.filter(({ file }) => isOwn(file, root, app));
  return own.filter(({ file }, at) => own.findIndex((one) => one.file === file) === at);
}

function isOwn(file: string, root: string, { cwd, venv }: Grounds["app"]): boolean {
  if (INSTALLED.test(file) || (venv !== null && isBelow(file, venv))) return false;
  return isBelow(file, root) || isBelow(file, cwd);
}

/** The printed code of the first of these positions. */
export function frameAt({ frames }: FoundFault, [first]: readonly FaultPlace[], { app }: Grounds): string[] {
  if (!first) return frames[0]?.lines ?? [];
  const there = frames.filter(({ place }) => path.resolve(app.cwd, place.file) === first.file);
  return (there.find(({ place }) => place.line === first.line) ?? there[0])?.lines ?? [];
}
