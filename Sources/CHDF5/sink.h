// A driver of the HDF5 library for files that are written: to a disk that fills up.
//
// The library's own driver crashes when it closes a file that it could not write. This one keeps the first error of the
// system, and from then on takes what it is given without writing it, so that the library can close the file; the caller
// asks for the error and removes the file.
#ifndef APUS_HDF5_SINK_H
#define APUS_HDF5_SINK_H

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

// `all` is the library's and must come first.
struct h5_sink {
  H5FD_t all;
  int descriptor;
  haddr_t allocated;
  haddr_t end;
  // The first error of the system; 0 for none.
  int error;
};

static H5FD_t *h5_sink_open(const char *name, unsigned flags, hid_t list, haddr_t most) {
  (void)flags, (void)list, (void)most;
  struct h5_sink *sink = (struct h5_sink *)calloc(1, sizeof(struct h5_sink));
  if (!sink) return NULL;
  sink->descriptor = open(name, O_RDWR | O_CLOEXEC);
  // A file that can't be opened is an error like any other, and gets the system's words.
  if (sink->descriptor < 0) sink->error = errno;
  return (H5FD_t *)sink;
}

static herr_t h5_sink_close(H5FD_t *file) {
  struct h5_sink *sink = (struct h5_sink *)file;
  if (sink->descriptor >= 0) close(sink->descriptor);
  free(sink);
  return 0;
}

static herr_t h5_sink_query(const H5FD_t *file, unsigned long *flags) {
  (void)file;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

static haddr_t h5_sink_allocated(const H5FD_t *file, H5FD_mem_t kind) {
  (void)kind;
  return ((const struct h5_sink *)file)->allocated;
}

static herr_t h5_sink_allocate(H5FD_t *file, H5FD_mem_t kind, haddr_t end) {
  (void)kind;
  ((struct h5_sink *)file)->allocated = end;
  return 0;
}

static haddr_t h5_sink_end(const H5FD_t *file, H5FD_mem_t kind) {
  (void)kind;
  return ((const struct h5_sink *)file)->end;
}

static herr_t h5_sink_handle(H5FD_t *file, hid_t list, void **handle) {
  (void)list;
  *handle = file;
  return 0;
}

static herr_t h5_sink_read(H5FD_t *file, H5FD_mem_t kind, hid_t list, haddr_t place, size_t size, void *bytes) {
  (void)kind, (void)list;
  struct h5_sink *sink = (struct h5_sink *)file;
  size_t done = 0;
  while (!sink->error && done < size) {
    ssize_t n = pread(sink->descriptor, (char *)bytes + done, size - done, (off_t)(place + done));
    if (n == 0) break;
    if (n > 0) done += (size_t)n;
    else if (errno != EINTR) sink->error = errno;
  }
  memset((char *)bytes + done, 0, size - done);
  return 0;
}

static herr_t h5_sink_write(H5FD_t *file, H5FD_mem_t kind, hid_t list, haddr_t place, size_t size, const void *bytes) {
  (void)kind, (void)list;
  struct h5_sink *sink = (struct h5_sink *)file;
  size_t done = 0;
  while (!sink->error && done < size) {
    ssize_t n = pwrite(sink->descriptor, (const char *)bytes + done, size - done, (off_t)(place + done));
    if (n >= 0) done += (size_t)n;
    else if (errno != EINTR) sink->error = errno;
  }
  if (place + size > sink->end) sink->end = place + size;
  return 0;
}

static herr_t h5_sink_truncate(H5FD_t *file, hid_t list, hbool_t closing) {
  (void)list, (void)closing;
  struct h5_sink *sink = (struct h5_sink *)file;
  if (!sink->error && sink->end != sink->allocated && ftruncate(sink->descriptor, (off_t)sink->allocated) != 0) sink->error = errno;
  sink->end = sink->allocated;
  return 0;
}

// The driver's number in the library; callers hold the lock.
static inline hid_t h5_sink_driver(void) {
  static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
      .version = H5FD_CLASS_VERSION,
      .value = 600,
#endif
      .name = "apus_sink",
      .maxaddr = ((haddr_t)1 << 62),
      .fc_degree = H5F_CLOSE_WEAK,
      .open = h5_sink_open,
      .close = h5_sink_close,
      .query = h5_sink_query,
      .get_eoa = h5_sink_allocated,
      .set_eoa = h5_sink_allocate,
      .get_eof = h5_sink_end,
      .get_handle = h5_sink_handle,
      .read = h5_sink_read,
      .write = h5_sink_write,
      .truncate = h5_sink_truncate,
      .fl_map = H5FD_FLMAP_DICHOTOMY,
  };
  static hid_t number = -1;
  if (number < 0) number = H5FDregister(&driver);
  return number;
}

// Writes an empty file that exists, with a list of properties of its creation.
static inline hid_t h5_create(const char *path, hid_t list) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS), driver = h5_sink_driver();
  if (access < 0 || driver < 0) return -1;
  hid_t file = H5Pset_driver(access, driver, NULL) < 0 ? -1 : H5Fcreate(path, H5F_ACC_TRUNC, list, access);
  H5Pclose(access);
  return file;
}

// The first error of the system while a file was written; 0 for none.
static inline int h5_sink_error(hid_t file) {
  void *handle = NULL;
  if (H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0 || !handle) return 0;
  return ((struct h5_sink *)handle)->error;
}

#endif
