import { loadLibc } from '../../native/libc.js';
import { leasedSingleton } from '../../workers/threads.js';
import { Pump } from './pump.js';

/** The thread that splices for all channels of the process. Only where `loadLibc()` gives something. */
export const pumpThread = leasedSingleton(() => new Pump(loadLibc()!));
