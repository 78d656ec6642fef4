import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Context } from "../context.ts";
import { type Package, isMember, managerOf } from "../front/packages.ts";
import { textAt } from "../parse/data.ts";
import { isAside } from "../python/locate.ts";
import { groupBy } from "../../util/group.ts";
import { inItsFolder, namesInShort, whereAt } from "./text.ts";

/**
 * Packages without a dev server, whose script builds again after each save what a backend serves: `vite build --watch`,
 * `tailwindcss --watch`. A member of a workspace is built for the others.
 */
export function watchedBuilds({ repository, commands, packages, backends, fronts }: Context): string[] {
  if (backends.length === 0) return [];
  const building = groupBy(commands.filter(buildsAgain), ({ file }) => file);
  const isOther = (one: Package): boolean =>
    !isAside(one.file) &&
    !isExtension(one) &&
    !fronts.some(({ package: front }) => front === one) &&
    !packages.some((root) => isMember(repository, root, one.folder));
  return packages
    .filter((one) => building.has(one.file) && isOther(one))
    .slice(0, 4)
    .flatMap(({ file, folder }) => {
      const scripts = building.get(file) ?? [];
      const names = namesOf(scripts);
      const at = scripts.find(({ name }) => name === names[0]);
      if (!at) return [];
      const manager = managerOf(repository, packages, folder, []);
      const shown = namesInShort(names.map((name) => `\`${manager} run ${name}\``));
      const builds = names.length > 1 ? "build" : "builds";
      return `not started: ${shown}${inItsFolder(folder)}, which ${builds} again after each save; add it to \`apps\` to have it started (${whereAt(at)})`;
    });
}

/** The script that is called as what starts a project, which may run the others; else each. */
function namesOf(building: readonly FoundCommand[]): string[] {
  const names = [...new Set(building.flatMap(({ name }) => name ?? []))];
  const usual = ["dev", "start", "watch"].find((name) => names.includes(name));
  return usual === undefined ? names : [usual];
}

/** Of a browser or an editor, which loads what is built. */
const isExtension = ({ folder, dependencies, data }: Package): boolean =>
  /extension/i.test(path.posix.basename(folder)) ||
  textAt(data, "engines", "vscode") !== null ||
  ["@types/chrome", "webextension-polyfill", "web-ext"].some((name) => dependencies.has(name));

const BUILDERS =
  /^(vite|rolldown|rollup|webpack|rspack|esbuild|parcel|gulp|grunt|mix|encore|tailwindcss|@tailwindcss\/cli|postcss|sass|node-sass|lessc)(@[\w.^~-]+)?$/;

const buildsAgain = ({ source, name, words }: FoundCommand): boolean =>
  source === "package" &&
  name !== null &&
  !/test|story/i.test(name) &&
  words.some((word) => BUILDERS.test(word) || BUILDERS.test(path.posix.basename(word))) &&
  words.some((word) => /^(watch|-w|--watch(=(?!false).*)?)$/.test(word));
