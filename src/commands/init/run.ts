import path from "node:path";
import { CONFIG_NAMES } from "../../config/file-names.ts";
import { nothingFound } from "../../config/unloadable.ts";
import { configText } from "../../detect/config-text.ts";
import { detect } from "../../detect/detect.ts";
import type { Detected, Template } from "../../detect/model.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { System } from "../../system/system.ts";
import { attachable, attachEntry, type Change, launchEntries } from "../shared/editor-files.ts";
import { type CommandContext, colorsFor, print, printJson, report } from "../shared/context.ts";
import { reportLines } from "./report.ts";

export interface InitOptions {
  dryRun: boolean;
  /** Python apps get `debug: true`, and the editor an entry for each app that has it, also where the configuration is there. */
  debug: boolean;
  /** `--config FILE`, as typed. */
  config?: string;
  json: boolean;
  /** Asks the user at the terminal; null where no one could answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
}

/**
 * `devpm init`: writes a typed ecosystem.config.ts from what the folder holds; never overwrites a file. It runs
 * nothing of the project. Missing env files are offered, and created only with consent.
 */
export async function init(
  context: CommandContext,
  system: () => Promise<System>,
  { dryRun, debug, json, confirm, config }: InitOptions,
): Promise<number> {
  const { files, environment } = context.system;
  const root = (await files.realpath(environment.cwd)) ?? environment.cwd;
  const present = (await files.list(root)).find((name) => CONFIG_NAMES.includes(name));
  const attach = (): Promise<string> => writeEntries(context, system, root, config);
  const onlyAttaches = present !== undefined && debug && !dryRun;
  if (onlyAttaches && !json) {
    print(context.terminal.out, [await attach()]);
    return 0;
  }
  const found = debug ? debugged(await detect(root, context.system)) : await detect(root, context.system);
  if (onlyAttaches) {
    const text = (await files.read(path.join(root, present))) ?? "";
    printJson(context, { ...asJson(found, text), launch: await attach() });
    return 0;
  }
  if (present !== undefined && !dryRun) return report(context, [exists(path.join(root, present))]);
  if (found.apps.length === 0) return report(context, [nothingFound(root, found.notes, present)]);
  const text = configText(found);
  if (!dryRun) await files.write(path.join(root, FILE), text, 0o644);
  if (json) {
    printJson(context, { ...asJson(found, text), ...(debug && !dryRun ? { launch: await attach() } : {}) });
    return 0;
  }
  await printResult(context, found, text, dryRun);
  if (!dryRun && confirm !== null) await offer(context, root, found.templates, confirm);
  if (debug && !dryRun) print(context.terminal.out, ["", await attach()]);
  if (!dryRun) print(context.terminal.out, ["", context.asTyped("next: devpm dev")]);
  return 0;
}

const FILE = "ecosystem.config.ts";

const PYTHON_PRESETS = new Set(["flask", "fastapi", "django"]);

/** Presets of Python alone: other commands may be ones that no debugger can be put in front of. */
const debugged = (found: Detected): Detected => ({
  ...found,
  apps: found.apps.map((app) => (PYTHON_PRESETS.has(app.preset ?? "") ? { ...app, debug: true } : app)),
});

const LAUNCH = ".vscode/launch.json";

/** For the apps of the configuration that is on disk. Returns what has become of it. */
async function writeEntries(
  { system: { files } }: CommandContext,
  system: () => Promise<System>,
  root: string,
  config: string | undefined,
): Promise<string> {
  const apps = await attachable(await system(), config);
  const text = await files.read(path.join(root, LAUNCH));
  const change = apps.length === 0 ? null : launchEntries(LAUNCH, text, apps.map(attachEntry));
  if (change !== null && "text" in change) await files.edit(path.join(root, LAUNCH), change.text);
  return outcomeOf(apps.length, change);
}

function outcomeOf(count: number, change: Change | null): string {
  if (count === 0) return "no app has `debug: true` in the configuration: nothing to attach to";
  if (change === null) return `${LAUNCH} has the entries already`;
  return "text" in change ? `wrote ${LAUNCH}` : `${LAUNCH} is left as it is: ${change.leftAlone}`;
}

const asJson = ({ apps, tasks, infra, templates, omitted, notes }: Detected, config: string): object => ({
  config,
  apps,
  tasks,
  infra: infra ?? {},
  env: templates,
  leftOut: omitted,
  notes,
});

/** The file's text on stdout, hints on stderr: `devpm init --dry-run > x.ts` is the file. */
async function printResult(context: CommandContext, found: Detected, text: string, dryRun: boolean): Promise<void> {
  const { out, err } = context.terminal;
  if (dryRun) out.write(text);
  const to = dryRun ? err : out;
  const lines = reportLines(found, await colorsFor(context, dryRun ? "err" : "out"));
  print(to, dryRun ? lines : [`wrote ${FILE}`, "", ...lines]);
}

/** Copies the templates with the user's consent. Existing files stay. */
async function offer(
  { system: { files }, terminal }: CommandContext,
  root: string,
  templates: readonly Template[],
  confirm: (question: string) => Promise<boolean>,
): Promise<void> {
  if (templates.length === 0 || !(await confirm(`make ${templates.map(({ target }) => target).join(", ")} now?`)))
    return;
  for (const { template, target } of templates) {
    const text = await files.read(path.join(root, template));
    const made = text !== null && (await files.create(path.join(root, target), text));
    print(terminal.out, [made ? `made ${target}` : `left ${target} as it is`]);
  }
}

function exists(file: string): Diagnostic {
  return {
    code: "DEVPM_CONFIG_EXISTS",
    summary: `An ecosystem file already exists: ${path.basename(file)}`,
    severity: "error",
    evidence: [["file", file]],
    state: "Nothing was written.",
    fixes: [{ label: "see what would be written", command: "devpm init --dry-run" }],
  };
}
