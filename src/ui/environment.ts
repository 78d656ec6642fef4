import path from "node:path";
import type { Source, Variable } from "../plan/variables.ts";
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

/** The highest precedence first. */
const RANK: readonly Source["kind"][] = ["devpm", "venv", "config", "default", "shell", "file"];

/** Width of a value, as far as the terminal has room; the JSON contains it in full. */
const VALUE_COLUMNS = { least: 24, most: 60 };
/** The gaps between four columns. */
const GAPS = 6;

/** `devpm explain-env APP` for people. */
export function environmentLines(explained: ExplainedEnvironment, columns: number, colors: Colors): string[] {
  const { app, root, variables, unset, leftAlone } = explained;
  const rank = ({ source }: Variable): number => RANK.indexOf(source.kind);
  const sorted = variables.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const widest = (texts: string[]): number => Math.max(0, ...texts.map(displayWidth));
  const taken = widest(sorted.map(({ name }) => name)) + widest(sorted.map(({ source }) => sourceOf(source, root)));
  const insteadOf = ({ overrides }: Variable): string => overrides.map((source) => sourceOf(source, root)).join(", ");
  const room = columns - taken - widest(sorted.map(insteadOf)) - GAPS;
  const width = Math.min(VALUE_COLUMNS.most, Math.max(VALUE_COLUMNS.least, room));
  const rows = sorted.map((variable) => ({
    variable: variable.name,
    from: sourceOf(variable.source, root),
    value: shorten(variable.shown ? oneLine(variable.value) : hidden(variable.value), width),
    instead: insteadOf(variable),
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

function sourceOf(source: Source, root: string): string {
  switch (source.kind) {
    case "file":
      return `${path.relative(root, source.file)}:${source.line}`;
    case "config":
      return "configuration";
    case "default":
      return "devpm's default";
    default:
      return source.kind;
  }
}

/** Line breaks and control characters are escaped as in JSON. */
const oneLine = (value: string): string => JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');

/** Its length shows whether it was cut at a `#` or a quote. */
const hidden = (value: string): string => `•••• ${plural(value.length, "character")}`;
