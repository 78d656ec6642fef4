import type { PageModel } from "../model.ts";
import { Environment } from "./environment.tsx";
import { Errors } from "./errors.tsx";
import { Parts } from "./parts.tsx";
import { Saves } from "./saves.tsx";

/** What is live, what broke, what the last save did. */
export function Now({ page }: { page: PageModel }) {
  if (page.connection === "connecting" && page.project === "") return <p class="empty">Loading …</p>;
  return (
    <div class="now">
      <Parts page={page} />
      <Saves page={page} />
      <Errors page={page} />
      <Environment page={page} />
    </div>
  );
}
