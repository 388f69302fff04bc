import { pageKind } from '../../../base/disk/page-file.js';

/** The pages of `audit`. */
export const auditPage = pageKind('audit');
