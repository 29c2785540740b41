// The filter 32000 of h5py (compression='lzf'), for reading.
#ifndef APUS_HDF5_LZF_H
#define APUS_HDF5_LZF_H

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>

#define H5_LZF 32000

// Unpacks LZF: a byte below 32 is followed by so many literals and one more; any other holds a length of 3 to 9, more in
// the next byte where it is 9, and with the byte after it the distance of the bytes to repeat.
// Returns the number of bytes, or 0 where the input is damaged or does not fit.
static inline size_t h5_lzf_unpack(const unsigned char *in, size_t count, unsigned char *out, size_t room) {
  size_t i = 0, made = 0;
  while (i < count) {
    unsigned control = in[i++];
    if (control < 32) {
      size_t length = control + 1;
      if (length > count - i || length > room - made) return 0;
      memcpy(out + made, in + i, length);
      i += length;
      made += length;
      continue;
    }
    size_t length = control >> 5;
    if (length == 7) {
      if (i >= count) return 0;
      length += in[i++];
    }
    length += 2;
    if (i >= count) return 0;
    size_t distance = ((size_t)(control & 31) << 8 | in[i++]) + 1;
    if (distance > made || length > room - made) return 0;
    // What is repeated may reach into what is being written.
    for (size_t k = 0; k < length; k++, made++) out[made] = out[made - distance];
  }
  return made;
}

// The size of a chunk stands in the file: three bytes of LZF make at most 264.
static inline size_t h5_lzf_room(size_t packed, size_t said) {
  return said > 0 && said / 88 <= packed ? said : packed;
}

static size_t h5_lzf_filter(unsigned flags, size_t count, const unsigned values[], size_t size, size_t *room, void **memory) {
  if (!(flags & H5Z_FLAG_REVERSE)) return 0; // only for reading
  size_t said = count >= 3 ? values[2] : 0;
  size_t capacity = h5_lzf_room(size, said);
  unsigned char *out = (unsigned char *)malloc(capacity ? capacity : 1);
  size_t made = out ? h5_lzf_unpack((const unsigned char *)*memory, size, out, capacity) : 0;
  if (made == 0) {
    free(out);
    return 0;
  }
  free(*memory);
  *memory = out;
  *room = capacity;
  return made;
}

// Makes the filter known to the library, once, unless a plugin of that number is there.
static inline int h5_register_lzf(void) {
  static int known;
  if (known) return 0;
  static const H5Z_class2_t filter = {
      H5Z_CLASS_T_VERS, H5_LZF, 0, 1, "lzf", NULL, NULL, h5_lzf_filter};
  if (H5Zregister(&filter) < 0) return -1;
  known = 1;
  return 0;
}

#endif
