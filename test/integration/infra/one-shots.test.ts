import { describe, expect, test } from "vitest";
import { until } from "../../rigs/wait.ts";
import { bringUp, diagnostic, lab, shell, value } from "./rig.ts";

const stack = (line: string): string => `services:\n  seed:\n${shell(line)}\n  beta:\n${shell("sleep 600")}\n`;

describe.concurrent("services that run once", () => {
  test("one that nothing waits for is met when it has ended with 0, and runs again only when it changes", async (ctx) => {
    const l = await lab(ctx, stack("echo seeded"));
    const first = l.open();
    await bringUp(first);
    expect(first.infra.statuses()[1]).toMatchObject({ service: "seed", state: "stopped", exitCode: 0 });
    expect(first.of("infra.failed")).toEqual([]);
    const before = await l.identity("seed");

    const second = l.open();
    await bringUp(second);
    expect(await l.identity("seed")).toBe(before);
    expect(second.names()).toEqual(["infra.checked"]);

    l.write("compose.yml", `name: ${l.name}\n${stack("echo again")}`);
    await bringUp(l.open());
    expect(await l.docker("logs", `${l.name}-seed-1`)).toBe("again");
  });

  test("one that ends with another code has failed", async (ctx) => {
    const l = await lab(ctx, stack("exit 3"));
    const { infra } = l.open();
    value(await infra.check());
    value(await infra.up());
    expect(diagnostic(await infra.ready("seed")).code).toBe("DEVPM_SERVICE_FAILED");
  });

  test("what somebody stopped is started again, though it ended with 0", async (ctx) => {
    const l = await lab(ctx, stack("trap 'exit 0' TERM; echo set; sleep 600 & wait"));
    await bringUp(l.open());
    await until("its trap to be set", async () => (await l.docker("logs", `${l.name}-seed-1`)) === "set");
    // its own grace of 0 s would kill it before it has ended
    await l.docker("stop", "--time", "20", `${l.name}-seed-1`);
    const again = l.open();
    const { services } = value(await again.infra.check());
    expect(services[1]).toMatchObject({ state: "stopped", exitCode: 0 });
    await bringUp(again);
    expect(again.infra.statuses()[1]).toMatchObject({ state: "running" });
  });

  test("a service that no app needs and whose image cannot be had is no failure of a session", async (ctx) => {
    const missing = "  extra:\n    image: localhost:9/devpm-no-such-image:1\n";
    const l = await lab(ctx, `services:\n  beta:\n${shell("sleep 600")}\n${missing}`);
    const apps = [{ name: "api", dependsOn: { apps: [], services: ["beta"], tasks: [] } }];
    const session = l.open({ apps, onlyNeeded: true });
    value(await session.infra.check());
    value(await session.infra.up());
    value(await session.infra.ready("beta"));
    const absent = await session.until("infra.absent");
    expect(absent).toMatchObject({ services: ["extra"], reason: expect.stringContaining("image of extra") });

    const needed = l.open({
      apps: [{ name: "api", dependsOn: { apps: [], services: ["extra"], tasks: [] } }],
      onlyNeeded: true,
    });
    value(await needed.infra.check());
    expect(diagnostic(await needed.infra.up()).code).toBe("DEVPM_IMAGE_UNAVAILABLE");
    // asked for by itself it is a failure whoever needs it
    const alone = l.open({ apps });
    value(await alone.infra.check());
    expect(diagnostic(await alone.infra.up()).code).toBe("DEVPM_IMAGE_UNAVAILABLE");
  });

  test("what Compose warns of is passed on, also where its answer is remembered", async (ctx) => {
    const l = await lab(ctx, `services:\n  beta:\n    environment: { A: "$DEVPM_UNSET_THING" }\n${shell("sleep 600")}`);
    for (const { infra, of } of [l.open(), l.open()]) {
      value(await infra.check());
      const notices = of("notice").map(({ text }) => text);
      expect(notices).toContainEqual(expect.stringMatching(/^compose: The "DEVPM_UNSET_THING" variable is not set/));
    }
  });
});
