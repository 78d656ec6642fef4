import type { ChalkInstance } from "chalk";
import { displayWidth, pad, plainLine, plural, visible, wrap } from "../util/text.ts";
import type { AsTyped } from "./as-typed.ts";
import type { Diagnostic, Evidence, Fix } from "./diagnostic.ts";

export interface PrintOptions {
  columns: number;
  colors: Pick<ChalkInstance, "red" | "yellow" | "bold" | "dim" | "cyan">;
  /** Rewrites devpm's commands as they are typed here. */
  asTyped: AsTyped;
}

/** The column of the code when it fits beside the summary; otherwise its rightmost position. */
const CODE_COLUMN = 68;
const LINES = 14;
/** The number of lines that always remain of a long traceback. */
const FEWEST_QUOTED = 4;

/** One block, without a line end after it. The words do not depend on the width or the colours. */
export function printDiagnostic(written: Diagnostic, options: PrintOptions): string {
  const diagnostic = harmless(typed(written, options.asTyped));
  const head = heading(diagnostic, options);
  const width = labelWidth(diagnostic, options.columns);
  const facts = diagnostic.evidence.flatMap((evidence) => factLines(evidence, width, options));
  const state = diagnostic.state ? wrap(diagnostic.state, options.columns - 2).map((line) => `  ${line}`) : [];
  const fixes = fixLines(diagnostic, width, options);
  const room = LINES - head.length - facts.length - state.length - fixes.length;
  return [...head, ...facts, ...excerptLines(diagnostic.excerpt ?? [], room, options), ...state, ...fixes].join("\n");
}

/** It quotes foreign names, values and output: characters that move the cursor or hide text are escaped. */
function harmless(diagnostic: Diagnostic): Diagnostic {
  const all = (text: string | readonly string[]): string | readonly string[] =>
    typeof text === "string" ? visible(text) : text.map(visible);
  const { summary, evidence, excerpt, state, fixes } = diagnostic;
  return {
    ...diagnostic,
    summary: visible(summary),
    evidence: evidence.map(([label, text]) => [visible(label), all(text)] as const),
    ...(excerpt === undefined ? {} : { excerpt: excerpt.map((line) => visible(plainLine(line))) }),
    ...(state === undefined ? {} : { state: visible(state) }),
    fixes: fixes.map(({ label, command }) => ({ label: visible(label), command: visible(command) })),
  };
}

/** Several blocks, with a blank line between them. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], options: PrintOptions): string {
  return diagnostics.map((diagnostic) => printDiagnostic(diagnostic, options)).join("\n\n");
}

/** For `--json`: the form of a `diagnostic` event, without `event` and `at`. */
export function diagnosticJson(written: Diagnostic, asTyped: AsTyped): Record<string, unknown> {
  const { code, summary, severity, evidence, excerpt = [], state = null, fixes } = typed(written, asTyped);
  const facts = evidence.map(([label, text]) => ({ label, text: typeof text === "string" ? [text] : [...text] }));
  return { code, summary, severity, evidence: facts, excerpt, state, fixes };
}

export const typedFix = ({ label, command }: Fix, asTyped: AsTyped): Fix => ({
  label: asTyped(label),
  command: asTyped(command),
});

/** Quoted parts (evidence, excerpt) remain unchanged. */
function typed(diagnostic: Diagnostic, asTyped: AsTyped): Diagnostic {
  return {
    ...diagnostic,
    summary: asTyped(diagnostic.summary),
    ...(diagnostic.state === undefined ? {} : { state: asTyped(diagnostic.state) }),
    fixes: diagnostic.fixes.map((fix) => typedFix(fix, asTyped)),
  };
}

function heading({ summary, code, severity }: Diagnostic, { columns, colors }: PrintOptions): string[] {
  const [mark, color] = severity === "error" ? ["✖", colors.red] : ["▲", colors.yellow];
  const lines = wrap(summary, columns - 2);
  const first = `${color(mark)} ${colors.bold(lines[0] ?? "")}`;
  const rest = lines.slice(1).map((line) => `  ${colors.bold(line)}`);
  const at = Math.min(CODE_COLUMN, columns - code.length);
  if (columns >= 80 && lines.length === 1 && displayWidth(first) + 2 <= at) return [pad(first, at) + colors.dim(code)];
  return [first, ...rest, `  ${colors.dim(code)}`];
}

/** In a narrow terminal long labels (key paths) get a line of their own instead of half the width. */
function labelWidth({ evidence, fixes }: Diagnostic, columns: number): number {
  const labels = evidence.map(([label]) => displayWidth(label));
  if (fixes.length > 0) labels.push(3);
  return Math.min(Math.max(8, ...labels), Math.max(8, Math.floor(columns * 0.4)));
}

function factLines([label, text]: Evidence, width: number, { columns, colors }: PrintOptions): string[] {
  const lines = typeof text === "string" ? [text] : text;
  const broken = (room: number): string[] => lines.flatMap((line) => wrap(line, room));
  if (displayWidth(label) > width)
    return [`  ${colors.dim(label)}`, ...broken(columns - 4).map((line) => `    ${line}`)];
  const margin = (index: number): string =>
    index === 0 ? `  ${colors.dim(pad(label, width))}  ` : " ".repeat(width + 4);
  return broken(columns - width - 4).map((line, index) => margin(index) + line);
}

function fixLines({ fixes }: Diagnostic, width: number, { columns, colors }: PrintOptions): string[] {
  const labels = fixes.map(({ label }) => (label === "" ? "" : `${label}:`));
  const labelsWidth = Math.max(0, ...labels.map(displayWidth));
  const gap = labelsWidth === 0 ? 0 : labelsWidth + 2;
  const beside = fixes.every(({ command }) => width + 4 + gap + displayWidth(command) <= columns);
  const margin = beside ? width + 2 : "fix".length + 2;
  return fixes.flatMap(({ command }, index) => {
    const label = labels[index] ?? "";
    const start = `  ${index === 0 ? colors.dim(pad("fix", margin)) : " ".repeat(margin)}`;
    if (beside) return [start + pad(label, gap) + colors.cyan(command)];
    // a command is never wrapped: it must survive being copied
    return label === ""
      ? [start + colors.cyan(command)]
      : [start + label, `${" ".repeat(margin + 4)}${colors.cyan(command)}`];
  });
}

function excerptLines(excerpt: readonly string[], room: number, { colors }: PrintOptions): string[] {
  const bar = `  ${colors.red("│")} `;
  const fits = Math.max(FEWEST_QUOTED, room);
  if (excerpt.length <= fits) return excerpt.map((line) => bar + line);
  const hidden = excerpt.length - fits + 1;
  return [
    `${bar}${colors.dim(`… ${plural(hidden, "line")} before`)}`,
    ...excerpt.slice(hidden).map((line) => bar + line),
  ];
}
