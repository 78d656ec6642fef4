import type { FoundCommand } from "../commands/found-command.ts";
import type { EvidencePlace, Omitted } from "../model.ts";
import { dataAt, json, textAt, toml } from "../parse/data.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { builtByHand } from "./by-hand.ts";
import { isOnlyDeployed } from "./deployment.ts";
import { isForTests } from "./elsewhere.ts";
import { type ComposeStack, type Service, readStack } from "./model.ts";
import { type Role, isStore, rolesOf } from "./roles.ts";

/** The compose files that a developer uses, and what each of their services is. */
export interface Composed {
  files: string[];
  stack: ComposeStack;
  roles: ReadonlyMap<string, Role>;
  /** Services to start, in the order of the file. */
  infra: Service[];
  /** Those that are the apps themselves, their workers and migrations. */
  apps: Service[];
  omitted: Omitted[];
  evidence: EvidencePlace[];
}

const USUAL_PROFILES = /^(dev|develop|development|local|infra|services|deps|db|database|all|full|default)$/;

/** Why the container of an app is left out. */
export const OF_AN_APP = "one of the apps, or made of their image";

const REASONS: Readonly<Record<Role, string>> = {
  infra: "",
  app: OF_AN_APP,
  sidecar: "it runs in the network of a container that is left out",
  proxy: "it routes to containers; the apps are reached directly",
  console: "a page for people that no app needs; add it to `services` to have it started",
  monitoring: "monitoring that no app needs; add it to `services` to have it started",
  care: "it looks after containers or their data; no app needs it",
};

/** What each service of some compose files is, and which of them are started. */
export function composedOf(repository: Repository, files: string[], commands: readonly FoundCommand[]): Composed {
  const stack = readStack(repository, files);
  const byHand = builtByHand(repository, stack.services, commands);
  const roles = rolesOf(repository, stack.services, projectNames(repository), byHand);
  const omitted: Omitted[] = [];
  const infra: Service[] = [];
  const apps: Service[] = [];
  const stores = stack.services.filter(({ name }) => roles.get(name) === "infra");
  const isActive = activeBy(repository, commands, stores);
  // where nothing runs without a profile, that of development does
  const usual = stores.every((one) => one.profiles.length > 0 && !isActive(one));
  for (const service of stack.services) {
    const role = roles.get(service.name) ?? "app";
    const evidence = { file: service.file, line: service.line, says: service.image ?? "build" };
    const isUsual = usual && service.profiles.some((profile) => USUAL_PROFILES.test(profile));
    const off = service.profiles.length > 0 && !isActive(service) && !isUsual;
    const aside = isForTests(service.name);
    const deployed = role === "infra" && isOnlyDeployed(repository, service, stack, roles);
    if (role === "infra" && !off && !aside && !deployed) infra.push(service);
    else
      omitted.push({
        what: service.name,
        why:
          off && role === "infra"
            ? `only started with the profile ${service.profiles.join(", ")}`
            : aside && role === "infra"
              ? "for tests"
              : deployed
                ? "it publishes no port, and the code uses SQLite where it is given nothing else"
                : REASONS[role],
        at: evidence,
      });
    if (role === "app") apps.push({ ...service, build: service.build ?? byHand(service) });
  }
  return {
    files,
    stack,
    roles,
    infra: withoutHelpersOfApps(infra, roles),
    apps,
    omitted,
    evidence: infra.map(({ file, line, image, name }) => ({ file, line, says: `${name}: ${image ?? "build"}` })),
  };
}

const DEPLOYED_PROFILES = /^(prod|production|release|staging)$/;

/**
 * By the profiles that COMPOSE_PROFILES and commands name. That of a deployment, which a document may show beside, counts where no
 * store runs without it.
 */
function activeBy(
  repository: Repository,
  commands: readonly FoundCommand[],
  stores: readonly Service[],
): (service: Service) => boolean {
  const set = (variablesOf(repository, ".").COMPOSE_PROFILES ?? "").split(",");
  const named = commands.flatMap(({ intent, stage }) =>
    intent.kind === "compose" && stage !== "prod" ? intent.profiles : [],
  );
  const byProfiles = (names: readonly string[]) => (service: Service) =>
    service.profiles.some((profile) => names.includes(profile));
  const isActive = byProfiles([...set, ...named.filter((profile) => !DEPLOYED_PROFILES.test(profile))]);
  const runs = stores.some((one) => one.profiles.length === 0 || isActive(one));
  return runs ? isActive : byProfiles([...set, ...named]);
}

/** A one-shot that waits for an app is the app's. */
const withoutHelpersOfApps = (infra: readonly Service[], roles: ReadonlyMap<string, Role>): Service[] =>
  infra.filter(
    (service) =>
      isStore(service) || service.dependsOn.length === 0 || service.dependsOn.some((name) => roles.get(name) !== "app"),
  );

/** The project's names: its folder, its packages. */
function projectNames(repository: Repository): string[] {
  return [
    repository.name,
    textAt(repository.parsed("package.json", json), "name"),
    textAt(repository.parsed("pyproject.toml", toml), "project", "name"),
    textAt(dataAt(repository.parsed("pyproject.toml", toml), "tool", "poetry"), "name"),
  ].flatMap((name) =>
    name === null || /^(app|api|web|backend|frontend|server|client|root|project|monorepo|redis|postgres)$/.test(name)
      ? []
      : [name.split("/").at(-1) ?? name],
  );
}
