import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";
import type { Attempt } from "../system/docker/types.ts";

/** Pure: why no container engine answered, and how to fix it. */
export function engineUnreachable(
  attempts: readonly Attempt[],
  needed: readonly string[],
  where: { files: readonly string[]; dockerHost: string | undefined; platform: NodeJS.Platform; user: string },
): Diagnostic {
  const decisive = attempts.find((attempt) => SPECIAL.includes(attempt.fault.kind)) ?? attempts[0];
  const kind = decisive?.fault.kind ?? "absent";
  const unset = !where.dockerHost ? "DOCKER_HOST is not set, " : "";
  const shown = (attempt: Attempt): string => {
    const source = attempt.source.startsWith("context") ? unset + attempt.source : attempt.source;
    return `${attempt.url}: ${attempt.fault.detail}   (${source})`;
  };
  return {
    code: kind === "denied" ? "DEVPM_ENGINE_DENIED" : kind === "hangs" ? "DEVPM_ENGINE_HANGS" : "DEVPM_ENGINE_DOWN",
    summary: summary(kind, decisive),
    severity: "error",
    evidence: [
      [
        "needed by",
        `${needed.length > 0 ? needed.join(", ") : "the services"} (${where.files.map(baseName).join(", ")})`,
      ],
      ["tried", attempts.map(shown)],
    ],
    state: "Nothing was started.",
    fixes: withoutIt(kind, fix(kind, decisive, where)),
  };
}

/** Restarting an engine ends what runs in it: not the first thing to try. */
function withoutIt(kind: string, fixes: readonly Fix[]): Fix[] {
  const without: Fix = { label: "without it", command: "devpm dev --no-infra" };
  return kind === "hangs" ? [without, ...fixes] : [...fixes, without];
}

const SPECIAL: readonly string[] = ["denied", "hangs"];

export const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1);

const isRemote = (url: string): boolean => !url.startsWith("unix://");

function summary(kind: string, attempt: Attempt | undefined): string {
  const url = attempt?.url ?? "";
  if (kind === "denied") return isRemote(url) ? `Docker at ${url} refuses this user` : "Your user may not use Docker";
  if (kind === "hangs")
    return isRemote(url) ? `Docker at ${url} does not answer` : "Docker is running but does not answer";
  return isRemote(url) ? `Docker at ${url} cannot be reached` : "Docker is not running";
}

function fix(
  kind: string,
  attempt: Attempt | undefined,
  { platform, user }: { platform: NodeJS.Platform; user: string },
): Fix[] {
  const url = attempt?.url ?? "";
  const usual: Fix[] =
    attempt?.source === "DOCKER_HOST"
      ? [{ label: "use the engine of this machine", command: "unset DOCKER_HOST && devpm dev" }]
      : [];
  return kind === "denied"
    ? mendThere(kind, url, { platform, user })
    : [...usual, ...mendThere(kind, url, { platform, user })];
}

function mendThere(kind: string, url: string, { platform, user }: { platform: NodeJS.Platform; user: string }): Fix[] {
  if (url.startsWith("ssh://")) return [{ label: "see the error of ssh", command: `ssh ${url} docker version` }];
  if (url.startsWith("context://")) return [{ label: "list the contexts", command: "docker context ls" }];
  if (isRemote(url)) return [{ label: "see its error", command: "docker version" }];
  const mac = platform === "darwin";
  if (kind === "denied" && !mac) {
    const joined = `sudo usermod -aG docker ${user || '"$USER"'}`;
    return [{ label: "join its group", command: `${joined} && sg docker -c 'devpm dev'` }];
  }
  if (kind === "hangs") {
    return [
      { label: "restart it, then: devpm dev", command: mac ? "open -a Docker" : "sudo systemctl restart docker" },
    ];
  }
  return mac
    ? [{ label: "start Docker, then: devpm dev", command: "open -a Docker" }]
    : [{ label: "start Docker", command: "sudo systemctl start docker && devpm dev" }];
}
