import path from "node:path";
import type { Decided } from "../context.ts";
import { at, textsOf } from "../parse/data.ts";
import { hatchDefault, pixiManifest } from "../python/requirements/manager.ts";
import type { Repository } from "../repository/snapshot.ts";

/** Environments that are not the one an app runs in: conda's, and those of pixi and hatch beside another tool's. */
export function otherEnvironments({ repository, backends, apps }: Decided): string[] {
  const managers = new Map(backends.map(({ home }, index) => [home, apps[index]?.packageManager ?? "pip"]));
  return [...managers].flatMap(([home, manager]) => [
    ...conda(repository, home),
    ...pixi(repository, home, manager),
    ...hatch(repository, home, manager),
  ]);
}

function conda(repository: Repository, home: string): string[] {
  const file = ["environment.yml", "environment.yaml"].find((name) => repository.names(home).includes(name));
  return file === undefined
    ? []
    : [`${path.posix.join(home, file)} belongs to conda: activate its environment before \`devpm dev\``];
}

function pixi(repository: Repository, home: string, manager: string): string[] {
  const file = pixiManifest(repository, home);
  return file === null || manager === "pixi"
    ? []
    : [`${file} belongs to pixi: the environment is that of ${manager}, without the packages of pixi alone`];
}

function hatch(repository: Repository, home: string, manager: string): string[] {
  const found = hatchDefault(repository, home);
  const names = ["dependencies", "extra-dependencies"].flatMap((key) => textsOf(at(found?.declared, key)));
  if (found === null || names.length === 0 || manager === "hatch") return [];
  const packages = names.map((name) => /^[\w.-]+/.exec(name)?.[0] ?? name).join(", ");
  return [
    `${found.file} has an environment of hatch: that of ${manager} is used, without its own packages (${packages})`,
  ];
}
