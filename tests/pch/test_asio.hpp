// Precompiled for the tests of the rooms that talk to the world. Never include this file; include
// what you use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/pch/asio.hpp"
