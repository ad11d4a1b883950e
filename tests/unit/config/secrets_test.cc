#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "config/kafka_settings.h"
#include "config/settings.h"

namespace kpid {
namespace {

using testing::HasSubstr;
using testing::Not;

Loaded load(const std::string& text, NeedKafka need_kafka = NeedKafka::kYes) {
  return load_settings_text("kpid.yml", text, need_kafka);
}

TEST(Secrets, AreKnownByTheNameOfTheirProperty) {
  for (const char* name :
       {"sasl.password", "ssl.key.password", "ssl.key.pem", "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config", "sasl.jaas.config", "my.Token", "a.Passphrase", "credentials"}) {
    EXPECT_TRUE(is_secret_property(name)) << name;
  }
  for (const char* name : {"sasl.username", "ssl.key.location", "ssl.keystore.location",
                           "sasl.kerberos.keytab", "security.protocol", "debug"}) {
    EXPECT_FALSE(is_secret_property(name)) << name;
  }
}

TEST(Secrets, PropertiesComeFromTextFilesAndVariablesInTheirOrder) {
  const auto path = std::filesystem::path(testing::TempDir()) / "kpid_password";
  std::ofstream(path) << "pass word \n";
  ::setenv("KPID_TEST_USER", "anna", 1);
  const Loaded loaded = load(
      "kafka:\n  properties:\n    sasl.username: {env: KPID_TEST_USER}\n    sasl.password: "
      "{file: '" +
      path.string() + "'}\n    check.crcs: true\n");
  std::filesystem::remove(path);
  ASSERT_TRUE(loaded.usable());
  const auto& properties = loaded.settings.kafka.properties;
  ASSERT_EQ(properties.size(), 3U);
  EXPECT_EQ(properties[0].name, "sasl.username");
  EXPECT_EQ(properties[0].value, "anna");
  EXPECT_FALSE(properties[0].secret);
  EXPECT_EQ(properties[1].value, "pass word ");
  EXPECT_TRUE(properties[1].secret);
  EXPECT_EQ(properties[2].value, "true");
}

TEST(Secrets, AMissingFileOrVariableIsAMistakeAtItsPlaceForRunOnly) {
  ::unsetenv("KPID_TEST_ABSENT");
  const std::string text =
      "kafka:\n  properties:\n    sasl.username: {env: KPID_TEST_ABSENT}\n    sasl.password: "
      "{file: "
      "/absent/file}\n";
  const Loaded loaded = load(text);
  ASSERT_EQ(loaded.errors.size(), 2U);
  EXPECT_EQ(loaded.errors[0].text, "the variable 'KPID_TEST_ABSENT' is not set");
  EXPECT_EQ(loaded.errors[0].line, 3U);
  EXPECT_EQ(loaded.errors[0].column, 26U);
  EXPECT_EQ(loaded.errors[1].text, "cannot read the file '/absent/file'");
  EXPECT_TRUE(load(text, NeedKafka::kNo).usable());
}

TEST(Secrets, AreRedactedInTheShownConfiguration) {
  const Loaded loaded = load(
      "# hunter2 was the old one\nkafka:\n  properties:\n    sasl.password: hunter2\n    "
      "sasl.username: anna\n    ssl.key.password: {env: HOME}\nstale_after: 5m\n");
  ASSERT_TRUE(loaded.usable());
  EXPECT_EQ(loaded.settings.shown_text,
            "kafka:\n  properties:\n    sasl.password: <redacted>\n    sasl.username: anna\n"
            "    ssl.key.password:\n      env: HOME\nstale_after: 5m\n");
}

TEST(Secrets, TheShownConfigurationLoadsAsTheSame) {
  const std::string text =
      "kafka:\n  bootstrap_servers: ['a:1']\n  group_id: 'true # not a comment'\nsources:\n  s:\n"
      "    topic: t\n    format: json\n    fields: {}\nkpis: {}\n";
  const Loaded first = load(text);
  ASSERT_TRUE(first.usable());
  const Loaded second = load(first.settings.shown_text);
  ASSERT_TRUE(second.usable());
  EXPECT_EQ(second.settings.kafka.group_id, "true # not a comment");
  EXPECT_EQ(second.settings.shown_text, first.settings.shown_text);
}

TEST(Secrets, NoDiagnosticQuotesThem) {
  // Says the name, and the value where by that name it is no secret.
  const auto judge = [](const std::string& name, const std::optional<std::string>& value) {
    const std::string shown = is_secret_property(name) ? "" : value.value_or("");
    return std::optional<PropertyMistake>(
        {PropertyMistake::Where::kName, "'" + name + "' is wrong: \"" + shown + "\"", ""});
  };
  for (const char* text : {
           // No blank behind the colon, no colon, no key.
           "kafka:\n  properties:\n    sasl.password:hunter2\n    debug: all\n",
           "kafka:\n  properties:\n    sasl.password=hunter2\n    debug: all\n",
           "kafka:\n  properties:\n    hunter2\n    debug: all\n",
           "kafak:\n  properties:\n    sasl.password:hunter2\n    debug: all\n",
           "kafka:\n  properties:\n    debug: all\n      sasl.password=hunter2\n",
           "kafka:\n  properties: {debug: all\n    sasl.password=hunter2}\n",
           "kafka:\n  properties:\n    sasl.password=hunter2: x\n",
           "kafka: {properties: {sasl.password=hunter2}}\n",
           "kafka: {properties: {sasl.password:hunter2}}\n",
           // No mapping, or elsewhere.
           "kafka:\n  properties: sasl.password=hunter2\n",
           "kafka:\n  properties:\n    sasl.password:hunter2\n",
           "kafka:\n  properties:\n    hunter2\n",
           "kafka:\n  properties:\n    - sasl.password=hunter2\n    - hunter2\n",
           "kafka:\n  properties: {}\n  sasl.password: hunter2\n",
           "kafka:\n  propertis: {sasl.password: hunter2}\n",
           "kafka:\n  properties:\n    sasl.password: hunter2\x01\n",
           "kafka: {properties: {sasl.password: hunter2, a: [x]}}\n",
           "kafka:\n  properties:\n    sasl.password: hunter2\n    sasl.password: hunter2\n",
           "kafka:\n  properties:\n    sasl.password: \"hunter2\\q\"\n    a: b\n",
           "kafka:\n  properties:\n    sasl.password: *hunter2\n",
           "kafka:\n  properties:\n    \"sasl.password\": [hunter2]\n",
           "kafka:\n  properties:\n    a: b\n    sasl.password: hunter2: x\n",
           "kafka: {properties: {hunter2: \"\\q\"}}\n",
           "kafka:\n  properties:\n    sasl.password: |\n        pass\n      - hunter2\n",
           "kafka:\n  properties:\n<<<<<<< a\n    sasl.password: hunter2\n=======\n>>>>>>> b\n",
       }) {
    const Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kYes, judge);
    EXPECT_FALSE(loaded.usable()) << text;
    for (const Diagnostic& error : loaded.errors) {
      EXPECT_THAT(render(error), Not(HasSubstr("hunter2"))) << text;
    }
  }
}

TEST(Secrets, OfAPropertyThatIsMisspeltAreNotQuoted) {
  const auto judge = [](const std::string& name, const std::optional<std::string>&) {
    return std::optional<PropertyMistake>(
        {PropertyMistake::Where::kName, name + " is unknown", ""});
  };
  for (const char* text : {"kafka:\n  properties:\n    sasl.pasword: hunter2\n    debug: all\n",
                           "kafka: {properties: {sasl.pasword: hunter2, debug: all}}\n"}) {
    const Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kNo, judge);
    ASSERT_EQ(loaded.errors.size(), 2U);
    for (const Diagnostic& error : loaded.errors) {
      EXPECT_THAT(render(error), Not(HasSubstr("hunter2")));
    }
    EXPECT_THAT(render(loaded.errors[0]), HasSubstr("sasl.pasword is unknown"));
  }
}

TEST(Secrets, OfAPropertyThatIsMisspeltAreNotQuotedForWhatIsWrongBeforeIt) {
  for (const char* text : {"kafak: {properties: {sasl.pasword: hunter2}}\n",
                           "kafka: {grup: x, properties: {sasl.pasword: hunter2}}\n"}) {
    const Loaded loaded = load(text, NeedKafka::kNo);
    ASSERT_EQ(loaded.errors.size(), 1U);
    EXPECT_THAT(render(loaded.errors[0]), Not(HasSubstr("hunter2")));
    EXPECT_THAT(render(loaded.errors[0]), HasSubstr("sasl.pasword"));
  }
}

TEST(Secrets, OfAMisspeltPropertyAreNotQuotedForAWrongValueBesideIt) {
  const auto judge = [](const std::string& name, const std::optional<std::string>&) {
    using Where = PropertyMistake::Where;
    return std::optional<PropertyMistake>(
        {name == "debug" ? Where::kValue : Where::kName, name + " is wrong", ""});
  };
  const Loaded loaded =
      load_settings_text("kpid.yml", "kafka: {properties: {sasl.pasword: hunter2, debug: al}}\n",
                         NeedKafka::kNo, judge);
  ASSERT_EQ(loaded.errors.size(), 2U);
  for (const Diagnostic& error : loaded.errors) {
    EXPECT_THAT(render(error), Not(HasSubstr("hunter2")));
  }
}

TEST(Secrets, OfAMisspeltPropertyAreNotQuotedWhereverTheyStand) {
  const auto judge = [](const std::string&, const std::optional<std::string>&) {
    return std::optional<PropertyMistake>({PropertyMistake::Where::kName, "it is unknown", ""});
  };
  for (const char* entry :
       {"sasl.pasword: hunter2", "sasl.pasword:\n      hunter2", "sasl.pasword: [hunter2]",
        "sasl.pasword: {hunter2: 1}", "sasl.pasword: !hunter2 x", "pw: a\n    pw: hunter2",
        "password=hunter2: 1", "passwort hunter2: 1", "\"passwort=hunter2\": 1"}) {
    const std::string text = std::string("kafka:\n  properties:\n    ") + entry + "\n";
    const Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kNo, judge);
    EXPECT_FALSE(loaded.errors.empty()) << text;
    for (const Diagnostic& error : loaded.errors) {
      EXPECT_THAT(render(error), Not(HasSubstr("hunter2"))) << text;
    }
  }
}

TEST(Secrets, AValueThatIsRefusedIsQuotedWhereItIsNoSecret) {
  const auto judge = [](const std::string&, const std::optional<std::string>&) {
    return std::optional<PropertyMistake>({PropertyMistake::Where::kValue, "it is bad", ""});
  };
  const auto shown = [&](const std::string& entry) {
    const std::string text = "kafka:\n  properties:\n    " + entry + "\n";
    const Loaded loaded = load_settings_text("kpid.yml", text, NeedKafka::kNo, judge);
    return loaded.errors.empty() ? "nothing" : loaded.errors[0].line_text;
  };
  EXPECT_EQ(shown("fetch.min.bytes: many"), "    fetch.min.bytes: many");
  EXPECT_EQ(shown("client.secret: hunter2"), "    client.secret: *******");
  EXPECT_EQ(shown("client.secret:\n      hunter2"), "      *******");
}

}  // namespace
}  // namespace kpid
