import type { PageSave } from "../../src/model/page.ts";
import { fineDuration, quantile, relativeTo, timeOfDay } from "../format.ts";
import type { PageModel } from "../model.ts";

const SHOWN = 60;

/** The last save, where its time went, and how long saves took. */
export function Saves({ page }: { page: PageModel }) {
  const { saves, root, saving } = page;
  const last = saves.at(-1);
  return (
    <section class="saves" aria-labelledby="saves-title">
      <h2 id="saves-title">Last save</h2>
      {[...saving].map(([app, file]) => (
        <p key={app} class="dim">
          <span class="spinner" aria-hidden="true" /> {app} loads {relativeTo(root, file)} …
        </p>
      ))}
      {last === undefined ? (
        <p class="empty">No save has reloaded an app in this session yet.</p>
      ) : (
        <>
          <div data-testid="last-save">
            <strong>{relativeTo(root, last.file)}</strong>{" "}
            <span class="dim">
              {last.app}, {timeOfDay(last.savedAt)}, {last.how}
            </span>{" "}
            {last.ok ? <span class="good">{fineDuration(last.ms)}</span> : <span class="bad">failed</span>}
          </div>
          {last.timeline && <TimelineBar save={last} />}
          <Chart saves={saves.filter(({ ok }) => ok).slice(-SHOWN)} />
          <Recent saves={saves} root={root} />
        </>
      )}
    </section>
  );
}

const STEPS = ["noticed", "forked", "imported", "answering"] as const;

/** Each step as wide as it took, in the order in which it happened. */
function TimelineBar({ save: { timeline } }: { save: PageSave }) {
  if (!timeline) return null;
  const total = Math.max(timeline.answering, 0.1);
  const parts = STEPS.map((name, at) => {
    const from = at === 0 ? 0 : timeline[STEPS[at - 1]!];
    return { name, from, ms: Math.max(0, timeline[name] - from) };
  });
  const text = parts.map(({ name, ms }) => `${name} ${fineDuration(ms)}`).join(", ");
  return (
    <figure>
      <svg class="timeline" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={`The save: ${text}`}>
        {parts.map(({ name, from, ms }) => (
          <rect key={name} class={`step-${name}`} x={(from / total) * 100} width={(ms / total) * 100} height="6" />
        ))}
      </svg>
      <figcaption class="legend">
        {parts.map(({ name, ms }) => (
          <span key={name}>
            <span class={`swatch step-${name}`} aria-hidden="true" /> {name} {fineDuration(ms)}
          </span>
        ))}
      </figcaption>
      {timeline.grown && (
        <p class="dim">
          slower than usual: {timeline.grown.module} took {fineDuration(timeline.grown.ms)} more
        </p>
      )}
    </figure>
  );
}

function Chart({ saves }: { saves: readonly PageSave[] }) {
  if (saves.length < 2) return null;
  const times = saves.map(({ ms }) => ms);
  const [p50, p95] = [quantile(times, 0.5)!, quantile(times, 0.95)!];
  const most = Math.max(...times, 1);
  const y = (ms: number): number => 40 - (ms / most) * 36;
  const step = 100 / saves.length;
  return (
    <figure>
      <svg
        class="chart"
        viewBox="0 0 100 40"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${saves.length} saves: half took at most ${fineDuration(p50)}, 95% at most ${fineDuration(p95)}`}
      >
        {saves.map(({ ms }, index) => (
          <rect
            key={index}
            class="bar"
            x={index * step + step * 0.1}
            width={step * 0.8}
            y={y(ms)}
            height={40 - y(ms)}
          />
        ))}
        <line class="p50" x1="0" x2="100" y1={y(p50)} y2={y(p50)} />
        <line class="p95" x1="0" x2="100" y1={y(p95)} y2={y(p95)} />
      </svg>
      <figcaption class="legend">
        <span>
          <span class="swatch p50" aria-hidden="true" /> p50 {fineDuration(p50)}
        </span>
        <span>
          <span class="swatch p95" aria-hidden="true" /> p95 {fineDuration(p95)}
        </span>
        <span class="dim">last {saves.length} saves</span>
      </figcaption>
    </figure>
  );
}

const RECENT = 5;

function Recent({ saves, root }: { saves: readonly PageSave[]; root: string }) {
  return (
    <ol class="plain recent" reversed>
      {saves
        .slice(-RECENT)
        .toReversed()
        .map(({ at, app, file, ms, ok }) => (
          <li key={`${at}${app}`} data-testid="save">
            <span class="dim">{timeOfDay(at)}</span> {app} <span class="file">{relativeTo(root, file)}</span>{" "}
            {ok ? fineDuration(ms) : <span class="bad">failed</span>}
          </li>
        ))}
    </ol>
  );
}
