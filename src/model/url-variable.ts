/** The variable with an app's URL, in the environment of its dependents: `DEVPM_URL_BACKEND`. */
export const variableOfUrl = (app: string): string => `DEVPM_URL_${app.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`;
