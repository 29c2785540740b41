// What Swift can't see of the HDF5 library: its constants are macros that call H5open() first.
#ifndef APUS_HDF5_SHIM_H
#define APUS_HDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lzf.h"

// Starts the library and keeps it from printing error stacks; errors are asked for with h5_last_error.
// Builds that know threads have an error stack a thread, so each caller must say so.
static inline int h5_start(void) {
  if (H5open() < 0 || h5_register_lzf() < 0) return -1;
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
// The filters that the first chunk of a dataset went past; 0 where that can't be told.
static inline unsigned h5_skipped_filters(hid_t dataset) {
  unsigned skipped = 0;
#if H5_VERSION_GE(1, 10, 5)
  hsize_t count = 0, size = 0, offset[H5S_MAX_RANK];
  haddr_t address = 0;
  hid_t space = H5Dget_space(dataset);
  if (space < 0) return 0;
  if (H5Dget_num_chunks(dataset, space, &count) >= 0 && count > 0)
    H5Dget_chunk_info(dataset, space, 0, offset, &skipped, &address, &size);
  H5Sclose(space);
#endif
  return skipped;
}

// The name of the filter of a list that this library lacks, in `name`, and its number; -1 where it has all.
static inline int h5_missing_filter(hid_t dataset, hid_t list, char *name, size_t size) {
  int count = H5Pget_nfilters(list);
  for (int i = 0; i < count; i++) {
    unsigned flags = 0, config = 0;
    size_t values = 0;
    H5Z_filter_t filter = H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, size, name, &config);
    if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
    // A filter that its writer lacked too may have been left out.
    if (flags & H5Z_FLAG_OPTIONAL && i < 32 && h5_skipped_filters(dataset) >> i & 1) continue;
    return (int)filter;
  }
  return -1;
}

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

// The names in a group, one behind the other, each with its final zero.
struct h5_names {
  char *text;
  size_t used, room;
  int count, most;
};

static herr_t h5_keep_name(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  (void)group, (void)info;
  struct h5_names *names = (struct h5_names *)data;
  if (names->count >= names->most) return 1;
  size_t size = strlen(name) + 1;
  if (size > names->room - names->used) {
    size_t room = 2 * (names->room + size);
    char *text = (char *)realloc(names->text, room);
    if (!text) return -1;
    names->text = text;
    names->room = room;
  }
  memcpy(names->text + names->used, name, size);
  names->used += size;
  names->count++;
  return 0;
}

// Collects up to `most` names of a group in one pass, in the order of writing where the file keeps it, else by name.
// The caller frees `text`, also after an error (< 0). Asking for names by number takes a pass each.
static inline herr_t h5_members(hid_t group, int most, struct h5_names *names) {
  struct h5_names none = {NULL, 0, 0, 0, most};
  *names = none;
  unsigned order = 0;
  hid_t list = H5Gget_create_plist(group);
  if (list >= 0) {
    H5Pget_link_creation_order(list, &order);
    H5Pclose(list);
  }
  H5_index_t index = order & H5P_CRT_ORDER_INDEXED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  hsize_t from = 0;
  return H5Literate(group, index, H5_ITER_INC, &from, h5_keep_name, names);
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
