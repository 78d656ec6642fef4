/** A place in the repository that is evidence for something. */
export interface EvidencePlace {
  file: string;
  /** From 1. */
  line: number;
  /** Its content, in a few words. */
  says: string;
}

export type AppKind =
  | "flask"
  | "fastapi"
  | "django"
  | "other-python"
  | "vite"
  | "sveltekit"
  | "react-router"
  | "astro"
  | "next"
  | "nuxt"
  | "angular"
  | "cra"
  | "webpack"
  | "other-node";

/** A piece of a variable's value: text, or where a service is reached. */
export type Piece =
  | string
  | { service: string; what: "host" }
  | { service: string; what: "port"; port: number }
  /** A variable of the container itself. */
  | { service: string; what: "env"; name: string };

/** Variables by their names. */
export type PieceVariables = Record<string, Piece[]>;

export interface DetectedApp {
  name: string;
  kind: AppKind;
  /** Relative to the root. */
  cwd: string;
  /** What `app` of the preset takes; Python only. */
  app?: string;
  /** The preset that runs it; without one `command` does. */
  preset?: "flask" | "fastapi" | "django" | "vite";
  command?: string;
  /** Steps of `setup`, where no preset knows them. */
  setup?: { run: string; inputs?: string[]; output?: string }[];
  port: number;
  /** It is to run under a debugger; only where that was asked for. */
  debug?: true;
  dependsOn: string[];
  /** The path that reports whether it is ready. */
  ready?: string;
  /** Files of variables that devpm does not read by itself, relative to the root. */
  envFile?: string[];
  env?: PieceVariables;
  packageManager?: string;
  evidence: EvidencePlace[];
}

/** The presets of tasks, by the names under which devpm exports them. */
export type TaskPresetName =
  | "alembic"
  | "flaskMigrate"
  | "djangoMigrate"
  | "prismaMigrate"
  | "drizzleMigrate"
  | "knexMigrate";

/** What runs once between infra and apps. */
export interface DetectedTask {
  name: string;
  /** What runs it; without one `run` does. */
  preset?: TaskPresetName;
  run?: string;
  /** The app whose folder and environment it has. */
  app?: string;
  /** Its folder, where that is another than the app's; relative to the root. */
  cwd?: string;
  /** false: off until it is requested. */
  start: boolean;
  /** Other tasks. */
  dependsOn: string[];
  evidence: EvidencePlace[];
}

/** A file of variables that has to be made before the project starts. */
export interface Template {
  template: string;
  target: string;
  /** What makes it, from the root. */
  command: string;
  /** Variables without a value that the developer has to fill in. */
  empty: string[];
  evidence: EvidencePlace;
}

export interface Omitted {
  what: string;
  why: string;
  at: EvidencePlace | null;
}

export interface DetectedInfra {
  /** As `infra.compose` takes it. */
  compose: string | string[];
  services: string[];
  evidence: EvidencePlace[];
}

/** What a repository holds: what `devpm init` writes and `devpm dev` runs without a configuration. */
export interface Detected {
  name: string;
  infra: DetectedInfra | null;
  apps: DetectedApp[];
  tasks: DetectedTask[];
  templates: Template[];
  omitted: Omitted[];
  /** What is worth knowing, one line each. */
  notes: string[];
}
