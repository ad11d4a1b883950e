#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/publish/snapshot.h"
#include "pipeline/window/progress.h"

namespace kpid {

/// A window of a KPI that could be shown: one of its window specs, as `final` or as `live`.
struct Showing {
  size_t kpi = 0;
  size_t window_spec = 0;
  bool live = false;

  auto operator<=>(const Showing&) const = default;
};

/// What the daemon knows of a source that decides whether its KPIs may be shown.
struct SourceAccess {
  /// Why the source's KPIs are held since the start (kHeldCatchingUp, kHeldFault); empty: they are
  /// not.
  std::string_view held;
  /// Every partition that the source had at the start is among those that are read.
  bool all_found = false;
  /// Since when a partition of it cannot be read; nothing: all can.
  std::optional<EventTime> unreachable_since;
  /// From when on nothing of its record is missing; nothing: it never was.
  std::optional<EventTime> begins;
};

/// Chooses, for every showing, the window that is shown now. *The clock may decide which window is
/// shown; never what a window contains.* A shown window never goes back. While a showing is held
/// its window moves on too, unseen, as far as all partitions have got for sure: what is behind may
/// be forgotten, or become coarser.
class ShownWindows {
 public:
  /// `plan` outlives this. Nothing is chosen yet.
  explicit ShownWindows(const Plan& plan);

  /// Every showing of the definitions, by KPI, window spec, final before live.
  const std::vector<Showing>& showings() const { return showings_; }

  /// Moves on to the windows of `now`. `access` is parallel to the sources.
  void update(const ProgressTracker& progress, const std::vector<SourceAccess>& access,
              EventTime now);

  /// The window of a showing; nothing while none was ever chosen.
  std::optional<Window> window(size_t showing) const;
  /// Why a showing is held; empty: it is not. `begins` is where the record of its terms begins.
  std::string_view held(size_t showing, std::optional<EventTime> begins,
                        const std::vector<SourceAccess>& access, EventTime now) const;
  /// Windows of the KPI that end by then are final; nothing: no event yet.
  std::optional<EventTime> final_time(size_t kpi) const { return final_times_[kpi]; }

  /// A window of the showing whose successor ends by then is never chosen again, nor for the first
  /// time while the showing is held; nothing: any may be.
  std::optional<EventTime> shown_until(size_t showing) const;

  /// The ends of the shown windows, for the checkpoint: names of KPI and window, so that they
  /// survive a changed configuration.
  void save(std::string& out) const;
  /// Takes them back; bytes that are none leave everything as it was. Returns what follows.
  std::string_view restore(std::string_view bytes);

 private:
  std::optional<EventTime> choose_end(const Showing& showing, const ProgressTracker& progress,
                                      EventTime now) const;
  std::optional<EventTime> held_end(const Showing& showing, const ProgressTracker& progress,
                                    const std::vector<SourceAccess>& access, EventTime now) const;
  std::optional<EventTime> newest_time(const Showing& showing,
                                       const ProgressTracker& progress) const;
  bool is_stale(size_t showing, const std::vector<SourceAccess>& access, EventTime now) const;

  const Plan& plan_;
  std::vector<std::vector<size_t>> sources_of_;  ///< per KPI
  std::vector<Showing> showings_;
  std::vector<std::optional<EventTime>> ends_;         ///< parallel to the showings
  std::vector<std::optional<EventTime>> final_times_;  ///< per KPI
};

}  // namespace kpid
