import { PipeModeError } from '../../errors.js';
import { expected } from '../../options/expected.js';
import type { ResolvedGatewayOptions } from './options.js';

/** What listening has failed with. */
export function cannotListen({ port, host }: ResolvedGatewayOptions, cause: unknown): PipeModeError {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE')
    return expected('host', `an address to listen to, with port ${port}`, host, {
      advice: `${message}.`,
      cause,
    });
  const what = `Port ${port} of ${host} is taken already. Listen to another one, or to port 0, which is any that is free.`;
  return new PipeModeError('PORT_IN_USE', `${what} \`ss -ltnp\` says who has it.`, { cause });
}

export function otherEndpoint(asked: string, name: string): PipeModeError {
  const message = `Endpoint "${asked}" not found. The one that is served here is called "${name}".`;
  return new PipeModeError('INVALID_INVOCATION', message);
}

export function notYetInService(name: string): PipeModeError {
  const message = `Endpoint "${name}" is still being created: not all of its servers have answered /ping with 200. Ask again when it is in service.`;
  return new PipeModeError('INVALID_STATE', message);
}

export function callerLeft(): PipeModeError {
  const message =
    'The caller has left before the answer was sent to its end. The server may have handled the invocation.';
  return new PipeModeError('ABORTED', message);
}
