import path from "node:path";
import { stepAsTyped } from "../../config/setup-steps.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { App, SetupStep } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { joinWithAnd, plural } from "../../util/text.ts";
import { outdatedByLock } from "./locked.ts";
import { missingPackages } from "./missing.ts";

/** Packages of an app that its files name and that are not installed, where its set-up does not install them. */
export async function packageDrift({ name, installs }: App, files: Files): Promise<Diagnostic | null> {
  for (const step of installs) {
    const { installedIn = "" } = step.declares ?? {};
    // without its environment it runs with another Python, whose packages are not known
    if (path.basename(installedIn) !== "node_modules" && (await files.kind(installedIn)) === null) continue;
    const missing = [...((await missingPackages(step, files)) ?? []), ...(await outdatedByLock(step, files))];
    if (missing.length > 0) return packagesMissing(name, [...new Set(missing)], step);
  }
  return null;
}

/** As many as a line takes. */
const SHOWN = 5;

export function packagesMissing(app: string, missing: readonly string[], step: SetupStep): Diagnostic {
  const { declares: { files = [], installedIn = "" } = {}, cwd } = step;
  const rest = missing.length - SHOWN;
  const named = [...missing.slice(0, SHOWN), ...(rest > 0 ? [`${rest} more`] : [])];
  return {
    code: "DEVPM_PACKAGES_MISSING",
    severity: "warning",
    summary: `${app}: ${plural(missing.length, "package")} ${missing.length === 1 ? "is" : "are"} not installed`,
    evidence: [
      ["missing", joinWithAnd(named)],
      ["named in", files.map((file) => path.relative(cwd, file) || file).join(", ")],
      ["not in", installedIn],
    ],
    state: `${app} is started nevertheless: its packages are not devpm's to install (setup).`,
    fixes: [
      {
        label: "install them",
        command: `(cd ${shellQuote(cwd)} && ${stepAsTyped(step)}) && devpm restart ${shellQuote(app)}`,
      },
    ],
  };
}
