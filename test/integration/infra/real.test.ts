import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { freePort } from "../../rigs/ports.ts";
import { pythonWith } from "../../rigs/python.ts";
import { bringUp, lab, run, value, type Watched } from "./rig.ts";

const SERVICES = ["postgres", "neo4j", "kafka"];

/** The demo's backend, asked whether each of its stores gives back what was written to it. */
const STORES =
  "from web.app import app; import sys; sys.stdout.write(app.test_client().get('/api/stores').get_data(as_text=True))";

async function stores(
  python: string,
  { infra }: Watched,
  environment: Record<string, string>,
): Promise<Record<string, unknown>[]> {
  const { postgres, neo4j, kafka } = infra.references();
  if (!postgres || !neo4j || !kafka) throw new Error("a reference is missing");
  const env = {
    ...environment,
    PYTHONDONTWRITEBYTECODE: "1",
    DATABASE_URL: `postgresql://market:market@${postgres.host}:${postgres.port(5432)}/market`,
    NEO4J_URI: `bolt://${neo4j.host}:${neo4j.port(7687)}`,
    NEO4J_AUTH: neo4j.env("NEO4J_AUTH"),
    KAFKA_BOOTSTRAP: `${kafka.host}:${kafka.port(9092)}`,
  };
  const cwd = path.join(REPOSITORY, "examples/market");
  const text = await run([path.join(python, "bin/python"), "-c", STORES], { cwd, env, timeout: 180_000 });
  return (JSON.parse(text) as { stores: Record<string, unknown>[] }).stores;
}

const COLD = { timeout: 480_000 };

test("Postgres, Neo4j and Kafka: cold, through references, healthy, away and back", COLD, async (ctx) => {
  const compose = readFileSync(path.join(REPOSITORY, "compose.yml"), "utf8");
  const l = await lab(ctx, compose.replace(/^name: .*$/m, ""));
  const requirements = readFileSync(path.join(REPOSITORY, "examples/market/requirements.txt"), "utf8");
  const python = await pythonWith(requirements.split("\n").filter((line) => /^\w/.test(line)));
  const env: Record<string, string> = {};
  for (const name of new Set(compose.match(/\b[A-Z0-9_]+_PORT\b/g))) env[name] = String(await freePort());
  const options = { services: SERVICES, env, timeoutMs: 240_000 };
  const proved = SERVICES.map(() => expect.objectContaining({ ok: true, embedded: false }) as unknown);

  const first = l.open(options);
  await bringUp(first);
  expect(first.infra.statuses().map(({ service, state }) => `${service} ${state}`)).toEqual(
    SERVICES.map((s) => `${s} healthy`),
  );
  expect(await stores(python, first, l.environment)).toEqual(proved);

  const identities = () => Promise.all(SERVICES.map((service) => l.identity(service)));
  const before = await identities();
  const second = l.open(options);
  await bringUp(second);
  expect(second.names()).toEqual(["infra.checked"]);
  expect(await identities()).toEqual(before);

  second.infra.watch();
  await l.docker("kill", `${l.name}-kafka-1`);
  expect(await second.until("infra.failed")).toMatchObject({ service: "kafka" });
  // as the next session would
  const third = l.open(options);
  const verdict = value(await third.infra.check());
  expect(verdict.services.map(({ state }) => state)).toEqual(["healthy", "healthy", "stopped"]);
  await bringUp(third);
  await second.until("infra.recovered");
  expect(await stores(python, third, l.environment)).toEqual(proved);
  expect(third.of("diagnostic")).toEqual([]);
});
