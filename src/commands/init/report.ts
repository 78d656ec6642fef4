import type { Detected, Evidence } from "../../detect/model.ts";
import type { Colors } from "../../ui/colors.ts";
import { table } from "../../ui/table.ts";

/** What was found, where it stands, what was left out and what is missing: for a person at a terminal. */
export function reportLines(found: Detected, columns: number, colors: Colors): string[] {
  const rows = [...apps(found), ...services(found)];
  const plain = (): null => null;
  return [
    ...table(rows, columns, colors, plain),
    ...section(
      "left out",
      colors,
      found.omitted.map(({ what, why, at }) => `${what}: ${why}${at === null ? "" : ` (${place(at)})`}`),
    ),
    ...section(
      "missing to start",
      colors,
      found.templates.map(
        ({ command, empty, evidence }) =>
          `${command}${empty.length === 0 ? "" : `   then fill in ${some(empty)}`} (${place(evidence)})`,
      ),
    ),
    ...section("good to know", colors, found.notes),
  ];
}

const apps = ({ apps: all }: Detected): Record<string, string>[] =>
  all.map(({ name, kind, cwd, app, command, port, evidence }) => ({
    name,
    kind,
    runs: `${app ?? command ?? "dev"}${cwd === "." ? "" : ` in ${cwd}`}`,
    port: String(port),
    "found in": [...new Set(evidence.map(place))].slice(0, 3).join(", "),
  }));

function services({ infra }: Detected): Record<string, string>[] {
  if (infra === null) return [];
  return infra.services.map((name, index) => {
    const evidence = infra.evidence[index];
    return {
      name,
      kind: "service",
      runs: evidence?.says.replace(`${name}: `, "") ?? "",
      port: "",
      "found in": evidence ? place(evidence) : "",
    };
  });
}

const place = ({ file, line }: Evidence): string => `${file}:${line}`;

const section = (title: string, colors: Colors, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", colors.dim(title), ...lines.map((line) => `  ${line}`)];

const some = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
