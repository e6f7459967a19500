#include "module_abi.h"
