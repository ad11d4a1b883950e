#include "daemon/exposition/negotiation.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>
#include <vector>

namespace kpid {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Calls `take` for each part of `text` between separators, blanks around it removed.
template <class Take>
void for_each_part(std::string_view text, char separator, Take take) {
  while (true) {
    const size_t end = text.find(separator);
    take(trimmed(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

// A quality value, in thousandths: 1000 for a wholehearted yes. Broken ones count as 0, so that
// what cannot be understood is not preferred.
int quality_of(std::string_view text) {
  double quality = 0;
  const auto [rest, status] =
      std::from_chars(text.data(), text.data() + text.size(), quality, std::chars_format::fixed);
  if (status != std::errc{} || rest != text.data() + text.size()) return 0;
  return static_cast<int>(std::clamp(quality, 0.0, 1.0) * 1000 + 0.5);
}

// One entry of an Accept or Accept-Encoding header.
struct Choice {
  std::string name;  // in lower case
  std::string version;
  int quality = 1000;
};

std::vector<Choice> parse_choices(std::string_view header) {
  std::vector<Choice> choices;
  for_each_part(header, ',', [&](std::string_view entry) {
    Choice choice;
    for_each_part(entry, ';', [&](std::string_view part) {
      const size_t equals = part.find('=');
      if (equals == std::string_view::npos) {
        if (choice.name.empty()) choice.name = lower(part);
        return;
      }
      const std::string key = lower(trimmed(part.substr(0, equals)));
      const std::string_view value = trimmed(part.substr(equals + 1));
      if (key == "q") choice.quality = quality_of(value);
      if (key == "version") choice.version = value;
    });
    if (!choice.name.empty()) choices.push_back(std::move(choice));
  });
  return choices;
}

bool names_open_metrics(const Choice& choice) {
  return choice.name == "application/openmetrics-text" &&
         (choice.version.empty() || choice.version == "1.0.0" || choice.version == "0.0.1");
}

// How welcome text/plain 0.0.4 is by the most specific entry that speaks of it.
int text_quality(const std::vector<Choice>& choices) {
  for (const std::string_view name : {"text/plain", "text/*", "*/*"}) {
    int best = -1;
    for (const Choice& choice : choices) {
      const bool other_version = !choice.version.empty() && choice.version != "0.0.4";
      if (choice.name == name && !other_version) best = std::max(best, choice.quality);
    }
    if (best >= 0) return best;
  }
  return 0;
}

}  // namespace

PageFormat negotiate_format(std::string_view accept) {
  const std::vector<Choice> choices = parse_choices(accept);
  int open_metrics = 0;
  for (const Choice& choice : choices) {
    if (names_open_metrics(choice)) open_metrics = std::max(open_metrics, choice.quality);
  }
  return open_metrics > 0 && open_metrics >= text_quality(choices) ? PageFormat::kOpenMetrics
                                                                   : PageFormat::kText;
}

bool accepts_gzip(std::string_view accept_encoding) {
  int named = -1;
  int any = -1;
  for (const Choice& choice : parse_choices(accept_encoding)) {
    if (choice.name == "gzip" || choice.name == "x-gzip") named = std::max(named, choice.quality);
    if (choice.name == "*") any = choice.quality;
  }
  return named >= 0 ? named > 0 : any > 0;
}

std::string_view content_type_of(PageFormat format) {
  switch (format) {
    case PageFormat::kText:
      return "text/plain; version=0.0.4; charset=utf-8";
    case PageFormat::kOpenMetrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "";
}

}  // namespace kpid
