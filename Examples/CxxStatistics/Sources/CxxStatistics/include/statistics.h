/* The one symbol that the module exports is declared in the contract. */
#include <module_abi.h>
