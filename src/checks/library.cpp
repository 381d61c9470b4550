#include "checks/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "checks/failure.hpp"

namespace um::checks {

Library::Library(std::initializer_list<const char*> names, const char* package) {
  for (const char* name : names) {
    // RTLD_LOCAL: the libraries' own TLS must not meet ours.
    handle_ = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) continue;
    name_ = name;
    return;
  }
  throw Failure{fmt::format("this check needs {}, which is not installed (Debian package {})",
                            *names.begin(), package)};
}

Library::Symbol Library::operator[](const char* name) const {
  void* found = ::dlsym(handle_, name);
  if (found == nullptr) throw Failure{fmt::format("{} has no {}", name_, name)};
  return Symbol(found);
}

}  // namespace um::checks
