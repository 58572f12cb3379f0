import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What figures depend on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly koffi: string;
  /** Of the last minute: above zero, others had a part of the cores. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    koffi: koffiVersion(),
    load: loadavg()[0]!,
  };
}

export function formatMachine({ cpu, cores, memoryBytes, kernel, node, koffi, load }: Machine): string {
  const memory = `${Math.round(memoryBytes / 2 ** 30)} GiB`;
  return `${cores} × ${cpu}, ${memory}, ${kernel}, Node ${node}, koffi ${koffi}, load ${load.toFixed(1)} at the start`;
}

function koffiVersion(): string {
  try {
    return (createRequire(import.meta.url)('koffi') as { version: string }).version;
  } catch {
    return 'not installed';
  }
}
