/** What a program has of our environment: all, but for the place that another one of SageMaker's has told us. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return { ...process.env, SAGEMAKER_BASE_DIR: undefined };
}
