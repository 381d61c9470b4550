#include "ldirectord/cli.hpp"

int main(int count, char** words) {
  const std::string program = count > 0 ? words[0] : "ldirectord";
  return um::ldirectord::run_cli(program, {words + 1, words + count});
}
