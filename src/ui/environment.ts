import path from "node:path";
import { sourceInWords, strongestFirst, type Variable } from "../plan/variables.ts";
import { displayWidth, joinWithAnd, plural, shorten } from "../util/text.ts";
import type { Colors } from "./colors.ts";
import { table } from "./table.ts";

export interface ExplainedEnvironment {
  app: string;
  root: string;
  /** `shown`: its value may be displayed. */
  variables: readonly (Variable & { shown: boolean })[];
  unset: readonly { name: string; service: string }[];
  leftAlone: readonly string[];
}

/** Width of a value, as far as the terminal has room; the JSON contains it in full. */
const VALUE_COLUMNS = { least: 24, most: 60 };
/** The gaps between four columns. */
const GAPS = 6;

/** `devpm explain-env APP` for people. */
export function environmentLines(explained: ExplainedEnvironment, columns: number, colors: Colors): string[] {
  const { app, root, variables, unset, leftAlone } = explained;
  const sorted = strongestFirst(variables);
  const texts = {
    variable: sorted.map(({ name }) => name),
    from: sorted.map(({ source }) => sourceInWords(source, root)),
    instead: sorted.map(({ overrides }) => overrides.map((source) => sourceInWords(source, root)).join(", ")),
  };
  const taken = Object.entries(texts).reduce((sum, [heading, column]) => sum + columnWidth(heading, column), GAPS);
  const width = Math.min(VALUE_COLUMNS.most, Math.max(VALUE_COLUMNS.least, columns - taken));
  const rows = sorted.map(({ value, shown }, index) => ({
    variable: texts.variable[index] ?? "",
    from: texts.from[index] ?? "",
    value: shorten(shown ? oneLine(value) : hidden(value), width),
    instead: texts.instead[index] ?? "",
  }));
  const masked = variables.filter(({ shown }) => !shown).length;
  return [
    `${colors.bold(app)}: ${plural(variables.length, "variable")}`,
    "",
    ...table(rows, columns, colors, () => null),
    "",
    ...unset.map(
      ({ name, service }) => `${name} of the configuration is left out: it needs ${service}, which is absent`,
    ),
    ...(leftAlone.length > 0
      ? [`not read by devpm: ${joinWithAnd(leftAlone.map((file) => path.relative(root, file)))}`]
      : []),
    ...(masked > 0 ? [`${plural(masked, "value")} hidden: --show NAME… shows some, --show alone all`] : []),
  ];
}

/** A column is at least as wide as its heading; one without any text is left out. */
const columnWidth = (heading: string, texts: readonly string[]): number =>
  texts.every((text) => text === "") ? 0 : Math.max(...[heading, ...texts].map(displayWidth));

/** Line breaks and control characters are escaped as in JSON. */
const oneLine = (value: string): string => JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');

/** Its length shows whether it was cut at a `#` or a quote. */
const hidden = (value: string): string => `•••• ${plural(value.length, "character")}`;
