import type { Readable } from 'node:stream';

import type Docker from 'dockerode';

import { startAborted } from '../runner-errors.js';
import { AttachedOutput } from './attached-output.js';
import { ContainerProgram } from './container-program.js';
import { createOptions } from './create-options.js';
import type { ContainerPlan } from './container-plan.js';
import { ask } from './engine.js';
import { layoutArchive } from './layout.js';
import { startFailure } from './start-failure.js';
import { removeContainer, sweep } from './sweep.js';

/**
 * Makes a container, puts the job's directory into it, listens to it and starts it, in that order.
 *
 * @throws {@link PipeModeError} `ABORTED`, `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `IMAGE_NOT_FOUND`, `PROGRAM_NOT_FOUND`,
 * `PROGRAM_NOT_EXECUTABLE`
 */
export async function startContainer(
  plan: ContainerPlan,
  signal: AbortSignal | undefined,
): Promise<ContainerProgram> {
  const { program } = plan;
  const undo: (() => Promise<void>)[] = [];
  try {
    return await start(plan, signal, undo);
  } catch (error) {
    for (const each of undo.reverse()) await each();
    if (signal?.aborted) throw startAborted(program.command[0]!, signal);
    throw startFailure(error, plan);
  }
}

async function start(
  { engine, program, options, image, network }: ContainerPlan,
  signal: AbortSignal | undefined,
  undo: (() => Promise<void>)[],
): Promise<ContainerProgram> {
  let release = async (): Promise<void> => undefined;
  let networkId: string | undefined;
  if (program.host !== undefined && program.host.all.length > 1) {
    networkId = await network.join(engine);
    release = () => network.leave(engine);
    undo.push(release);
    signal?.throwIfAborted();
  }
  const container = await ask(
    engine,
    engine.docker.createContainer(createOptions(program, options, networkId)),
  );
  undo.push(() => removeContainer(engine, container.id));
  signal?.throwIfAborted();
  const layout = container.putArchive(layoutArchive(program.directory, ownerOf(image)), { path: '/' });
  const outputs = attachBoth(container);
  await ask(engine, Promise.all([layout, outputs]));
  const [stdout, stderr] = await outputs;
  undo.push(async () => void [stdout, stderr].map((output) => output.destroy()));
  signal?.throwIfAborted();
  await ask(engine, container.start());
  const [{ State: state }] = await Promise.all([ask(engine, container.inspect()), sweep(engine)]);
  signal?.throwIfAborted();
  const { directory } = program;
  return new ContainerProgram({ engine, container, pid: state.Pid, stdout, stderr, directory, release });
}

/** A connection for each: whoever reads one of them only must not hold up the other. Podman takes one after the other. */
async function attachBoth(
  container: Docker.Container,
): Promise<[stdout: AttachedOutput, stderr: AttachedOutput]> {
  return [await attach(container, 'stdout'), await attach(container, 'stderr')];
}

async function attach(container: Docker.Container, stream: 'stdout' | 'stderr'): Promise<AttachedOutput> {
  const connection = await container.attach({ stream: true, hijack: true, [stream]: true });
  return new AttachedOutput(connection as unknown as Readable, stream);
}

/** The user of the image, if it is given by numbers. Of names only the image knows what they mean. */
function ownerOf({ Config: { User: user } }: Docker.ImageInspectInfo): { uid: number; gid: number } {
  const [, uid, gid = '0'] = /^(\d+)(?::(\d+))?$/.exec(user) ?? ['', '0'];
  return { uid: Number(uid), gid: Number(gid) };
}
