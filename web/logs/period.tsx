import { useState } from "preact/hooks";
import { timeOfDay } from "../format.ts";
import type { Filter } from "./filter.ts";

interface PeriodProps {
  filter: Filter;
  /** ISO 8601; null: there was none. */
  lastSave: string | null;
  change: (part: Partial<Filter>) => void;
}

/** From when on, and up to when. */
export function Period({ filter: { since, until }, lastSave, change }: PeriodProps) {
  const [isChosen, range] = useState(false);
  // also of an address that was opened or changed by hand
  const isRange = isChosen || until !== "";
  const pick = (value: string): void => {
    range(value === "range");
    change(value === "range" ? { since, until } : { since: sinceOf(value, lastSave), until: "" });
  };
  return (
    <>
      <select
        aria-label="Time"
        value={isRange ? "range" : since === "" ? "" : "since"}
        onChange={({ currentTarget: { value } }) => pick(value)}
      >
        <option value="">any time</option>
        {since !== "" && <option value="since">since {timeOfDay(since)}</option>}
        {lastSave !== null && <option value="save">since the last save</option>}
        <option value="5">last 5 minutes</option>
        <option value="60">last hour</option>
        <option value="range">from … to …</option>
      </select>
      {isRange && (
        <>
          <Moment label="From" time={since} change={(time) => change({ since: time })} />
          <Moment label="To" time={until} change={(time) => change({ until: time })} />
        </>
      )}
    </>
  );
}

interface MomentProps {
  label: string;
  time: string;
  change: (time: string) => void;
}

/** In the reader's own zone, as browsers show it. */
const Moment = ({ label, time, change }: MomentProps) => (
  <input
    type="datetime-local"
    step="1"
    aria-label={label}
    value={localOf(time)}
    onChange={({ currentTarget: { value } }) => change(value === "" ? "" : new Date(value).toISOString())}
  />
);

/** ISO 8601 without a zone, to the second; "": none. */
export function localOf(time: string): string {
  if (time === "") return "";
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

function sinceOf(value: string, lastSave: string | null): string {
  if (value === "save") return lastSave ?? "";
  const minutes = Number(value);
  return minutes > 0 ? new Date(Date.now() - minutes * 60_000).toISOString() : "";
}
