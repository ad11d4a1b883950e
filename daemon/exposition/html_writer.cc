#include "daemon/exposition/html_writer.h"

#include "pipeline/publish/escaping.h"

namespace kpid {

namespace {

std::string_view escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

}  // namespace

HtmlWriter& HtmlWriter::raw(std::string_view markup) {
  html_ += markup;
  return *this;
}

HtmlWriter& HtmlWriter::text(std::string_view text) {
  append_escaped(html_, text, escaped);
  return *this;
}

HtmlWriter& HtmlWriter::element(std::string_view opening, std::string_view content) {
  return raw("<")
      .raw(opening)
      .raw(">")
      .text(content)
      .raw("</")
      .raw(opening.substr(0, opening.find(' ')))
      .raw(">");
}

}  // namespace kpid
