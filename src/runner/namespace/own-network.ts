import { PipeModeError } from '../../errors.js';
import { findTool } from '../find-program.js';

/**
 * The address by which a program with a network of its own is reached: one that is not 127.0.0.1, as a container's is not. A
 * server that listens on 127.0.0.1 only does not hear of it, here as there. It is of those that are never routed (RFC 2544).
 */
export const OWN_ADDRESS = '198.18.0.1';

/** Which `unshare` makes it with, and which the setup makes it usable with. */
export interface NetworkTools {
  readonly ip: string;
  readonly nsenter: string;
}

/** @throws {@link PipeModeError} `RUNNER_UNAVAILABLE` */
export function networkTools(): NetworkTools {
  const [ip, nsenter] = [findTool('ip'), findTool('nsenter')];
  if (ip !== undefined && nsenter !== undefined) return { ip, nsenter };
  const [name, debian] = ip === undefined ? ['ip', 'iproute2'] : ['nsenter', 'util-linux'];
  throw new PipeModeError(
    'RUNNER_UNAVAILABLE',
    `No program can get a network of its own here: \`${name}\` is not installed. Install ${debian}.`,
  );
}

/** What `ip -batch` reads to make a new network usable: it begins with a loopback interface that is down. */
export const NETWORK_SETUP = [`link set lo up`, `addr add ${OWN_ADDRESS}/32 dev lo`];
