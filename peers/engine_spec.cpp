// SPDX-License-Identifier: Apache-2.0
#include "peers/engine_spec.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace convcheck::peers {
namespace {

constexpr std::string_view kAdapterPrefix = "convcheck_peer_";
constexpr std::string_view kAdapterSuffix = ".so";
constexpr std::string_view kProgramSuffix = "_peer";  // and any extension

namespace fs = std::filesystem;

// The engine's name for a file of the directory of peers; empty if it is none.
std::string engine_name(const fs::directory_entry& entry) {
  const std::string file = entry.path().filename();
  if (file.starts_with(kAdapterPrefix) && file.ends_with(kAdapterSuffix) &&
      file.size() > kAdapterPrefix.size() + kAdapterSuffix.size())
    return file.substr(kAdapterPrefix.size(),
                       file.size() - kAdapterPrefix.size() - kAdapterSuffix.size());
  std::error_code error;
  const std::string stem = entry.path().stem();
  const bool executable =
      entry.is_regular_file(error) &&
      (entry.status(error).permissions() & fs::perms::owner_exec) != fs::perms::none;
  if (!executable || !stem.ends_with(kProgramSuffix) || stem.size() == kProgramSuffix.size())
    return {};
  return stem.substr(0, stem.size() - kProgramSuffix.size());
}

// Engine names and their files, a library before a program of the same name.
std::map<std::string, fs::path> adapter_files(const std::string& peers_directory) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(peers_directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = engine_name(*entry);
    if (name.empty()) continue;
    const bool library = entry->path().extension() == kAdapterSuffix;
    if (library || !files.contains(name)) files[name] = entry->path();
  }
  return files;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

// Printable text; a name with a line break would break every report line.
Status check_text(std::string_view text) {
  const auto odd = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (odd == text.end()) return {};
  return fail(ErrorCode::kParse, "engine name: control character at position {}",
              odd - text.begin());
}

}  // namespace

Result<EngineSpec> parse_engine_spec(std::string_view text) {
  CONVCHECK_TRY(check_text(text));
  EngineSpec spec;
  spec.text = text;
  if (text.starts_with("so:")) {
    spec.kind = EngineSpec::Kind::kSo;
    const std::string_view rest = text.substr(3);
    const std::size_t hash = rest.rfind('#');
    spec.path = rest.substr(0, hash);
    if (hash != std::string_view::npos) spec.variant = rest.substr(hash + 1);
    if (spec.path.empty())
      return fail(ErrorCode::kParse, "engine \"{}\": a path must follow `so:`", text);
    return spec;
  }
  if (text.starts_with("exec:")) {
    spec.kind = EngineSpec::Kind::kExec;
    spec.command = text.substr(5);
    if (spec.command.find_first_not_of(' ') == std::string::npos)
      return fail(ErrorCode::kParse, "engine \"{}\": a command must follow `exec:`", text);
    return spec;
  }
  const std::size_t colon = text.find(':');
  spec.name = text.substr(0, colon);
  if (colon != std::string_view::npos) spec.variant = text.substr(colon + 1);
  if (spec.name.empty() || spec.name.find_first_of("/#. ") != std::string::npos)
    return fail(ErrorCode::kParse,
                "engine \"{}\": must be NAME, NAME:VARIANT, so:PATH[#VARIANT] or exec:COMMAND",
                text);
  if (colon != std::string_view::npos && spec.variant.empty())
    return fail(ErrorCode::kParse, "engine \"{}\": a variant must follow `:`", text);
  return spec;
}

std::vector<std::string> adapter_names(const std::string& peers_directory) {
  std::vector<std::string> names;
  for (const auto& [name, path] : adapter_files(peers_directory)) names.push_back(name);
  return names;
}

Result<std::unique_ptr<Runner>> make_runner(const EngineSpec& spec, const RunnerOptions& options) {
  WorkerOptions worker;
  worker.name = spec.text;
  worker.settings = options.settings;
  worker.case_timeout_seconds = options.case_timeout_seconds;
  worker.start_timeout_seconds = options.start_timeout_seconds;
  worker.memory_limit_bytes = options.memory_limit_bytes;
  worker.command = {options.worker_executable};
  worker.command.insert(worker.command.end(), options.worker_arguments.begin(),
                        options.worker_arguments.end());
  switch (spec.kind) {
    case EngineSpec::Kind::kExec:
      worker.is_program = true;
      worker.engine = spec.text;
      worker.command = {"/bin/sh", "-c", "exec " + spec.command};
      break;
    case EngineSpec::Kind::kSo:
      // The hash always, so that one in the path starts no variant.
      worker.engine = fmt::format("so:{}#{}", spec.path, spec.variant);
      break;
    case EngineSpec::Kind::kNamed: {
      if (std::find(options.built_in.begin(), options.built_in.end(), spec.name) !=
          options.built_in.end()) {
        worker.engine = spec.text;
        break;
      }
      const std::map<std::string, fs::path> adapters = adapter_files(options.peers_directory);
      const auto found = adapters.find(spec.name);
      if (found == adapters.end())
        return fail(ErrorCode::kEngineStart,
                    "no engine \"{}\": built in are {}; adapters in {}: {}; a library is named "
                    "so:PATH, a program exec:COMMAND",
                    spec.name, joined(options.built_in),
                    options.peers_directory.empty() ? "(no directory)" : options.peers_directory,
                    joined(adapter_names(options.peers_directory)));
      if (found->second.extension() == kAdapterSuffix) {
        worker.engine = fmt::format("so:{}#{}", found->second.string(), spec.variant);
        break;
      }
      worker.is_program = true;
      worker.engine = found->second.string();
      worker.command = {found->second.string()};
      if (!spec.variant.empty()) worker.command.push_back(spec.variant);
      break;
    }
  }
  CONVCHECK_ASSIGN(std::unique_ptr<WorkerRunner> runner, WorkerRunner::start(std::move(worker)));
  return std::unique_ptr<Runner>(std::move(runner));
}

}  // namespace convcheck::peers
