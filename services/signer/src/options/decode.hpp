// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/signer/options.hpp"

namespace meta138::signer {

// From the text of options to what they mean. Throw OptionError.

ListenOptions decode_listen(const options::Settings& settings);
KeySources decode_key_sources(const options::Settings& settings);
/// `is_ethsigner`: --downstream-http-port has no default then.
DownstreamOptions decode_downstream(const options::Settings& settings, bool is_ethsigner);

}  // namespace meta138::signer
