// statistics: keeps the count, mean and spread of all the numbers that it was ever given, and
// hands them to the next build of itself. A whole module in C++.
#include "statistics.h"
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <sstream>
#include <string>

namespace {
const char manifestText[] =
    R"({"id":"statistics","version":"1.0.0","about":"Statistics of all numbers so far.",)"
    R"("abi":{"major":1,"minor":0},"toolchain":"C++","state":{"version":1},"tasks":[)"
    R"({"name":"add","about":"Adds numbers, separated by spaces.","accepts":"bytes",)"
    R"("result":"json","risk":"write"},)"
    R"({"name":"show","about":"Shows the statistics so far.","accepts":"bytes",)"
    R"("result":"json","risk":"read","idempotent":true}]})";

/// Welford's method: exact enough for any number of numbers.
struct Summary {
    std::uint64_t count = 0;
    double mean = 0, squares = 0;

    void add(double number) {
        double before = number - mean;
        mean += before / static_cast<double>(++count);
        squares += before * (number - mean);
    }

    std::string json() const {
        double deviation = count > 1 ? std::sqrt(squares / double(count - 1)) : 0;
        return "{\"count\":" + std::to_string(count) + ",\"mean\":" + std::to_string(mean) +
               ",\"deviation\":" + std::to_string(deviation) + "}";
    }
};

struct Instance {
    mod_module module{};
    const mod_host *host;
    const mod_host_calls *calls;
    std::mutex lock;  // calls and save() come on several threads
    Summary summary;

    void finish(std::uint64_t call, mod_status status, const std::string &text) {
        mod_bytes value{text.data(), text.size()};
        mod_text message{text.data(), text.size()};
        mod_result result{sizeof result, status, MOD_KIND_JSON, 0, value, message};
        calls->finish(host->context, call, &result);
    }

    /// All of the numbers or none of them.
    std::string add(const std::string &text) {
        std::lock_guard<std::mutex> guard(lock);
        Summary next = summary;
        std::istringstream numbers(text);
        for (double number; numbers >> number;) next.add(number);
        if (!numbers.eof()) return "";
        return (summary = next).json();
    }
};

// No exception may leave a function that the host calls.
void call(void *self, const mod_call *call) {
    auto &instance = *static_cast<Instance *>(self);
    if (call->task > 1)
        return instance.finish(call->id, MOD_NOT_FOUND, "there is no such task");
    try {
        auto bytes = static_cast<const char *>(call->arguments.bytes);
        bool adds = call->task == 0 && call->arguments.length > 0;
        std::string answer = instance.add(adds ? std::string(bytes, call->arguments.length) : "");
        if (!answer.empty()) return instance.finish(call->id, MOD_OK, answer);
        instance.finish(call->id, MOD_INVALID, "give numbers, such as 1 2.5 -3");
    } catch (const std::exception &error) {
        instance.finish(call->id, MOD_FAILED, error.what());
    }
}

mod_status save(void *self, const mod_writer *writer) {
    auto *instance = static_cast<Instance *>(self);
    std::lock_guard<std::mutex> guard(instance->lock);
    return writer->write(writer->context, {&instance->summary, sizeof instance->summary});
}

mod_status load(void *self, std::uint32_t version, mod_bytes state) {
    auto *instance = static_cast<Instance *>(self);
    const mod_text why{"this is not a state of version 1", 32};
    if (version != 1 || state.length != sizeof(Summary))
        return instance->host->fail(instance->host->context, MOD_UNSUPPORTED, why);
    std::memcpy(&instance->summary, state.bytes, sizeof(Summary));
    return MOD_OK;
}

const void *capability(void *, const char *id, std::uint32_t revision) {
    static const mod_tasks tasks{sizeof tasks, 0, call, nullptr};
    static const mod_state state{sizeof state, 0, save, load};
    if (revision == 1 && std::strcmp(id, MOD_TASKS) == 0) return &tasks;
    return revision == 1 && std::strcmp(id, MOD_STATE) == 0 ? &state : nullptr;
}

const mod_module *create(const mod_host *host) {
    auto *instance = new (std::nothrow) Instance;
    if (!instance) return nullptr;
    instance->host = host;
    instance->calls = static_cast<const mod_host_calls *>(
        host->capability(host->context, MOD_HOST_CALLS, MOD_HOST_CALLS_REVISION));
    auto destroy = [](void *self) { delete static_cast<Instance *>(self); };
    instance->module = {sizeof(mod_module), 0, instance, capability, nullptr, nullptr, destroy};
    return &instance->module;
}

mod_text manifest() { return {manifestText, sizeof manifestText - 1}; }
}  // namespace

const mod_entry *module_entry() {
    static const mod_entry entry{MOD_MAGIC, sizeof entry, MOD_ABI_MAJOR, MOD_ABI_MINOR, 0, 0, 0,
                                 manifest, create, nullptr};
    return &entry;
}
