/** What follows the options in `sagemaker-pipe serve --help`. */
export const SERVE_HELP = `
Paths in JOB_FILE are relative to it; PROGRAM runs in the working directory.
What it writes goes to stdout and stderr, everything else to stderr. Without
JOB_FILE the options say it all.

Examples:
  A model, and a server in Python
  $ sagemaker-pipe serve --model ./model.tar.gz -- python3 serve.py
  $ sagemaker-pipe invoke payload.csv --content-type text/csv  # elsewhere
  $ curl localhost:8080/invocations -H 'Content-Type: text/csv' -d '5.1,3.5'

  Two containers of the image that "aws sagemaker create-model" names
  $ sagemaker-pipe serve model.json --instances 2 --name iris
  $ aws sagemaker-runtime invoke-endpoint --endpoint-name iris \\
      --endpoint-url http://localhost:8080 --body fileb://payload.csv answer

Exit status:
  0    it was in service, and was stopped by Ctrl-C, SIGTERM or SIGHUP
  1    it has not come up, or has not stayed up
  2    wrong usage, or a wrong request
  129  SIGHUP has come before it was in service, or again; 130 SIGINT (Ctrl-C),
       143 SIGTERM
  127  there is no such PROGRAM; 126 if it cannot be run
`;

/** What follows the options in `sagemaker-pipe transform --help`. */
export const TRANSFORM_HELP = `
Paths in JOB_FILE are relative to it; PROGRAM runs in the working directory.
What it writes goes to stdout and stderr, everything else to stderr. JOB_FILE
may also have the PrimaryContainer of CreateModel.

Examples:
  The job of "aws sagemaker create-transform-job", and a server in Python
  $ sagemaker-pipe transform job.yaml --model ./model.tar.gz -- python3 serve.py

  With a container
  $ sagemaker-pipe transform job.json --model ./model.tar.gz --image my-image

Exit status:
  0    every object has an output
  1    one has none, or the job has failed otherwise
  2    wrong usage, or a wrong request
  127  there is no such PROGRAM; 126 if it cannot be run
  129  stopped by SIGHUP, 130 by SIGINT (Ctrl-C), 143 by SIGTERM
`;

/** What follows the options in `sagemaker-pipe invoke --help`. */
export const INVOKE_HELP = `
Examples:
  $ sagemaker-pipe invoke payload.csv --content-type text/csv
  $ echo '{"x": 5.1}' | sagemaker-pipe invoke - --accept application/json

Exit status:
  0    the model has answered
  1    it has not, or with an error, which is on stderr
  2    wrong usage
`;
