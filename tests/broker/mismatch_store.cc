// Breaks a store on purpose, for the control of the kill test: puts the partitions of another
// store, with their offsets, beside the state of this one, as if the two were kept apart.
//
// Usage: kpid_mismatch_store STORE OTHER

#include <cstdio>

#include "daemon/store/checkpoint_store.h"

namespace {

kpid::Result<void> mismatch(const char* directory, const char* other) {
  const auto offsets = kpid::read_checkpoint(other);
  if (!offsets) return tl::unexpected(offsets.error());
  if (!*offsets) return kpid::failure("the other store holds no checkpoint");
  auto opened = kpid::open_store(directory, kpid::EventTime{});
  if (!opened) return tl::unexpected(opened.error());
  return opened->store->replace_partitions((*offsets)->partitions);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: kpid_mismatch_store STORE OTHER\n", stderr);
    return 2;
  }
  const auto done = mismatch(arguments[1], arguments[2]);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().text.c_str());
  return 1;
}
