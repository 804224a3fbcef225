/** What one request may hold. Sources: S3 User Guide "Object key names", "Working with object metadata", "Multipart upload limits". */
export const keyBytesMax = 1_024;
export const partNumberMax = 10_000;
/** PutObject and UploadPart. */
export const singlePutBytesMax = 5 * 1024 ** 3;
/** Every part but the last. */
export const partBytesMin = 5 * 1024 ** 2;
/** CopyObject's source. */
export const copyBytesMax = 5 * 1024 ** 3;
/** Objects and common prefixes on one page, keys in one DeleteObjects, parts and uploads on one page. */
export const pageEntriesMax = 1_000;
export const listedBucketsMax = 10_000;
/** XML request bodies; S3 gives 2 MB to the largest, a CompleteMultipartUpload of 10,000 parts. */
export const xmlBytesMax = 2 * 1024 ** 2;
/** One line of aws-chunked framing, and all trailers together. */
export const chunkLineBytesMax = 4 * 1024;
export const trailerBytesMax = 16 * 1024;
