/** The chart of `mirror stats`, in a file of its own: most counts need none. */
export { writeDownloadCharts } from '../../mirror.js';
