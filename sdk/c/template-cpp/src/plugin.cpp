// Rings the desk, and takes a message when nobody is there.
#include <string>

#include "switchhook.hpp"

using namespace switchhook;

struct Plugin {
  static Route route(const Call &call) {
    auto desk = settings::text("/desk");
    if (!desk) return next();

    if (!directory::registered(*desk)) {
      log::info("call " + std::string(string_view(call.id)) + ": the desk is not there");
      return voicemail(*desk);
    }
    auto seconds = static_cast<uint32_t>(settings::number("/ring_seconds", 20));
    return script({connect(client(*desk)).timeout(seconds), voicemail(*desk)});
  }
};

SWITCHHOOK_ROUTER(Plugin);
