import { useEffect, useState } from "preact/hooks";
import type { ShownVariable } from "../../src/model/page.ts";
import { environmentOf, SILENT } from "../api.ts";
import type { PageModel } from "../model.ts";

/** What an app was started with: where each variable comes from. Values that may be secrets never come to the page. */
export function Environment({ page }: { page: PageModel }) {
  const apps = [...page.session.apps.keys()];
  const [chosen, choose] = useState<string | null>(null);
  const [isOpen, open] = useState(false);
  const app = chosen !== null && apps.includes(chosen) ? chosen : (apps[0] ?? null);
  return (
    <section class="environment" aria-labelledby="environment-title">
      <details onToggle={({ currentTarget }) => open(currentTarget.open)}>
        <summary>
          <h2 id="environment-title">Environment</h2>
        </summary>
        {isOpen && app !== null && (
          <>
            <select aria-label="App" value={app} onChange={({ currentTarget: { value } }) => choose(value)}>
              {apps.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
            <Variables key={app} app={app} state={page.session.apps.get(app)?.startedAt ?? ""} />
          </>
        )}
      </details>
    </section>
  );
}

function Variables({ app, state }: { app: string; state: string }) {
  const [variables, show] = useState<ShownVariable[] | "loading" | null>("loading");
  useEffect(() => void environmentOf(app).then(show), [app, state]);
  if (variables === "loading") return <p class="empty">Loading …</p>;
  if (variables === null) return <p class="empty">{SILENT}</p>;
  if (variables.length === 0) return <p class="empty">{app} has not been started in this session.</p>;
  return (
    <table class="stacked" data-testid="variables">
      <thead>
        <tr>
          <th scope="col">Variable</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
        </tr>
      </thead>
      <tbody>
        {variables.map(({ name, value, from }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="value">{value ?? <span class="dim">•••• hidden</span>}</td>
            <td class="dim">{from}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
