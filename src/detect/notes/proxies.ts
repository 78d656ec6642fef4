import { groupBy } from "../../util/group.ts";
import { variableOfUrl } from "../../model/url-variable.ts";
import { isServiceOf } from "../services/containers.ts";
import type { Decided } from "../context.ts";
import { passedOnTo } from "../front/expectations.ts";
import type { DetectedApp } from "../model.ts";
import { whereAt } from "./text.ts";
import type { Repository } from "../repository/snapshot.ts";

const isCode = (file: string): boolean => /\.[cm]?[jt]s$/.test(file);
const following = ({ name }: DetectedApp, otherwise: string): string =>
  `process.env.${variableOfUrl(name)} ?? "${otherwise}"`;

/** A proxy with an address in its text does not follow an app to another port; one that reads the variable does. */
export function followers({ fronts, expected, repository, apps }: Decided): string[] {
  return fronts.flatMap((front) => {
    const proxies = (expected.get(front) ?? []).filter(({ kind }) => kind === "proxy");
    return apps.flatMap((target) => {
      const proxy = proxies.find(({ port }) => port === target.port);
      // an address that the front end gives of itself
      const isItself = target.evidence.some(
        ({ file, line }) => file === front.evidence.file && line === front.evidence.line,
      );
      if (!proxy || isItself || !isCode(proxy.evidence.file) || alreadyFollows(repository, proxy.evidence.file, target))
        return [];
      const value = following(target, `http://localhost:${target.port}`);
      return [`the proxy follows ${target.name} to another port with \`${value}\` (${whereAt(proxy.evidence)})`];
    });
  });
}

const alreadyFollows = (repository: Repository, file: string, { name }: DetectedApp): boolean =>
  repository.text(file)?.includes(variableOfUrl(name)) === true;

const ADDRESS = /^(?:https?|wss?):\/\/([\w.-]{1,100})(?::\d{1,5})?(?=\/|$)/;

/** A proxy to the container of an app: outside of Compose's network nothing has its name. */
export function containerTargets({ fronts, composed, configs, repository, apps }: Decided): string[] {
  return fronts.flatMap((front) => {
    const passed = passedOnTo(configs.get(front) ?? []).flatMap(({ target, ...place }) => {
      const [address, host] = ADDRESS.exec(target) ?? [];
      return address === undefined ? [] : [{ address, host, ...place }];
    });
    return (composed?.apps ?? []).flatMap((service) => {
      const found = passed.find(({ host }) => host === service.name);
      const app = apps.find(({ cwd }) => isServiceOf(service, cwd, cwd));
      if (!found || !app || alreadyFollows(repository, found.file, app)) return [];
      const value = isCode(found.file) ? following(app, found.address) : `http://localhost:${app.port}`;
      return [
        `the proxy names the container ${service.name}, which only containers reach: use \`${value}\` (${whereAt(found)})`,
      ];
    });
  });
}

/** A front end that expects a port which no app has: nobody has it, or a router of containers that is left out. */
export function strayPorts({ fronts, composed, expected, apps }: Decided): string[] {
  const ofApps = new Set(apps.map(({ port }) => port));
  const published = (composed?.stack.services ?? []).flatMap((service) =>
    service.ports.flatMap(({ host }) => (host === null ? [] : [{ host, service }])),
  );
  return fronts.flatMap((front) => {
    const stray = (expected.get(front) ?? []).filter(({ port, kind }) => !ofApps.has(port) && kind === "proxy");
    const each = [...groupBy(stray, ({ port }) => port)].slice(0, 4);
    return each.flatMap(([port, [first]]) => {
      const holders = published.filter(({ host }) => host === port).map(({ service }) => service);
      const router = holders.every(({ name }) => composed?.roles.get(name) === "proxy") ? holders[0] : undefined;
      if (!first || (holders.length > 0 && !router)) return [];
      const whose = router
        ? `which ${router.name} has: it is not started, so name the apps instead`
        : "which no app has";
      return [`${first.evidence.file} expects port ${port}, ${whose} (${whereAt(first.evidence)})`];
    });
  });
}
