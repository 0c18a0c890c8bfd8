// SPDX-License-Identifier: Apache-2.0
// A JSON document held to a schema.
#pragma once

#include "core/result.hpp"
#include "reports/json_node.hpp"

namespace convcheck::reports {

/// The first place where the document breaks the schema, what is there and what would be right.
/// Of JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema) it knows the keywords that
/// report.schema.json uses, with references into the schema's own $defs; kUnsupported for another
/// keyword, so that none is passed over. kParse for a document that breaks the schema.
Status check_schema(const Json& document, const Json& schema);

}  // namespace convcheck::reports
