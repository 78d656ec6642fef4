import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with a configuration, its toolchain and its setup steps. */
export const configPages = {
  DEVPM_CONFIG_INVALID: {
    exit: 2,
    title: "The configuration has problems",
    explain: `The ecosystem file was loaded, but it has settings that devpm cannot use: an unknown key, a value of the wrong type, a
dependency that does not exist or that leads back to itself, two apps on one port, a folder or an environment file that
does not exist. Nothing was started.

All problems are listed at once, each with its key path (\`apps.web.port\`). docs/config.md describes every key. In a plain
PM2 file, keys that neither PM2 nor devpm knows are ignored, as PM2 ignores them.`,
  },
  DEVPM_CONFIG_UNREADABLE: {
    exit: 2,
    title: "The configuration cannot be loaded",
    explain: `Running the ecosystem file failed: it has a syntax error, its own code or an import threw an error, or it exports no
configuration. Nothing was started.

The line shown is in your own file, where devpm is certain of it. The file is run by tsx, without a build step: TypeScript,
ES modules and CommonJS all work, with \`__dirname\` and \`import.meta.url\`, and \`import … from "devpm"\` is the devpm that runs.
Top-level \`await\` needs an ES module (\`"type": "module"\`, or the ending .mts); elsewhere export a promise instead.
A function, as some tools take one, is not called: export what it returns.

\`devpm down\`, \`logs\`, \`status\` and \`list\` do not load the file, so they still work.`,
  },
  DEVPM_CONFIG_MISSING: {
    exit: 2,
    title: "There is no configuration, and nothing to detect",
    explain: `devpm looks for ecosystem.config.ts (.mts, .js, .mjs, .cjs, .json) in the working folder and the folders above it, or uses \`--config FILE\`.
Without a configuration it runs what it detects: Python web applications, packages with a dev server, the services of a compose
file. It found none of them here. Nothing was started.

\`devpm init --dry-run\` shows what would be detected; \`devpm -C FOLDER dev\` starts elsewhere.`,
  },
  DEVPM_CONFIG_EXISTS: {
    exit: 2,
    title: "An ecosystem file already exists",
    explain: `\`devpm init\` writes a new file and never overwrites an existing one. \`devpm init --dry-run\` prints what it would write. To write
it, rename or delete the existing file first.`,
  },
  DEVPM_ENV_FILE_INVALID: {
    exit: 2,
    title: "An environment file has invalid lines",
    explain: `\`.env\` or a file of \`envFile\` has lines that are ignored, or that mean something else than they seem to. This is a warning: the other
lines are used, and the app starts. Values are never quoted here, because they may be secrets.

The file is read as python-dotenv reads it: \`NAME=value\`, \`export\` before it or not; \`#\` begins a comment at the start of a line and after
white space; a quoted value may have several lines; \`\${NAME}\` and \`\${NAME:-default}\` are replaced, but not inside single quotes.
\`$NAME\` and \`$$\` are plain text. Names consist of letters, digits and _, so that a shell can export them.

\`devpm explain-env APP\` shows the variables of an app, and where each comes from.`,
  },
  DEVPM_TOOLCHAIN_MISSING: {
    exit: 3,
    title: "A program or library that an app needs is missing",
    explain: `Before it starts anything, devpm checks what each app's command needs: its program on the PATH (the app's virtual environment
comes first), the Python packages that its preset imports, the folder's node_modules, and the programs that its set-up steps
use. What set-up is about to install counts as present. Nothing was started.

Each problem comes with the command that fixes it. \`devpm doctor\` runs only these checks.`,
  },
  DEVPM_PACKAGES_MISSING: {
    exit: 1,
    title: "Packages of an app are not installed",
    explain: `A package.json, requirements file or lock file of the app names packages that its node_modules or virtual environment does not
have, or has in another version. devpm installs packages for its presets and for Python commands. With \`setup: false\`, with steps of
your own, for other commands of Node and in a plain PM2 file, that is left to you.

The app is started nevertheless: it may not need them. The fix is what installs them, in the folder where they belong.`,
  },
  DEVPM_SETUP_FAILED: {
    exit: 1,
    title: "A set-up step failed",
    explain: `A step that runs once before an app (creating the virtual environment, installing its packages, or a step of \`setup\` in the
configuration) ended with an error, so the app was not started. Other apps are not affected.

The last lines of its output are quoted; \`devpm logs APP\` has all of them. The step runs again at the next \`devpm dev\` or
\`devpm restart APP\`. A virtual environment that was not finished is removed, so that it is never used by mistake.`,
  },
} as const satisfies Record<string, CatalogEntry>;
