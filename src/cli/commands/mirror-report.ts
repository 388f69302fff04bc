/** The report of `mirror stats`, in a file of its own: most counts are not sent. */
export { prepareDownloadReport } from '../../mirror.js';
