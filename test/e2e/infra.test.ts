import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { infraShape, parseJson, statusShape } from "../rigs/contract.ts";
import { noDocker, removeComposeProject } from "../rigs/docker.ts";
import { ask } from "../rigs/http.ts";
import { MARKET, giveLibraries } from "../rigs/market.ts";
import { freePorts } from "../rigs/ports.ts";
import type { Finished } from "../rigs/program.ts";
import { openProject } from "../rigs/project.ts";

const SERVICES = ["postgres", "neo4j", "kafka"];
/** Three real servers that begin with empty volumes, on two cores. */
const COLD = { deadlineMs: 240_000 };

test(
  "the demo on real Postgres, Neo4j and Kafka: made, kept, started again, left up, stopped",
  { timeout: 600_000 },
  async (ctx) => {
    const unable = noDocker("postgres:17", "neo4j:5", "apache/kafka:4.1.0");
    ctx.skip(unable !== null, unable ?? "");
    // containers publish on this machine itself, so nothing here can have a namespace of its own
    const [backend, web, postgres, http, bolt, kafka] = (await freePorts(6)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const name = `devpme2e${backend}`;
    ctx.onTestFinished(() => removeComposeProject(name));
    const project = await openProject(ctx, {
      ...MARKET,
      env: {
        ...MARKET.env,
        COMPOSE_PROJECT_NAME: name,
        POSTGRES_PORT: String(postgres),
        NEO4J_HTTP_PORT: String(http),
        NEO4J_BOLT_PORT: String(bolt),
        KAFKA_PORT: String(kafka),
      },
    });
    await giveLibraries(project);
    const devpm = async (...args: string[]): Promise<Finished> => {
      const said = await project.devpm(args, COLD);
      expect(said, said.output).toMatchObject({ code: 0 });
      return said;
    };
    const dev = (): Promise<Finished> => devpm("dev", "-d", "--port", `backend=${backend}`, `web=${web}`);
    const began = (service: string): string =>
      execFileSync("docker", ["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", `${name}-${service}-1`], {
        encoding: "utf8",
      });
    const states = async (): Promise<string[]> =>
      parseJson(infraShape, (await devpm("infra", "status", "--json")).stdout).infra.map(({ state }) => state);

    expect((await dev()).output).toMatch(/created/);
    const { infra } = parseJson(statusShape, (await devpm("status", "--json")).stdout);
    expect(infra.map(({ service, state }) => [service, state])).toEqual(SERVICES.map((one) => [one, "healthy"]));
    expect(infra.find(({ service }) => service === "postgres")?.ports).toEqual([{ container: 5432, host: postgres }]);
    const stores = JSON.parse((await ask(`http://127.0.0.1:${backend}/api/stores`, 60_000)).body) as {
      stores: object[];
    };
    expect(stores.stores).toMatchObject(SERVICES.map(() => ({ ok: true, embedded: false, error: null })));
    const through = await ask(`http://127.0.0.1:${web}/api/hype`);
    expect(JSON.parse(through.body)).toMatchObject({ headline: "The market is listening" });

    const before = SERVICES.map(began);
    expect((await devpm("down")).output).toMatch(/still up: postgres, neo4j, kafka/);
    expect(await states()).toEqual(["healthy", "healthy", "healthy"]);
    await project.nothingLeft({ ports: [backend, web] });

    execFileSync("docker", ["stop", "-t", "5", `${name}-postgres-1`]);
    expect(await states()).toEqual(["stopped", "healthy", "healthy"]);
    expect((await dev()).output).toMatch(/postgres.*started|started.*postgres/);
    const after = SERVICES.map(began);
    expect(after[0]?.split(" ")[0]).toBe(before[0]?.split(" ")[0]);
    expect(after[0]).not.toBe(before[0]);
    expect(after.slice(1)).toEqual(before.slice(1));

    await devpm("down");
    expect((await dev()).output).toMatch(/infra: postgres, neo4j, kafka healthy \(checked in/);
    expect(SERVICES.map(began)).toEqual(after);
    await devpm("down", "--infra");
    expect(await states()).toEqual(["stopped", "stopped", "stopped"]);
    await project.nothingLeft({ ports: [backend, web, postgres, http, bolt, kafka] });
  },
);
