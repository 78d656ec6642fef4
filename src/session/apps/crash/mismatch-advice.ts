import type { CrashAdvice, CrashFacts } from "./facts.ts";
import { listsPackage, pythonFixes } from "./module-advice.ts";

/** The place of the line that imports, in a package's own folder; what it wants; and where that was looked for. */
const MISMATCH =
  /File "[^"\n]*site-packages\/(\w+)[/.][^"\n]*", line \d+, in [^\n]+\n(?: {4}[^\n]*\n)+ImportError: cannot import name '(\w+)' from '(\w+)(?:\.[\w.]*)?' \([^\n]*site-packages\//;

/** Names that were taken out of packages which others use without a limit, and the versions that still have them. */
const REMOVED: Readonly<Record<string, string>> = {
  "flask._app_ctx_stack": "Flask<2.3",
  "flask._request_ctx_stack": "Flask<2.3",
  "flask.escape": "Flask<3",
  "flask.Markup": "Flask<3",
  "jinja2.escape": "Jinja2<3.1",
  "jinja2.Markup": "Jinja2<3.1",
  "jinja2.contextfunction": "Jinja2<3.1",
  "jinja2.evalcontextfilter": "Jinja2<3.1",
  "markupsafe.soft_unicode": "MarkupSafe<2.1",
  "werkzeug.url_decode": "Werkzeug<3",
  "werkzeug.url_encode": "Werkzeug<3",
  "werkzeug.url_quote": "Werkzeug<3",
  "werkzeug.safe_str_cmp": "Werkzeug<2.1",
};

/** A package that imports from another one what the installed version of this one does not have. */
export function mismatchedPackages(text: string, facts: CrashFacts): CrashAdvice | null {
  const [, importing = "", name = "", from = ""] = MISMATCH.exec(text) ?? [];
  if (from === "" || importing === from) return null;
  const older = REMOVED[`${from}.${name}`];
  const listed = facts.requirements !== null && listsPackage(facts.requirements.text, from);
  const versions = older === undefined ? "their versions do not fit each other" : `only ${older} has it`;
  return {
    evidence: [["cause", `the installed ${importing} needs ${name} of ${from}, which has none: ${versions}`]],
    fixes: older === undefined || listed ? [] : pythonFixes(older, facts),
  };
}
