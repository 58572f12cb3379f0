// Fits y = slope * x + intercept to lines of "x,y", with Node alone: in Pipe mode and in File mode.
import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const ML = '/opt/ml';
const DATA = `${ML}/input/data`;

type Mode = 'Pipe' | 'File';

function config(name: string): unknown {
  return JSON.parse(readFileSync(`${ML}/input/config/${name}.json`, 'utf8'));
}

/** The lines of an epoch: those of one FIFO, or once again those of all files. */
async function* linesOf(epoch: number, mode: Mode): AsyncGenerator<string> {
  const names = mode === 'Pipe' ? [`training_${epoch}`] : filesOf('training');
  for (const name of names) yield* createInterface({ input: createReadStream(`${DATA}/${name}`) });
}

function filesOf(channel: string): string[] {
  const names = readdirSync(`${DATA}/${channel}`).sort();
  return names.map((name) => `${channel}/${name}`);
}

const epochs = Number((config('hyperparameters') as { epochs: string }).epochs);
const { training } = config('inputdataconfig') as { training: { TrainingInputMode: Mode } };
let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
for (let epoch = 0; epoch < epochs; epoch++) {
  const before = n;
  for await (const line of linesOf(epoch, training.TrainingInputMode)) {
    const [x = NaN, y = NaN] = line.split(',').map(Number);
    [n, sx, sy, sxx, sxy] = [n + 1, sx + x, sy + y, sxx + x * x, sxy + x * y];
  }
  process.stdout.write(`epoch=${epoch} observations=${n - before}\n`);
}
const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
const intercept = (sy - slope * sx) / n;
const [slopeText, interceptText] = [slope.toFixed(6), intercept.toFixed(6)];
writeFileSync(`${ML}/model/model.json`, `{"slope": ${slopeText}, "intercept": ${interceptText}}\n`);
const summary = `${n} observations in ${epochs} epochs, as "${process.argv.slice(2).join(' ')}"\n`;
writeFileSync(`${ML}/output/data/summary`, summary);
