import path from "node:path";
import type { Composed } from "../compose/composed.ts";
import { namesHost } from "../compose/host-name.ts";
import type { Context } from "../context.ts";
import type { Backend } from "../python/backend.ts";
import { readsVariable } from "../python/settings/reads-variable.ts";
import { variablesOf } from "../repository/env-files.ts";
import { givenVariables } from "../services/containers.ts";
import { namesInShort } from "./text.ts";

/** What the app's container is given, its code reads and no file sets. */
export function onlyForContainers(context: Context): string[] {
  const { backends, composed } = context;
  return backends.flatMap((backend) => {
    const names = composed ? onlyInCompose(context, composed, backend) : [];
    const env = path.posix.join(backend.cwd, ".env");
    return names.length === 0
      ? []
      : [
          `${backend.file} runs with ${namesInShort(names)} in its container, and no file sets ${names.length === 1 ? "it" : "them"}: write what it needs in ${env}`,
        ];
  });
}

/** Variables that only the app's container is given, and that its code reads: a program on the host may need them too. */
function onlyInCompose(context: Context, composed: Composed, backend: Backend): string[] {
  const { repository } = context;
  const { stack } = composed;
  const folders = new Set([".", backend.home, backend.cwd, ...stack.files.map((file) => path.posix.dirname(file))]);
  const set = new Set([...folders].flatMap((folder) => Object.keys(variablesOf(repository, folder))));
  const ofContainers = (name: string, value: string): boolean =>
    CONTAINERS.test(name) || /^\/|\$/.test(value) || stack.services.some((one) => namesHost(value, one.name));
  return Object.entries(givenVariables(context, backend))
    .filter(([name, value]) => value !== "" && !set.has(name) && !ofContainers(name, value))
    .map(([name]) => name)
    .filter((name) => readsVariable(repository, backend, name));
}

/** Where a container listens, and what is in it. */
const CONTAINERS = /(^|_)(HOST|PORT|PATH|DIR|HOME|ROOT)$|^PYTHON|^(PORT|HOST|TZ|CI)$|(CERT|KEY)_?FILE$/;
