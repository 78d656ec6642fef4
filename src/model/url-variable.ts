/** The variable that has an app's URL in the environment of those that depend on it: `DEVPM_URL_BACKEND`. */
export const variableOfUrl = (app: string): string => `DEVPM_URL_${app.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
