import type { Evidence } from "../../../diagnostics/diagnostic.ts";
import { shellQuote } from "../../../util/shell-quote.ts";
import type { App } from "../../../model/project.ts";
import type { Crash } from "./excerpt.ts";
import type { CrashAdvice, CrashFacts } from "./facts.ts";
import { buildAdvice } from "./build-advice.ts";
import { databaseAdvice } from "./database-advice.ts";
import { mismatchedPackages } from "./mismatch-advice.ts";
import { missingModule } from "./module-advice.ts";
import { addLine, restarted, shown } from "./fix-commands.ts";

/** Pure. Empty where the cause is in the code alone. `lines`: the excerpt of the crash. */
export function crashAdvice(lines: readonly string[], facts: CrashFacts): CrashAdvice {
  const text = lines.join("\n");
  const advisers = [fullDisk, missingModule, mismatchedPackages, missingVariable, databaseAdvice, buildAdvice];
  return advisers.map((advise) => advise(text, facts)).find((advice) => advice !== null) ?? { evidence: [], fixes: [] };
}

/** An app that ended without an error, and is no server: what runs once has a place of its own in the configuration. */
export function onceAdvice({ exitCode, during }: Pick<Crash, "exitCode" | "during">, { port }: App): CrashAdvice {
  const endedWell = during === "run" && exitCode === 0 && port === null;
  return { evidence: endedWell ? [["cause", ENDED_WELL]] : [], fixes: [] };
}

const ENDED_WELL = "it ended by itself, without an error; what is to run once and end belongs in `tasks`";

function fullDisk(text: string, { app }: CrashFacts): CrashAdvice | null {
  if (!/No space left on device|ENOSPC: no space|disk quota exceeded/i.test(text)) return null;
  return {
    evidence: [["cause", "the disk is full"]],
    fixes: [{ label: "see how full, make room, then", command: `df -h ${shellQuote(app.cwd)} && ${restarted(app)}` }],
  };
}

const NAME = "([A-Z][A-Z0-9_]{2,})";
/** How Python, its settings libraries and Node programs report a missing variable. */
const VARIABLE: readonly RegExp[] = [
  new RegExp(`environ[^]*KeyError: '${NAME}'`),
  new RegExp(`[Ee]nvironment variable "?${NAME}"? (?:is )?not set`),
  new RegExp(`\\b${NAME} not found\\. Declare it as envvar`),
  new RegExp(`Set the ${NAME} environment variable`),
  new RegExp(`(?:[Mm]issing|[Rr]equired|[Uu]nset)\\b[^\\n]*\\benv[^\\n]*?\\b${NAME}\\b`),
  new RegExp(`\\b${NAME}\\b[^\\n]*(?:is missing|is required|is not set|is not defined|must be set)`),
];
/** pydantic-settings names the fields in lower case, each on a line of its own. */
const FIELD = /^(\w+)\n\s+Field required \[type=missing/gim;

function missingVariable(text: string, facts: CrashFacts): CrashAdvice | null {
  const named = VARIABLE.map((pattern) => pattern.exec(text)?.[1]).find((name) => name !== undefined);
  const fields = /validation errors? for \w*(?:Settings|Config)/i.test(text)
    ? [...text.matchAll(FIELD)].map(([, field = ""]) => field.toUpperCase())
    : [];
  const names = named === undefined ? fields : [named];
  return names.length === 0 ? null : variableAdvice(names, facts);
}

function variableAdvice(names: readonly string[], facts: CrashFacts): CrashAdvice {
  const { app, envFile, example } = facts;
  const listed = example !== null && names.every((name) => new RegExp(`^(?:export )?${name}=`, "m").test(example.text));
  const evidence: Evidence[] = [
    ["cause", `${names.join(", ")} is not set, neither in the shell nor in ${shown(envFile.file, facts)}`],
  ];
  if (listed) evidence.push(["template", shown(example.file, facts)]);
  const [from, to] = [shellQuote(shown(example?.file ?? "", facts)), shellQuote(shown(envFile.file, facts))];
  const values = names.map((name) => `${name}=change-me`).join("\n");
  const template = `^(export )?(${names.join("|")})=`;
  const add = listed
    ? envFile.text === null
      ? `cp ${from} ${to}`
      : `${endLine(envFile.text, to)}grep -E ${shellQuote(template)} ${from} >> ${to}`
    : addLine({ file: envFile.file, text: envFile.text ?? "" }, values, facts);
  return {
    evidence,
    fixes: [
      {
        label: listed ? "take it from the template" : "set it, with its real value",
        command: `${add} && ${restarted(app)}`,
      },
    ],
  };
}

/** Appended text must not end up on the last line. */
const endLine = (text: string, file: string): string =>
  text === "" || text.endsWith("\n") ? "" : `echo >> ${file} && `;
