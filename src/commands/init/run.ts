import path from "node:path";
import { type Detected, detect } from "../../config/detect.ts";
import { CONFIG_NAMES } from "../../config/file-names.ts";
import { nothingFound } from "../../config/unloadable.ts";
import { configText } from "../../config/write.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { type CommandContext, print, printJson, report } from "../shared/context.ts";

export interface InitOptions {
  dryRun: boolean;
  json: boolean;
}

/** `devpm init`: writes a typed ecosystem.config.ts from what the folder holds; never over a file that is there. */
export async function init(context: CommandContext, { dryRun, json }: InitOptions): Promise<number> {
  const { files, environment } = context.system;
  const root = (await files.realpath(environment.cwd)) ?? environment.cwd;
  const detected = await detect(root, files);
  if (detected.apps.length === 0) return report(context, [nothingFound(root)]);
  const text = configText(detected);
  const present = (await files.list(root)).find((name) => CONFIG_NAMES.includes(name));
  if (present !== undefined && !dryRun) return report(context, [exists(path.join(root, present))]);
  if (!dryRun) await files.write(path.join(root, FILE), text, 0o644);
  if (json)
    printJson(context, { config: text, apps: detected.apps, infra: detected.infra ?? {}, notes: detected.notes });
  else say(context, detected, text, dryRun);
  return 0;
}

const FILE = "ecosystem.config.ts";

/** The file's text on stdout, what is worth knowing on stderr: `devpm init --dry-run > x.ts` is the file. */
function say({ terminal, asTyped }: CommandContext, { apps, notes }: Detected, text: string, dryRun: boolean): void {
  if (dryRun) {
    terminal.out.write(text);
    if (notes.length > 0)
      print(
        terminal.err,
        notes.map((note) => `note: ${note}`),
      );
    return;
  }
  const names = apps.map(({ name, preset, port }) => `${name} (${preset}, port ${port})`).join(", ");
  print(terminal.out, [`wrote ${FILE}: ${names}`, ...notes.map((note) => `note: ${note}`), asTyped("next: devpm dev")]);
}

function exists(file: string): Diagnostic {
  return {
    code: "DEVPM_CONFIG_EXISTS",
    summary: `There is an ecosystem file already: ${path.basename(file)}`,
    severity: "error",
    evidence: [["file", file]],
    state: "Nothing was written.",
    fixes: [{ label: "see what would be written", command: "devpm init --dry-run" }],
  };
}
