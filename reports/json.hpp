// SPDX-License-Identifier: Apache-2.0
// A document as JSON, described by reports/report.schema.json.
#pragma once

#include <string>

#include "core/result.hpp"
#include "reports/document.hpp"

namespace convcheck::reports {

/// The whole document, indented, UTF-8. JSON has no NaN and no infinity: such numbers are the
/// strings "nan", "inf", "-inf"; tensor values are numbers or those strings, with bf16 and f16 as
/// their values.
std::string to_json(const Document&);

/// One verdict, as the document holds it.
std::string to_json(const VerdictEntry&);

/// kIo with the file and the system's text. Written to a temporary file and renamed: the file is
/// whole or as it was.
Status write_json(const Document&, const std::string& path);

}  // namespace convcheck::reports
