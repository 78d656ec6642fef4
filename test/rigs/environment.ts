import path from "node:path";

/** What a person's shell has and a test may hand on; nothing of npm, vitest, Python or a devpm around the tests. */
const KEPT =
  /^(PATH|LANG|LC_.+|USER|LOGNAME|SHELL|TZ|PYENV_ROOT|PIP_.+|.+_CA_BUNDLE|SSL_CERT_.+|NODE_EXTRA_CA_CERTS|.+_proxy|.+_PROXY|DOCKER_.+)$/;

/** A clean environment: the Node that runs the tests first on PATH, the real caches of pip and npm, a home of its own. */
export function cleanEnvironment(home: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => KEPT.test(name) && value !== undefined);
  const realHome = process.env.HOME ?? "/root";
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => !folder.includes("node_modules"));
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PATH: [path.dirname(process.execPath), ...folders].join(path.delimiter),
    HOME: home,
    TERM: "xterm-256color",
    PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? path.join(realHome, ".cache/pip"),
    NPM_CONFIG_CACHE: path.join(realHome, ".npm"),
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
  };
}
