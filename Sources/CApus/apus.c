/* The functions of apus.h are written in Swift, in the room CBridge. */
#include "apus.h"
