import { variableOfUrl } from "../model/url-variable.ts";
import { isServiceOf } from "./containers.ts";
import type { Context } from "./context.ts";
import { passedOnTo } from "./front/config.ts";
import type { DetectedApp } from "./model.ts";

const at = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;
const isCode = (file: string): boolean => /\.[cm]?[jt]s$/.test(file);
const following = ({ name }: DetectedApp, otherwise: string): string =>
  `process.env.${variableOfUrl(name)} ?? "${otherwise}"`;

/** A proxy with an address in its text does not follow an app to another port; one that reads the variable does. */
export function followers({ fronts, expected, repository }: Context, apps: readonly DetectedApp[]): string[] {
  return fronts.flatMap((front) => {
    const [first] = (expected.get(front) ?? []).filter(({ kind }) => kind === "proxy");
    const target = apps.find(({ port }) => port === first?.port);
    const text = repository.text(first?.evidence.file ?? "") ?? "";
    if (!first || !target || !isCode(first.evidence.file) || text.includes("DEVPM_URL_")) return [];
    const value = following(target, `http://localhost:${target.port}`);
    return [`the proxy follows ${target.name} to another port with \`${value}\` (${at(first.evidence)})`];
  });
}

const ADDRESS = /^(?:https?|wss?):\/\/([\w.-]{1,100})(?::\d{1,5})?(?=\/|$)/;

/** A proxy to the container of an app: outside of Compose's network nothing has its name. */
export function containerTargets({ fronts, composed, repository }: Context, apps: readonly DetectedApp[]): string[] {
  return fronts.flatMap((front) => {
    for (const { target, file, line } of passedOnTo(repository, front)) {
      const [address, host] = ADDRESS.exec(target) ?? [];
      const service = composed?.apps.find(({ name }) => name === host);
      const app = service && apps.find(({ cwd }) => isServiceOf(service, cwd, cwd));
      if (address === undefined || !app || repository.text(file)?.includes("DEVPM_URL_")) continue;
      const value = isCode(file) ? following(app, address) : `http://localhost:${app.port}`;
      return [
        `the proxy names the container ${host}, which only containers reach: use \`${value}\` (${at({ file, line })})`,
      ];
    }
    return [];
  });
}
