/** Something that should not be, and the rule that says so. */
export interface Problem {
  readonly rule: string;
  readonly detail: string;
}
