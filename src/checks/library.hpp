// library.hpp - a client library that is loaded when the first check needs it.
//
// The libraries of databases and directories bring megabytes with them (GnuTLS, Kerberos), and most
// directors check none: so they are no dependency of the program (issue: memory), only of the
// checks that use them. A check whose library is missing is down and says which package brings it
// (L11); it works as soon as the package is installed. What is loaded stays loaded.
#pragma once
#include <initializer_list>
#include <string>

namespace um::checks {

class Library {
 public:
  /// The first of `names` that the dynamic linker finds; Failure that names `package` when there is
  /// none.
  Library(std::initializer_list<const char*> names, const char* package);

  /// A function as a pointer of the type it is given to; Failure when this version of the library
  /// has none of that name: `decltype(&PQfinish) finish = library["PQfinish"];`
  class Symbol {
   public:
    template <class F>
    operator F*() const {
      return reinterpret_cast<F*>(address_);
    }

   private:
    friend Library;
    explicit Symbol(void* address) : address_(address) {}
    void* address_;
  };
  Symbol operator[](const char* name) const;

 private:
  void* handle_ = nullptr;
  std::string name_;
};

}  // namespace um::checks
