#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts with a message, in every build, when a claim about our own code is false. Never for
/// input.
#define KPID_ASSERT(claim)                                                               \
  do {                                                                                   \
    if (!(claim)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #claim); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
