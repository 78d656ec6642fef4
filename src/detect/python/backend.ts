import type { EvidencePlace } from "../model.ts";
import type { Framework } from "./frameworks.ts";
import type { Target } from "./target.ts";

/** A Python web application that is started. */
export interface Backend {
  framework: Framework | "django" | "langgraph";
  /** The folder its imports start from, and where it runs. */
  cwd: string;
  /** The folder of its requirements. */
  home: string;
  module: string;
  object: string;
  factory: boolean;
  file: string;
  /** The commands that start it. */
  targets: Target[];
  /** PYTHONPATH as the command that starts it in `cwd` sets it. */
  pythonPath: string | null;
  /** The words that run it where no server can be given the application, in `cwd`. */
  program: string | null;
  /** Ports in the code of the programs beside it that would start it, whether a command names them or not. */
  programs: NonNullable<Target["codePort"]>[];
  evidence: EvidencePlace[];
}

/** One that its own tool starts: no server is given an application. */
export const startedByTool = (
  known: Pick<Backend, "framework" | "cwd" | "home" | "module" | "file" | "evidence">,
): Backend => ({
  ...known,
  object: "",
  factory: false,
  targets: [],
  pythonPath: null,
  program: null,
  programs: [],
});
