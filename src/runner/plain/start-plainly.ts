import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { type Child, startChild } from '../child.js';
import { Output, type OutputTarget } from '../output/output.js';
import type { StreamLines } from '../output/stream-lines.js';
import { describeProcess, hasEnded, processesFrom, statusOf } from '../processes.js';
import type { ProcessOptions } from '../program.js';
import type { ProcessInfo, ProgramExit } from '../runner.js';
import { connectTo } from '../connect-to.js';
import { startAborted } from '../runner-errors.js';
import type { StartedProgram } from '../started-program.js';
import type { ConnectLimits } from '../until-connected.js';
import { Guardian } from './guardian.js';
import { MARK, MarkedProcesses, killOne } from './marked-processes.js';

/** Where clients of SageMaker look for what is otherwise in /opt/ml. */
const BASE_DIR = 'SAGEMAKER_BASE_DIR';

/** How long what a program has started may take to end after it, in milliseconds. */
const ENDING_MS = 50;

/** How often to look for it then, in milliseconds. */
const LOOK_MS = 5;

/**
 * Starts a program that sees this machine as it is. The job's directory is only named, in SAGEMAKER_BASE_DIR.
 *
 * @throws {@link PipeModeError} `ABORTED`, `RUNNER_FAILED`, `TOO_MANY_OPEN_FILES`
 */
export async function startPlainly(
  { directory, command, env, cwd }: ProcessOptions,
  output: OutputTarget,
  signal: AbortSignal | undefined,
): Promise<StartedProgram> {
  const mark = randomUUID();
  const outputs: Output[] = [];
  let guardian: Guardian | undefined;
  try {
    const stdout = await Output.open(output, 1);
    outputs.push(stdout);
    const stderr = await Output.open(output, 2);
    outputs.push(stderr);
    guardian = await Guardian.start(`${MARK}=${mark}`);
    if (signal?.aborted) throw startAborted(command[0]!, signal);
    const child = await startChild(command, {
      cwd,
      env: { ...env, [BASE_DIR]: directory, [MARK]: mark },
      stdio: ['ignore', stdout.writing, stderr.writing],
    });
    guardian.watch(child.process.pid);
    outputs.forEach((output) => output.handedOver());
    return new PlainProgram(child, mark, guardian, { stdout, stderr });
  } catch (error) {
    await guardian?.end();
    await Promise.all(outputs.map((output) => output.close()));
    throw error;
  }
}

/** A program and what is known to be of it: its process group, what is below it, and whatever has its mark. */
class PlainProgram implements StartedProgram {
  readonly pid: number;
  readonly isVisible = true;
  readonly stdout: StreamLines;
  readonly stderr: StreamLines;
  readonly ended: Promise<ProgramExit>;
  readonly #child: Child;
  readonly #mark: string;

  constructor(
    child: Child,
    mark: string,
    guardian: Guardian,
    { stdout, stderr }: Pick<StartedProgram, 'stdout' | 'stderr'>,
  ) {
    this.#child = child;
    this.#mark = mark;
    this.pid = child.process.pid;
    this.stdout = stdout;
    this.stderr = stderr;
    this.ended = this.#untilEnded(guardian);
  }

  signal(name: NodeJS.Signals): boolean {
    return this.#child.process.kill(name);
  }

  /** What is left is killed when the program itself has ended. */
  kill(): void {
    this.signal('SIGKILL');
  }

  /** Its network is this machine's. */
  connect(port: number, limits: ConnectLimits): Promise<Socket> {
    return connectTo({ host: '127.0.0.1', port }, limits);
  }

  killNow(): void {
    if (!this.signal('SIGKILL')) return;
    killOne(-this.pid);
    new MarkedProcesses(this.#mark).killNow(() => hasEnded(statusOf(this.pid)));
  }

  processes(): readonly ProcessInfo[] {
    const below = processesFrom(this.pid);
    const known = new Set(below.map(({ pid }) => pid));
    return [
      ...below,
      ...new MarkedProcesses(this.#mark)
        .look()
        .filter((pid) => !known.has(pid))
        .map(describeProcess),
    ];
  }

  async #untilEnded(guardian: Guardian): Promise<ProgramExit> {
    const end = await this.#child.exit;
    const processes = new MarkedProcesses(this.#mark);
    const leftBehind = (await notEnding(processes)).map(describeProcess);
    killOne(-this.pid);
    await processes.kill();
    await guardian.end();
    return { ...end, leftBehind };
  }
}

/** What ends together with the program, as what it has waited for, was not left behind by it. */
async function notEnding(processes: MarkedProcesses): Promise<number[]> {
  const deadline = performance.now() + ENDING_MS;
  let left = processes.look();
  while ((left.length > 0 || !processes.isCertain) && performance.now() < deadline) {
    await delay(LOOK_MS);
    left = processes.look();
  }
  return left;
}
