import type { ServiceDefinition } from "../../../src/infra/definition.ts";
import type { ContainerDetails, ContainerSummary } from "../../../src/system/docker/types.ts";

/** What the tests do not say is as in a container that runs well. */
export const summary = (part: Partial<ContainerSummary> = {}): ContainerSummary => ({
  id: "c0ffee",
  name: "market-db-1",
  image: "postgres:17",
  state: "running",
  status: "Up 3 minutes",
  labels: {},
  ports: [],
  ...part,
});

export const details = (part: Partial<ContainerDetails> = {}): ContainerDetails => ({
  id: "c0ffee",
  image: "postgres:17",
  state: part.state ?? "running",
  exitCode: 0,
  oomKilled: false,
  error: "",
  startedAt: "2026-01-01T00:00:00Z",
  restartCount: 0,
  tty: false,
  env: {},
  health: null,
  ...part,
});

export const body = (part: Partial<ServiceDefinition> = {}): ServiceDefinition => ({
  service: "db",
  image: "postgres:17",
  build: null,
  platform: null,
  pullPolicy: null,
  hash: null,
  ports: [],
  dependsOn: [],
  mounts: [],
  environment: {},
  ...part,
});

export const health = (status: string, failingStreak = 0, ...outputs: string[]): ContainerDetails["health"] => ({
  status,
  failingStreak,
  test: ["CMD-SHELL", "pg_isready -U market"],
  results: outputs.map((output) => ({ exitCode: 1, output, end: "2026-01-01T00:00:00Z" })),
});
