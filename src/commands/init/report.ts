import type { Detected, EvidencePlace } from "../../detect/model.ts";
import type { Colors } from "../../ui/colors.ts";
import { pad } from "../../util/text.ts";

interface Row {
  name: string;
  kind: string;
  port: string;
  runs: string;
  evidence: readonly EvidencePlace[];
}

/** What was found and in which files, what was left out, and what is missing: for a user at a terminal. */
export function reportLines(found: Detected, colors: Colors): string[] {
  const rows = [...apps(found), ...tasks(found), ...services(found)];
  const left = found.omitted.map(({ what, why, at }) => `${what}: ${why}${at === null ? "" : ` (${place(at)})`}`);
  const missing = found.templates.map(({ command, empty, evidence }) => {
    const fill = empty.length === 0 ? "" : `   then fill in ${some(empty)}`;
    return `${command}${fill} (${place(evidence)})`;
  });
  return [
    ...table(rows, colors),
    ...section("left out", left, colors),
    ...section("missing to start", missing, colors),
    ...section("good to know", found.notes, colors),
  ];
}

const apps = ({ apps: all }: Detected): Row[] =>
  all.map(({ name, kind, cwd, app, command, preset, port, evidence }) => ({
    name,
    kind,
    port: String(port),
    runs: `${app ?? command ?? (preset === "django" ? "manage.py runserver" : "its dev script")}${cwd === "." ? "" : ` in ${cwd}`}`,
    evidence,
  }));

const tasks = ({ tasks: all }: Detected): Row[] =>
  all.map(({ name, preset, run, cwd, app, start, evidence }) => {
    const where = cwd ?? app;
    const runs = `${run ?? preset}${where === undefined ? "" : ` in ${where}`}${start ? "" : ", off"}`;
    return { name, kind: "task", port: "", runs, evidence };
  });

function services({ infra }: Detected): Row[] {
  return (infra?.services ?? []).map((name, index) => {
    const evidence = infra?.evidence[index];
    const runs = evidence?.says.replace(`${name}: `, "") ?? "";
    return { name, kind: "service", port: "", runs, evidence: evidence ? [evidence] : [] };
  });
}

const HEAD: Row = { name: "name", kind: "kind", port: "port", runs: "runs", evidence: [] };

/** A row each, and below it the sources: unlike a table, it never drops where a fact comes from. */
function table(rows: readonly Row[], colors: Colors): string[] {
  const width = (of: (row: Row) => string): number => Math.max(...[HEAD, ...rows].map((row) => of(row).length)) + 2;
  const [name, kind, port] = [width((row) => row.name), width((row) => row.kind), width((row) => row.port)];
  const line = (row: Row): string => `${pad(row.name, name)}${pad(row.kind, kind)}${pad(row.port, port)}${row.runs}`;
  return [
    colors.dim(line(HEAD)),
    ...rows.flatMap((row) => {
      const places = [...new Set(row.evidence.map(place))].slice(0, 4).join(", ");
      return [line(row), ...(places === "" ? [] : [colors.dim(`${" ".repeat(name)}${places}`)])];
    }),
  ];
}

const place = ({ file, line }: EvidencePlace): string => `${file}:${line}`;

const section = (title: string, lines: readonly string[], colors: Colors): string[] =>
  lines.length === 0 ? [] : ["", colors.dim(title), ...lines.map((line) => `  ${line}`)];

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
