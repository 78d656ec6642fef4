import { catalog, type DiagnosticCode } from "../../diagnostics/catalog.ts";
import { wrap } from "../../util/text.ts";
import { didYouMean } from "../../util/similar.ts";
import { colorsFor, print, printJson, report, type CommandContext } from "../shared/context.ts";

/** `devpm explain CODE`; the `DEVPM_` in front may be left out, and case does not matter. */
export async function explain(
  context: CommandContext,
  { code, json }: { code: string; json: boolean },
): Promise<number> {
  const wanted = code.toUpperCase().replaceAll("-", "_");
  const name = wanted.startsWith(PREFIX) ? wanted : `${PREFIX}${wanted}`;
  if (!(name in catalog)) return unknown(context, code, name);
  const entry = catalog[name as DiagnosticCode];
  if (json) {
    printJson(context, { code: name, title: entry.title, exit: entry.exit, explain: context.asTyped(entry.explain) });
    return 0;
  }
  const colors = await colorsFor(context, "out");
  const { out } = context.terminal;
  const width = Math.min(out.columns, 100);
  const body = paragraphs(context.asTyped(entry.explain)).flatMap((text) => ["", ...wrap(text, width)]);
  print(out, [`${colors.bold(name)}  ${entry.title}`, ...body, "", colors.dim(`exit code ${entry.exit}`)]);
  return 0;
}

const PREFIX = "DEVPM_";
const withoutPrefix = (code: string): string => code.slice(PREFIX.length);

/** Joins the lines of a paragraph, so that they wrap at this terminal's width; indented ones stay as they are. */
function paragraphs(markdown: string): string[] {
  return markdown.split(/\n{2,}/).map((text) => text.replaceAll(/\n(?!\s|[-*] )/g, " "));
}

function unknown(context: CommandContext, code: string, name: string): Promise<number> {
  // the prefix that all have in common makes anything similar
  const meant = didYouMean(name.slice(PREFIX.length), Object.keys(catalog).map(withoutPrefix));
  const near = meant === null ? null : `${PREFIX}${meant}`;
  const alike = Object.keys(catalog).filter((one) => withoutPrefix(one).includes(withoutPrefix(name)));
  return report(context, [
    {
      code: "DEVPM_USAGE",
      severity: "error",
      summary: `There is no diagnostic called ${code}`,
      evidence: near !== null ? [["similar", near]] : alike.length > 0 ? [["known", alike.join(", ")]] : [],
      fixes: near === null ? [] : [{ label: "", command: `devpm explain ${near}` }],
    },
  ]);
}
