import { closeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

import { onAbort } from '../../abort/on-abort.js';
import type { PipeModeError } from '../../errors.js';
import { type Child, type ChildEnd, startChild } from '../child.js';
import { Output, type OutputTarget } from '../output/output.js';
import { untilGone } from '../processes.js';
import type { ProcessOptions } from '../program.js';
import { programNotExecutable, runnerFailed, startAborted } from '../runner-errors.js';
import type { StartedProgram } from '../started-program.js';
import { dividedEnvironment } from './divided-environment.js';
import { Connector } from './connector.js';
import { hostsFile } from './hosts-file.js';
import { type NamespaceMeans, unshareCommand } from './means.js';
import { type MountPlan, planMounts } from './mount-plan.js';
import { NamespacedProgram } from './namespaced-program.js';
import type { NetworkTools } from './own-network.js';
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

/** What does not depend on the program. */
interface Surroundings {
  readonly means: NamespaceMeans;
  /** Where the hosts of the job have their addresses. */
  readonly addresses: string;
  /** What makes a network of its own; `undefined` in that of the machine. */
  readonly network: NetworkTools | undefined;
  readonly output: OutputTarget;
}

/** What the program is given, and what it takes to hand it over. */
interface Setup {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly files: readonly number[];
}

/** What its start takes. */
interface Starting {
  readonly outputs: readonly Output[];
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal | undefined;
}

/**
 * Starts a program as the first process of namespaces of its own, in which the job's directory is /opt/ml.
 *
 * @throws {@link PipeModeError} `ABORTED`, `RUNNER_UNAVAILABLE`, `RUNNER_FAILED`, `PROGRAM_NOT_EXECUTABLE`,
 * `TOO_MANY_OPEN_FILES`
 */
export async function startInNamespace(
  program: ProcessOptions,
  surroundings: Surroundings,
  signal: AbortSignal | undefined,
): Promise<StartedProgram> {
  const { output } = surroundings;
  const outputs: Output[] = [];
  const files: number[] = [];
  try {
    const stdout = await Output.open(output, 1);
    outputs.push(stdout);
    const stderr = await Output.open(output, 2);
    outputs.push(stderr);
    files.push(...setupFiles(program, surroundings));
    const child = await startShell(program, surroundings, { stdout, stderr, files });
    outputs.forEach((output) => output.handedOver());
    return await untilStarted(program, child, { outputs, surroundings, signal });
  } catch (error) {
    await Promise.all(outputs.map((output) => output.close()));
    throw error;
  } finally {
    files.forEach((fd) => closeSync(fd));
  }
}

function setupFiles({ host }: ProcessOptions, { means, addresses, network }: Surroundings): number[] {
  const hosts = host && hostsFile(host, addresses);
  const plan = planMounts({ mountsProc: means.mountsProc, hosts });
  const contents = [setupScript(plan, means, { host, network }), fstab(plan.first), fstab(plan.second)];
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
  { directory, cwd, command, env, host }: ProcessOptions,
  { means, network }: Surroundings,
  { stdout, stderr, files }: Setup,
): Promise<Child> {
  const { forShell, forProgram } = dividedEnvironment(env);
  const shell = [means.tools.sh, '-c', RUN_SCRIPT, START_PROGRAM, directory, cwd, ...forProgram, ...command];
  return startChild(unshareCommand(means, shell, { uts: host !== undefined, net: network !== undefined }), {
    cwd: '/',
    env: forShell,
    stdio: ['ignore', stdout.writing, 'pipe', 'pipe', stderr.writing, ...files],
  });
}

async function untilStarted(
  program: ProcessOptions,
  child: Child,
  { outputs, surroundings, signal }: Starting,
): Promise<StartedProgram> {
  const [stdout, stderr] = outputs;
  const control = child.process.stdio[CONTROL] as Duplex;
  const complaint = text(child.process.stderr!);
  // Nobody answers by the control pipe then: should the kernel not have been asked yet to kill the shell with us, it ends.
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
    await Promise.all([child.exit, complaint, untilGone(pid)]);
    throw startAborted(program.command[0]!, signal);
  }
  if (!isRunning) throw failure(program, told.text, await complaint, await child.exit);
  const { network, means } = surroundings;
  // `unshare` is in the user namespace that the network belongs to; the program may be in one below it.
  const connector = network && new Connector(network.nsenter, child.process.pid, means.inUserNamespace);
  return new NamespacedProgram(child, pid!, complaint, { stdout: stdout!, stderr: stderr!, connector });
}

function failure(
  { command, cwd }: ProcessOptions,
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
      `"${name}" was not started: it cannot enter its working directory "${cwd}". Is it there, and may its user enter it?`,
      '', // the shell says no more, and calls itself by the whole of its script
    );
  const how = SETUP_FAILED.exec(said)?.[1] ?? code ?? signal;
  return runnerFailed(`"${name}" was not started: its /opt/ml could not be set up (${how}).`, complaint);
}
