/** What this browser keeps. A private window may keep nothing. */
export function read(key: string): string | null {
  try {
    return localStorage.getItem(`devpm.${key}`);
  } catch {
    return null;
  }
}

export function write(key: string, value: string): void {
  try {
    localStorage.setItem(`devpm.${key}`, value);
  } catch {
    // it is used until the page is closed
  }
}

const THEMES = ["system", "light", "dark"];

export function applyTheme(): void {
  document.documentElement.dataset.theme = read("theme") ?? "system";
}

/** The next one; returned for a message. */
export function nextTheme(): string {
  const theme = THEMES[(THEMES.indexOf(read("theme") ?? "system") + 1) % THEMES.length]!;
  write("theme", theme);
  document.documentElement.dataset.theme = theme;
  return theme;
}
