import type { PortSystem } from "../../checkout/ports.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";

/** A port of another machine that refuses connections is free; one that does not answer at all may be. */
const PROBE_MS = 1_000;

/**
 * The ports of the machine that a remote engine runs on, as far as they can be seen from here: what its containers publish, and
 * what accepts a connection.
 */
export async function remotePorts(
  { exchange }: Pick<System, "exchange">,
  engine: DockerEngine,
): Promise<PortSystem["ports"]> {
  const { host } = engine.endpoint;
  const containers = await engine.containers([]);
  const published = (containers.ok ? containers.value : []).flatMap(({ ports }) => ports.map((one) => one.host));
  const listening = [...new Set(published)].map((port) => ({ port, waiting: 0 }));
  return {
    listening: () => listening,
    async canBind(port) {
      const asked = await exchange({ host, port, question: null, judge: () => "usable", timeoutMs: PROBE_MS });
      const accepts = asked.ok || asked.why.startsWith("it accepts");
      return accepts ? "taken" : "free";
    },
  };
}
