"""Fits y = slope * x + intercept to lines of "x,y", with the standard library only: in Pipe mode and in File mode."""

import json
import os
import sys

ML = '/opt/ml'
DATA = ML + '/input/data'


def config(name):
    with open(f'{ML}/input/config/{name}.json') as file:
        return json.load(file)


def lines_of(epoch, mode):
    """The lines of an epoch: those of one FIFO, or once again those of all files."""
    if mode == 'Pipe':
        paths = [f'{DATA}/training_{epoch}']
    else:
        paths = [f'{DATA}/training/{name}' for name in sorted(os.listdir(f'{DATA}/training'))]
    for path in paths:
        with open(path) as file:
            yield from file


def train():
    epochs = int(config('hyperparameters')['epochs'])
    mode = config('inputdataconfig')['training']['TrainingInputMode']
    n = sx = sy = sxx = sxy = 0
    for epoch in range(epochs):
        before = n
        for line in lines_of(epoch, mode):
            x, y = map(int, line.split(','))
            n, sx, sy, sxx, sxy = n + 1, sx + x, sy + y, sxx + x * x, sxy + x * y
        print(f'epoch={epoch} observations={n - before}', flush=True)
    slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
    intercept = (sy - slope * sx) / n
    with open(f'{ML}/model/model.json', 'w') as file:
        file.write('{"slope": %.6f, "intercept": %.6f}\n' % (slope, intercept))
    with open(f'{ML}/output/data/summary', 'w') as file:
        file.write(f'{n} observations in {epochs} epochs, as "{" ".join(sys.argv[1:])}"\n')


train()
