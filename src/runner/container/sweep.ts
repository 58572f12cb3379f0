import { debugTo } from '../../debug.js';
import { isGone } from '../owner.js';
import { ask, type Engine, reasonOf } from './engine.js';
import { OWNER } from './owner-label.js';

const debug = debugTo('container');

const OURS = { filters: { label: [OWNER] } };

/**
 * Removes the containers and networks that processes of ours have left because they were killed. Those of processes that
 * live, or that cannot be seen from here, are not touched.
 *
 * @throws {@link PipeModeError} `RUNNER_UNAVAILABLE`
 */
export async function sweep(engine: Engine): Promise<void> {
  const { docker, address } = engine;
  const isLocal = address.url.startsWith('unix://');
  const [containers, networks] = await ask(
    engine,
    Promise.all([docker.listContainers({ all: true, ...OURS }), docker.listNetworks(OURS)]),
  );
  const left = containers.filter(({ Labels: labels, State: state }) =>
    isGone(labels[OWNER]!, isLocal && state !== 'running' && state !== 'paused'),
  );
  await Promise.all(left.map(({ Id: id }) => removeContainer(engine, id)));
  const unused = networks.filter(({ Labels: labels }) => isGone(labels![OWNER]!, isLocal));
  await Promise.all(unused.map(({ Id: id }) => removeNetwork(engine, id)));
}

/** Whatever it does. What is not there any more, or is being removed by somebody else, is no failure. */
export async function removeContainer({ docker }: Engine, id: string): Promise<void> {
  await docker.getContainer(id).remove({ force: true, v: true }).catch(tell(id));
}

export async function removeNetwork({ docker }: Engine, id: string): Promise<void> {
  await docker.getNetwork(id).remove().catch(tell(id));
}

/** The next sweep tries again. */
function tell(id: string): (error: unknown) => void {
  return (error) => debug('%s is not removed: %s', id, reasonOf(error));
}
