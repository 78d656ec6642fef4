import path from "node:path";
import { namesHost } from "../compose/host-name.ts";
import type { Decided } from "../context.ts";
import { lineWhere } from "../parse/text.ts";
import { variablesOf } from "../repository/env-files.ts";
import { firstOfEach, whereAt } from "./text.ts";

/** Names of containers in env files that a program on the host cannot resolve, where the configuration does not replace them. */
export function containerHosts({ repository, composed, backends, apps }: Decided): string[] {
  const replaced = new Set(apps.flatMap(({ env }) => Object.keys(env ?? {})));
  const folders = [...new Set([".", ...backends.flatMap(({ home, cwd }) => [home, cwd])])];
  return folders.flatMap((folder) => {
    const names = Object.entries(variablesOf(repository, folder))
      .filter(
        ([name, value]) =>
          !replaced.has(name) &&
          /HOST|SERVER|UR[LI]|DSN|BROKER/i.test(name) &&
          composed?.infra.some((one) => namesHost(value, one.name)),
      )
      .map(([name]) => name);
    const where = folder === "." ? "the root" : folder;
    return names.length > 0
      ? [
          `${names.join(", ")} in the env files of ${where} ${names.length === 1 ? "names a container" : "name containers"}: outside of Compose use localhost and the published port`,
        ]
      : [];
  });
}

/** The address in an `alembic.ini` that only containers reach, where no `env.py` gives another. */
export function containersInAlembic({ repository, composed, tasks }: Decided): string[] {
  const files = new Set(tasks.flatMap(({ evidence }) => evidence.map(({ file }) => file)));
  return [...files].flatMap((file) => {
    const text = path.posix.basename(file) === "alembic.ini" ? (repository.text(file) ?? "") : "";
    const url = /^sqlalchemy\.url[ \t]*=[ \t]*(\S+)/m.exec(text)?.[1] ?? "";
    const service = composed?.infra.find(({ name }) => namesHost(url, name));
    const isReplaced = repository.files.some(
      (one) => one.endsWith("/env.py") && /set_main_option|create_(async_)?engine\(/.test(repository.text(one) ?? ""),
    );
    return service === undefined || isReplaced
      ? []
      : [
          `sqlalchemy.url names the container ${service.name}: outside of Compose use localhost and the published port (${file}:${lineWhere(text, url)})`,
        ];
  });
}

/** Addresses of containers in the code of a backend, where no variable of the configuration replaces them. */
export function containersWritten({ repository, backends, inCode, apps }: Decided): string[] {
  const replaced = new Set(apps.flatMap(({ env }) => Object.keys(env ?? {})));
  const found = backends.flatMap((backend) => {
    const folders = [".", backend.home, backend.cwd];
    // what a file sets is no default any more
    const isSet = (name: string): boolean =>
      replaced.has(name) || folders.some((folder) => Object.hasOwn(variablesOf(repository, folder), name));
    return (inCode.get(backend) ?? []).filter(({ variable }) => variable === null || !isSet(variable));
  });
  return firstOfEach(found, ({ file, service }) => `${file} ${service}`).map(
    (place) =>
      `the code names the container ${place.service}: outside of Compose use localhost and the published port (${whereAt(place)})`,
  );
}
