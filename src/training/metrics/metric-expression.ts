import type { RequestProblem } from '../../errors.js';
import type { MetricDefinition } from '../../sagemaker/create-training-job.js';

/** A metric and how it is found. */
export interface MetricExpression {
  readonly name: string;
  readonly source: string;
  readonly expression: RegExp;
}

/** Definitions as expressions; what is none of JavaScript is a problem of the request. */
export function compileMetrics(definitions: readonly MetricDefinition[]): {
  readonly metrics: readonly MetricExpression[];
  readonly problems: readonly RequestProblem[];
} {
  const metrics: MetricExpression[] = [];
  const problems: RequestProblem[] = [];
  for (const [index, { Name, Regex }] of definitions.entries()) {
    try {
      metrics.push({ name: Name!, source: Regex!, expression: new RegExp(translate(Regex!)) });
    } catch (error) {
      const path = `AlgorithmSpecification.MetricDefinitions[${index}].Regex`;
      const rule = 'a regular expression of JavaScript';
      const message = `${path} is \`${Regex!}\`: expected ${rule}. ${(error as Error).message}.`;
      problems.push({ path, value: Regex, rule, message });
    }
  }
  return { metrics, problems };
}

/** Python's names of groups, which people write; everything else that metrics use means the same to both. */
function translate(regex: string): string {
  return regex.replaceAll('(?P<', '(?<');
}
