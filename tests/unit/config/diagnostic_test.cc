#include "config/diagnostic.h"

#include <gtest/gtest.h>

#include <string>

namespace kpid {
namespace {

TEST(Diagnostic, HasThePlaceTheLineACaretAndAHint) {
  const Diagnostic diagnostic{
      Diagnostic::Severity::kWarning, "a.yml", 3, 4, 3, "odd", "use even", "x: abc  "};
  EXPECT_EQ(render(diagnostic), "a.yml:3:4: warning: odd\nx: abc  \n   ^~~\nhint: use even\n");
}

TEST(Diagnostic, TheCaretStandsBelowItsPlaceBehindTabsAndLettersOfSeveralBytes) {
  const Diagnostic diagnostic{
      Diagnostic::Severity::kError, "a.yml", 1, 5, 4, "odd", "", "\tö x\xC3\xB6y"};
  EXPECT_EQ(render(diagnostic), "a.yml:1:5: error: odd\n\tö x\xC3\xB6y\n\t  ^~~\n");
}

TEST(Diagnostic, ALineThatIsNotThereIsNotQuoted) {
  const Diagnostic diagnostic{Diagnostic::Severity::kError, "a.yml", 9, 1, 1, "odd", "", ""};
  EXPECT_EQ(render(diagnostic), "a.yml:9:1: error: odd\n");
}

TEST(Diagnostic, WhatATerminalWouldObeyIsAQuestionMark) {
  const Diagnostic diagnostic{Diagnostic::Severity::kError, "a.yml", 1,        1, 1,
                              "'\x1b[2J' is odd",           "",      "\x1b[2J"};
  EXPECT_EQ(render(diagnostic), "a.yml:1:1: error: '?[2J' is odd\n?[2J\n^\n");
}

TEST(Diagnostic, ALongMessageIsCutAtAWholeCodePoint) {
  const std::string text = std::string(999, 'x') + "\xC3\xB6";
  const Diagnostic diagnostic{Diagnostic::Severity::kError, "a.yml", 1, 1, 1, text, "", ""};
  EXPECT_EQ(render(diagnostic), "a.yml:1:1: error: " + std::string(999, 'x') + "...\n");
}

}  // namespace
}  // namespace kpid
