// Precompiled for the rooms that talk to the world. Never include this file; include what you use.
#include <boost/asio.hpp>

#include "base/pch/std.hpp"
