import type { FaultFinder, FoundFault } from "../../errors/found.ts";
import { frontendFinder } from "../../errors/frontend.ts";
import { pythonFinder } from "../../errors/python.ts";
import type { App } from "../../model/project.ts";

/** What may be in the output of an app, by what runs it. */
export function finderFor({ toolchain }: Pick<App, "toolchain">): FaultFinder {
  if (toolchain === "python") return pythonFinder();
  return toolchain === "node" ? frontendFinder() : both(pythonFinder(), frontendFinder());
}

const both = (...finders: readonly FaultFinder[]): FaultFinder => ({
  line: (text): FoundFault[] => finders.flatMap((finder) => finder.line(text)),
  rest: () => finders.flatMap((finder) => finder.rest()),
  matters: (text) => finders.some((finder) => finder.matters(text)),
  get busy() {
    return finders.some(({ busy }) => busy);
  },
});
