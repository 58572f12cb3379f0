import { isOtherType } from '../findings/accept-ignored.js';
import { isSuccess, type Trial } from './trial.js';

/** Another kind of answer than the usual one: to be given, or refused. */
export async function tryAccept(trial: Trial): Promise<void> {
  const { payload, instance, contentType: usual } = trial.parts;
  const accept = usual !== undefined && !isOtherType('text/csv', usual) ? 'application/json' : 'text/csv';
  const outcome = await trial.post(payload, { accept });
  const { contentType } = outcome;
  if (isSuccess(outcome) && contentType !== undefined && isOtherType(accept, contentType))
    instance.seen.otherType ??= { accept, contentType };
}
