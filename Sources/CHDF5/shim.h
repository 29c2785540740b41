// What Swift can't see of the HDF5 library: its constants are macros that call H5open() first.
#ifndef APUS_HDF5_SHIM_H
#define APUS_HDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

// Starts the library and keeps it from printing error stacks; errors are asked for with h5_last_error.
// Builds that know threads have an error stack a thread, so each caller must say so.
static inline int h5_start(void) {
  if (H5open() < 0) return -1;
  return H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static inline hid_t h5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t h5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t h5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t h5_int8(void) { return H5T_STD_I8LE; }
static inline hid_t h5_int16(void) { return H5T_STD_I16LE; }
static inline hid_t h5_int32(void) { return H5T_STD_I32LE; }
static inline hid_t h5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t h5_uint16(void) { return H5T_STD_U16LE; }
static inline hid_t h5_uint32(void) { return H5T_STD_U32LE; }
static inline hid_t h5_uint64(void) { return H5T_STD_U64LE; }

// A new type of truth values as h5py has them; the caller closes it.
static inline hid_t h5_truth(void) {
  hid_t type = H5Tenum_create(H5T_STD_I8LE);
  signed char no = 0, yes = 1;
  if (type >= 0 && (H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0)) {
    H5Tclose(type);
    return -1;
  }
  return type;
}
static inline hid_t h5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t h5_text(void) { return H5T_C_S1; }
static inline hid_t h5_create_dataset_list(void) { return H5P_DATASET_CREATE; }
static inline hid_t h5_access_dataset_list(void) { return H5P_DATASET_ACCESS; }
static inline hid_t h5_create_file_list(void) { return H5P_FILE_CREATE; }
static inline hid_t h5_create_group_list(void) { return H5P_GROUP_CREATE; }
// The number of a filter of a list; -1 where it can't be told.
static inline int h5_filter(hid_t list, unsigned place) {
  unsigned flags = 0, config = 0;
  size_t values = 0;
  return (int)H5Pget_filter2(list, place, &flags, &values, NULL, 0, NULL, &config);
}

// Reads a chunk as it is stored, and which of its filters were skipped.
static inline herr_t h5_read_chunk(hid_t dataset, const hsize_t *offset, uint32_t *skipped, void *bytes) {
  return H5Dread_chunk(dataset, H5P_DEFAULT, offset, skipped, bytes);
}

// Whether a name in a group stands for an object of the file itself, not for another name.
static inline int h5_is_hard_link(hid_t file, const char *path) {
  H5L_info_t info;
  return H5Lget_info(file, path, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

static inline hid_t h5_default(void) { return H5P_DEFAULT; }
static inline hid_t h5_all(void) { return H5S_ALL; }

// Opens for reading; without locks where the library can, because many shared disks have none.
static inline hid_t h5_open_read(const char *path) {
  hid_t list = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
  if (list >= 0) H5Pset_file_locking(list, 0, 1);
#endif
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, list >= 0 ? list : H5P_DEFAULT);
  if (list >= 0) H5Pclose(list);
  return file;
}

// Copies the innermost message of the last error and clears the stack.
struct h5_message {
  char *text;
  size_t size;
};

static herr_t h5_keep_message(unsigned n, const H5E_error2_t *error, void *data) {
  struct h5_message *m = (struct h5_message *)data;
  if (n == 0 && error->desc) {
    strncpy(m->text, error->desc, m->size - 1);
    m->text[m->size - 1] = 0;
  }
  return 0;
}

static inline void h5_last_error(char *text, size_t size) {
  struct h5_message m = {text, size};
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, h5_keep_message, &m);
  H5Eclear2(H5E_DEFAULT);
}

// Frees what the library allocated for texts of variable length.
static inline int h5_reclaim(hid_t type, hid_t space, void *data) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, data);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, data);
#endif
}

#include "probe.h"

#endif
