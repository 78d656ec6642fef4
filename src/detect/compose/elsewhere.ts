/** At the start or the end of a word: `latest` and `contest` are no tests. */
const TESTS = /(^|[\W_])test|(?<!la|con|at|pro)test(s|ing)?([\W_]|$)|(^|[\W_])(e2e|ci)([\W_]|$)/i;

/** Where people use the app, and what watches it there; machines that few developers have. */
const DEPLOYED =
  /prod|staging|deploy|release|\b(qa|uat)\b|swarm|traefik|monitoring|observability|\bgpu\b|airgap|selfhost/i;

/** By the name of a compose file, of its folder, or of a service: it is for tests. */
export const isForTests = (name: string): boolean => TESTS.test(name);

/** By the name of a compose file: it is for production, or for another machine than a developer's. */
export const isForDeployment = (name: string): boolean => DEPLOYED.test(name);

/** Either: not what a developer starts. */
export const isElsewhere = (name: string): boolean => isForTests(name) || isForDeployment(name);
