// result.hpp - what an IPVS operation came to: a value, or the kernel's refusal in words.
#pragma once
#include <string>

#include <boost/system/result.hpp>

namespace um::ipvs {

struct Error {
  int code = 0;         // errno of the kernel's answer; 0 when the refusal is our own
  std::string message;  // for the admin: "No such service", "IPVS is not available: ..."
};

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace um::ipvs
