import { join } from 'node:path';

import type {
  Finding,
  Isolation,
  JobChannelOptions,
  TrainingJob,
  CommandOptions,
  CommonJobOptions,
} from 'sagemaker-pipe-mode/training';
import { describe, expect, test } from 'vitest';

import { failureOf, useJobs } from './support/use-jobs.js';

const jobs = useJobs();

const DATA = { source: [{ key: 'k', body: 'x' }] };

async function findingsOf(job: TrainingJob) {
  return (await job.finished()).findings.map(({ id, seen }) => ({ id, seen }));
}

const metrics = (...MetricDefinitions: { Name: string; Regex: string }[]) => ({
  AlgorithmSpecification: { TrainingInputMode: 'Pipe', MetricDefinitions },
});

test('a clean algorithm has none, in any mode', async () => {
  await using job = jobs.sh(
    `cat $ML/input/data/pipe_0 $ML/input/data/pipe_1 $ML/input/data/file/k $ML/input/data/fast/k > $ML/model/m
     ls -lR $ML > $ML/output/data/list; echo 1 > $ML/checkpoints/c; touch $ML/output/success; mkdir $ML/code
     echo loss=1; sleep 0.01 & wait`,
    { CheckpointConfig: { S3Uri: jobs.path('c') }, ...metrics({ Name: 'loss', Regex: 'loss=(.*)' }) },
    {
      channels: {
        pipe: DATA,
        file: { ...DATA, inputMode: 'File' },
        fast: { ...DATA, inputMode: 'FastFile' },
      },
    },
  );
  expect((await job.finished()).findings).toEqual([]);
});

describe('of a job that has completed', () => {
  test.each([
    ['exit-0-with-failure-file', 'echo 1 > $ML/model/m; echo no > $ML/output/failure', 'output/failure'],
    ['empty-model', 'true', 'model directory'],
    ['not-collected', 'echo 1 > $ML/model/m; echo 1 > $ML/results.csv', '/opt/ml/results.csv'],
    ['not-collected', 'echo 1 > $ML/model/m; echo 1 > $ML/output/plot.png', '/opt/ml/output/plot.png'],
    [
      'not-collected',
      'echo 1 > $ML/model/m; mkdir $ML/checkpoints; echo 1 > $ML/checkpoints/c',
      '/opt/ml/checkpoints',
    ],
    [
      'input-written',
      'echo 1 > $ML/model/m; echo {} > $ML/input/config/hyperparameters.json',
      'hyperparameters.json',
    ],
    ['input-written', 'echo 1 > $ML/model/m; echo {} > $ML/input/config/own.json', 'input/config/own.json'],
    ['input-written', 'echo 1 > $ML/model/m; echo 1 > $ML/input/data/cache', 'input/data/cache'],
    ['input-written', 'echo 1 > $ML/model/m; mkdir $ML/input/other', 'input/other'],
  ])('%s: %s', async (id, script, seen) => {
    await using job = jobs.sh(script);
    expect(await findingsOf(job)).toEqual([{ id, seen: expect.stringContaining(seen) }]);
  });

  test('input-written: deeper than a path may be long', async () => {
    await using job = jobs.python(
      `import os
open('/opt/ml/model/m', 'w').write('1')
os.chdir('/opt/ml/input/data/files')
for _ in range(300):
    os.mkdir('d' * 60)
    os.chdir('d' * 60)`,
      {},
      { channels: { files: { ...DATA, inputMode: 'File' }, pipe: DATA } },
    );
    const ids = (await findingsOf(job)).map(({ id }) => id);
    expect(ids).toEqual(['channel-never-opened', 'input-written']);
    expect(job.channels.map(({ channel }) => channel.state)).toEqual(['finished', 'stopped']);
  });

  test('input-written: in the directory of a File channel', async () => {
    await using job = jobs.sh(
      'echo 1 > $ML/model/m; echo y >> $ML/input/data/file/k; echo 1 > $ML/input/data/file/new',
      {},
      { channels: { file: { ...DATA, inputMode: 'File' } } },
    );
    const seen = 'On algo-1 the algorithm wrote below /opt/ml/input: input/data/file/k, input/data/file/new.';
    expect(await findingsOf(job)).toEqual([{ id: 'input-written', seen }]);
  });

  test('channel-never-opened', async () => {
    await using job = jobs.sh(
      'cat $ML/input/data/train_0 > $ML/model/m',
      {},
      {
        channels: { train: DATA, validation: DATA, file: { ...DATA, inputMode: 'File' } },
      },
    );
    const seen = expect.stringContaining('never opened channel "validation"');
    expect(await findingsOf(job)).toEqual([{ id: 'channel-never-opened', seen }]);
  });

  test('metric-never-matched, and one that matches without a number', async () => {
    const request = metrics({ Name: 'a', Regex: 'a=([0-9]+)' }, { Name: 'b', Regex: 'b=[0-9]+' });
    await using job = jobs.sh('echo 1 > $ML/model/m; echo b=1', request);
    expect(await findingsOf(job)).toEqual([
      { id: 'metric-never-matched', seen: expect.stringContaining('"a", `a=([0-9]+)`, matched no line') },
      { id: 'metric-never-matched', seen: expect.stringContaining('a number in none of them') },
    ]);
  });

  test('metric-too-slow', async () => {
    await using job = jobs.sh(
      `echo 1 > $ML/model/m; for line in 1 2 3; do echo ${'a'.repeat(50)}; done`,
      metrics({ Name: 'a', Regex: '(a+)+b' }),
    );
    expect(await findingsOf(job)).toEqual([{ id: 'metric-too-slow', seen: expect.stringContaining('"a"') }]);
  });

  test('children-left-behind', async () => {
    await using job = jobs.sh(
      // The runner looks ten times a second, and sees a shell before that has become what it is to be.
      'echo 1 > $ML/model/m; sleep 1234 & until grep -q 1234 /proc/$!/cmdline && ! grep -q ML /proc/$!/cmdline; do sleep 0.05; done; sleep 1',
    );
    const seen = expect.stringContaining('"sleep"');
    expect(await findingsOf(job)).toEqual([{ id: 'children-left-behind', seen }]);
  });
});

describe('of a job that has failed', () => {
  test.each([
    [['no-failure-file'], 'exit 3'],
    [['no-failure-file'], ': > $ML/output/failure; exit 3'],
    [[], 'echo why > $ML/output/failure; exit 3'],
    [['failure-file-too-long'], 'head -c 1025 /dev/zero | tr "\\0" x > $ML/output/failure; exit 3'],
    [[], 'head -c 1024 /dev/zero | tr "\\0" x > $ML/output/failure; exit 3'],
  ])('%j: %s', async (ids, script) => {
    await using job = jobs.sh(script, {}, { channels: { train: DATA } });
    expect((await failureOf(job)).findings.map(({ id }) => id)).toEqual(ids);
  });
});

test('each says what was seen, the rule, and where that is documented', async () => {
  await using job = jobs.sh('true');
  const [finding] = (await job.finished()).findings;
  expect(finding).toEqual({
    id: 'empty-model',
    seen: expect.stringMatching(/\.$/),
    rule: expect.stringMatching(/\.$/),
    documentation: expect.stringMatching(/^https:\/\/docs\.aws\.amazon\.com\//),
  });
});

const BASE = 'import os, sys, time; DATA = "/opt/ml/input/data/"; open("/opt/ml/model/m", "w").close()\n';
const BIG = { source: [{ key: 'k', body: Buffer.alloc(3_000_000) }] };
const SMALL = { source: [{ key: 'k', body: Buffer.alloc(50_000) }] };

describe.runIf(process.platform === 'linux')('of how epochs were read', () => {
  const read = (script: string, channel: JobChannelOptions = SMALL) =>
    jobs.python(BASE + script, {}, { channels: { training: channel } });

  test.each([
    ['to the end, epoch after epoch', 'for n in range(3): open(f"{DATA}training_{n}").read()'],
    ['an early stop in each epoch', 'for n in range(3): open(f"{DATA}training_{n}", "rb").read(100)'],
    [
      'an early stop in the last epoch',
      'open(DATA + "training_0").read(); open(DATA + "training_1").read(10)',
    ],
    [
      'a reader ahead that opens one epoch more',
      'open(DATA + "training_0").read(); os.close(os.open(DATA + "training_1", os.O_RDONLY))',
    ],
    [
      'one process after the other',
      'import subprocess; f = open(DATA + "training_0", "rb", 0); f.read(10); subprocess.run(["cat"], stdin=f, stdout=subprocess.DEVNULL)',
    ],
    [
      'the next epoch opened while this one is read',
      'import threading; f = open(DATA + "training_0"); t = threading.Thread(target=lambda: open(DATA + "training_1").read()); t.start(); time.sleep(0.2); f.read(); t.join()',
    ],
    [
      'a FIFO that is waited for, and tried again',
      `
for n in range(2):
    while True:
        try: open(f"{DATA}training_{n}").read(); break
        except OSError as e: print(e, flush=True); time.sleep(0.1)`,
    ],
  ])('clean: %s', async (_what, script) => {
    for (const channel of [SMALL, BIG]) {
      await using job = read(script, channel);
      expect(await findingsOf(job)).toEqual([]);
    }
  });

  test('channel-never-read', async () => {
    for (const channel of [SMALL, BIG]) {
      await using job = read('open(DATA + "training_0").close()', { ...channel, source: filesOf(channel) });
      const seen = 'On algo-1 the algorithm opened training_0, and read no byte of channel "training".';
      expect(await findingsOf(job)).toEqual([{ id: 'channel-never-read', seen }]);
    }
  });

  test('epoch-not-read', async () => {
    await using job = read('open(DATA + "training_0").close(); open(DATA + "training_1").read()');
    const seen = expect.stringContaining('opened training_0, closed it without reading a byte, and went on');
    expect(await findingsOf(job)).toEqual([{ id: 'epoch-not-read', seen }]);
  });

  test('epoch-left-early: a short read taken for the end', async () => {
    for (const channel of [SMALL, BIG]) {
      await using job = read('os.read(os.open(DATA + "training_0", os.O_RDONLY), 20000)', {
        ...channel,
        source: filesOf(channel),
      });
      const seen =
        'On algo-1 the algorithm read 20,000 bytes of training_0, left it with more to come, and never read an epoch of channel "training" to its end.';
      expect(await findingsOf(job)).toEqual([{ id: 'epoch-left-early', seen }]);
    }
  });

  test('epoch-opened-again', async () => {
    await using job = read('open(DATA + "training_0").read(); open(DATA + "training_0").read()');
    const { findings } = await failureOf(job);
    expect(findings.map(({ id }) => id)).toEqual(['no-failure-file', 'epoch-opened-again']);
    expect(findings[1]!.seen).toBe(
      'On algo-1 the algorithm failed to open training_0, which it had opened before.',
    );
    expect(findings[1]!.rule).toContain('training_1');
  });

  test('epoch-opened-out-of-order', async () => {
    await using job = read('open(DATA + "training_0").read(); open(DATA + "training_4").read()');
    const { findings } = await failureOf(job);
    expect(findings.map(({ id }) => id)).toEqual(['no-failure-file', 'epoch-opened-out-of-order']);
    expect(findings[1]!.seen).toContain('wanted to open training_4 before anybody had opened training_1');
  });

  test('gave-up-waiting: for a channel that is not there, an epoch too many, data that is late', async () => {
    await using wrong = read('open(DATA + "trainning_0").read()');
    await using beyond = read('for n in range(3): open(f"{DATA}training_{n}").read()', {
      ...SMALL,
      epochs: 2,
    });
    await using late = jobs.python(
      `${BASE}
import select
f = os.open(DATA + "training_0", os.O_RDONLY | os.O_NONBLOCK)
for n in range(2): print(select.select([f], [], [], 0.1))
sys.exit("timed out after 0.2 s: " + DATA + "training_1")`,
      {},
      { channels: { training: SMALL } },
    );
    const [forWrong, forBeyond, forLate] = await Promise.all([wrong, beyond, late].map(failureOf));
    const seenIn = ({ findings }: { findings: readonly Finding[] }) =>
      findings.filter(({ id }) => id !== 'no-failure-file').map(({ id, seen }) => `${id}: ${seen}`);
    const gaveUp = 'gave-up-waiting: On algo-1 the algorithm gave up, because it could not have';
    expect(seenIn(forWrong!)).toEqual([
      `${gaveUp} trainning_0: there is no channel "trainning"; the job has training. Did you mean \`training\`?`,
    ]);
    expect(seenIn(forBeyond!)).toEqual([
      `${gaveUp} training_2: training has 2 epochs, training_0 to training_1.`,
    ]);
    expect(seenIn(forLate!)).toEqual([expect.stringMatching(new RegExp(`^${gaveUp} training_1`))]);
  });

  test('fifo-read-by-several', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const body = async function* () {
      yield Buffer.from('x');
      await held;
    };
    await using job = jobs.sh(
      'echo 1 > $ML/model/m; exec 3< $ML/input/data/training_0; cat <&3 & cat <&3; wait',
      {},
      { channels: { training: { source: [{ key: 'k', body }], epochs: 1 } }, stalledAfterMs: 500 },
    );
    job.once('stalled', () => release());
    const seen = 'On algo-1 several processes read training_0 at the same time: "cat", "cat".';
    // The shell is told of one child after the other, so the runner may have seen a moment in which one was left.
    const found = (await findingsOf(job)).filter(({ id }) => id !== 'children-left-behind');
    expect(found).toEqual([{ id: 'fifo-read-by-several', seen }]);
  });

  /** Of files everything is exact. */
  function filesOf({ source: [object] }: typeof BIG): string {
    return jobs.files({ [`${object!.body.length}/k`]: object!.body });
  }
});

describe('of hyperparameters', () => {
  const HP = { HyperParameters: { epochs: '3', rate: '0.1', name: 'net', quoted: '"5"' } };
  const run = (script: string) => {
    const text = `import json, os
base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
hp = json.load(open(base + "/input/config/hyperparameters.json"))
${script}
`;
    const file = join(jobs.files({ 'train.py': text }), 'train.py');
    return jobs.sh(`python3 '${file}' || { echo why > $ML/output/failure; exit 1; }`, HP);
  };

  test.each([
    ['epochs', 'for n in range(hp["epochs"]): pass'],
    ['rate', 'x = 1.5 * hp["rate"]'],
    ['rate', 'lr = hp.get("rate") / 2'],
    ['epochs', 'while 0 < hp["epochs"]: pass'],
    ['epochs', 'x = "%d" % hp["epochs"] if False else hp["epochs"] + 1'],
    ['quoted', 'int(hp["quoted"])'],
  ])('hyperparameter-is-a-string: %s, %s', async (key, script) => {
    await using job = run(script);
    const { findings } = await failureOf(job);
    expect(findings.map(({ id }) => id)).toEqual(['hyperparameter-is-a-string']);
    expect(findings[0]!.seen).toContain(`took the hyperparameter "${key}" for a number, and failed: `);
    expect(findings[0]!.rule).toContain(JSON.stringify(HP.HyperParameters[key as 'epochs']));
  });

  test.each([
    'rows = "3"; range(rows)',
    'int("abc")',
    'len(hp["name"]) + "x"',
    'raise ValueError("epochs must be at most 2")',
    'print("TypeError: \'str\' object cannot be interpreted as an integer"); raise SystemExit(3)',
  ])('no false alarm: %s', async (script) => {
    await using job = run(script);
    expect((await failureOf(job)).findings).toEqual([]);
  });
});

describe.runIf(process.platform === 'linux')('of several hosts', () => {
  const hosts = (InstanceCount: number) => ({ ResourceConfig: { InstanceCount } });

  test('unknown-host', async () => {
    await using job = jobs.sh(
      'echo 1 > $ML/model/m; python3 -c "import socket; socket.gethostbyname(\'algo-1\')"; echo "getaddrinfo ENOTFOUND algo-3"; echo "algo-2 does not answer"',
      hosts(2),
    );
    const seen = (host: string) =>
      `On ${host} the algorithm looked for the host algo-3; the job has algo-1, algo-2.`;
    expect(await findingsOf(job)).toEqual([
      { id: 'unknown-host', seen: seen('algo-1') },
      { id: 'unknown-host', seen: seen('algo-2') },
    ]);
  });

  const PORT = 24571; // no port that the kernel gives to anybody by itself
  const TALK = (address: string, clientPort = 0) => `
import json, os, socket, time
ML = "/opt/ml"
open(ML + "/model/m", "w").close()
me = json.load(open(ML + "/input/config/resourceconfig.json"))["current_host"]
if me == "algo-1":
    server = socket.create_server(("${address}", ${PORT}))
    peer, _ = server.accept()
    peer.recv(1)
else:
    while True:
        try: peer = socket.create_connection(("${address}", ${PORT}), source_address=("", ${clientPort})); break
        except OSError: time.sleep(0.05)
    time.sleep(1.5)
    peer.send(b"x")
    peer.recv(1) # the server closes first: the client's port is free at once
`;

  test.each([PORT - 1, PORT + 1])('localhost-between-hosts, from port %d', async (clientPort) => {
    await using job = jobs.python(TALK('127.0.0.1', clientPort), hosts(2));
    const seen = `algo-1 and algo-2 talked to each other by way of localhost, port ${PORT}.`;
    expect(await findingsOf(job)).toEqual([{ id: 'localhost-between-hosts', seen }]);
  });

  test('by their names, they have none', async () => {
    await using job = jobs.python(TALK('algo-1'), hosts(2));
    expect(await findingsOf(job)).toEqual([]);
  });
});

describe('of a job that is stopped', () => {
  const stopped = async (
    script: string,
    options: Partial<CommonJobOptions & CommandOptions> = {},
    said = ['ready'],
  ) => {
    await using job = jobs.sh(script, {}, { stopGraceMs: 500, ...options });
    const awaited = new Set(said);
    for await (const { text } of job.logs()) if (awaited.delete(text) && awaited.size === 0) break;
    await job.stop();
    return await findingsOf(job);
  };
  const WAIT =
    'import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print(chr(114) + "eady", flush=True); time.sleep(100)';

  test.each<Isolation>(process.platform === 'linux' ? ['namespace', 'none'] : ['none'])(
    'sigterm-not-passed-on, isolation: %s',
    async (isolation) => {
      const seen = 'On algo-1 SIGTERM went to "sh", which did not pass it on to "python3": that was killed.';
      expect(await stopped(`python3 -c '${WAIT}'; echo end`, { isolation })).toEqual([
        { id: 'sigterm-not-passed-on', seen },
      ]);
    },
  );

  test('sigterm-ignored', async () => {
    expect(await stopped("trap '' TERM; echo ready; while :; do sleep 0.01; done")).toEqual([
      {
        id: 'sigterm-ignored',
        seen: 'On algo-1 the algorithm still ran 0.5 s after SIGTERM, and was killed.',
      },
    ]);
  });

  test('none: exec, and a shell that passes it on', async () => {
    const patient = { stopGraceMs: 20_000 };
    expect(await stopped(`exec python3 -c '${WAIT}'`, patient)).toEqual([]);
    const passing = `python3 -c '${WAIT}' & trap "kill $!" TERM; echo set; wait; wait`;
    expect(await stopped(passing, patient, ['ready', 'set'])).toEqual([]);
  });
});
