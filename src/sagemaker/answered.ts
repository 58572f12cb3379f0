/**
 * What was asked for, as AWS's clients have it in answers: lists that can be changed, and of values that are some few ones
 * these only, for all of them were checked.
 */
export type Answered<T> = T extends string
  ? Closed<T>
  : T extends readonly (infer Element)[]
    ? Answered<Element>[]
    : T extends object
      ? { readonly [Member in keyof T]: Answered<T[Member]> }
      : T;

/** Without the part of `OneOf` that stands for every other string. */
type Closed<T extends string> = IsSame<T, string & Record<never, never>> extends true ? never : T;

/** `string` and that part can be assigned to each other: only this tells them apart. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it is what is compared
type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
