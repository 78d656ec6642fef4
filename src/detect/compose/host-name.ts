/** `db` as the host of an address, or as the whole value. */
export const namesHost = (value: string, service: string): boolean =>
  value === service ||
  (value.includes(service) && new RegExp(`(//|@|^)${service.replaceAll(/[^\w-]/g, ".")}(:\\d+|/|$)`).test(value));
