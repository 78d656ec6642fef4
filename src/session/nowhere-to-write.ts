import { failed, type Outcome } from "../util/outcome.ts";
import type { Instance } from "./instance.ts";

/** The session file could not be written. */
export function nowhereToWrite({ folder }: Instance, error: unknown): Outcome<never> {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  return failed({
    code: "DEVPM_STATE_UNWRITABLE",
    severity: "error",
    summary: `devpm cannot write its state folder${code === "" ? "" : ` (${code})`}`,
    evidence: [
      ["folder", folder],
      ["said", message],
    ],
    state: "Nothing was started.",
    fixes: [
      { label: "look at it", command: `ls -ld ${folder}` },
      { label: "or use another folder", command: "DEVPM_HOME=/tmp/devpm-home devpm dev" },
    ],
  });
}
