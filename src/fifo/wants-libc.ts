import { isMainThread } from 'node:worker_threads';

/**
 * Whether FIFOs are to be written with system calls that Node does not offer, where they can be had. Not in a worker
 * thread of the host: ending it while koffi is being loaded there would end the process, and what koffi has opened is not
 * closed when the thread ends.
 *
 * @param zeroCopy - the option; default: unless the environment says no
 */
export function wantsLibc(zeroCopy: boolean | undefined): boolean {
  return (zeroCopy ?? process.env['SAGEMAKER_PIPE_MODE_ZERO_COPY'] !== '0') && isMainThread;
}
