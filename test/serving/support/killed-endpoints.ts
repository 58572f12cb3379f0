import type { Endpoint, EndpointRequest } from 'sagemaker-pipe-mode/serving';

import { Program } from '../../support/program.js';

/** A server that does not end by itself, and has others beside it: one a daemon. */
export const STUBBORN_SERVER = `
const { spawn } = require('node:child_process');
spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref();
spawn('sleep', ['60'], { stdio: 'ignore' });
process.on('SIGTERM', () => {});
require('node:http').createServer((request, response) => {
  if (request.url === '/ping') return void response.end();
  setTimeout(() => response.end('answer'), 5);
}).listen(8080);`;

/** Asks until it is stopped, eight at a time, and says what each of them ended with. */
export async function load(endpoint: Endpoint): Promise<string[]> {
  return await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (;;) {
        try {
          const answer = await (await endpoint.invoke('x')).text();
          if (answer !== 'answer') return answer;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code ?? String(error);
        }
      }
    }),
  );
}

/** In a network of its own, with a port 8080 of its own: other tests have that of the machine. */
const ELSEWHERE = `exec unshare ${process.getuid!() === 0 ? '' : '-r'} -n sh -c 'ip link set lo up && exec "$0" "$@"' "$0" "$@"`;

interface ProgramPlan {
  /** What all that it starts has in its environment. */
  readonly mark: string;
  /** Where it has its directories. */
  readonly temporary: string;
  /** How often it asks, eight at a time. */
  readonly asks: number;
  /** How it ends in the midst of that. Default: in order, when all are answered. */
  readonly how?: 'exit' | 'throw';
}

/** A process of its own that has an endpoint, and asks it. */
export function endpointProgram(
  request: EndpointRequest,
  where: { readonly isolation: 'namespace' | 'none' } | { readonly container: object },
  { mark, temporary, asks, how }: ProgramPlan,
): Program {
  const source = `
    import { startEndpoint } from 'sagemaker-pipe-mode/serving';
    const [request, options, asks, how] = JSON.parse(process.argv[1]);
    console.log('begins');
    const endpoint = await startEndpoint(request, options);
    if (how) setTimeout(() => { if (how === 'exit') process.exit(5); throw new Error('uncaught'); }, 100);
    let asked = 0;
    const ask = async () => {
      while (asks === null || how || asked++ < asks) await (await endpoint.invoke('x')).text();
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    console.log('asked');
    await endpoint[Symbol.asyncDispose]();`;
  const command = [process.execPath, '-e', STUBBORN_SERVER, '--'];
  const options = { stopGraceMs: 20, ...where, ...('isolation' in where ? { command } : undefined) };
  const isPlain = 'isolation' in where && where.isolation === 'none';
  return new Program(source, {
    args: [JSON.stringify([request, options, asks, how])],
    env: { TMPDIR: temporary, [mark]: 'yes' },
    ...(isPlain ? { setup: ELSEWHERE } : undefined),
  });
}
