import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { valueOf } from "../commands/intent.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Service } from "./model.ts";
import { bare, isStore } from "./roles.ts";

/** Of what each image is built that no service is built of, and somebody builds by hand. */
export type ByHand = (service: Service) => Service["build"];

/** What a command shows, else the Dockerfile at the root that no service is built of, for an image that nobody publishes. */
export function builtByHand(
  repository: Repository,
  services: readonly Service[],
  commands: readonly FoundCommand[],
): ByHand {
  const shown = new Map(commands.flatMap(buildShown));
  const isRootFree = repository.has("Dockerfile") && services.every(({ build }) => build?.context !== ".");
  return (service) => {
    if (service.build !== null || service.image === null) return null;
    const isUnversioned = OWN_IMAGE.test(service.image) && !isStore(service);
    return shown.get(bare(service.image)) ?? (isRootFree && isUnversioned ? ROOT : null);
  };
}

const ROOT: Service["build"] = { context: ".", dockerfile: null, inline: null };

/** `shop`, `shop:latest`, `shop:${TAG}`, without a registry and a version; `registry:2` is somebody else's. */
const OWN_IMAGE = /^[^/:@]+(:(latest|dev|develop|local|main|\$.*))?$/;

/** Of `docker build`, those that take a value. */
const VALUED =
  /^(-f|--file|-t|--tag|--build-arg|--build-context|--target|--platform|--network|--progress|--secret|--ssh|--label|--cache-from|--cache-to|-o|--output|--iidfile)$/;

/** `docker build -f api/Dockerfile -t shop/api .`: the image, and of what. */
function buildShown({ words: [program = "", ...all], folders }: FoundCommand): [string, Service["build"]][] {
  const at = all.indexOf("build");
  const image = valueOf(all, ["-t", "--tag"]);
  if (!/^(docker|podman)$/.test(program) || at === -1 || image === undefined) return [];
  const args = all.slice(at + 1);
  const context = args.findLast((arg, index) => !arg.startsWith("-") && !VALUED.test(args[index - 1] ?? "")) ?? ".";
  const within = (file: string): string => path.posix.join(folders[0] ?? ".", file);
  const dockerfile = valueOf(args, ["-f", "--file"]);
  return [
    [
      bare(image),
      { context: within(context), dockerfile: dockerfile === undefined ? null : within(dockerfile), inline: null },
    ],
  ];
}
