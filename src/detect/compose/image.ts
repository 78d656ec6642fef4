import path from "node:path";
import { type Dockerfile, readDockerfile } from "../commands/sources/dockerfile.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Service, dockerfileOf } from "./model.ts";

/** What the image of a service is built of here; null: it is not built, or its Dockerfile is not there or not read. */
export function imageOf(repository: Repository, service: Service): Dockerfile | null {
  const file = dockerfileOf(service);
  if (file === null) return null;
  // Docker takes it in lower case, too
  const lower = path.posix.join(path.posix.dirname(file), "dockerfile");
  const isLower = service.build?.dockerfile === null && !repository.has(file) && repository.has(lower);
  const found = isLower ? lower : file;
  const text = service.build?.inline ?? repository.text(found);
  return text === null ? null : readDockerfile(found, text);
}
