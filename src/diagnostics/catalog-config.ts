import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with a configuration, its toolchain and its setup steps. */
export const configPages = {
  DEVPM_CONFIG_INVALID: {
    exit: 2,
    title: "The configuration has problems",
    explain: `The ecosystem file was loaded, and says things devpm cannot act on: a key it does not know, a value of the wrong type, a
dependency on something that does not exist or that leads back to itself, two apps on one port, a folder or a file of
variables that is not there. Nothing was started.

All problems are listed at once, each with its key path (\`apps.web.port\`). docs/config.md describes every key. In a plain
PM2 file, keys that neither PM2 nor devpm knows are left alone, as PM2 leaves them.`,
  },
  DEVPM_CONFIG_UNREADABLE: {
    exit: 2,
    title: "The configuration cannot be loaded",
    explain: `Running the ecosystem file failed: a syntax error, an error thrown by its own code or by something it imports, or it exports no
configuration. Nothing was started.

The line shown is the one in your own file where that is certain. The file is run by tsx, without a build step: TypeScript,
ES modules and CommonJS all work, with \`__dirname\` and \`import.meta.url\`, and \`import … from "devpm"\` is the devpm that runs.
Top-level \`await\` needs an ES module (\`"type": "module"\`, or the ending .mts); elsewhere export a promise instead.

\`devpm down\`, \`logs\`, \`status\` and \`list\` do not load the file and work meanwhile.`,
  },
  DEVPM_CONFIG_MISSING: {
    exit: 2,
    title: "There is no configuration, and nothing to detect",
    explain: `devpm looks for ecosystem.config.ts (.mts, .js, .mjs, .cjs, .json) in the working folder and upwards, or takes \`--config FILE\`. Without
one it runs what it detects: a Flask or FastAPI app beside its requirements, folders with a Vite dev script, the services
of a compose file. Here it found none of them. Nothing was started.

\`devpm init --dry-run\` shows what would be detected; \`devpm -C FOLDER dev\` starts elsewhere.`,
  },
  DEVPM_CONFIG_EXISTS: {
    exit: 2,
    title: "There is an ecosystem file already",
    explain: `\`devpm init\` writes a new file and never over one that is there. \`devpm init --dry-run\` prints what it would write; rename or
delete the present file to have it written.`,
  },
  DEVPM_ENV_FILE_INVALID: {
    exit: 2,
    title: "An environment file has lines that mean nothing",
    explain: `\`.env\` or a file of \`envFile\` has lines that are not used, or are used otherwise than they look. This is a warning: the other lines
count, and the app starts. Values are never quoted here, because they may be secrets.

The file is read as python-dotenv reads it: \`NAME=value\`, \`export\` before it or not; \`#\` begins a comment at the start of a line and after
white space; a value in quotes may have several lines; \`\${NAME}\` and \`\${NAME:-default}\` are filled in, but not inside single quotes.
\`$NAME\` and \`$$\` are plain text. Names are letters, digits and _, because a shell must be able to export them.

\`devpm explain-env APP\` shows what an app gets, and where each variable comes from.`,
  },
  DEVPM_TOOLCHAIN_MISSING: {
    exit: 3,
    title: "A program or library that an app needs is missing",
    explain: `Before anything is started devpm looks for what each app's command needs: its program on the PATH (with the app's virtual environment
first), the Python packages its preset imports, the folder's node_modules, and what its set-up steps call. What set-up is about
to install counts as there. Nothing was started.

Each finding comes with the command that mends it. \`devpm doctor\` runs the same checks alone.`,
  },
  DEVPM_SETUP_FAILED: {
    exit: 1,
    title: "A set-up step failed",
    explain: `A step that runs once before an app (creating the virtual environment, installing its packages, or one of \`setup\` in the
configuration) ended with an error, so the app was not started; the others are not affected.

The last lines it printed are quoted. The step runs again at the next \`devpm dev\` or \`devpm restart APP\`; run it by hand to see all
it says. A virtual environment that was being made is removed, so that half a one is never used.`,
  },
} as const satisfies Record<string, CatalogEntry>;
