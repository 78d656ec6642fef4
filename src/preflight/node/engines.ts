import path from "node:path";
import { isObject } from "../../util/guard.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { App, Project, SetupStep } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import { groupBy } from "../../util/group.ts";
import { missingPackages } from "../setup/missing.ts";

type Deps = Pick<System, "files" | "commands" | "environment">;

/** A package.json whose `engines` names the Node that would run it, or excludes it. */
export interface Engines {
  apps: string[];
  /** Absolute. */
  file: string;
  range: string;
  /** The version that is here. */
  node: string;
  fits: boolean;
  /** The package manager that will not install because of it; null: it installs with a warning, or nothing is to install. */
  refusedBy: string | null;
}

/** What excludes this Node: errors where the package manager would refuse, else lines for the user. */
export async function excludedNode(
  system: Deps,
  { apps, root }: Project,
): Promise<{ errors: Diagnostic[]; notices: string[] }> {
  const excluded = (await enginesOf(system, apps)).filter(({ fits }) => !fits);
  const { shell } = system.environment;
  const [errors, notices]: [Diagnostic[], string[]] = [[], []];
  for (const one of excluded) {
    const fix = await withNode(one.range, shell);
    if (one.refusedBy !== null) errors.push(nodeRefused(one, root, fix));
    else notices.push(`${one.apps.join(", ")}: ${asks(one, root)}; with one that fits: ${fix}`);
  }
  return { errors, notices };
}

/** `engines.node` of every package that set-up installs, against the Node that is here; none where there is no Node. */
export async function enginesOf(system: Deps, apps: readonly App[]): Promise<Engines[]> {
  const named = (await Promise.all(apps.map((app) => enginesOfApp(system, app)))).flat();
  const node = named.length === 0 ? null : await nodeVersion(system);
  if (node === null) return [];
  const { satisfies } = await import("../semver.ts");
  return [...groupBy(named, ({ file }) => file)].map(([file, group]) => {
    const refusedBy = group.find((one) => one.refusedBy !== null)?.refusedBy ?? null;
    const { range } = group[0]!;
    return { file, node, range, refusedBy, fits: satisfies(node, range), apps: group.map(({ app }) => app) };
  });
}

const nodeVersion = async ({ commands, environment }: Deps): Promise<string | null> => {
  const options = { cwd: environment.cwd, env: environment.shell, timeoutMs: 10_000 };
  const { stdout } = await commands.run("node", ["--version"], options);
  return /^v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
};

type Named = Pick<Engines, "file" | "range" | "refusedBy"> & { app: string };

/** `engines.node` of the app's package and of the workspace that it is installed with. */
async function enginesOfApp(system: Deps, { name, cwd, setup }: App): Promise<Named[]> {
  const step = setup.find(({ run: [program = ""] }) => MANAGERS.has(program));
  if (!step) return [];
  const installs = (await missingPackages(step, system.files))?.length !== 0;
  const found = await Promise.all(
    [...new Set([step.cwd, cwd])].map(async (folder) => {
      const file = path.join(folder, "package.json");
      const range = await rangeIn(await system.files.read(file).catch(() => null));
      return range === null ? [] : [{ app: name, file, range }];
    }),
  );
  const named = found.flat();
  const refusedBy = named.length > 0 && installs ? await refusing(system, step) : null;
  return named.map((one) => ({ ...one, refusedBy }));
}

const MANAGERS: ReadonlySet<string> = new Set(["npm", "pnpm", "yarn", "bun"]);

async function rangeIn(packageJson: string | null): Promise<string | null> {
  try {
    const { engines } = JSON.parse(packageJson ?? "null") as { engines?: unknown };
    const range = isObject(engines) ? engines.node : null;
    if (typeof range !== "string") return null;
    const { minVersion } = await import("../semver.ts");
    return minVersion(range) !== null ? range : null;
  } catch {
    return null;
  }
}

/** Measured in docs/notes/package-managers.md: yarn 1 always refuses, npm and pnpm where they are asked to be strict. */
async function refusing({ files, environment }: Deps, { run: [manager = ""], cwd }: SetupStep): Promise<string | null> {
  const text = async (...names: string[]): Promise<string> =>
    (await files.read(path.join(...names)).catch(() => null)) ?? "";
  switch (manager) {
    case "yarn":
      return (await files.kind(path.join(cwd, ".yarnrc.yml"))) === null ? "yarn 1" : null;
    case "npm":
    case "pnpm": {
      const settings = await Promise.all([text(cwd, ".npmrc"), text(environment.home, ".npmrc")]);
      const workspace = manager === "pnpm" ? await text(cwd, "pnpm-workspace.yaml") : "";
      const strict =
        /^\s*engine-strict\s*=\s*true\b/m.test(settings.join("\n")) || /^engineStrict:\s*true\b/m.test(workspace);
      return strict ? `${manager} (engine-strict)` : null;
    }
    default:
      return null;
  }
}

/** Pure. `fix`: what runs devpm with one that fits. */
export function nodeRefused(
  { apps, file, range, node, refusedBy }: Omit<Engines, "fits">,
  root: string,
  fix: string,
): Diagnostic {
  const shown = path.relative(root, file);
  return {
    code: "DEVPM_NODE_VERSION",
    summary: `Node ${node} does not fit: ${shown} asks for ${range}`,
    severity: "error",
    evidence: [
      ["needed by", apps.join(", ")],
      ["asked by", `engines.node in ${shown}`],
      ["refused by", refusedBy ?? ""],
    ],
    state: "Nothing was started.",
    fixes: [{ label: "use one that fits", command: fix }],
  };
}

/** Pure: `web/package.json asks for Node >=22, this is 20.20.2`. */
export const asks = ({ file, range, node }: Pick<Engines, "file" | "range" | "node">, root: string): string =>
  `${path.relative(root, file)} asks for Node ${range}, this is ${node}`;

type Shell = Readonly<Record<string, string>>;

/** nvm where it is in use; else npx has every version for one call. */
export async function withNode(range: string, { NVM_DIR }: Shell): Promise<string> {
  const { minVersion, satisfies } = await import("../semver.ts");
  const least = minVersion(range);
  const major = String(least?.major ?? "");
  const version = satisfies(`${major}.999.0`, range) ? major : String(least);
  return NVM_DIR === undefined
    ? `npx --yes --package node@${version} -- devpm dev`
    : `. "$NVM_DIR/nvm.sh" && nvm install ${version} && devpm dev`;
}
