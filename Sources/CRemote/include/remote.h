// Bytes of files on other machines: HTTP through libcurl, XRootD through libXrdPosix. Both libraries are looked for when they are first
// needed (dlopen), so that Apus starts and runs without them. Sources/Formats/Remote gives this its Swift face.
#ifndef APUS_REMOTE_H
#define APUS_REMOTE_H

#include <stdint.h>

/// A part of a file, where its bytes go, and what the server said.
typedef struct {
  int64_t first, count;
  unsigned char *into;
  /// The bytes that came, from the front.
  int64_t received;
  /// The status of HTTP; 0 where no answer came.
  long status;
  /// libcurl's number of what went wrong (CURLE_...); 0 for nothing.
  int code;
  /// The size of the whole file; -1 where the server did not say.
  int64_t total;
  /// Where the part starts that the server sent; -1 where it did not say.
  int64_t start;
  /// More bytes came than were asked for.
  int overrun;
  /// The file's version in the server's words: ETag, else Last-Modified.
  char tag[200];
  char reason[256];
} cr_part;

/// What every request needs.
typedef struct {
  const char *url;
  /// A token for https, certificates and what is trusted; null for none.
  const char *token, *certificate, *authorities, *authority_folder;
  /// Seconds without a byte after which a connection counts as dead; seconds for making one.
  long stall, connect;
} cr_target;

typedef struct cr_session cr_session;

/// Loads libcurl; null where that is not possible, then `reason` says why.
cr_session *cr_session_new(const char **reason);
void cr_session_free(cr_session *session);
/// Fetches parts, up to `most` at a time; each part holds its own outcome.
void cr_fetch(cr_session *session, const cr_target *target, cr_part *parts, int count, int most);
/// Writes the whole file into a descriptor, as long as it has at most `limit` bytes.
void cr_download(cr_session *session, const cr_target *target, int descriptor, int64_t limit, cr_part *answer);

/// XRootD. Each returns a negative number of the system (-errno) where it fails; -100000 where the library is missing.
int cr_xrd_open(const char *url, int64_t *size, int64_t *modified);
int64_t cr_xrd_read(int file, int64_t first, int64_t count, void *into);
/// Reads parts with as few requests as the protocol allows.
int64_t cr_xrd_read_parts(int file, cr_part *parts, int count);
void cr_xrd_close(int file);

#endif
