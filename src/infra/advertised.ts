import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ServiceContext, filesOf } from "./diagnose-service.ts";
import { composeCommand } from "./files.ts";
import { probeFor } from "./probes.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import type { Observation } from "./observation.ts";

/**
 * Pure. A Kafka broker sends its clients on to the address that it advertises. That address was set when the container was made, so
 * it cannot be a port that Docker chose, or another machine's name. null: clients reach it, or it is no Kafka.
 */
export function advertisesElsewhere(
  context: ServiceContext,
  status: ServiceStatus,
  { container, details }: Observation,
  host: string,
): Diagnostic | null {
  const { image } = container;
  const probe = probeFor(
    { image, ports: [] },
    status.ports.map((p) => p.container),
  );
  const advertised = details?.env.KAFKA_ADVERTISED_LISTENERS ?? "";
  const published = status.ports.find((p) => p.container === probe?.port)?.host;
  if (probe?.kind !== "kafka" || advertised === "" || published === undefined) return null;
  const listeners = advertised.split(",").map((text) => /^\s*([^:]+):\/\/(.*):(\d+)\s*$/.exec(text));
  const reachable = listeners.some((one) => one && Number(one[3]) === published && sameHost(one[2] ?? "", host));
  if (reachable) return null;
  const name = listeners.find((one) => one)?.[1] ?? "PLAINTEXT";
  return {
    code: "DEVPM_KAFKA_ADVERTISES_ELSEWHERE",
    summary: `${status.service} advertises an address that its clients cannot reach`,
    severity: "warning",
    evidence: [
      ["advertised", advertised],
      ["published", `${host}:${published}`],
    ],
    state: "It runs; clients get its first answer and then lose it.",
    fixes: [
      {
        label: `write into ${filesOf(context)}: ports: ["${published}:${probe.port}"], KAFKA_ADVERTISED_LISTENERS: ${name}://${host}:${published}, then`,
        command: composeCommand(context.definition, `up -d ${status.service}`),
      },
    ],
  };
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

const sameHost = (advertised: string, host: string): boolean =>
  advertised === host || (LOCAL.test(advertised) && LOCAL.test(host));
