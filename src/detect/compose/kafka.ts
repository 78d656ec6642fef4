import type { Service } from "./model.ts";

/** What a Kafka tells its clients after the first answer: a program on the host then connects to that, whatever it was given. */
export function advertisedBy({ environment, command }: Service): { host: string; port: number }[] {
  const listed =
    environment.KAFKA_ADVERTISED_LISTENERS ??
    environment.KAFKA_CFG_ADVERTISED_LISTENERS ??
    /--advertise-kafka-addr[= ]["']?([^\s"']+)/.exec(command)?.[1] ??
    "";
  return listed.split(",").flatMap((one) => {
    const [, host = "", port] = /^\s*(?:[\w-]+:\/\/)?([\w.-]+):(\d{2,5})\s*$/.exec(one) ?? [];
    return port === undefined ? [] : [{ host, port: Number(port) }];
  });
}

const HERE = /^(localhost|127\.0\.0\.1|host\.docker\.internal)$/;

/** Whether every address that it tells is one of a container. */
export function isAdvertisedInside(service: Service): boolean {
  const told = advertisedBy(service);
  return told.length > 0 && !told.some(({ host }) => HERE.test(host) || host.includes("."));
}

/** The container's port for programs on the host, in place of the one that other containers use. */
export function portOutside(service: Service, port: number): number {
  const told = advertisedBy(service);
  const here = told.find(({ host }) => HERE.test(host));
  if (here === undefined || !told.some((one) => one.port === port && !HERE.test(one.host))) return port;
  const published =
    service.ports.find(({ host }) => host === here.port) ??
    service.ports.find(({ container }) => container === here.port);
  return published?.container ?? port;
}
