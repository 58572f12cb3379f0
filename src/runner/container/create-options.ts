import { join } from 'node:path';

import type Docker from 'dockerode';

import { OPT_ML } from '../inside-paths.js';
import { ownName } from '../owner.js';
import type { ProgramOptions } from '../runner.js';
import type { ContainerRunnerOptions } from './options.js';
import { OWNER } from './owner-label.js';

/** The part of /opt/ml that is the job's own directory, read-only. Everything else of it is the container's. */
export const INPUT = 'input';

/** A container for a program, as engines are asked for one. */
export function createOptions(
  { directory, command, env, cwd, host }: ProgramOptions,
  { image, usesEntrypoint = true, shmBytes, memoryBytes }: ContainerRunnerOptions,
  network: string | undefined,
): Docker.ContainerCreateOptions {
  return {
    Image: image,
    ...(usesEntrypoint ? { Cmd: [...command] } : { Entrypoint: [...command], Cmd: [] }),
    ...(cwd === undefined ? undefined : { WorkingDir: cwd }),
    ...(host === undefined ? undefined : { Hostname: host.name }),
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [OWNER]: ownName() },
    HostConfig: {
      LogConfig: { Type: 'none', Config: {} }, // nothing is written to a disk that we read as it comes
      // Not `Binds`: of those, a source that is not there is made, as a directory.
      Mounts: [
        { Type: 'bind', Source: join(directory, INPUT), Target: `${OPT_ML}/${INPUT}`, ReadOnly: true },
      ],
      Init: false, // the algorithm is process 1, as in the cloud: one that ignores SIGTERM is seen to
      ...(shmBytes === undefined ? undefined : { ShmSize: shmBytes }),
      ...(memoryBytes === undefined ? undefined : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(network === undefined ? undefined : { NetworkMode: network }),
    },
    ...(network === undefined || host === undefined
      ? undefined
      : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [host.name] } } } }),
  };
}
