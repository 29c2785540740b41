// Tile instructions in int32.
#include "ck_integer.h"
#include "ck_tile_int.h"

#define T int32_t
#define U uint32_t
#define NAME ck_tile_i32
#define FROM_IMM(v) ck_to_i32(v)

#include "ck_tile_ops.h"
