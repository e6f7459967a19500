import SystemControlLogic
import ModuleKit

@c(module_entry)
public func entry() -> UnsafeRawPointer { SystemControl.entry }
