import { createRequire } from "node:module";
import { builtFile } from "../../util/package-files.ts";
import type Dockerode from "dockerode";

/**
 * The build bundles dockerode without what devpm never calls: image builds (gRPC, protobuf, tar) and its own ssh. Loading them
 * is most of what `import "dockerode"` costs, installing them a quarter of devpm (docs/notes/docker.md has the figures).
 */
const BUNDLE = builtFile("system/docker/dockerode.cjs");

export const loadDockerode = (): typeof Dockerode => createRequire(import.meta.filename)(BUNDLE) as typeof Dockerode;
