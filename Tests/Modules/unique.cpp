// Has a symbol that the loader keeps unique in the whole process (STB_GNU_UNIQUE) where g++ builds
// it, and a thread-local object with a destructor.
#define FIXTURE_CALL unique_call
#include "fixture.h"
#include <string>

template <class T> struct Counter {
    static inline int count = 0;
};

struct Local {
    std::string text;
    ~Local() { text.clear(); }
};
static thread_local Local local;

static void unique_call(void *, const mod_call *call) {
    local.text += "x";
    Counter<int>::count++;
    std::string text = std::string(FIXTURE_ANSWER) + " " + std::to_string(Counter<int>::count);
    fixture_finish(call->id, text.c_str());
}
