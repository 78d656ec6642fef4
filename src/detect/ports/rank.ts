import type { EvidencePlace } from "../model.ts";

/**
 * What names a backend's port, by how much it counts: the lowest is taken. What a developer types comes first, then what a front end
 * relies on, then where the container is reached, then the code; docs/detection.md tells it in this order.
 */
export const RANK = {
  /** A command for development: `uvicorn main:app --port 8001`. */
  developmentCommand: 1,
  /** A command that says nothing of what it is for. */
  command: 1.1,
  /** A variable that the framework's own tool reads, in a file of variables. */
  toolVariable: 2,
  /** In the code of a program that starts its own server and cannot be given another port. */
  fixedInCode: 2,
  proxy: 3,
  /** A URL that a front end is built with. */
  url: 4,
  /** A document's command that spells out the framework's default. */
  documentedDefault: 4.5,
  /** A command without a port, in a document that names the address of the default. */
  namedAddress: 4.6,
  /** What the code takes from a file of settings. */
  settingsFile: 4.8,
  /** Where the backend's own container is published. */
  container: 5,
  /** The default of a tool that is always started without a port. */
  plainTool: 5,
  /** A command without a port. */
  plainCommand: 5.5,
  /** The same, where a document goes on to show another way. */
  plainBesideOthers: 5.6,
  /** A document's second way to start: "if 8000 is taken, use 8001". */
  anotherWay: 5.7,
  /** The code's own number, which a variable replaces. */
  codeDefault: 5.9,
  code: 6,
  /** The port within a container, or of a start for production. */
  inside: 7,
  /** An address in README, with the backend's own paths. */
  documentedAddress: 7.5,
  frameworkDefault: 8,
} as const;

/** A port that something names. */
export interface RankedPort {
  port: number;
  rank: number;
  evidence: EvidencePlace;
}
