import { s3Backends } from '../support/s3-backends.js';
import { describeS3Source } from './s3-conformance.js';

for (const [name, connect] of s3Backends) describeS3Source(name, connect);
