/* Fails the build when a header and the golden layout differ. What to do then: if something was
 * appended, run dev/abi; anything else breaks modules that exist. */
#include "module_abi.h"

#define MOD_SAME_TYPE(expression, ...) \
    __builtin_types_compatible_p(__typeof__(expression), __typeof__(__VA_ARGS__))

#define MOD_TYPE(name, bytes, ...) \
    _Static_assert(sizeof(name) == (bytes), #name " has another size than the golden layout"); \
    _Static_assert(__builtin_types_compatible_p(name, __VA_ARGS__), \
                   #name " is another type than in the golden layout");

#define MOD_STRUCT(name, bytes, alignment) \
    _Static_assert(sizeof(name) == (bytes), #name " has another size than the golden layout"); \
    _Static_assert(_Alignof(name) == (alignment), #name " is aligned otherwise than it was");

#define MOD_FIELD(structure, field, offset, bytes, ...) \
    _Static_assert(offsetof(structure, field) == (offset), #structure "." #field " has moved"); \
    _Static_assert(sizeof(((structure *)0)->field) == (bytes), \
                   #structure "." #field " has another size than the golden layout"); \
    _Static_assert(MOD_SAME_TYPE(((structure *)0)->field, __VA_ARGS__), \
                   #structure "." #field " has another type than in the golden layout");

#define MOD_VALUE(name, value) \
    _Static_assert((long long)(name) == (value), #name " has another value than it had");

#define MOD_NAME(name, text) \
    _Static_assert(__builtin_strcmp(name, text) == 0, #name " is another id than it was");

#define MOD_FUNCTION(name, ...) \
    _Static_assert(MOD_SAME_TYPE(name, __VA_ARGS__), #name " has another type than it had");

_Static_assert(sizeof(void *) == 8, "The contract is for machines with pointers of 64 bits");

#include "layout.golden.h"
