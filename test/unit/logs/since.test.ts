import { describe, expect, it } from "vitest";
import { parseSince } from "../../../src/logs/since.ts";

const now = new Date("2026-01-31T12:00:00.000Z");
const since = (text: string, saved: string | null = null): string | null => parseSince(text, now, () => saved);

describe("--since", () => {
  it("takes a time ago", () => {
    expect(since("90s")).toBe("2026-01-31T11:58:30.000Z");
    expect(since("90")).toBe("2026-01-31T11:58:30.000Z");
    expect(since("5m")).toBe("2026-01-31T11:55:00.000Z");
    expect(since("1.5h")).toBe("2026-01-31T10:30:00.000Z");
    expect(since("2d")).toBe("2026-01-29T12:00:00.000Z");
  });

  it("takes a moment, in local time where no zone is named", () => {
    expect(since("2026-01-31T11:00:00Z")).toBe("2026-01-31T11:00:00.000Z");
    expect(since("2026-01-31T11:00:00+02:00")).toBe("2026-01-31T09:00:00.000Z");
    expect(since("2026-01-31")).toBe(new Date(2026, 0, 31).toISOString());
  });

  it("takes the last save, where there is one", () => {
    expect(since("last-save", "2026-01-31T11:59:00.000Z")).toBe("2026-01-31T11:59:00.000Z");
    expect(since("last-save")).toBeNull();
  });

  it("takes nothing else", () => {
    for (const text of ["", "yesterday", "5 minutes", "m", "12:00", "2026-13-45"]) expect(since(text)).toBeNull();
  });
});
