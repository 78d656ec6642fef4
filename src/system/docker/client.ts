import { createRequire } from "node:module";
import type Dockerode from "dockerode";

/**
 * dockerode as we use it needs none of these: they serve image builds (BuildKit sessions, contexts) and its own ssh. Loading
 * them is most of what `import "dockerode"` costs (docs/notes/docker.md has the figures).
 */
const UNUSED = {
  dockerode: ["@grpc/grpc-js", "@grpc/proto-loader", "protobufjs", "tar-fs", "@balena/dockerignore"],
  "docker-modem": ["./ssh"],
};

let loaded: typeof Dockerode | undefined;

/** dockerode without what we never call. Whatever else in this process asks for the same modules gets the real ones. */
export function loadDockerode(): typeof Dockerode {
  loaded ??= withoutUnused(createRequire(import.meta.url));
  return loaded;
}

function withoutUnused(require: NodeJS.Require): typeof Dockerode {
  const dockerode = createRequire(require.resolve("dockerode"));
  const modem = createRequire(dockerode.resolve("docker-modem"));
  const absent = [
    ...UNUSED.dockerode.flatMap((name) => deferred(dockerode, name)),
    ...UNUSED["docker-modem"].flatMap((name) => deferred(modem, name)),
  ];
  try {
    return require("dockerode") as typeof Dockerode;
  } finally {
    for (const file of absent) delete require.cache[file];
  }
}

/** Puts a stand-in into the module cache that loads the real module when something in it is used. */
function deferred(require: NodeJS.Require, name: string): string[] {
  let file: string;
  try {
    file = require.resolve(name);
  } catch {
    return []; // another version of dockerode that has no such dependency
  }
  if (require.cache[file]) return [];
  const real = (): Record<PropertyKey, unknown> => require(name) as Record<PropertyKey, unknown>;
  const exports: unknown = new Proxy(function standIn() {}, {
    get: (_target, key) => real()[key],
    apply: (_target, self, args: unknown[]) => (real() as unknown as (...a: unknown[]) => unknown).apply(self, args),
  });
  require.cache[file] = { id: file, filename: file, loaded: true, exports } as NodeJS.Module;
  return [file];
}
