/** The link opens it once. */
export const pageIs = (url: string): string => `the page of this session: ${url}`;
