// Precompiled for tests. Never include this file; include what you use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/pch/std.hpp"
