import { spawnSync } from "node:child_process";

/** Why tests with real containers cannot run here, or null where they can: the reason of a skip. */
export function noDocker(...images: string[]): string | null {
  const args = images.length > 0 ? ["image", "inspect", ...images] : ["version"];
  const asked = spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
  if (asked.error) return `docker could not be started: ${asked.error.message}`;
  const wanted = images.length > 0 ? ` with ${images.join(", ")}` : "";
  return asked.status === 0 ? null : `no Docker Engine${wanted}: ${asked.stderr.trim()}`;
}

/** Everything of one compose project. `env`: for another engine than the machine's; it may be gone by now. */
export function removeComposeProject(name: string, env: NodeJS.ProcessEnv = process.env): void {
  const label = `label=com.docker.compose.project=${name}`;
  for (const [list, remove] of [
    [
      ["ps", "-aq"],
      ["rm", "-fv"],
    ],
    [
      ["network", "ls", "-q"],
      ["network", "rm"],
    ],
    [
      ["volume", "ls", "-q"],
      ["volume", "rm", "-f"],
    ],
  ] as const) {
    const { stdout } = spawnSync("docker", [...list, "--filter", label], { env, encoding: "utf8", timeout: 20_000 });
    const ids = (stdout ?? "").split("\n").filter((id) => id !== "");
    if (ids.length > 0) spawnSync("docker", [...remove, ...ids], { env, timeout: 60_000 });
  }
}
