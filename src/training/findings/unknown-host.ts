import { DOCUMENTATION } from './documentation.js';
import type { Look } from './finding.js';

/** What resolvers and clients say of a name that is not there. */
const UNKNOWN =
  /not known|unknown host|could ?n[o']t (?:be )?resolve|cannot resolve|failed to resolve|ENOTFOUND|EAI_|getaddrinfo|name resolution|no address|bad address/i;

/** A number of hosts that is not that of the request. Other names may be known in the cloud. */
export const unknownHost: Look = function* ({ host, hosts, lastLines }) {
  const names = lastLines
    .filter((line) => UNKNOWN.test(line))
    .flatMap((line) => line.match(/\balgo-\d+\b/g) ?? []);
  for (const name of new Set(names)) {
    if (hosts.includes(name)) continue;
    yield {
      id: 'unknown-host',
      seen: `On ${host} the algorithm looked for the host ${name}; the job has ${hosts.join(', ')}.`,
      rule: 'The hosts of a job are those in resourceconfig.json: take their names, and their number, from there.',
      documentation: DOCUMENTATION.hosts,
    };
  }
};
