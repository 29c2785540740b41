// Tile instructions in int64.
#include "ck_integer.h"
#include "ck_tile_int.h"

#define T int64_t
#define U uint64_t
#define NAME ck_tile_i64
#define FROM_IMM(v) ck_to_i64(v)

#include "ck_tile_ops.h"
