import type { Diagnostic, Evidence, Fix } from "../../diagnostics/diagnostic.ts";
import type { App, SetupStep } from "../../model/project.ts";
import type { CommandResult } from "../../system/commands.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { installed } from "../toolchain/installer.ts";
import { type Interpreter, chosen } from "../python/interpreters.ts";
import type { Requirement } from "../python/requires.ts";
import type { LostInterpreter } from "./lost-interpreter.ts";

/** What the machine has that a failed step may need. */
export interface Remedies {
  /** apt-get, dnf, apk, pacman, brew. */
  installer: string | null;
  interpreters: readonly Interpreter[];
  /** The Python that the step's project asks for. */
  python: Pick<Requirement, "text" | "fits"> | null;
}

export interface FailedStep {
  app: App;
  step: SetupStep;
  result: Pick<CommandResult, "exitCode" | "signal" | "failure">;
  lines: readonly string[];
  /** Whether the app runs, and continues to. */
  runs: boolean;
  /** Why it could not be started, although it is there. */
  lost?: LostInterpreter | null;
}

/** Pure: a set-up step that failed, with the cause that its tool names and the command against it. */
export function setupFailed({ app, step, result, lines, runs, lost }: FailedStep, remedies: Remedies): Diagnostic {
  const { exitCode, signal, failure } = result;
  const ended = failure ?? (exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`);
  const { evidence, fixes } = adviceFor(lines.join("\n"), app, step, remedies);
  return {
    code: "DEVPM_SETUP_FAILED",
    summary: `${app.name} was not ${runs ? "restarted" : "started"}: ${step.title} failed`,
    severity: "error",
    evidence: [
      ["step", `${step.title}  (${ended})`],
      ["in", step.cwd],
      ...(lost ? [whatIsLost(lost)] : evidence.length > 0 ? evidence : tooEarly(step, lines)),
    ],
    excerpt: telling(lines),
    ...(runs ? { state: `${app.name} still runs with what was installed before.` } : {}),
    fixes: [
      ...fixes,
      {
        label: fixes.length > 0 ? "or see its whole output" : "see its whole output",
        command: `cd ${shellQuote(step.cwd)} && ${shellQuote(...step.run)}`,
      },
      ...(fixes.length > 0 ? [] : [{ label: "then", command: `devpm restart ${shellQuote(app.name)}` }]),
    ],
  };
}

const whatIsLost = ({ script, interpreter }: LostInterpreter): Evidence => [
  "cause",
  `${script} is run by ${interpreter}, which is not there any more: install the tool again`,
];

/** What asks a registry, and no service. */
const INSTALLS = /^(?:npm|pnpm|yarn|bun|pip3?|uv|poetry|pipenv|hatch|pixi|python[\d.]* -m (?:pip|venv))\b/;

/** A step of the user's own that asked a service, which is only being started. */
const tooEarly = ({ title }: SetupStep, lines: readonly string[]): Evidence[] =>
  !INSTALLS.test(title) && lines.some((line) => /\bECONNREFUSED\b|\bconnection refused\b/i.test(line))
    ? [["cause", "set-up does not wait for services, nor get the app's `env`; what needs them belongs in `tasks`"]]
    : [];

/** Lines of a failed step that are shown. */
const SHOWN = 6;
/** Where a tool begins to say what failed. */
const BEGINS =
  /^[\s│|]*(?:error|fatal|npm error|npm ERR!|Error: ERR_PNPM\w*|ERR_PNPM\w*|[A-Z]\w*(?:Error|Exception))\b[:!\s]|fatal error:|Unable to find installation candidates/i;
/** The frames that pip draws around another program's output: they name no cause. */
const FRAME =
  /subprocess-exited-with-error|did not run successfully|^[\s│|]*exit code: |See above for output|lines of output\]|\[end of output\]|note: This error originates|^\s*\[notice\]/;

/** From the first line that names a cause; without one the last lines. */
export function telling(lines: readonly string[]): string[] {
  const plain = lines.filter((line) => line.trim() !== "");
  const said = plain.filter((line) => !FRAME.test(line) && /[^\s│|×╰─>]/.test(line));
  const begins = said.findIndex((line) => BEGINS.test(line));
  return begins < 0 ? plain.slice(-SHOWN) : said.slice(begins, begins + SHOWN);
}

interface Advice {
  evidence: Evidence[];
  fixes: Fix[];
}

function adviceFor(text: string, app: App, step: SetupStep, remedies: Remedies): Advice {
  const advisers = [noInterpreter, unapprovedBuilds, peerConflict, downloadingScript, systemPackage];
  return advisers.map((advise) => advise(text, app, step, remedies)).find((one) => one !== null) ?? NONE;
}

const NONE: Advice = { evidence: [], fixes: [] };

const inFolder = ({ cwd }: SetupStep, command: string, { name }: App): string =>
  `(cd ${shellQuote(cwd)} && ${command}) && devpm restart ${shellQuote(name)}`;

/**
 * uv downloads an interpreter where it finds none that the project asks for, and of a range the newest. One that fits may be
 * here already, where uv does not look (pyenv).
 */
function noInterpreter(text: string, app: App, step: SetupStep, { interpreters, python }: Remedies): Advice | null {
  const wanted = /Failed to download `[^`]*\/cpython-(\d+\.\d+)/.exec(text)?.[1];
  if (step.run[0] !== "uv" || wanted === undefined) return null;
  const found =
    chosen(interpreters, (version) => version.startsWith(`${wanted}.`)) ??
    chosen(interpreters, (version) => python?.fits(version) === true);
  const cause = `uv could not download Python ${wanted}${python ? `; the project asks for ${python.text}` : ""}`;
  if (!found) return { evidence: [["cause", cause]], fixes: [] };
  return {
    evidence: [["cause", `${cause}; ${found.version} is in ${found.path}`]],
    fixes: [
      {
        label: "use the one that is here",
        command: inFolder(step, `uv sync --python ${shellQuote(found.path)}`, app),
      },
    ],
  };
}

/** pnpm 11 and later end with an error where a package has an install script that is neither allowed nor refused. */
function unapprovedBuilds(text: string, app: App, step: SetupStep): Advice | null {
  const listed = /Ignored build scripts: ([^\n]+)/.exec(text)?.[1];
  if (step.run[0] !== "pnpm" || listed === undefined || !text.includes("ERR_PNPM_IGNORED_BUILDS")) return null;
  const names = listed.split(",").flatMap((one) => /^\s*(@?[^@\s]+)/.exec(one)?.[1]?.replace(/\.$/, "") ?? []);
  return {
    evidence: [["cause", `this pnpm asks whether ${names.join(", ")} may run install scripts`]],
    fixes: [{ label: "allow it", command: inFolder(step, `pnpm approve-builds ${shellQuote(...names)}`, app) }],
  };
}

/** npm from 7 on refuses to install a package that was made for another version of what the project has. */
function peerConflict(text: string, app: App, step: SetupStep): Advice | null {
  if (step.run[0] !== "npm" || !/npm (?:error|ERR!) code ERESOLVE/.test(text)) return null;
  const [, name, version, wanting] =
    /Could not resolve dependency:\s+npm (?:error|ERR!) peer (\S+)@"([^"]+)" from (\S+)/.exec(text) ?? [];
  const found = name === undefined ? undefined : text.split(/\s/).find((word) => isVersionOf(name, word));
  const has = found === undefined ? "" : `, and there is ${found}`;
  const cause =
    name === undefined
      ? "packages were made for other versions of each other than package.json has"
      : `${wanting} was made for ${name} ${version}${has}`;
  return {
    evidence: [["cause", cause]],
    fixes: [
      {
        label: "install them as they are",
        command: inFolder(step, `${shellQuote(...step.run)} --legacy-peer-deps`, app),
      },
    ],
  };
}

/** `react@18.3.1` of `react`, and not the range of one that wants it. */
const isVersionOf = (name: string, word: string): boolean =>
  word.startsWith(`${name}@`) && /^\d/.test(word.slice(name.length + 1));

/** How npm, pnpm, yarn 1 and bun name the package whose install script failed. */
const SCRIPT_OF =
  /npm (?:error|ERR!) path \S*node_modules\/(\S+)|node_modules\/(\S+) (?:pre|post)?install: Failed|error \S*node_modules\/(\S+): Command failed|install script from "([^"]+)" exited/;

/** Packages whose install scripts download a program that no development server needs, and what turns that off. */
const DOWNLOADS: readonly (readonly [RegExp, string])[] = [
  [/^(?:@playwright\/browser-\w+|playwright(?:-\w+)?)$/, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1"],
  [/^puppeteer$/, "PUPPETEER_SKIP_DOWNLOAD=true"],
  [/^cypress$/, "CYPRESS_INSTALL_BINARY=0"],
  [/^electron$/, "ELECTRON_SKIP_BINARY_DOWNLOAD=1"],
  [/^@sentry\/cli$/, "SENTRYCLI_SKIP_DOWNLOAD=1"],
];

/** A browser or binary that cannot be downloaded here keeps every other package from being installed. */
function downloadingScript(text: string, app: App, step: SetupStep): Advice | null {
  const name = SCRIPT_OF.exec(text)
    ?.slice(1)
    .find((one) => one !== undefined);
  const variable = name === undefined ? undefined : DOWNLOADS.find(([pattern]) => pattern.test(name))?.[1];
  if (variable === undefined) return null;
  return {
    evidence: [["cause", `the install script of ${name} failed, which downloads a program`]],
    fixes: [{ label: "install without it", command: inFolder(step, `${variable} ${shellQuote(...step.run)}`, app) }],
  };
}

/** Programs and headers that packages are compiled with, and what each system calls them. */
const SYSTEM: readonly (readonly [RegExp, string, Readonly<Record<string, string>>])[] = [
  [
    /pg_config(?: executable)? (?:not found|is required)|libpq-fe\.h/,
    "the headers of PostgreSQL's client",
    { "apt-get": "libpq-dev", dnf: "libpq-devel", apk: "postgresql-dev", pacman: "postgresql-libs", brew: "libpq" },
  ],
  [
    /Can not find valid pkg-config name|mysql_config[^\n]*not found|mysql\.h/,
    "the headers of MySQL's client",
    {
      "apt-get": "default-libmysqlclient-dev pkg-config",
      dnf: "mysql-devel pkgconf",
      apk: "mariadb-dev pkgconf",
      pacman: "mariadb-libs pkgconf",
      brew: "mysql-client pkg-config",
    },
  ],
  [
    /Python\.h(?:: No such file|' file not found)/,
    "Python's headers",
    { "apt-get": "python3-dev", dnf: "python3-devel", apk: "python3-dev", pacman: "python", brew: "python" },
  ],
  [
    /command '[^']*(?:gcc|cc|clang|g\+\+)' failed: No such file|No such file or directory: '(?:[^']*[/-])?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[\d.]+)?'|unable to execute '[^']*cc'|\b(?:gcc|cc|g\+\+): (?:command )?not found/,
    "a C compiler",
    { "apt-get": "build-essential", dnf: "gcc-c++", apk: "build-base", pacman: "base-devel", brew: "gcc" },
  ],
];

function systemPackage(text: string, { name }: App, _: SetupStep, { installer }: Remedies): Advice | null {
  const found = SYSTEM.find(([pattern]) => pattern.test(text));
  if (!found) return null;
  const [, what, names] = found;
  return {
    evidence: [["cause", `${what} are needed to compile a package`.replace("compiler are", "compiler is")]],
    fixes: [
      {
        label: "install them",
        command: `${installed(installer, names, names["apt-get"] ?? "")} && devpm restart ${shellQuote(name)}`,
      },
    ],
  };
}
