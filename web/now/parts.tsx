import { useState } from "preact/hooks";
import type { ServiceStatus } from "../../src/model/service-status.ts";
import type { AppStatus, TaskStatus } from "../../src/model/status.ts";
import { AppLink } from "../app-link.tsx";
import { bytes, fineDuration } from "../format.ts";
import { useKeys } from "../keys.tsx";
import { startOrder, type PageModel } from "../model.ts";
import { addressOf } from "../route.ts";
import { act } from "../store.ts";
import { PromptForm } from "./prompt.tsx";

/** Services, tasks and apps, what starts first on top. */
export function Parts({ page }: { page: PageModel }) {
  const { session, needs } = page;
  const names = [...session.infra.map(({ service }) => service), ...session.tasks.keys(), ...session.apps.keys()];
  const ordered = startOrder(names, needs);
  const chosable = ordered.filter((name) => session.apps.has(name) || session.tasks.has(name));
  const [chosen, choose] = useState<string | null>(null);
  const current = chosen !== null && chosable.includes(chosen) ? chosen : (chosable[0] ?? null);
  useChoice(page, chosable, current, choose);
  if (ordered.length === 0) return <p class="empty">Nothing is known yet: the configuration is being loaded.</p>;
  return (
    <section class="parts" aria-labelledby="parts-title">
      <h2 id="parts-title">In start order</h2>
      <table class="stacked">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Address</th>
            <th scope="col">Memory</th>
            <th scope="col">Restarts</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((name) => (
            <Part key={name} name={name} page={page} isChosen={name === current} choose={() => choose(name)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function useChoice(page: PageModel, names: readonly string[], current: string | null, choose: (name: string) => void) {
  const move = (by: number): void => {
    const at = Math.max(0, Math.min(names.length - 1, names.indexOf(current ?? "") + by));
    if (names[at] === undefined) return;
    choose(names[at]);
    document.querySelector(`[data-testid="part-${CSS.escape(names[at])}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const withName = (action: (name: string) => void) => (): void => {
    if (current !== null) action(current);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    S: withName((name) => void act({ op: isOff(page, name) ? "start" : "stop", names: [name] })),
    Enter: withName((name) => (location.hash = addressOf("logs", new URLSearchParams({ app: name })))),
  });
}

function isOff({ session }: PageModel, name: string): boolean {
  const state = session.apps.get(name)?.status.state ?? session.tasks.get(name)?.state;
  return state === "stopped" || state === "done" || state === "failed" || state === "crashed";
}

interface PartProps {
  name: string;
  page: PageModel;
  isChosen: boolean;
  choose: () => void;
}

function Part({ name, page, isChosen, choose }: PartProps) {
  const { session, needs } = page;
  const app = session.apps.get(name);
  const task = session.tasks.get(name);
  const service = session.infra.find((one) => one.service === name);
  const state = app?.status.state ?? task?.state ?? service?.state ?? "unknown";
  const needed = needs[name] ?? [];
  return (
    <tr
      data-testid={`part-${name}`}
      class={isChosen ? "chosen" : ""}
      aria-current={isChosen ? "true" : undefined}
      onClick={service ? undefined : choose}
    >
      <th scope="row">
        <span class={`dot state-${state}`} aria-hidden="true" />
        <a href={addressOf("logs", new URLSearchParams({ app: name }))}>{name}</a>
        {service && <span class="dim"> service</span>}
        {task && <span class="dim"> task</span>}
        {needed.length > 0 && <div class="dim needs">after {needed.join(", ")}</div>}
      </th>
      <td data-label="State">
        <span class={`state state-${state}`} data-testid={`state-${name}`}>
          {page.busy.get(name) ?? state}
        </span>
        {app && app.failure !== null && <div class="dim failure">{app.failure}</div>}
        {app?.status.prompt && <PromptForm app={name} prompt={app.status.prompt} />}
      </td>
      {app && <AppCells status={app.status} page={page} />}
      {task && <TaskCells task={task} />}
      {service && <ServiceCells service={service} />}
      <td data-label="Actions">{service ? null : <Actions name={name} page={page} isTask={task !== undefined} />}</td>
    </tr>
  );
}

function AppCells({ status, page }: { status: AppStatus; page: PageModel }) {
  const { name, url, port, restarts, reloads } = status;
  const usage = page.usage.get(name);
  const memory = usage?.memoryBytes ?? null;
  return (
    <>
      <td data-label="Address">{url === null ? (port ?? "") : <AppLink url={url} />}</td>
      <td data-label="Memory">
        {memory === null ? "" : bytes(memory)}
        {usage?.cpuPercent ? <span class="dim"> {usage.cpuPercent}%</span> : null}
      </td>
      <td data-label="Restarts">
        {restarts}
        {reloads > 0 && <span class="dim"> +{reloads} reloads</span>}
      </td>
    </>
  );
}

function TaskCells({ task: { ms, exitCode, skipped } }: { task: TaskStatus }) {
  return (
    <>
      <td data-label="Address">{skipped ? "nothing to do" : exitCode === null ? "" : `exit ${exitCode}`}</td>
      <td data-label="Memory" />
      <td data-label="Restarts">{ms === null ? "" : fineDuration(ms)}</td>
    </>
  );
}

function ServiceCells({ service: { ports, reason, drift } }: { service: ServiceStatus }) {
  return (
    <>
      <td data-label="Address">{ports.map(({ host }) => host).join(", ")}</td>
      <td data-label="Memory" />
      <td data-label="Restarts" class="dim">
        {[reason ?? "", drift ? "differs from the compose file" : ""].filter((text) => text !== "").join("; ")}
      </td>
    </>
  );
}

function Actions({ name, page, isTask }: { name: string; page: PageModel; isTask: boolean }) {
  const isBusy = page.busy.has(name) || page.connection !== "live";
  const off = isOff(page, name);
  if (isTask)
    return (
      <button disabled={isBusy} onClick={() => void act({ op: "restart", apps: [name] })}>
        Run<span class="hidden"> {name}</span>
      </button>
    );
  return (
    <span class="actions">
      <button disabled={isBusy} onClick={() => void act({ op: "restart", apps: [name] })}>
        Restart<span class="hidden"> {name}</span>
      </button>
      <button disabled={isBusy} onClick={() => void act({ op: off ? "start" : "stop", names: [name] })}>
        {off ? "Start" : "Stop"}
        <span class="hidden"> {name}</span>
      </button>
    </span>
  );
}
