import { expect, test } from "vitest";
import { ownEngine } from "./own-engine.ts";
import { registry } from "./registry.ts";
import { diagnostic, lab, value } from "./rig.ts";

test("what is pulled is told in bytes, calmly; what cannot be is told with why", async (ctx) => {
  const [engine, { at }] = [await ownEngine(ctx), await registry(ctx)];
  const service = (name: string): string =>
    `  ${name}:\n    image: ${at}/${name}:1\n    network_mode: none\n    command: [/x]\n`;
  const l = await lab(
    ctx,
    `services:\n${["big", "other", "secret", "much", "none"].map(service).join("")}`,
    `unix://${engine.socket}`,
  );
  const one = l.open();
  value(await one.infra.check());
  const up = await one.infra.up();
  const said = up.ok ? [] : up.diagnostics.map(({ code, summary }) => `${code} ${summary}`);
  const unavailable = (name: string, why: string): string =>
    `DEVPM_IMAGE_UNAVAILABLE The image of ${name} is not here and cannot be pulled: ${why}`;
  expect(said.filter((text) => text.includes("IMAGE")).toSorted()).toEqual([
    unavailable("much", "the registry limits how much you may pull"),
    unavailable("none", "there is no such image"),
    unavailable("other", "it does not exist for this machine's processor"),
    unavailable("secret", "the registry wants you to log in"),
  ]);
  const progress = one.of("infra.progress").filter(({ service: name }) => name === "big");
  const details = progress.map(({ detail }) => detail);
  expect(details[0]).toBe(`pulling ${at}/big:1`);
  const bytes = details.filter((detail) => /^pulling, [\d.]+ of 2\.0 MB$/.test(detail));
  expect(bytes).not.toEqual([]);
  expect(bytes.length).toBeLessThanOrEqual(12);
  // it has nothing to run: made, and refused by the engine
  expect(diagnostic(await one.infra.ready("big")).code).toBe("DEVPM_SERVICE_FAILED");
});
