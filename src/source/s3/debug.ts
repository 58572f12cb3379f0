import { debugTo } from '../../debug.js';

export const debug = debugTo('s3');
