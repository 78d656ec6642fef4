// A program: checks the infra of the folder it is started in, as whoever it is started as, and prints what came of it.
import path from "node:path";
import { openInfra } from "../../../src/infra/project-infra.ts";
import { takeEnvironment } from "../../../src/system/environment.ts";
import { systemFor, projectIn } from "./rig.ts";

const environment = takeEnvironment();
const infra = openInfra(systemFor(environment.shell, environment.cwd), projectIn(environment.cwd, {}), {
  emit: () => {},
  signal: AbortSignal.timeout(60_000),
});
const checked = await infra.check();
const engine = path.basename(environment.cwd);
process.stdout.write(JSON.stringify({ engine, checked }));
infra.close();
