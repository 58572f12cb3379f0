import { leasedSingleton } from '../../workers/threads.js';
import { Pump } from './pump.js';

/** The thread that splices for all channels of the process. Only where `loadLibc()` gives something. */
export const spliceThread = leasedSingleton(() => new Pump(true));

/** The thread that copies for all channels that do without system calls of their own. */
export const copyThread = leasedSingleton(() => new Pump(false));
