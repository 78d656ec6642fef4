import path from "node:path";

/** Usual names of a file that shows what an `.env` needs, in the order in which a person would take them. */
export const ENV_TEMPLATES: readonly string[] = [
  ".env.example",
  ".env.sample",
  ".env.template",
  ".env.dist",
  "env.example",
  "sample.env",
];

/** Where a template of this environment file may be: beside it, by its own name or by a usual one. */
export const templateFiles = (file: string): string[] => [
  ...["example", "sample", "template", "dist"].map((word) => `${file}.${word}`),
  ...ENV_TEMPLATES.map((name) => path.join(path.dirname(file), name)),
];
