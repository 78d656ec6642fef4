// docs/errors.md from the catalog of diagnostics, docs/commands.md from the command line's own help, and the keys and signs in
// docs/terminal.md: written, or with --check only compared. Needs a fresh dist.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createProgram } from "../dist/commands/program.js";
import { catalog } from "../dist/diagnostics/catalog.js";
import { KEYS, SIGNS } from "../dist/live/keys.js";

let printed = "";
const terminal = { out: { write: (text) => (printed += text) }, err: {} };

const folder = path.join(path.dirname(import.meta.dirname), "docs");
const pages = { "errors.md": errorsPage(), "commands.md": commandsPage(), "terminal.md": terminalPage() };

for (const [name, wanted] of Object.entries(pages)) {
  const file = path.join(folder, name);
  if (!process.argv.includes("--check")) writeFileSync(file, wanted);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== wanted) {
    console.error(`docs/${name} is not what src says; make it again: npm run docs`);
    process.exitCode = 1;
  }
}

function errorsPage() {
  const entries = Object.entries(catalog).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const empty = entries.filter(([, { explain }]) => explain.trim() === "").map(([code]) => code);
  if (empty.length > 0) throw new Error(`no page is written for ${empty.join(", ")} in src/diagnostics/catalog.ts`);
  const link = ([code, { title, exit }]) => `| [${code}](#${code.toLowerCase()}) | ${title} | ${exit} |`;
  return `${[
    "# Everything devpm can report",
    "<!-- made by `npm run docs` from src/diagnostics/catalog.ts: edit it there -->",
    "Each page is what `devpm explain CODE` prints. The number is the exit code of a command that ends with it.",
    ["| code | means | exit |", "|---|---|---|", ...entries.map(link)].join("\n"),
    ...entries.map(([code, { title, explain }]) => `## ${code}\n\n${title}.\n\n${explain.trim()}`),
  ].join("\n\n")}\n`;
}

function commandsPage() {
  const program = createProgram({ version: "", terminal, signals: {}, cwd: "", script: "", invocation: () => "devpm" });
  const commands = [...leaves(program)];
  return `${[
    "# Commands",
    "<!-- made by `npm run docs` from src/commands/*/command.ts: edit it there -->",
    "`devpm help COMMAND` prints the same. Exit codes: 0 ok · 1 an app or service failed · 2 usage or configuration wrong," +
      " nothing was started · 3 the machine is not ready, nothing was started · 70 a bug of devpm · 128+n ended by signal n.",
    `Every command takes:\n\n${optionTable(program)}`,
    ...commands.map(({ name, command }) =>
      [
        `## devpm ${name}`,
        `\`devpm ${name} ${usage(command)}\``,
        sentence(command.description()),
        optionTable(command),
        examples(command),
      ]
        .filter((part) => part !== "")
        .join("\n\n"),
    ),
  ].join("\n\n")}\n`;
}

/** The page is written by hand, except for its tables. */
function terminalPage() {
  const table = (head, rows) =>
    `| ${head} | |\n|---|---|\n${rows.map(([key, means]) => `| \`${key}\` | ${means.replaceAll("|", "\\|")} |`).join("\n")}`;
  const tables = {
    keys: table(
      "key",
      KEYS.map(({ keys, does }) => [keys, does]),
    ),
    signs: table(
      "sign",
      SIGNS.map(([sign, means]) => [sign.replaceAll("|", "\\|"), means]),
    ),
  };
  return readFileSync(path.join(folder, "terminal.md"), "utf8").replaceAll(
    /(<!-- (keys|signs): .*-->\n)[^]*?(<!-- \/\2 -->)/g,
    (_, begin, name, end) => `${begin}\n${tables[name]}\n\n${end}`,
  );
}

/** Below the options in the command's own help. */
function examples(command) {
  printed = "";
  command.outputHelp();
  const [, lines] = printed.split("\nExamples:\n");
  return lines === undefined
    ? ""
    : `\`\`\`sh\n${lines.trimEnd().replaceAll(/^ {2}(.*?)( {2,})(.*)$/gm, "$1$2# $3")}\n\`\`\``;
}

/** The commands that do something: `infra up`, not `infra`. */
function* leaves(parent, before = "") {
  for (const command of parent.createHelp().visibleCommands(parent)) {
    if (command.name() === "help") continue;
    const name = `${before}${command.name()}`;
    if (command.commands.length > 0) yield* leaves(command, `${name} `);
    else yield { name, command };
  }
}

function usage(command) {
  const words = command.registeredArguments.map((one) => {
    const name = `${one.argChoices?.filter((choice) => choice !== "names").join("|") ?? one.name()}${one.variadic ? "…" : ""}`;
    return one.required ? name : `[${name}]`;
  });
  return [...words, "[options]"].join(" ");
}

function optionTable(command) {
  const options = command.createHelp().visibleOptions(command);
  const cell = (text) => text.replaceAll("|", "\\|");
  const row = ({ flags, description, argChoices, defaultValue }) => {
    const notes = [
      ...(argChoices ? [argChoices.join(" or ")] : []),
      ...(["string", "number"].includes(typeof defaultValue) ? [`default ${defaultValue}`] : []),
    ];
    return `| \`${cell(flags)}\` | ${cell(description)}${notes.length > 0 ? ` (${cell(notes.join("; "))})` : ""} |`;
  };
  return ["| flag | does |", "|---|---|", ...options.map(row)].join("\n");
}

function sentence(text) {
  return text === "" ? "" : `${text[0].toUpperCase()}${text.slice(1)}.`;
}
