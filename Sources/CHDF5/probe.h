// Reading a file in a process of its own first, because the HDF5 library can crash on damaged files.
#ifndef APUS_HDF5_PROBE_H
#define APUS_HDF5_PROBE_H

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct h5_probe_state {
  hid_t file;
  long long budget; // bytes of data still to be read
  int objects;      // objects still to be visited
  unsigned seconds; // of computing that an object may take
  int guarded;      // objects whose blocks of memory all have pages of their own
};

// Gives the process some more seconds of computing from now on.
static inline void h5_probe_patience(unsigned seconds) {
  struct rusage used;
  if (getrusage(RUSAGE_SELF, &used) != 0) return;
  rlim_t spent = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1;
  struct rlimit time = {spent + seconds, RLIM_INFINITY};
  setrlimit(RLIMIT_CPU, &time);
}

static inline void h5_probe_type(hid_t type, int depth) {
  if (depth > 16) return;
  H5T_class_t kind = H5Tget_class(type);
  (void)H5Tget_size(type);
  if (kind == H5T_COMPOUND) {
    int count = H5Tget_nmembers(type);
    for (int i = 0; i < count && i < 100000; i++) {
      char *name = H5Tget_member_name(type, (unsigned)i);
      if (name) H5free_memory(name);
      hid_t member = H5Tget_member_type(type, (unsigned)i);
      if (member < 0) return;
      h5_probe_type(member, depth + 1);
      H5Tclose(member);
    }
  } else if (kind == H5T_ARRAY || kind == H5T_ENUM || kind == H5T_VLEN) {
    hid_t base = H5Tget_super(type);
    if (base < 0) return;
    h5_probe_type(base, depth + 1);
    H5Tclose(base);
  }
}

// Whether all that the library does for the data of a dataset is to copy them: plain numbers that lie together.
// Small ones are read all the same: they cost nothing, and damage may show.
static inline int h5_probe_is_plain(hid_t dataset, hid_t type, long long bytes) {
  H5T_class_t kind = H5Tget_class(type);
  if (bytes <= 65536 || (kind != H5T_INTEGER && kind != H5T_FLOAT)) return 0;
  hid_t list = H5Dget_create_plist(dataset);
  if (list < 0) return 0;
  int is_plain = H5Pget_layout(list) == H5D_CONTIGUOUS && H5Pget_external_count(list) == 0;
  H5Pclose(list);
  return is_plain;
}

// Reads all of a dataset or attribute that fits the budget, and frees it.
static inline void h5_probe_values(struct h5_probe_state *state, hid_t owner, int is_attribute) {
  hid_t type = is_attribute ? H5Aget_type(owner) : H5Dget_type(owner);
  hid_t space = is_attribute ? H5Aget_space(owner) : H5Dget_space(owner);
  if (type >= 0 && space >= 0) {
    h5_probe_type(type, 0);
    hssize_t count = H5Sget_simple_extent_npoints(space);
    size_t size = H5Tget_size(type);
    if (count > 0 && size > 0 && (unsigned long long)count <= (1ull << 40) / size &&
        (long long)(count * (hssize_t)size) <= state->budget &&
        (is_attribute || !h5_probe_is_plain(owner, type, (long long)(count * (hssize_t)size)))) {
      state->budget -= count * (hssize_t)size;
      void *data = calloc((size_t)count, size);
      if (data) {
        herr_t status = is_attribute ? H5Aread(owner, type, data)
                                     : H5Dread(owner, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
        if (status >= 0 && H5Tdetect_class(type, H5T_VLEN) > 0) h5_reclaim(type, space, data);
        free(data);
      }
#if H5_VERSION_GE(1, 10, 5)
    } else if (!is_attribute) {
      hsize_t chunks; // walks the index of the chunks, and reads none of them
      H5Dget_num_chunks(owner, H5S_ALL, &chunks);
#endif
    }
  }
  if (space >= 0) H5Sclose(space);
  if (type >= 0) H5Tclose(type);
}

static inline void h5_probe_object(struct h5_probe_state *state, hid_t object, int depth) {
  // Many objects take long; one that never ends is what the limit is for.
  if (state->objects % 16 == 0) h5_probe_patience(state->seconds);
#ifdef __GLIBC__
  // An object costs some 650 small blocks: with pages of their own those of 1500 objects take a minute.
  if (--state->guarded == 0) mallopt(M_MMAP_THRESHOLD, 4096);
#endif
  for (hsize_t i = 0; i < 1000; i++) {
    hid_t attribute =
        H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0) break;
    char name[256];
    H5Aget_name(attribute, sizeof name, name);
    h5_probe_values(state, attribute, 1);
    H5Aclose(attribute);
  }
  H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_DATASET) {
    (void)H5Dget_storage_size(object);
    hid_t list = H5Dget_create_plist(object);
    if (list >= 0) H5Pclose(list);
    h5_probe_values(state, object, 0);
  }
  if (kind != H5I_GROUP || depth > 16) return;
  struct h5_names names;
  h5_members(object, 100000, &names);
  const char *name = names.text;
  for (int i = 0; i < names.count && state->objects > 0; i++, name += strlen(name) + 1) {
    state->objects--;
    hid_t member = H5Oopen(object, name, H5P_DEFAULT);
    if (member < 0) continue;
    h5_probe_object(state, member, depth + 1);
    H5Oclose(member);
  }
  free(names.text);
}

// Reads everything in a file, as the reader may do later, up to `budget` bytes of data.
static inline void h5_probe_file(const char *path, long long budget, unsigned seconds) {
  hid_t file = h5_open_read(path);
  if (file < 0) return;
  struct h5_probe_state state = {file, budget, 100000, seconds, 64};
  hid_t root = H5Oopen(file, "/", H5P_DEFAULT);
  if (root >= 0) {
    h5_probe_object(&state, root, 0);
    H5Oclose(root);
  }
  H5Fclose(file);
}

// Makes wrong uses of memory end the process instead of passing by chance: freed memory is unmapped or
// overwritten, large overruns meet unmapped pages, and the library gives back what it frees.
static inline void h5_harden(void) {
#ifdef __GLIBC__
  mallopt(M_PERTURB, 0xA5);
  mallopt(M_MMAP_MAX, 1 << 30);
  mallopt(M_MMAP_THRESHOLD, 0);
#endif
  H5set_free_list_limits(0, 0, 0, 0, 0, 0);
}

// Reads a file in a child process: 0 where that ends, be it with errors of the library; the number of the
// signal that ended it (SIGXCPU after `seconds` of computing at a few objects, for reading that never ends); -1 where no
// process could be made.
//
// Only functions of C that are safe after fork() run in the child.
static inline int h5_probe(const char *path, long long budget, unsigned seconds) {
  pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGXCPU};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int silence = open("/dev/null", O_WRONLY);
    if (silence >= 0) dup2(silence, 2);
    h5_probe_patience(seconds);
    alarm(600); // for a child that waits for ever
    h5_harden();
    // Some damage is felt only by the next file that is opened, or when the library ends.
    h5_probe_file(path, budget, seconds);
    h5_probe_file(path, 0, seconds);
    H5close();
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

#endif
