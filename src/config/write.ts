import type { Detected, DetectedApp } from "./detect.ts";

/** The typed ecosystem.config.ts that says what was detected. */
export function configText({ name, infra, apps }: Detected): string {
  const presets = [...new Set(apps.map(({ preset }) => preset))].toSorted();
  return [
    `import { ${["defineConfig", ...presets].join(", ")} } from "devpm";`,
    "",
    "export default defineConfig({",
    `  name: ${text(name)},`,
    ...(infra ? [`  infra: { compose: ${text(String(infra.compose))}, services: ${list(infra.services)} },`] : []),
    "  apps: {",
    ...apps.map((app) => `    ${key(app.name)}: ${call(app)},`),
    "  },",
    "});",
    "",
  ].join("\n");
}

function call({ preset, cwd, app, port, dependsOn }: DetectedApp): string {
  const options = [
    ...(cwd === "." ? [] : [`cwd: ${text(cwd)}`]),
    ...(app === undefined ? [] : [`app: ${text(app)}`]),
    `port: ${port}`,
    ...(dependsOn.length === 0 ? [] : [`dependsOn: ${list(dependsOn)}`]),
  ];
  return `${preset}({ ${options.join(", ")} })`;
}

const text = (value: string): string => JSON.stringify(value);
const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name));
