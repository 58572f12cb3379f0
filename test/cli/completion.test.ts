import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { useScratch } from '../support/scratch.js';
import { commandFile } from './command.js';

const scratch = useScratch();

function script(shell: string): string {
  return execFileSync(process.execPath, [commandFile, 'completion', shell], { encoding: 'utf8' });
}

/** What bash would offer for the last of these words; what is typed is data. */
function offeredByBash(...words: string[]): string[] {
  const program = `${script('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sagemaker_pipe; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', program, 'bash', 'sagemaker-pipe', ...words], {
    cwd: scratch.dir,
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

test.each<[string[], string[]]>([
  [
    [''],
    ['channel', 'agent', 'input-data-config', 'train', 'serve', 'invoke', 'transform', 'completion', 'help'],
  ],
  [['ch'], ['channel']],
  [['channel', '--in'], ['--input-mode']],
  [
    ['channel', 'train', '--input-mode', ''],
    ['Pipe', 'File', 'FastFile'],
  ],
  [['channel', '--input-mode', 'Fa'], ['FastFile']],
  [['channel', '--epochs', ''], []],
  [['channel', 'train', ''], []], // bash itself completes paths
  [['agent', '--manifest'], []],
  [['input-data-config', '--channel'], ['--channel']],
  [
    ['serve', '--isolation', ''],
    ['namespace', 'none'],
  ],
  [['invoke', '--content'], ['--content-type']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['help', 'ag'], ['agent']],
])('bash: %j', (words, offered) => {
  expect(offeredByBash(...words)).toEqual(offered);
});

test('bash: what was typed is not carried out', () => {
  offeredByBash('channel', '$(touch carried-out)', '`touch carried-out`');
  expect(execFileSync('ls', [scratch.dir], { encoding: 'utf8' })).toBe('');
});

test('every shell: every option of every command, with its values', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = script(shell);
    for (const option of [
      'input-mode',
      'augmented-manifest',
      'stall-timeout',
      'exit-on-failure',
      'channel',
    ]) {
      expect(text).toContain(shell === 'fish' ? `-l ${option} ` : `--${option}`);
    }
    expect(text).toContain('Pipe File FastFile');
  }
});
