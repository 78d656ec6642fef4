import type { Docker, Engine } from "../system/docker.ts";
import type { System } from "../system/system.ts";
import type { ContainerLogs } from "./logs-containers.ts";

/** The logs of containers, by the engine that the user's `docker` command talks to. */
export async function containerLogs({ docker, environment, files }: ContainerSystem): Promise<ContainerLogs> {
  const connection = await docker.connect(environment, files);
  if (!connection.ok) {
    const tried = connection.attempts.map(({ url, fault }) => `${url}: ${fault.detail}`).join("; ");
    return { read: () => Promise.resolve(`no container engine answers (${tried})`) };
  }
  return { read: reader(connection.engine) };
}

type ContainerSystem = Pick<System, "environment" | "files"> & { docker: Docker };

const reader =
  (engine: Engine): ContainerLogs["read"] =>
  async (container, options, onLine) => {
    const reply = await engine.logs(container, options, onLine);
    return reply.ok ? null : reply.fault.detail;
  };
