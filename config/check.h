#pragma once

#include <span>
#include <string>

#include "config/settings.h"

namespace kpid {

/// What `kpid check` prints and returns.
struct CheckOutcome {
  /// For stdout: "ok: 2 sources, 5 KPIs", and what each KPI makes kpid remember; empty with errors.
  std::string summary;
  std::string diagnostics;  ///< for stderr: errors and warnings, in order of place
  int exit_code = 0;        ///< 0: usable, 2: not
};

/// What there is to say of a loaded configuration.
CheckOutcome check_outcome(const Loaded& loaded);

/// The work of `kpid check FILE...`: loads the files as one configuration. Reads no secrets.
/// `judge` as in `load_settings`.
CheckOutcome check_configuration(std::span<const std::string> paths,
                                 const JudgeProperty& judge = {});

}  // namespace kpid
