import { networkInterfaces } from 'node:os';

/**
 * The network interface that the hosts of a job here reach each other by. All of them are on this machine, so that is the
 * loopback interface. Algorithms give it to Gloo or NCCL, which fail if there is none of that name.
 */
export function networkInterface(): string {
  const interfaces = Object.entries(networkInterfaces());
  const loopback = interfaces.find(([, addresses]) => addresses?.some(({ internal }) => internal));
  return loopback?.[0] ?? interfaces[0]?.[0] ?? 'lo';
}
