import type { Variable } from "./variables.ts";

/** Variables of every system and of development whose values are no secrets, whatever they are. */
const PLAIN_NAMES = new Set(
  `PATH HOME PWD OLDPWD SHELL SHLVL USER LOGNAME HOSTNAME LANG LANGUAGE TERM TERM_PROGRAM COLORTERM COLUMNS LINES TZ
  EDITOR VISUAL PAGER TMPDIR DISPLAY CI NO_COLOR FORCE_COLOR NODE_ENV DEBUG LOG_LEVEL LOGLEVEL HOST PORT BROWSER
  VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED FLASK_APP FLASK_ENV FLASK_DEBUG
  DJANGO_SETTINGS_MODULE ENVIRONMENT ENV DEVPM_HOME`.split(/\s+/),
);

/** Nothing, a switch, or a number as short as a port. */
const PLAIN_VALUE = /^(?:|true|false|yes|no|on|off|none|null|\d{1,5})$/i;

const SOUNDS_SECRET = /key|token|secret|pass|pwd|pin|auth|cred|salt|cert|cookie|session|sign|otp|code/i;

/** Names of the desktop and the terminal that only sound like it. */
const NO_SECRET =
  /^(?:SSH_AUTH_SOCK|XAUTHORITY|XDG_|DBUS_|DESKTOP_|TERM_|GPG_|DEVPM_|NODE_AUTH|PWD$|OLDPWD$|SESSION_MANAGER)/;

/** By its name alone. */
export const soundsSecret = (name: string): boolean =>
  !PLAIN_NAMES.has(name) && !NO_SECRET.test(name) && SOUNDS_SECRET.test(name);

/**
 * Whether a value may be shown to anyone who sees the screen or a pasted report. Almost nothing of the user's may:
 * an address may hold a password, and a name reveals little.
 */
export function isPlain({ name, value, source }: Variable): boolean {
  if (source.kind === "devpm" || source.kind === "default" || source.kind === "venv") return true;
  return PLAIN_NAMES.has(name) || /^LC_[A-Z]+$/.test(name) || (PLAIN_VALUE.test(value) && !SOUNDS_SECRET.test(name));
}
