import ModuleKit
import SystemControlLogic

@c(module_entry)
public func entry() -> UnsafeRawPointer { SystemControl.entry }
