#pragma once

#include <string>
#include <string_view>

namespace kpid {

/// Appends HTML. What is known at compile time goes through `raw`, all that comes from outside
/// through `text`, which also serves inside double-quoted attributes.
class HtmlWriter {
 public:
  HtmlWriter& raw(std::string_view markup);
  /// Escaped, and valid UTF-8 whatever the bytes.
  HtmlWriter& text(std::string_view text);
  /// `<name>text</name>`; `opening` may have attributes: `td class="value"`.
  HtmlWriter& element(std::string_view opening, std::string_view text);

  std::string finish() { return std::move(html_); }

 private:
  std::string html_;
};

}  // namespace kpid
