import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { urlOf, type App } from "../../model/project.ts";
import { shellQuote } from "../../util/shell-quote.ts";

/** The app answers where no browser asks. `other`: a port near it that one opens. */
export function unsafePort(app: Pick<App, "name" | "port" | "https">, other: number): Diagnostic {
  const { name, port } = app;
  const again = `devpm dev --port ${shellQuote(`${name}=${other}`)}`;
  return {
    code: "DEVPM_PORT_UNSAFE",
    severity: "warning",
    summary: `Browsers refuse to open port ${port}, where ${name} listens`,
    evidence: [
      ["app", `${name} (apps.${name}.port, or --port)`],
      ["refused", `${urlOf(app)}, by browsers (ERR_UNSAFE_PORT) and by fetch (bad port)`],
    ],
    state: `${name} runs nevertheless, and other programs reach it.`,
    fixes: [
      { label: `write ${other} there, or use it at the next start`, command: again },
      { label: "or at once", command: `devpm down && ${again}` },
    ],
  };
}
