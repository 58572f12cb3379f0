import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { onAbort } from '../../abort/on-abort.js';
import type { PipeModeError } from '../../errors.js';
import { type Child, type ChildEnd, startChild } from '../child.js';
import { Output } from '../output/output.js';
import { hasEnded, processesFrom, statusOf } from '../processes.js';
import type { ProgramExit, ProgramOptions } from '../runner.js';
import { programNotExecutable, runnerFailed, startAborted } from '../runner-errors.js';
import type { StartedProgram } from '../started-program.js';
import { dividedEnvironment } from './divided-environment.js';
import { hostsFile } from './hosts-file.js';
import { LeftBehind } from './left-behind.js';
import { type NamespaceMeans, unshareCommand } from './means.js';
import { type MountPlan, planMounts } from './mount-plan.js';
import { Told } from './told.js';
import {
  CONTROL,
  NO_DIRECTORY,
  NOT_EXECUTED,
  RUN_SCRIPT,
  SETUP_FAILED,
  setupScript,
  START_PROGRAM,
} from './setup-script.js';
import { unnamedFile } from './unnamed-file.js';

/** How often to look whether a process that is not our child is gone, in milliseconds. */
const LOOK_MS = 2;

/** What the program is given, and what it takes to hand it over. */
interface Setup {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly files: readonly number[];
}

/**
 * Starts a program as the first process of namespaces of its own, in which the job's directory is /opt/ml.
 *
 * @throws {@link PipeModeError} `ABORTED`, `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `PROGRAM_NOT_EXECUTABLE`,
 * `TOO_MANY_OPEN_FILES`
 */
export async function startInNamespace(
  program: ProgramOptions,
  means: NamespaceMeans,
  signal: AbortSignal | undefined,
): Promise<StartedProgram> {
  const outputs: Output[] = [];
  const files: number[] = [];
  try {
    const [stdout, stderr] = [await Output.open(), await Output.open()];
    outputs.push(stdout, stderr);
    files.push(...setupFiles(program, means));
    const child = await startShell(program, means, { stdout, stderr, files });
    outputs.forEach((output) => output.handedOver());
    return await untilStarted(program, child, outputs, signal);
  } catch (error) {
    await Promise.all(outputs.map((output) => output.close()));
    throw error;
  } finally {
    files.forEach((fd) => closeSync(fd));
  }
}

function setupFiles({ host }: ProgramOptions, means: NamespaceMeans): number[] {
  const hosts = host && hostsFile(host);
  const plan = planMounts({ mountsProc: means.mountsProc, hosts });
  const contents = [setupScript(plan, means, host), fstab(plan.first), fstab(plan.second)];
  const files: number[] = [];
  try {
    for (const content of contents) files.push(unnamedFile(content));
    return files;
  } catch (error) {
    files.forEach((fd) => closeSync(fd));
    throw error;
  }
}

function fstab(lines: MountPlan['first']): Uint8Array {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
}

function startShell(
  { directory, cwd, command, env, host }: ProgramOptions,
  means: NamespaceMeans,
  { stdout, stderr, files }: Setup,
): Promise<Child> {
  const { forShell, forProgram } = dividedEnvironment(env);
  const shell = [means.tools.sh, '-c', RUN_SCRIPT, START_PROGRAM, directory, cwd, ...forProgram, ...command];
  return startChild(unshareCommand(means, shell, { uts: host !== undefined }), {
    cwd: '/',
    env: forShell,
    stdio: ['ignore', stdout.writing, 'pipe', 'pipe', stderr.writing, ...files],
  });
}

async function untilStarted(
  program: ProgramOptions,
  child: Child,
  [stdout, stderr]: Output[],
  signal: AbortSignal | undefined,
): Promise<StartedProgram> {
  const control = child.process.stdio[CONTROL] as Readable;
  const complaint = text(child.process.stderr!);
  // Nobody listens to the control pipe then: should the kernel not have been asked yet to kill the shell with us, it ends.
  const abandon = (): void => {
    control.destroy();
    child.process.kill('SIGKILL');
  };
  const unwatch = signal && onAbort(signal, abandon);
  if (signal?.aborted) abandon();
  const told = new Told(control);
  const isRunning = await told.untilProgramRuns();
  unwatch?.();
  const pid = told.hostPid;
  if (signal?.aborted) {
    await Promise.all([child.exit, complaint, gone(pid)]);
    throw startAborted(program.command[0]!, signal);
  }
  if (!isRunning) throw failure(program, told.text, await complaint, await child.exit);
  return new NamespacedProgram(child, pid!, complaint, { stdout: stdout!, stderr: stderr! });
}

function failure(
  { command, cwd }: ProgramOptions,
  said: string,
  complaint: string,
  { code, signal }: ChildEnd,
): PipeModeError {
  const name = command[0]!;
  const status = NOT_EXECUTED.exec(said)?.[1];
  if (status !== undefined)
    return programNotExecutable(
      name,
      `was found, but the system refuses to run it (status ${status})`,
      'Is it for this kind of processor, and is there the interpreter that it names? `file` says what it is.',
    );
  if (NO_DIRECTORY.test(said))
    return runnerFailed(
      `"${name}" was not started: it cannot enter its working directory "${cwd}".`,
      complaint,
    );
  const how = SETUP_FAILED.exec(said)?.[1] ?? code ?? signal;
  return runnerFailed(`"${name}" was not started: its /opt/ml could not be set up (${how}).`, complaint);
}

/** Resolves when a process has ended, whether or not its parent has taken notice. */
async function gone(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const first = statusOf(pid);
  for (
    let status = first;
    !hasEnded(status) && status?.startTime === first?.startTime;
    status = statusOf(pid)
  )
    await delay(LOOK_MS);
}

/** The first process of a PID namespace: with it, all the others end. */
class NamespacedProgram implements StartedProgram {
  readonly pid: number;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly ended: Promise<ProgramExit>;
  readonly #child: Child;
  readonly #leftBehind: LeftBehind;

  constructor(
    child: Child,
    pid: number,
    complaint: Promise<string>,
    { stdout, stderr }: Pick<StartedProgram, 'stdout' | 'stderr'>,
  ) {
    this.#child = child;
    this.pid = pid;
    this.stdout = stdout;
    this.stderr = stderr;
    this.#leftBehind = new LeftBehind(pid);
    this.ended = this.#untilEnded(complaint);
  }

  signal(name: NodeJS.Signals): boolean {
    // Its number is its own as long as `unshare` has not waited for it.
    if (statusOf(this.pid)?.parent !== this.#child.process.pid) return false;
    try {
      return process.kill(this.pid, name);
    } catch {
      return false; // has ended just now
    }
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  processes() {
    return processesFrom(this.pid);
  }

  async #untilEnded(complaint: Promise<string>): Promise<ProgramExit> {
    const { code, signal } = await this.#child.exit;
    const leftBehind = this.#leftBehind.end();
    if (signal !== null) await gone(this.pid); // it may be `unshare` that was killed
    // `unshare` ends like its child, but cannot for SIGKILL: then it says that it failed, and ends with 1.
    const lastWords = (await complaint).split('ready\n').at(-1)!;
    if (code === 1 && lastWords !== '') return { code: null, signal: 'SIGKILL', leftBehind };
    return { code, signal, leftBehind };
  }
}
