import type { Delivery, DeliveryObserver } from '../delivery/delivery.js';
import { FilesDelivery } from '../delivery/files-delivery.js';
import { PipeDelivery } from '../delivery/pipe-delivery.js';
import type { ResolvedOptions } from './options.js';

/** What delivers a channel in its input mode. */
export function makeDelivery(options: ResolvedOptions, observer: DeliveryObserver): Delivery {
  const { inputMode } = options;
  if (inputMode === 'Pipe') return new PipeDelivery({ ...options, observer });
  return new FilesDelivery({ ...options, observer, readOnly: inputMode === 'FastFile' });
}
