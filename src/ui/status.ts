import { promptPlace, type Prompt } from "../model/prompt.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import type { AppState, AppStatus, Stale, Status, TaskStatus } from "../model/status.ts";
import type { Colors } from "./colors.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { table } from "./table.ts";
import { allVisible, duration, joinWithAnd, plural } from "../util/text.ts";
import { serviceState } from "./sentences.ts";

/** `devpm status` for people. */
export function statusLines(found: Status, columns: number, colors: Colors): string[] {
  const status = allVisible(found);
  const lines = [headline(status, colors)];
  if (status.stale) lines.push("", colors.yellow(`▲ ${left(status.stale)}`));
  else if (status.lastEnd) lines.push("", colors.yellow(`▲ ${status.lastEnd}`));
  if (status.apps.length > 0) lines.push("", ...appTable(status.apps, columns, colors));
  const failures = status.apps.flatMap((app) =>
    app.lastReload && doesNotRun(app) ? [`${app.name}: the last save, ${app.lastReload.file}, does not run`] : [],
  );
  const prompts = status.apps.flatMap(({ name, prompt }) => (prompt ? [waits(name, prompt)] : []));
  if (prompts.length > 0) lines.push("", ...prompts.map((text) => colors.yellow(text)));
  if (failures.length > 0) lines.push("", ...failures.map((text) => colors.red(`✖ ${text}`)));
  if (status.tasks) lines.push("", ...taskTable(status.tasks, columns, colors));
  if (status.infra.length > 0) lines.push("", ...infraLines(status.infra, columns, colors));
  return lines;
}

/** What is left of a session that was killed together with both of its guards. */
const left = ({ pids }: Stale): string =>
  `${plural(pids.length, "process", "processes")} of a session that was killed ${pids.length === 1 ? "is" : "are"} left (pid ${joinWithAnd(pids)}): devpm down ends ${pids.length === 1 ? "it" : "them"}, and so does the next devpm dev`;

const waits = (name: string, prompt: Prompt): string => {
  const place = promptPlace(prompt);
  return `▲ ${name} waits at a prompt${place === "" ? "" : `, ${place}`}: devpm attach ${shellQuote(name)}`;
};

/** The compose services as a table, and below it the problems of some. */
export function infraLines(found: readonly ServiceStatus[], columns: number, colors: Colors): string[] {
  const infra = allVisible(found);
  const lines = infraTable(infra, columns, colors);
  const reasons = infra.filter(({ reason }) => reason !== null);
  if (reasons.length > 0) lines.push("", ...reasons.map((service) => colors.yellow(`▲ ${serviceState(service)}`)));
  return lines;
}

function headline({ project, root, session }: Status, colors: Colors): string {
  const name = colors.bold(project);
  if (session === null) return `${name} is not running  ${colors.dim(root)}`;
  const how = session.detached ? "detached" : "attached";
  const state = session.state === "unresponsive" ? colors.yellow("does not answer") : session.state;
  return `${name} ${state}  ${colors.dim(`pid ${session.pid}, ${how}, ${root}`)}`;
}

function appTable(apps: readonly AppStatus[], columns: number, colors: Colors): string[] {
  const running = apps.some(({ pid }) => pid !== null);
  const rows = apps.map((app) => ({
    APP: app.name,
    STATE: app.state,
    URL: app.url ?? (app.port === null ? "" : `port ${app.port}`),
    "LAST SAVE": lastSave(app),
    PID: app.pid === null ? "" : String(app.pid),
    UP: app.uptimeMs === null ? "" : duration(app.uptimeMs),
    MEMORY: app.memoryBytes === null ? "" : `${Math.round(app.memoryBytes / 1_000_000)} MB`,
    CPU: app.cpuPercent === null ? "" : `${app.cpuPercent.toFixed(0)} %`,
    RELOADS: running ? String(app.reloads) : "",
    RESTARTS: running ? String(app.restarts) : "",
  }));
  return table(rows, columns, colors, (column, text) => (column === "STATE" ? paint(text as AppState, colors) : null));
}

function taskTable(tasks: readonly TaskStatus[], columns: number, colors: Colors): string[] {
  const rows = tasks.map(({ name, state, exitCode, skipped, pid, ms }) => ({
    TASK: name,
    STATE: state === "failed" && exitCode !== null ? `failed, exit code ${exitCode}` : state,
    // while it runs, the duration is that of an earlier run
    TOOK: skipped ? "nothing to do" : ms === null || state === "running" ? "" : duration(ms),
    PID: pid === null ? "" : String(pid),
  }));
  return table(rows, columns, colors, (column, text) => {
    if (column !== "STATE") return null;
    if (text === "done") return colors.green;
    if (text.startsWith("failed")) return colors.red;
    return text === "stopped" ? colors.dim : colors.yellow;
  });
}

function lastSave(app: AppStatus): string {
  const { lastReload } = app;
  if (lastReload === null) return "";
  if (lastReload.ok) return `${lastReload.file} ${Math.round(lastReload.ms)} ms`;
  return doesNotRun(app) ? `${lastReload.file} failed` : lastReload.file;
}

/** A save that failed runs after all once what it needed was installed or set, and the app started again. */
const doesNotRun = ({ lastReload, state }: AppStatus): boolean =>
  lastReload?.ok === false && (state === "crashed" || state === "failed");

function paint(state: AppState, colors: Colors): ((text: string) => string) | null {
  if (state === "ready") return colors.green;
  if (state === "crashed" || state === "failed") return colors.red;
  return state === "stopped" ? colors.dim : colors.yellow;
}

function infraTable(infra: readonly ServiceStatus[], columns: number, colors: Colors): string[] {
  const rows = infra.map(({ service, state, exitCode, reason, ports, container, drift }) => ({
    SERVICE: service,
    // it was to run once, or there would be a reason
    STATE: drift ? `${state}, compose file changed` : exitCode === 0 && reason === null ? "done" : state,
    PORTS: ports
      .map((port) => (port.host === port.container ? port.host : `${port.host}→${port.container}`))
      .join(", "),
    CONTAINER: container ?? "",
  }));
  return table(rows, columns, colors, (column, text) => {
    if (column !== "STATE") return null;
    return /^(healthy|running|done)/.test(text) ? colors.green : colors.yellow;
  });
}
