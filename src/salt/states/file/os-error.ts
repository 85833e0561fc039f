/** Faults of the operating system in the words of Python: "[Errno 13] Permission denied: '/x'". */

const sentences: Readonly<Record<string, readonly [number, string]>> = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'No such file or directory'],
  EIO: [5, 'Input/output error'],
  EACCES: [13, 'Permission denied'],
  EBUSY: [16, 'Device or resource busy'],
  EEXIST: [17, 'File exists'],
  EXDEV: [18, 'Invalid cross-device link'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  EINVAL: [22, 'Invalid argument'],
  ETXTBSY: [26, 'Text file busy'],
  EFBIG: [27, 'File too large'],
  ENOSPC: [28, 'No space left on device'],
  EROFS: [30, 'Read-only file system'],
  ENAMETOOLONG: [36, 'File name too long'],
  ENOTEMPTY: [39, 'Directory not empty'],
  ELOOP: [40, 'Too many levels of symbolic links'],
}

/** The error's text, whatever it is. */
export function faultText(error: unknown, path?: string): string {
  const { code = '', message, path: own } = error as NodeJS.ErrnoException
  const known = sentences[code]
  if (!known) return message
  const [number, sentence] = known
  const named = path ?? own
  return `[Errno ${number}] ${sentence}${named === undefined ? '' : `: '${named}'`}`
}
