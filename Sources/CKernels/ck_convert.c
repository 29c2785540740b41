// Conversions between the types of memory, for operands of tile programs.
#include "ck_internal.h"

#define CK_TO_BOOL(x) ((uint8_t)((x) != 0))

// One function a pair: contiguous, repeated and strided sources.
#define CK_PAIR(NAME, S, D, EXPRESSION)                                                          \
  CK_CLONES void NAME(const S *restrict src, int64_t stride, D *restrict dst, int64_t n) { \
    if (stride == 1) {                                                                           \
      for (int64_t i = 0; i < n; i++) {                                                          \
        S x = src[i];                                                                            \
        dst[i] = (D)(EXPRESSION);                                                                \
      }                                                                                          \
    } else if (stride == 0) {                                                                    \
      S x = n > 0 ? src[0] : 0;                                                                  \
      D y = (D)(EXPRESSION);                                                                     \
      for (int64_t i = 0; i < n; i++) dst[i] = y;                                                \
    } else {                                                                                     \
      for (int64_t i = 0; i < n; i++) {                                                          \
        S x = src[i * stride];                                                                   \
        dst[i] = (D)(EXPRESSION);                                                                \
      }                                                                                          \
    }                                                                                            \
  }

CK_PAIR(ck_cv_same4, uint32_t, uint32_t, x)
CK_PAIR(ck_cv_same8, uint64_t, uint64_t, x)
CK_PAIR(ck_cv_same1, uint8_t, uint8_t, x)
CK_PAIR(ck_cv_f32_f64, float, double, x)
CK_PAIR(ck_cv_f32_i32, float, int32_t, ck_to_i32(x))
CK_PAIR(ck_cv_f32_i64, float, int64_t, ck_to_i64(x))
CK_PAIR(ck_cv_f32_u8, float, uint8_t, ck_to_u8(x))
CK_PAIR(ck_cv_f32_bool, float, uint8_t, CK_TO_BOOL(x))
CK_PAIR(ck_cv_f64_f32, double, float, x)
CK_PAIR(ck_cv_f64_i32, double, int32_t, ck_to_i32(x))
CK_PAIR(ck_cv_f64_i64, double, int64_t, ck_to_i64(x))
CK_PAIR(ck_cv_f64_u8, double, uint8_t, ck_to_u8(x))
CK_PAIR(ck_cv_f64_bool, double, uint8_t, CK_TO_BOOL(x))
CK_PAIR(ck_cv_i32_f32, int32_t, float, x)
CK_PAIR(ck_cv_i32_f64, int32_t, double, x)
CK_PAIR(ck_cv_i32_i64, int32_t, int64_t, x)
CK_PAIR(ck_cv_i32_u8, int32_t, uint8_t, x)
CK_PAIR(ck_cv_i32_bool, int32_t, uint8_t, CK_TO_BOOL(x))
CK_PAIR(ck_cv_i64_f32, int64_t, float, x)
CK_PAIR(ck_cv_i64_f64, int64_t, double, x)
CK_PAIR(ck_cv_i64_i32, int64_t, int32_t, x)
CK_PAIR(ck_cv_i64_u8, int64_t, uint8_t, x)
CK_PAIR(ck_cv_i64_bool, int64_t, uint8_t, CK_TO_BOOL(x))
CK_PAIR(ck_cv_u8_f32, uint8_t, float, x)
CK_PAIR(ck_cv_u8_f64, uint8_t, double, x)
CK_PAIR(ck_cv_u8_i32, uint8_t, int32_t, x)
CK_PAIR(ck_cv_u8_i64, uint8_t, int64_t, x)
CK_PAIR(ck_cv_u8_bool, uint8_t, uint8_t, CK_TO_BOOL(x))

#define CK_CALL(NAME, S, D) \
  NAME((const S *)src, stride, (D *)dst, n); \
  return

static void convert_f32(const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (to) {
    case CK_F32: CK_CALL(ck_cv_same4, uint32_t, uint32_t);
    case CK_F64: CK_CALL(ck_cv_f32_f64, float, double);
    case CK_I32: CK_CALL(ck_cv_f32_i32, float, int32_t);
    case CK_I64: CK_CALL(ck_cv_f32_i64, float, int64_t);
    case CK_U8: CK_CALL(ck_cv_f32_u8, float, uint8_t);
    case CK_BOOL: CK_CALL(ck_cv_f32_bool, float, uint8_t);
  }
}

static void convert_f64(const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (to) {
    case CK_F32: CK_CALL(ck_cv_f64_f32, double, float);
    case CK_F64: CK_CALL(ck_cv_same8, uint64_t, uint64_t);
    case CK_I32: CK_CALL(ck_cv_f64_i32, double, int32_t);
    case CK_I64: CK_CALL(ck_cv_f64_i64, double, int64_t);
    case CK_U8: CK_CALL(ck_cv_f64_u8, double, uint8_t);
    case CK_BOOL: CK_CALL(ck_cv_f64_bool, double, uint8_t);
  }
}

static void convert_i32(const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (to) {
    case CK_F32: CK_CALL(ck_cv_i32_f32, int32_t, float);
    case CK_F64: CK_CALL(ck_cv_i32_f64, int32_t, double);
    case CK_I32: CK_CALL(ck_cv_same4, uint32_t, uint32_t);
    case CK_I64: CK_CALL(ck_cv_i32_i64, int32_t, int64_t);
    case CK_U8: CK_CALL(ck_cv_i32_u8, int32_t, uint8_t);
    case CK_BOOL: CK_CALL(ck_cv_i32_bool, int32_t, uint8_t);
  }
}

static void convert_i64(const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (to) {
    case CK_F32: CK_CALL(ck_cv_i64_f32, int64_t, float);
    case CK_F64: CK_CALL(ck_cv_i64_f64, int64_t, double);
    case CK_I32: CK_CALL(ck_cv_i64_i32, int64_t, int32_t);
    case CK_I64: CK_CALL(ck_cv_same8, uint64_t, uint64_t);
    case CK_U8: CK_CALL(ck_cv_i64_u8, int64_t, uint8_t);
    case CK_BOOL: CK_CALL(ck_cv_i64_bool, int64_t, uint8_t);
  }
}

static void convert_u8(const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (to) {
    case CK_F32: CK_CALL(ck_cv_u8_f32, uint8_t, float);
    case CK_F64: CK_CALL(ck_cv_u8_f64, uint8_t, double);
    case CK_I32: CK_CALL(ck_cv_u8_i32, uint8_t, int32_t);
    case CK_I64: CK_CALL(ck_cv_u8_i64, uint8_t, int64_t);
    case CK_U8: CK_CALL(ck_cv_same1, uint8_t, uint8_t);
    case CK_BOOL: CK_CALL(ck_cv_u8_bool, uint8_t, uint8_t);
  }
}

void ck_convert(ck_dtype from, const void *src, int64_t stride, ck_dtype to, void *dst, int64_t n) {
  switch (from) {
    case CK_F32: convert_f32(src, stride, to, dst, n); return;
    case CK_F64: convert_f64(src, stride, to, dst, n); return;
    case CK_I32: convert_i32(src, stride, to, dst, n); return;
    case CK_I64: convert_i64(src, stride, to, dst, n); return;
    case CK_U8: convert_u8(src, stride, to, dst, n); return;
    case CK_BOOL: convert_u8(src, stride, to, dst, n); return;
  }
}
