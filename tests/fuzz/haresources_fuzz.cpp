// Any bytes as haresources: no crash, spans inside the text, and each group is found by its key.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "parsers/haresources.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace um::parsers;
  static const std::vector<std::string> nodes{"node1", "node2"};
  const Source source("haresources", std::string(reinterpret_cast<const char*>(data), size));
  const Parsed<Haresources> parsed = parse_haresources(source, nodes);
  for (const Diagnostic& d : parsed.diagnostics) {
    if (d.where.begin > d.where.end || d.where.end > size) std::abort();
    format(d, source);
  }
  if (!parsed.value.groups.empty()) {
    const ResourceGroup& group = parsed.value.groups.front();
    if (parsed.value.find(group.key()) != &group) std::abort();
    for (const Resource& resource : group.resources)
      if (resource.where.end > size || resource_from_word(resource.word).agent != resource.agent)
        std::abort();
  }
  owned_by_status_output(source.text());
  return 0;
}
