#define _GNU_SOURCE
#include "remote.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

// The part of libcurl's interface that is used, whose numbers do not change between its versions (curl/curl.h).
typedef void CURL, CURLM;
enum {
  OPT_WRITEDATA = 10001, OPT_URL = 10002, OPT_RANGE = 10007, OPT_ERRORBUFFER = 10010, OPT_WRITEFUNCTION = 20011, OPT_USERAGENT = 10018,
  OPT_LOW_SPEED_LIMIT = 19, OPT_LOW_SPEED_TIME = 20, OPT_SSLCERT = 10025, OPT_HEADERDATA = 10029, OPT_FOLLOWLOCATION = 52,
  OPT_CAINFO = 10065, OPT_MAXREDIRS = 68, OPT_CONNECTTIMEOUT = 78, OPT_HEADERFUNCTION = 20079, OPT_SSLKEY = 10087, OPT_CAPATH = 10097,
  OPT_NOSIGNAL = 99, OPT_PRIVATE = 10103, OPT_HTTPAUTH = 107, OPT_PROTOCOLS = 181, OPT_REDIR_PROTOCOLS = 182, OPT_XOAUTH2_BEARER = 10220,
  INFO_RESPONSE_CODE = 0x200002, INFO_PRIVATE = 0x100015, MSG_DONE = 1, HTTP_AND_HTTPS = 3, AUTH_BEARER = 64, GLOBAL_ALL = 3
};
typedef struct { int msg; CURL *easy; union { void *whatever; int result; } data; } CURLMsg;

static struct {
  int (*global_init)(long);
  CURL *(*easy_init)(void);
  void (*easy_cleanup)(CURL *);
  void (*easy_reset)(CURL *);
  int (*easy_setopt)(CURL *, int, ...);
  int (*easy_getinfo)(CURL *, int, ...);
  const char *(*easy_strerror)(int);
  CURLM *(*multi_init)(void);
  int (*multi_cleanup)(CURLM *);
  int (*multi_add_handle)(CURLM *, CURL *);
  int (*multi_remove_handle)(CURLM *, CURL *);
  int (*multi_perform)(CURLM *, int *);
  int (*multi_wait)(CURLM *, void *, unsigned, int, int *);
  CURLMsg *(*multi_info_read)(CURLM *, int *);
} curl;
static const char *missing;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so", "libcurl.4.dylib"};
  void *library = NULL;
  for (int i = 0; !library && i < 4; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    missing = "libcurl is not installed";
    return;
  }
  struct { void **into; const char *name; } table[] = {
    {(void **)&curl.global_init, "curl_global_init"}, {(void **)&curl.easy_init, "curl_easy_init"},
    {(void **)&curl.easy_cleanup, "curl_easy_cleanup"}, {(void **)&curl.easy_reset, "curl_easy_reset"},
    {(void **)&curl.easy_setopt, "curl_easy_setopt"}, {(void **)&curl.easy_getinfo, "curl_easy_getinfo"},
    {(void **)&curl.easy_strerror, "curl_easy_strerror"}, {(void **)&curl.multi_init, "curl_multi_init"},
    {(void **)&curl.multi_cleanup, "curl_multi_cleanup"}, {(void **)&curl.multi_add_handle, "curl_multi_add_handle"},
    {(void **)&curl.multi_remove_handle, "curl_multi_remove_handle"}, {(void **)&curl.multi_perform, "curl_multi_perform"},
    {(void **)&curl.multi_wait, "curl_multi_wait"}, {(void **)&curl.multi_info_read, "curl_multi_info_read"}};
  for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
    *table[i].into = dlsym(library, table[i].name);
    if (!*table[i].into) missing = "libcurl is too old";
  }
  if (!missing && curl.global_init(GLOBAL_ALL) != 0) missing = "libcurl does not start";
}

enum { MOST_HANDLES = 16 };
struct cr_session {
  CURLM *multi;
  CURL *handles[MOST_HANDLES];
};

cr_session *cr_session_new(const char **reason) {
  pthread_once(&once, load);
  *reason = missing;
  if (missing) return NULL;
  cr_session *session = calloc(1, sizeof *session);
  if (session && !(session->multi = curl.multi_init())) {
    free(session);
    session = NULL;
  }
  if (!session) *reason = "there is no memory";
  return session;
}

void cr_session_free(cr_session *session) {
  for (int i = 0; i < MOST_HANDLES; i++)
    if (session->handles[i]) curl.easy_cleanup(session->handles[i]);
  curl.multi_cleanup(session->multi);
  free(session);
}

/// A part on its way: into memory, or into a file.
typedef struct {
  cr_part *part;
  int descriptor;
  int64_t limit;
  long status;
  int has_tag;
} transfer;

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  transfer *one = data;
  cr_part *part = one->part;
  size_t got = size * count;
  // Pages of errors and of redirects are not the file.
  if (one->status != 206 && one->status != 200) return got;
  if (one->descriptor >= 0) {
    if (part->received + (int64_t)got > one->limit) {
      part->overrun = 1;
      return 0;
    }
    for (size_t done = 0; done < got;) {
      ssize_t n = write(one->descriptor, bytes + done, got - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return 0;
      done += (size_t)n;
    }
    part->received += (int64_t)got;
    return got;
  }
  // A server that does not know ranges sends all: the caller decides what then.
  if (one->status == 200) return 0;
  if (part->start >= 0 && part->start != part->first) return 0;
  int64_t room = part->count - part->received;
  if ((int64_t)got > room) {
    part->overrun = 1;
    return 0;
  }
  memcpy(part->into + part->received, bytes, got);
  part->received += (int64_t)got;
  return got;
}

/// The value of a header of this name; null for another one.
static const char *value(const char *line, const char *name, size_t *length) {
  size_t n = strlen(name);
  if (strncasecmp(line, name, n) != 0) return NULL;
  const char *start = line + n;
  while (*start == ' ' || *start == '\t') start++;
  *length = strcspn(start, "\r\n");
  return start;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data) {
  transfer *one = data;
  cr_part *part = one->part;
  char line[1024];
  size_t length = size * count < sizeof line - 1 ? size * count : sizeof line - 1;
  memcpy(line, bytes, length);
  line[length] = 0;
  const char *found;
  if (strncmp(line, "HTTP/", 5) == 0) {
    // Each answer of a chain of redirects starts anew.
    const char *space = strchr(line, ' ');
    part->status = one->status = space ? atol(space) : 0;
    part->total = part->start = -1;
    part->tag[0] = 0;
    one->has_tag = 0;
  } else if ((found = value(line, "content-range:", &length))) {
    long long first, last, total;
    if (sscanf(found, "bytes %lld-%lld/%lld", &first, &last, &total) == 3) {
      part->start = first;
      part->total = total;
    } else if (sscanf(found, "bytes */%lld", &total) == 1) {
      part->total = total;
    }
  } else if ((found = value(line, "content-length:", &length))) {
    if (one->status == 200 && part->total < 0) part->total = atoll(found);
  } else if ((found = value(line, "etag:", &length)) || (!one->has_tag && (found = value(line, "last-modified:", &length)))) {
    one->has_tag = strncasecmp(line, "etag:", 5) == 0;
    snprintf(part->tag, sizeof part->tag, "%.*s", (int)length, found);
  }
  return size * count;
}

static void prepare(CURL *easy, const cr_target *target, transfer *one) {
  curl.easy_reset(easy);
  curl.easy_setopt(easy, OPT_URL, target->url);
  curl.easy_setopt(easy, OPT_NOSIGNAL, 1L);
  curl.easy_setopt(easy, OPT_FOLLOWLOCATION, 1L);
  curl.easy_setopt(easy, OPT_MAXREDIRS, 10L);
  curl.easy_setopt(easy, OPT_PROTOCOLS, (long)HTTP_AND_HTTPS);
  curl.easy_setopt(easy, OPT_REDIR_PROTOCOLS, (long)HTTP_AND_HTTPS);
  curl.easy_setopt(easy, OPT_CONNECTTIMEOUT, target->connect);
  curl.easy_setopt(easy, OPT_LOW_SPEED_LIMIT, 1L);
  curl.easy_setopt(easy, OPT_LOW_SPEED_TIME, target->stall);
  curl.easy_setopt(easy, OPT_USERAGENT, "apus");
  curl.easy_setopt(easy, OPT_ERRORBUFFER, one->part->reason);
  curl.easy_setopt(easy, OPT_WRITEFUNCTION, on_body);
  curl.easy_setopt(easy, OPT_WRITEDATA, one);
  curl.easy_setopt(easy, OPT_HEADERFUNCTION, on_header);
  curl.easy_setopt(easy, OPT_HEADERDATA, one);
  curl.easy_setopt(easy, OPT_PRIVATE, one);
  // A token goes to the host that was named, not to those that it redirects to, and never without encryption.
  if (target->token && strncasecmp(target->url, "https:", 6) == 0) {
    curl.easy_setopt(easy, OPT_HTTPAUTH, (long)AUTH_BEARER);
    curl.easy_setopt(easy, OPT_XOAUTH2_BEARER, target->token);
  }
  if (target->certificate) {
    curl.easy_setopt(easy, OPT_SSLCERT, target->certificate);
    curl.easy_setopt(easy, OPT_SSLKEY, target->certificate);
  }
  if (target->authorities) curl.easy_setopt(easy, OPT_CAINFO, target->authorities);
  if (target->authority_folder) curl.easy_setopt(easy, OPT_CAPATH, target->authority_folder);
  char range[64];
  if (one->descriptor < 0) {
    snprintf(range, sizeof range, "%lld-%lld", (long long)one->part->first, (long long)(one->part->first + one->part->count - 1));
    curl.easy_setopt(easy, OPT_RANGE, range);
  }
}

static void clear(cr_part *part) {
  part->received = part->status = part->code = part->overrun = 0;
  part->total = part->start = -1;
  part->tag[0] = part->reason[0] = 0;
}

static void finish(CURL *easy, int result) {
  transfer *one = NULL;
  curl.easy_getinfo(easy, INFO_PRIVATE, &one);
  curl.easy_getinfo(easy, INFO_RESPONSE_CODE, &one->part->status);
  one->part->code = result;
  if (result && !one->part->reason[0])
    snprintf(one->part->reason, sizeof one->part->reason, "%s", curl.easy_strerror(result));
}

static void run(cr_session *session, const cr_target *target, transfer *transfers, int count, int most) {
  int next = 0, active = 0, running = 0, left;
  CURL *busy[MOST_HANDLES] = {0};
  if (most > MOST_HANDLES) most = MOST_HANDLES;
  while (next < count || active > 0) {
    for (int i = 0; i < most && next < count; i++) {
      if (busy[i]) continue;
      if (!session->handles[i]) session->handles[i] = curl.easy_init();
      if (!session->handles[i]) {
        transfers[next++].part->code = 27;
        continue;
      }
      prepare(session->handles[i], target, &transfers[next++]);
      if (curl.multi_add_handle(session->multi, session->handles[i]) == 0) {
        busy[i] = session->handles[i];
        active++;
      }
    }
    curl.multi_perform(session->multi, &running);
    CURLMsg *message;
    int ended = 0;
    while ((message = curl.multi_info_read(session->multi, &left))) {
      if (message->msg != MSG_DONE) continue;
      CURL *easy = message->easy;
      finish(easy, message->data.result);
      curl.multi_remove_handle(session->multi, easy);
      for (int i = 0; i < most; i++)
        if (busy[i] == easy) busy[i] = NULL;
      active--;
      ended = 1;
    }
    if (!ended && active > 0) curl.multi_wait(session->multi, NULL, 0, 200, NULL);
  }
}

void cr_fetch(cr_session *session, const cr_target *target, cr_part *parts, int count, int most) {
  transfer *transfers = calloc((size_t)count, sizeof *transfers);
  for (int i = 0; i < count; i++) {
    clear(&parts[i]);
    if (!transfers) {
      parts[i].code = 27;
      continue;
    }
    transfers[i].part = &parts[i];
    transfers[i].descriptor = -1;
  }
  if (transfers) run(session, target, transfers, count, most);
  free(transfers);
}

void cr_download(cr_session *session, const cr_target *target, int descriptor, int64_t limit, cr_part *answer) {
  clear(answer);
  transfer one = {.part = answer, .descriptor = descriptor, .limit = limit};
  run(session, target, &one, 1, 1);
}
