const EXIT_STATUS = `
Exit status:
  0    every epoch was sent to its end, or its reader left early
  1    something failed
  2    wrong usage
  129  ended by SIGHUP; 130 by SIGINT (Ctrl-C); 143 by SIGTERM. It cleans up
       first; a second signal ends it at once
With a program after "--": that of the program, 128 and the number of the signal
if one has ended it; 1 if a channel fails; 127 or 126 if it cannot be run.
`;

const FAILURE = `
A PROGRAM after "--" is started when the pipes are there, and gets the signals
that this command gets. The channels end with it; if one of them fails, it is
killed. What it writes goes to stdout and stderr; plain lines and JSON about the
channels go to stderr then. On a terminal all of it stands above the live view.

When a channel fails, the command says so and holds the pipe open until its
reader leaves, for a reader that sees the end of a pipe takes what it got for
the whole epoch. With --exit-on-failure it exits at once, for a script that then
stops the algorithm, or believes its result only if this command's status is 0.
`;

/** What follows the commands in `sagemaker-pipe --help`. */
export const PROGRAM_HELP = `
Examples:
  $ sagemaker-pipe channel train ./data/train /tmp/input
  $ sagemaker-pipe agent ./data IN --epochs 3 -- python3 train.py IN
  $ sagemaker-pipe input-data-config training-job.yaml /tmp/input
  $ sagemaker-pipe train training-job.yaml -- python3 train.py
  $ sagemaker-pipe serve model.yaml -- python3 serve.py
  $ sagemaker-pipe invoke payload.csv --content-type text/csv
  $ sagemaker-pipe transform transform-job.yaml -- python3 serve.py

"sagemaker-pipe COMMAND --help" tells more about each command.
${EXIT_STATUS}`;

/** What follows the options in `sagemaker-pipe channel --help`. */
export const CHANNEL_HELP = `${FAILURE}
Examples:
  A directory, over and over until Ctrl-C
  $ sagemaker-pipe channel train ./data/train /tmp/input
  $ cat /tmp/input/train_0 | wc -c     # in another terminal; then train_1 …

  Three epochs of gzipped files, each file one RecordIO record
  $ sagemaker-pipe channel train ./data/train /tmp/input -x -r --epochs 3

  From S3, with the credentials and the region that the AWS SDK finds
  $ sagemaker-pipe channel train s3://my-bucket/train/ /tmp/input

  The first of two hosts: its share of the images and labels of a manifest
  $ sagemaker-pipe channel train s3://my-bucket/train.manifest /tmp/input \\
      --augmented-manifest image-ref,label -r --shuffle 42 --shard 0/2

  Together with an algorithm
  $ sagemaker-pipe channel train ./data/train /tmp/input -- python3 train.py
${EXIT_STATUS}`;

/** What follows the options in `sagemaker-pipe agent --help`. */
export const AGENT_HELP = `${FAILURE}
Examples:
  data/train and data/validation as the channels "train" and "validation"
  $ sagemaker-pipe agent ./data /tmp/input

  One epoch of each, records in RecordIO
  $ sagemaker-pipe agent ./data /tmp/input -r --epochs 1

  Together with an algorithm, for three epochs
  $ sagemaker-pipe agent ./data IN --epochs 3 -- python3 train.py IN
${EXIT_STATUS}`;

/** What follows the options in `sagemaker-pipe input-data-config --help`. */
export const INPUT_DATA_CONFIG_HELP = `${FAILURE}
Examples:
  The channels of a training job, as for "aws sagemaker create-training-job"
  $ sagemaker-pipe input-data-config training-job.json /tmp/input

  One of them, for three epochs
  $ sagemaker-pipe input-data-config job.yaml /tmp/input --channel train \\
      --epochs 3
${EXIT_STATUS}`;

/** What follows the options in `sagemaker-pipe train --help`. */
export const TRAIN_HELP = `
Paths in JOB_FILE are relative to it; PROGRAM runs in the working directory. What
PROGRAM writes goes to stdout and stderr, everything else to stderr.

Examples:
  The job of "aws sagemaker create-training-job", with other hyperparameters
  $ sagemaker-pipe train job.yaml --hyperparameter epochs=3 -- python3 train.py

  Keep the model, and all else that the job has left
  $ sagemaker-pipe train job.json --directory ./run-1 -- python3 train.py

Exit status:
  that of PROGRAM, 128 and the number of the signal if one has ended it; 1 if the
  job fails otherwise; 2 for wrong usage and a wrong request; 127 or 126 if
  PROGRAM cannot be run; 129, 130 or 143 if a signal has stopped the job
`;
