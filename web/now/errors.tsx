import { useState } from "preact/hooks";
import type { Fault } from "../../src/model/fault.ts";
import { EDITORS, editorLink } from "../editors.ts";
import { relativeTo, timeOfDay } from "../format.ts";
import { plainText } from "../logs/ansi.ts";
import type { PageModel } from "../model.ts";
import { addressOf } from "../route.ts";
import { read, write } from "../settings.ts";

/** What is broken now, each fault once, with the code around it. */
export function Errors({ page }: { page: PageModel }) {
  const { errors } = page.session;
  const [editor, choose] = useState(read("editor") ?? page.editor);
  return (
    <section class="errors" aria-labelledby="errors-title">
      <div class="row">
        <h2 id="errors-title">Broken now</h2>
        <span class="grow" />
        <label class="dim">
          opens in{" "}
          <select
            value={editor}
            onChange={({ currentTarget: { value } }) => {
              write("editor", value);
              choose(value);
            }}
          >
            {EDITORS.map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      {errors.length === 0 ? (
        <p class="empty" data-testid="no-errors">
          Nothing is broken.
        </p>
      ) : (
        <ul class="plain" aria-live="polite">
          {errors.map((fault) => (
            <FaultItem key={fault.id} fault={fault} root={page.root} editor={editor} />
          ))}
        </ul>
      )}
    </section>
  );
}

function FaultItem({ fault, root, editor }: { fault: Fault; root: string; editor: string }) {
  const { app, kind, message, file, line, count, last, frame } = fault;
  const link = editorLink(editor, root, file, line);
  const place = file === null ? null : `${relativeTo(root, file)}${line === null ? "" : `:${line}`}`;
  return (
    <li class="fault" data-testid="fault">
      <div class="row">
        <a href={addressOf("logs", new URLSearchParams({ app }))}>{app}</a>
        <span class="dim">{kind}</span>
        {count > 1 && <span class="pill">{count} ×</span>}
        <span class="grow" />
        <span class="dim">{timeOfDay(last)}</span>
      </div>
      <p class="message">{plainText(message)}</p>
      {place !== null && (link === null ? <span>{place}</span> : <a href={link}>{place}</a>)}
      {frame.length > 0 && (
        <pre tabIndex={0} aria-label={`code of ${app}`}>
          {frame.map(plainText).join("\n")}
        </pre>
      )}
    </li>
  );
}
