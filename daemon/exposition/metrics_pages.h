#pragma once

#include <array>
#include <memory>
#include <string>

#include "daemon/exposition/label_texts.h"
#include "daemon/exposition/page_writer.h"
#include "daemon/exposition/probe.h"
#include "daemon/exposition/publication.h"

namespace kpid {

/// The finished pages of `/metrics`, each made when first asked for and then shared. Used by one
/// thread.
class MetricsPages {
 public:
  /// The longest that a page is used again, so that the daemon's own metrics stay current when
  /// nothing new is published.
  static constexpr Duration kLongestUse = std::chrono::seconds{1};

  /// `probe` must outlive the pages.
  MetricsPages(const Probe& probe, std::string prefix)
      : probe_(probe), prefix_(std::move(prefix)) {}

  /// The page of this publication: KPIs and ledger of its snapshot, and the probe as it was when
  /// the page was made, at most `kLongestUse` before `clock`.
  std::shared_ptr<const std::string> get(const std::shared_ptr<const Publication>& publication,
                                         PageFormat format, bool gzipped, EventTime clock);

 private:
  struct Page {
    std::shared_ptr<std::string> plain;  ///< written once
    std::shared_ptr<const std::string> gzipped;
    std::shared_ptr<const Publication> publication;  ///< what it was made of
    EventTime made_at{};
  };

  bool is_current(const Page& page, const std::shared_ptr<const Publication>& publication,
                  EventTime clock) const;
  std::string write(const Publication& publication, PageFormat format, EventTime clock,
                    std::string buffer);

  const Probe& probe_;
  const std::string prefix_;
  std::array<Page, 2> pages_;  ///< by PageFormat
  LabelTextCache labels_;      ///< of the last page, in either format
};

}  // namespace kpid
