import type { PageModel } from "../model.ts";
import { Environment } from "./environment.tsx";
import { Errors } from "./errors.tsx";
import { Parts } from "./parts.tsx";
import { Saves } from "./saves.tsx";

/** What is live, what broke, what the last save did. */
export function Now({ page }: { page: PageModel }) {
  // nothing has come: neither that all is well nor that there is nothing may be shown
  if (page.sessionId === "")
    return (
      <p class="empty">{page.connection === "connecting" ? "Loading …" : "Nothing is known of the session yet."}</p>
    );
  return (
    <div class="now">
      <Parts page={page} />
      <Saves page={page} />
      <Errors page={page} />
      <Environment page={page} />
    </div>
  );
}
