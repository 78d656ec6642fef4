import path from "node:path";
import { shellQuote } from "../../../util/shell-quote.ts";
import type { CrashAdvice, CrashFacts } from "./facts.ts";
import { inFolder, restarted } from "./fix-commands.ts";

/** What a front end's tools need before they build, or what a backend serves that is not built; null for other causes. */
export const buildAdvice = (text: string, facts: CrashFacts): CrashAdvice | null =>
  legacyHash(text, facts) ?? missingBuild(text, facts);

const OPTION = "--openssl-legacy-provider";

/** webpack 4 (Create React App 4, Angular 11, Vue CLI 4) asks OpenSSL for MD4. */
function legacyHash(text: string, { app }: CrashFacts): CrashAdvice | null {
  if (!/ERR_OSSL_EVP_UNSUPPORTED|digital envelope routines::unsupported/.test(text)) return null;
  return {
    evidence: [
      ["cause", "this webpack uses a hash (MD4) that OpenSSL in Node 17 and later has switched off"],
      ["write", `env: { NODE_OPTIONS: "${OPTION}" } into apps.${app.name} of the ecosystem file`],
    ],
    // not into `.env`: Create React App reads that itself, when it is too late for Node's own options
    fixes: [{ label: "allow it", command: `devpm down && NODE_OPTIONS="$NODE_OPTIONS ${OPTION}" devpm dev` }],
  };
}

/** As Starlette, Python's open() and Node name a folder or file that is not there. */
const ABSENT: readonly RegExp[] = [
  /Directory '([^']+)' does not exist/,
  /No such file or directory: '([^']+)'/,
  /ENOENT: no such file or directory, \w+ '([^']+)'/,
];

function missingBuild(text: string, facts: CrashFacts): CrashAdvice | null {
  const { app, builds } = facts;
  const named = ABSENT.map((pattern) => pattern.exec(text)?.[1]).find((name) => name !== undefined);
  if (named === undefined) return null;
  const wanted = path.resolve(app.cwd, named);
  const build = builds.find(({ folder }) => isOutput(path.relative(folder, wanted)));
  if (!build) return null;
  return {
    evidence: [["cause", `${named} is made by the build of ${build.app}, which has not run here`]],
    fixes: [
      {
        label: "build it",
        command: `${inFolder(build.folder, shellQuote(...build.run), facts)} && ${restarted(app)}`,
      },
    ],
  };
}

/** Where the tools of front ends write. */
const isOutput = (below: string): boolean => /^(dist|build|out|\.output|\.next|public\/build)(\/|$)/.test(below);
