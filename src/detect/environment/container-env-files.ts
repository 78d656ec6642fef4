import path from "node:path";
import { type Stack, containersOf } from "../services/containers.ts";
import { isForElsewhere, isMarked } from "../repository/env-files.ts";
import type { Template } from "../model.ts";
import type { Backend } from "../python/backend.ts";

/** A file of variables that an app's container is given, and where its text is: in it, or in the template that it is copied from. */
export interface ContainerEnvFile {
  file: string;
  written: string;
}

/**
 * Files that a backend's container is given and that a program on the host would not read: those in other places than the `.env` of the
 * root and of its own folder. Only those that are there, or that a template makes.
 */
export function containerEnvFiles(stack: Stack, backend: Backend, templates: readonly Template[]): ContainerEnvFile[] {
  const [container] = containersOf(stack, backend);
  const usual = [".env", path.posix.join(backend.cwd, ".env")];
  return (container?.envFiles ?? [])
    .filter((file) => !usual.includes(file) && !isMarked(file) && !isForElsewhere(file) && !file.startsWith(".."))
    .flatMap((file) => {
      const written = stack.repository.has(file) ? file : templates.find(({ target }) => target === file)?.template;
      return written === undefined ? [] : [{ file, written }];
    });
}
