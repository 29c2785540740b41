// The classes of the objects that Tools/reference/root_written.C writes.
#pragma once
#include <vector>
#include <RtypesCore.h>

struct Hit { float x = 0; short layer = 0; double t = 0; };
struct Track : public Hit { int id = 0; std::vector<float> chi; Double32_t phi = 0; bool good = false; };
enum Colour { red = -3, green = 7 };
enum class Kind : unsigned char { quark = 1, gluon = 21 };
