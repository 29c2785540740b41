#define _GNU_SOURCE
#include "remote.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// The static functions of XRootD's client (XrdPosix/XrdPosixXrootd.hh) by the names that its library exports, and a part of a vectored read
// (XrdOuc/XrdOucIOVec.hh). Its C functions stand in a library that replaces those of libc, and lack the vectored read.
typedef struct { long long offset; int size; int info; char *data; } piece;
static struct {
  int (*open)(const char *, int, mode_t, void *);
  int (*fstat)(int, struct stat *);
  ssize_t (*pread)(int, void *, size_t, off_t);
  ssize_t (*vread)(int, const piece *, int);
  int (*close)(int);
} xrd;
static pthread_once_t once = PTHREAD_ONCE_INIT;
enum { MISSING = -100000, MOST_PIECES = 1000, GREATEST_PIECE = 2000000 };

static void load(void) {
  const char *names[] = {"libXrdPosix.so.3", "libXrdPosix.so.4", "libXrdPosix.so.2", "libXrdPosix.so", "libXrdPosix.dylib"};
  void *library = NULL;
  for (int i = 0; !library && i < 5; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  void (*construct)(void *, int, int, int);
  *(void **)&construct = dlsym(library, "_ZN14XrdPosixXrootdC1Eiii");
  *(void **)&xrd.fstat = dlsym(library, "_ZN14XrdPosixXrootd5FstatEiP4stat");
  *(void **)&xrd.pread = dlsym(library, "_ZN14XrdPosixXrootd5PreadEiPvml");
  *(void **)&xrd.vread = dlsym(library, "_ZN14XrdPosixXrootd5VReadEiPK11XrdOucIOVeci");
  *(void **)&xrd.close = dlsym(library, "_ZN14XrdPosixXrootd5CloseEi");
  if (!construct || !xrd.fstat || !xrd.pread || !xrd.close) return;
  // One object must be made before the first call; it has no members of its own, and lives as long as the program.
  static _Alignas(64) char object[4096];
  construct(object, 255, 0, 0);
  *(void **)&xrd.open = dlsym(library, "_ZN14XrdPosixXrootd4OpenEPKcijP16XrdPosixCallBack");
}

int cr_xrd_open(const char *url, int64_t *size, int64_t *modified) {
  pthread_once(&once, load);
  if (!xrd.open) return MISSING;
  errno = 0;
  int file = xrd.open(url, O_RDONLY, 0, NULL);
  if (file < 0) return errno > 0 ? -errno : -EIO;
  struct stat status;
  memset(&status, 0, sizeof status);
  if (xrd.fstat(file, &status) != 0) {
    int code = errno > 0 ? -errno : -EIO;
    xrd.close(file);
    return code;
  }
  *size = status.st_size;
  *modified = status.st_mtime;
  return file;
}

int64_t cr_xrd_read(int file, int64_t first, int64_t count, void *into) {
  int64_t done = 0;
  while (done < count) {
    int64_t wanted = count - done < (1 << 26) ? count - done : (1 << 26);
    errno = 0;
    ssize_t got = xrd.pread(file, (char *)into + done, (size_t)wanted, (off_t)(first + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno > 0 ? -errno : -EIO;
    if (got == 0) break;
    done += got;
  }
  return done;
}

int64_t cr_xrd_read_parts(int file, cr_part *parts, int count) {
  piece pieces[MOST_PIECES];
  int next = 0;
  while (next < count) {
    int n = 0;
    int64_t expected = 0;
    while (xrd.vread && next < count && n < MOST_PIECES && parts[next].count <= GREATEST_PIECE) {
      pieces[n++] = (piece){parts[next].first, (int)parts[next].count, 0, (char *)parts[next].into};
      expected += parts[next++].count;
    }
    if (n > 0) {
      errno = 0;
      ssize_t got = xrd.vread(file, pieces, n);
      if (got < 0) return errno > 0 ? -errno : -EIO;
      if (got != expected) return -EIO;
    }
    if (next < count && (!xrd.vread || parts[next].count > GREATEST_PIECE)) {
      int64_t got = cr_xrd_read(file, parts[next].first, parts[next].count, parts[next].into);
      if (got < 0) return got;
      if (got != parts[next].count) return -EIO;
      next++;
    }
  }
  return 0;
}

void cr_xrd_close(int file) { xrd.close(file); }
